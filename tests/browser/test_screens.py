"""Every screen at every size: usable by everyone, still while it is built, and asking nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, sync_playwright

from dashboard.app import PAGES
from models import database
from models.rules.instants import day_of
from tests import world as worlds
from tests.browser import looking
from tests.browser.looking import BINARY, SIZES, VIEWS, Looked, View
from tests.cast import World
from tests.serving import Site


@pytest.fixture(scope="module")
def world(bare: str) -> World:
    return worlds.build()


@pytest.fixture(scope="module")
def given(world: World) -> Mapping[str, object]:
    project, terminal = world.projects["G107长沙段"], world.terminals["T-甲路桥"]
    own = world.terminal("T-甲监理", "甲监理", "G107长沙段", day_of(database.now()))
    return {"city": "430100", "period": "2018Q3", "project": project, "terminal": terminal, "own": own}


Open = Callable[[str, str], tuple[Page, Looked]]


@pytest.fixture(scope="module")
def window(site: Site, given: Mapping[str, object]) -> Iterator[Open]:
    """A window of a size for a login, opened once: plotly.js is compiled once."""
    opened: dict[tuple[str, str], tuple[Page, Looked]] = {}
    with ExitStack() as kept:
        driver = kept.enter_context(sync_playwright())
        browser = driver.chromium.launch(executable_path=BINARY, args=["--no-sandbox"])
        kept.callback(browser.close)

        def of(size: str, login: str) -> tuple[Page, Looked]:
            if (size, login) not in opened:
                opened[size, login] = kept.enter_context(looking.visitor(browser, site.base, size, login))
            return opened[size, login]

        yield of


def width(page: Page) -> int:
    """How wide the page is, with what sticks out of the screen."""
    found: int = page.evaluate("Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)")
    return found


def test_every_page_is_looked_at(given: Mapping[str, object]) -> None:
    seen = [view.address.format(**given).partition("?")[0] for view in VIEWS]
    for page in PAGES:
        assert any(re.fullmatch(page.PATH, path) for path in seen), f"put {page.__name__} into VIEWS of looking.py"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_screen_is_usable_still_and_alone(window: Open, given: Mapping[str, object], view: View, size: str) -> None:
    page, looked = window(size, view.login)
    looking.show(page, view, given)
    assert looking.shifted(page) <= looking.SHIFT
    assert width(page) <= SIZES[size][0]
    assert page.title().endswith("平台")
    if size != "wall":  # the same page as on a desk
        assert looking.examine(page, looked).grave == []
    assert looked.errors == []
    assert looked.foreign == []


def test_a_planted_fault_is_found(window: Open) -> None:
    page, looked = window("desk", "")
    page.goto("/signin")
    page.evaluate("document.querySelector('label').remove(); document.body.append(document.createElement('input'))")
    assert any(told.startswith("label") for told in looking.examine(page, looked).grave)
    page.evaluate("document.body.prepend(Object.assign(document.createElement('p'), {style: 'height: 300px'}))")
    page.wait_for_function(f"window.shift > {looking.SHIFT}")
