"""`make screens`: a picture of every screen × size × state on one sheet, and what is wrong with each as a table."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import exhibition, looking, sheet, states
from tests.browser.exhibition import Exhibition
from tests.browser.looking import BINARY, SIZES, VIEWS, Looked, View

DAYS = 60
STATES = ("full", "empty", "loading", "stale", "error")
USED = ("full", "empty", "stale", "error")  # states in which someone reads: no grave finding may be there
LINE = "{:<10} {:<6} {:<8} {:>7} {:>9} {:>8} {:>9} {:>6} {:>7} {:>8}"
HEADS = ("page", "size", "state", "shift", "critical", "serious", "moderate", "minor", "errors", "foreign")
Shot = tuple[str, str, str]  # view, state, size


class Walk:
    """A walk through the exhibition: takes pictures and notes what is found."""

    def __init__(self, browser: Browser, at: Exhibition, folder: Path) -> None:
        self.browser, self.at, self.folder = browser, at, folder
        self.pictures: dict[Shot, Path] = {}
        self.bad: list[str] = []
        self.told: list[str] = []

    def take(self, shot: Shot, page: Page, looked: Looked) -> None:
        """One picture; one line of the table."""
        view, state, size = shot
        self.pictures[shot] = self.folder / f"{view}-{state}-{size}.png"
        page.screenshot(path=self.pictures[shot])
        moved = looking.shifted(page)
        looking.examine(page, looked)
        counts = [looked.counted.get(impact, 0) for impact in ("critical", "serious", "moderate", "minor")]
        said = [view, size, state, f"{moved:.3f}", *counts, len(looked.errors), len(looked.foreign)]
        print(LINE.format(*said), flush=True)
        for impact, findings in looked.findings.items():
            self.told += [f"{view} {size} {state} {impact}: {told}" for told in findings]
        self.bad += [f"{view} {size} {state}: {told}" for told in looked.foreign]
        if moved > looking.SHIFT:
            self.bad.append(f"{view} {size} {state}: layout shift {moved:.3f}")
        if state in USED:
            self.bad += [f"{view} {size} {state}: {told}" for told in looked.grave]
        if state in ("full", "empty"):
            self.bad += [f"{view} {size} {state}: {told}" for told in looked.errors]

    def alive(self) -> None:
        """All states in which the platform runs."""
        for view in VIEWS:
            for size in SIZES:
                for name, opened in _states(view):
                    with opened(self.browser, self.at, view, size) as (page, looked):
                        self.take((view.name, name, size), page, looked)

    def dead(self) -> None:
        """The database goes while pages are open."""
        with ExitStack() as kept:
            windows = {}
            for size in SIZES:
                for login in {view.login for view in VIEWS}:
                    opened = kept.enter_context(looking.visitor(self.browser, self.at.base, size, login))
                    windows[size, login] = opened
                    looking.show(opened[0], next(view for view in VIEWS if view.login == login), self.at.full)
            self.at.stop_database()
            for view in (view for view in VIEWS if not view.press):
                for size in SIZES:
                    page, looked = windows[size, view.login]
                    looked.errors.clear()
                    with states.error(page, self.at, view):
                        self.take((view.name, "error", size), page, looked)


def _states(view: View) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The states that a view has: a sign-in has no data, a drawer no page of its own."""
    yield "full", states.full
    if view.name in states.HOLLOW:
        yield "empty", states.empty
    if view.login and not view.press:
        yield "loading", states.loading
        yield "stale", states.stale


def main() -> int:
    """Build, walk, print; 1 when something is wrong."""
    folder = exhibition.where()
    with exhibition.opened(DAYS, lambda line: print(f"screens: {line}", flush=True)) as at, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BINARY, args=["--no-sandbox"])
        print(LINE.format(*HEADS))
        walk = Walk(browser, at, folder)
        walk.alive()
        walk.dead()
        names = list(dict.fromkeys(view.name for view in VIEWS))
        sheet.make(browser, walk.pictures, names, STATES, folder / "sheet.png")
        browser.close()
    (folder / "findings.txt").write_text("\n".join(walk.told) + "\n")
    print(f"\nscreens: {len(walk.pictures)} pictures, sheet {folder / 'sheet.png'}")
    print("\n".join(walk.bad) or "screens: nothing grave")
    return int(bool(walk.bad))


if __name__ == "__main__":
    sys.exit(main())
