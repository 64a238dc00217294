# `make demo` and `make test` do everything on a fresh Debian 12 or Ubuntu 24.04 with git, make, python3 and python3-venv.
SHELL := /bin/bash
.DEFAULT_GOAL := help

export DATA_DIR ?= $(if $(filter 0,$(shell id -u)),/var/lib/lvyue,$(CURDIR)/.data)
export EMBEDDED := $(if $(DATABASE_URL),false,true)
export SIMULATE := false
export PATH := $(CURDIR)/.venv/bin:$(PATH)
unexport VIRTUAL_ENV PYTHONHOME PYTHONDONTWRITEBYTECODE

# Supervisor writes through a pipe, for it opens /dev/stdout by name, which fails on a terminal of another user (su).
SUPERVISE = exec supervisord -c supervisord.conf > >(trap '' INT TERM; exec cat) 2>&1

.PHONY: screens setup demo serve test lint faults bench province clean help

setup: ## virtual environment, Debian packages (as root), fonts; a second time it takes a second
	@.ci/setup

demo: export SIMULATE := true
demo: setup ## demonstration: 90 days of a made-up province, then all processes and a simulator; Ctrl-C ends it
	@flask --app wsgi demo --days 90 && $(SUPERVISE)

serve: setup ## the platform itself: database, web server, worker; Ctrl-C ends it
	@flask --app wsgi upgrade && $(SUPERVISE)

test: ## lint, types and all tests but faults and bench
	@.ci/setup test && .ci/test

screens: ## a picture of every screen at every size and in every state, on one sheet, with what is wrong with each
	@.ci/setup test && python -m tests.browser.screens

lint: ## ruff and mypy
	@.ci/setup test && ruff check --quiet . && mypy --no-error-summary .

faults: ## tests that kill, cut off and tamper
	@.ci/setup test && pytest -m faults

bench: ## measurements
	@.ci/setup test && pytest -m bench -s

province: ## the benchmarks' large database, SIZE=1m or 10m, built once; DROP=1 removes it
	@.ci/setup test && python -m tests.bench.province --size $(or $(SIZE),1m) $(if $(DROP),--drop)

clean: ## remove the virtual environment and caches; data in DATA_DIR stay
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis && find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
