"""The states of a screen, each produced by what produces it in life."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, Route

from tests.browser import looking
from tests.browser.exhibition import EMPTY, LATE, Exhibition
from tests.browser.looking import Looked, View

CALLBACKS = "**/_dash-update-component*"
NOTHING = "没有这样的内容"
# What a view without data looks like, where its own `ready` never comes: (what is added to its address, selector).
HOLLOW: Mapping[str, tuple[str, str]] = {
    "overview": ("", ".map .choroplethlayer path"),
    "city": ("", ".map .choroplethlayer path"),
    "projects": ("", ".hollow"),
    "project": (f"?search={NOTHING}", ".hollow"),
    "ranking": (f"&search={NOTHING}", ".hollow"),
    "people": (f"&search={NOTHING}", ".hollow"),
    "terminals": (f"?search={NOTHING}", ".hollow"),
    "terminal": ("", ".hollow"),
    "numbers": ("", ".hollow"),
    "lines": ("", ".hollow"),
    "tickets": ("", ".hollow"),
    "network": ("", ".hollow"),
    "papers": ("", ".hollow"),
}
OWN = (
    "overview",
    "city",
    "projects",
    "numbers",
    "lines",
    "tickets",
    "network",
    "papers",
)  # seen by the account that has nothing


@contextmanager
def full(browser: Browser, at: Exhibition, view: View, size: str) -> Iterator[tuple[Page, Looked]]:
    """As on any day."""
    with looking.visitor(browser, at.base, size, view.login) as (page, looked):
        looking.show(page, view, at.full)
        yield page, looked


@contextmanager
def empty(browser: Browser, at: Exhibition, view: View, size: str) -> Iterator[tuple[Page, Looked]]:
    """An account without projects, a filter that finds nothing, a terminal that never spoke."""
    more, ready = HOLLOW[view.name]
    with looking.visitor(browser, at.base, size, EMPTY if view.name in OWN else "leader") as (page, looked):
        looking.show(page, View(view.name, view.address + more, ready), at.empty)
        page.locator(ready).first.wait_for()
        yield page, looked


@contextmanager
def loading(browser: Browser, at: Exhibition, view: View, size: str) -> Iterator[tuple[Page, Looked]]:
    """The server's answers are held back."""
    held: list[Route] = []
    with looking.visitor(browser, at.base, size, view.login) as (page, looked):
        page.route(CALLBACKS, lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks the function
        page.goto(view.address.format_map(at.full))
        page.locator(".skeletons").wait_for()
        page.wait_for_timeout(600)
        yield page, looked
        for route in held:
            route.abort()


@contextmanager
def stale(browser: Browser, at: Exhibition, view: View, size: str) -> Iterator[tuple[Page, Looked]]:
    """The line is cut, and eleven minutes go by."""
    with looking.visitor(browser, at.base, size, view.login) as (page, looked):
        page.clock.install()
        looking.show(page, view, at.full)
        page.route(CALLBACKS, lambda route: route.abort())
        page.clock.fast_forward(int(LATE.total_seconds() * 1000))
        page.locator(".freshness.stale").wait_for()
        yield page, looked


@contextmanager
def error(page: Page, at: Exhibition, view: View) -> Iterator[Page]:
    """The database is gone: a page that is asked for from within another, or from outside."""
    path, _, search = view.address.format_map(at.full).partition("?")
    if view.login:
        given = {"pathname": path, "search": f"?{search}" if search else ""}
        page.evaluate("given => dash_clientside.set_props('url', given)", given)
    else:
        page.goto(path)
    page.locator(".fault").wait_for()
    yield page
