"""What moves without being made anew, what the keyboard reaches, and what is said when the server says nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from dashboard import shell
from models import database
from models.acts import terminals
from models.acts.terminals import Contact
from models.rules.scope import PROCESS
from tests import world as worlds
from tests.browser import looking
from tests.browser.looking import BINARY, Looked, View
from tests.cast import World
from tests.serving import Site

CALLBACKS = "**/_dash-update-component*"
OVERVIEW = View("overview", "/", ".map-province .choroplethlayer path")


@pytest.fixture(scope="module")
def world(bare: str) -> World:
    return worlds.build()


@pytest.fixture
def visit(site: Site, world: World) -> Iterator[tuple[Page, Looked]]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BINARY, args=["--no-sandbox"])
        with looking.visitor(browser, site.base, "desk", "leader") as visitor:
            yield visitor
        browser.close()


def focused(page: Page) -> str:
    text: str = page.evaluate("document.activeElement.textContent")
    return text


def test_a_refresh_moves_the_figures_and_keeps_map_focus_and_scroll(
    visit: tuple[Page, Looked], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, looked = visit
    monkeypatch.setattr(shell, "EVERY", 3)
    looking.show(page, OVERVIEW, {})
    online = page.locator(".kpi").first
    expect(online).to_contain_text("在线 0 / 3 台")
    page.get_by_role("link", name="长沙", exact=True).focus()
    page.evaluate("document.querySelector('.map .js-plotly-plot').mine = true; window.here = true")
    terminals.seen(PROCESS, [Contact(("zkteco", "T-甲路桥", True), database.now())])
    expect(online).to_contain_text("在线 1 / 3 台")
    assert page.evaluate("document.querySelector('.map .js-plotly-plot').mine && window.here")
    assert focused(page) == "长沙"
    assert looked.errors == []


def test_the_keyboard_opens_a_persons_windows_and_their_evidence_and_returns(
    visit: tuple[Page, Looked], world: World
) -> None:
    page, looked = visit
    project = world.projects["G107长沙段"]
    looking.show(page, View("project", f"/project/{project}", ".heat-names button"), {})
    name = page.locator(".heat-names button").first
    name.press("Enter")
    page.locator("#evidence-body td button").first.press("Enter")
    expect(page.locator("#evidence-body")).to_contain_text("湘交函〔2018〕288号")
    assert page.evaluate("document.activeElement.closest('.offcanvas') !== null")
    page.keyboard.press("Escape")
    expect(page.locator(".offcanvas.show")).to_have_count(0)
    expect(name).to_be_focused()
    assert looked.errors == []


def test_a_search_narrows_as_one_types_keeps_the_focus_and_stands_in_the_address(
    visit: tuple[Page, Looked], world: World
) -> None:
    page, looked = visit
    looking.show(page, View("terminals", "/terminals?sort=serial", "tbody tr"), {})
    expect(page.locator("tbody tr")).to_have_count(3)
    page.locator("input[type=search]").press_sequentially("丙检测")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert page.evaluate("document.activeElement.type") == "search"
    assert "sort=serial" in page.url
    page.locator("thead a").first.click()
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("考勤机")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("select").first.select_option(label="长沙市")
    expect(page.locator(".hollow")).to_contain_text("没有符合条件")
    page.get_by_role("link", name="清除筛选条件").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    page.go_back()
    expect(page.locator("input[type=search]")).to_have_value("丙检测")
    expect(page.locator("select").first).to_have_value("4301")
    assert looked.errors == []


def test_the_skip_link_leads_past_the_navigation_and_a_new_page_takes_the_focus(visit: tuple[Page, Looked]) -> None:
    page, _ = visit
    looking.show(page, OVERVIEW, {})
    page.keyboard.press("Tab")
    assert focused(page) == "跳到正文"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#page') !== null")
    page.locator("#nav").get_by_role("link", name="考勤机").press("Enter")
    expect(page).to_have_title("考勤机 · 湖南省交通建设项目从业人员履约监管平台")
    assert page.evaluate("document.activeElement.id") == "page"


def test_the_stamp_ages_by_itself_when_the_server_says_nothing(visit: tuple[Page, Looked]) -> None:
    page, _ = visit
    page.clock.install()
    looking.show(page, OVERVIEW, {})
    stamp = page.locator("#fresh")
    expect(stamp).to_contain_text("30 秒刷新")
    page.route(CALLBACKS, lambda route: route.abort())
    page.clock.fast_forward(70_000)
    expect(stamp.get_by_role("status")).to_have_text("更新延迟 1 分钟")
    page.clock.fast_forward(600_000)
    expect(stamp).to_have_class("freshness stale")
    expect(stamp.get_by_role("status")).to_contain_text("数据已过期 11 分钟")
    look = page.evaluate(
        "(({ filter, opacity }) => filter + opacity)(getComputedStyle(document.querySelector('#page > div')))"
    )
    assert look == "saturate(0.4)1", "paler, and as easy to read as before"


def test_a_page_that_does_not_come_says_so_offers_a_retry_and_heals_by_itself(visit: tuple[Page, Looked]) -> None:
    page, _ = visit
    looking.show(page, OVERVIEW, {})
    page.route(CALLBACKS, lambda route: route.fulfill(status=503, body="away"))
    page.locator("#nav").get_by_role("link", name="考勤机").click()
    fault = page.locator(".fault")
    expect(fault).to_contain_text("未能取得数据")
    expect(fault).to_contain_text("上次成功")
    expect(page.locator("#fresh .age")).to_contain_text("更新延迟")
    page.unroute(CALLBACKS)
    page.get_by_role("button", name="重试").click()
    expect(page.locator("h1")).to_have_text("考勤机")
    page.route(CALLBACKS, lambda route: route.abort())
    page.locator("#nav").get_by_role("link", name="项目").click()
    expect(fault).to_be_visible()
    page.unroute(CALLBACKS)
    expect(page.locator("h1")).to_have_text("项目")  # at the next beat, without a click
    expect(page.locator("#fresh .age")).not_to_contain_text("更新延迟")
