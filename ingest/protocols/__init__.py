"""Terminals speak many dialects: each module here turns a brand's bytes into readings, and readings into its answer.

Translators are pure: no database, no clock, no Flask. A new brand is one module, its captured bytes, its test
and one line in `table.py`.
"""
