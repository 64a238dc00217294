"""A look at a screen as at an exhibit: what it is, at which size, and what is wrong with it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request

BINARY = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
SIZES = {"desk": (1440, 900), "wall": (1920, 1080), "phone": (390, 844)}
PATIENCE = 20_000  # ms for a page on two busy cores
SHIFT = 0.1  # layout shift that a reader does not feel yet (web.dev: good)
GRAVE = ("serious", "critical")
# Sums every shift that no key or click has caused; installed before the page.
WATCH = """
window.shift = 0;
new PerformanceObserver(list => list.getEntries().forEach(entry => {
    if (!entry.hadRecentInput) window.shift += entry.value;
})).observe({type: "layout-shift", buffered: true});
"""


@dataclass(frozen=True)
class View:
    """A screen: its address (with the names of what the database holds), and what says that it is drawn."""

    name: str
    address: str
    ready: str
    login: str = "leader"  # "": nobody
    press: str = ""  # pressed after it is drawn, until `ready` is there


VIEWS = (
    View("overview", "/", ".map-province .choroplethlayer path"),
    View("city", "/?city={city}", ".map-city .choroplethlayer path"),
    View("projects", "/projects", "table.rows tbody tr"),
    View("project", "/project/{project}", ".heat .heatmaplayer"),
    View("evidence", "/project/{project}", "#evidence-body table", press=".heat-names button"),
    View("ranking", "/ranking?period={period}", "table.rows tbody tr"),
    View("people", "/ranking?period={period}&of=people", "table.rows tbody tr"),
    View("terminals", "/terminals", "table.rows tbody tr"),
    View("terminal", "/terminal/{terminal}", ".days"),
    View("registration", "/terminals/new", "#registration-save", login="unit"),
    View("registered", "/registration/{terminal}", ".spot .main-svg", login="centre"),
    View("commissioning", "/commissioning/{own}", ".steps li", login="unit"),
    View("numbers", "/numbers", "#page .panel-body", login="centre"),
    View("lines", "/lines", "#line-add", login="unit"),
    View("tickets", "/tickets", "#page .panel-body", login="centre"),
    View("network", "/network", "#page .panel-body"),
    View("papers", "/papers", "#papers .panel-body", login="centre"),
    View("signin", "/signin", "#login", login=""),
)


@dataclass
class Looked:
    """What a look found: layout shift, axe's findings by impact, the browser's complaints, requests to others."""

    shift: float = 0.0
    findings: dict[str, list[str]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    @property
    def grave(self) -> list[str]:
        return [told for impact in GRAVE for told in self.findings.get(impact, ())]

    @property
    def counted(self) -> Mapping[str, int]:
        return Counter({impact: len(told) for impact, told in self.findings.items()})


@contextmanager
def visitor(browser: Browser, base: str, size: str, login: str) -> Iterator[tuple[Page, Looked]]:
    """A window of a size, signed in by one click, whose complaints are heard."""
    width, height = SIZES[size]
    context = browser.new_context(base_url=base, viewport={"width": width, "height": height}, locale="zh-CN")
    page, looked = context.new_page(), Looked()
    page.set_default_timeout(PATIENCE)
    page.add_init_script(WATCH)
    page.on("console", lambda said: looked.errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: looked.errors.append(f"page: {error}"))
    page.on("request", lambda request: _watch(request, base, looked))
    try:
        if login:
            page.request.post("/signin", form={"entry": login}, max_redirects=0)
        yield page, looked
    finally:
        context.close()


def _watch(request: Request, base: str, looked: Looked) -> None:
    address = urlsplit(request.url)
    if address.scheme not in ("data", "blob") and address.netloc != urlsplit(base).netloc:
        looked.foreign.append(request.url)


def show(page: Page, view: View, given: Mapping[str, object]) -> None:
    """Go there and wait until it is drawn."""
    page.goto(view.address.format_map(given))
    if view.press:
        page.locator(view.press).first.press("Enter")
    page.locator(view.ready).first.wait_for(state="attached")
    settle(page)


def settle(page: Page) -> None:
    """Wait until nothing is asked for and nothing moves."""
    page.wait_for_function("document.getElementById('page')?.getAttribute('aria-busy') !== 'true'")
    page.wait_for_load_state("networkidle") if page.locator("#page").count() == 0 else page.wait_for_timeout(250)


def examine(page: Page, looked: Looked) -> Looked:
    """Ask axe-core and the layout's own record."""
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    looked.findings = {}
    for violation in found["violations"]:
        told = f"{violation['id']} ×{len(violation['nodes'])}: {violation['nodes'][0]['html'][:120]}"
        looked.findings.setdefault(violation["impact"] or "minor", []).append(told)
    return looked


def shifted(page: Page) -> float:
    """The sum of all layout shifts since the page was opened."""
    return float(page.evaluate("window.shift"))
