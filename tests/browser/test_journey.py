"""One journey through every screen in a real browser: what is drawn, what a click leads to, what moves by itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, expect, sync_playwright

from ingest.protocols import zkteco
from ingest.protocols.reading import Verification
from ingest.simulator import send
from models import database
from models.rules.instants import day_of
from models.rules.windows import State
from tests import world as worlds
from tests.cast import World
from tests.serving import Site

PROJECT, UNIT, TERMINAL = "G319浏阳段", "戊路桥", "T-戊"
PATIENCE = 15_000  # ms for a page on two busy cores
PHONE = {"width": 390, "height": 844}
CELL = """([person, k]) => {
    const plot = document.querySelector('.heat .js-plotly-plot');
    const {x, y} = plot.data[0];
    const row = y.findIndex(text => text.startsWith(`<b id="${person}">`));
    const column = x.findIndex(text => text.startsWith(`<b id="${k}">`));
    const frame = plot.getBoundingClientRect(), {xaxis, yaxis} = plot._fullLayout;
    return {
        code: plot.calcdata[0][0].z[row][column],
        left: frame.left + xaxis._offset + xaxis.c2p(column),
        top: frame.top + yaxis._offset + yaxis.c2p(row),
    };
}"""


@pytest.fixture(scope="module")
def world(bare: str) -> World:
    """The quarter of 2018, and a project of these days: two windows are over, the third runs."""
    made = worlds.build()
    since = day_of(database.now()) - timedelta(days=7)
    made.project(PROJECT, since)
    made.engage(UNIT, PROJECT)
    made.terminal(TERMINAL, UNIT, PROJECT, since)
    for number, post in enumerate(("C1", "C2", "C4")):
        made.person(f"{UNIT}{number}号", UNIT, post, since)
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        binary = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
        started = driver.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def complaints(site: Site) -> list[str]:
    """What went wrong in the browser, in its own words."""
    return []


@pytest.fixture
def page(browser: Browser, site: Site, complaints: list[str]) -> Iterator[Page]:
    """A page of a new visitor; at its end nothing may have gone wrong and nobody else been asked."""

    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(f"console: {message.text} at {message.location}")

    def asked(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc != f"127.0.0.1:{site.port}":
            complaints.append(f"another host: {request.url}")

    def failed(request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # what a page still loads when one leaves it
            complaints.append(f"failed: {request.url} {request.failure}")

    def answered(answer: Response) -> None:
        if answer.status >= 400:
            complaints.append(f"{answer.status}: {answer.url}")

    context = browser.new_context(base_url=site.base, viewport={"width": 1440, "height": 900}, locale="zh-CN")
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    opened.on("console", said)
    opened.on("pageerror", lambda error: complaints.append(f"page: {error}"))
    opened.on("request", asked)
    opened.on("requestfailed", failed)
    opened.on("response", answered)
    yield opened
    context.close()


def enter(page: Page, login: str) -> None:
    """From the sign-in page by one click."""
    page.goto("/")
    assert urlsplit(page.url).path == "/signin"
    page.locator(f"button[value={login}]").click()
    page.wait_for_url(lambda address: urlsplit(address).path == "/")
    expect(page.locator(".kpi-value").first).to_be_visible()


def cell(page: Page, person: str, k: int) -> dict[str, float]:
    """State code and place on the screen of a person's window."""
    found: dict[str, float] = page.evaluate(CELL, [person, k])
    return found


def shows_the_province(page: Page) -> None:
    page.wait_for_function("document.querySelectorAll('.map .choroplethlayer path').length >= 14")
    assert page.locator(".kpi").count() == 5
    figures = page.locator(".kpi-value").all_inner_texts()
    assert figures[-1] == "4"  # projects
    assert all(figure.strip() for figure in figures)


def goes_down_to_the_project(page: Page) -> None:
    page.get_by_role("link", name="长沙", exact=True).click()
    page.wait_for_url(lambda address: "city=430100" in address)
    page.get_by_role("link", name=PROJECT).first.click()
    page.wait_for_url(lambda address: urlsplit(address).path.startswith("/project/"))
    page.wait_for_function("document.querySelector('.heat .js-plotly-plot')?.calcdata")


def explains_an_absence(page: Page, person: str) -> None:
    missed = cell(page, person, 1)
    assert missed["code"] == State.MISSED
    page.mouse.click(missed["left"], missed["top"])
    drawer = page.locator("#evidence-body")
    expect(drawer).to_contain_text("缺勤")
    expect(drawer).to_contain_text("没有打卡记录")
    expect(drawer).to_contain_text("湘交函〔2018〕288号")
    expect(drawer.locator("q")).to_contain_text("考勤")


def moves_by_itself(page: Page, site: Site, world: World, name: str, person: str) -> None:
    assert cell(page, person, 2)["code"] == State.OPEN
    page.evaluate("window.here = true")
    records = zkteco.encode_records(TERMINAL, [Verification(world.numbers[name], database.now())])
    assert send(site.base, records) == (200, b"OK: 1")
    page.wait_for_function(
        f"person => ({CELL})([person, 2]).code === {int(State.MET)}", arg=person, timeout=5000, polling=100
    )
    assert page.evaluate("window.here")  # the page was not loaded again


def test_from_the_sign_in_to_the_evidence_and_back(page: Page, site: Site, world: World, complaints: list[str]) -> None:
    name = f"{UNIT}1号"
    person = f"{world.engagements[UNIT]}-{world.people[name]}"
    enter(page, "leader")
    shows_the_province(page)
    goes_down_to_the_project(page)
    explains_an_absence(page, person)
    moves_by_itself(page, site, world, name, person)
    page.locator("#nav").get_by_role("link", name="信用排名").click()
    expect(page.locator("caption", has_text="从业单位信用排名")).to_be_attached()
    expect(page.locator("table.rows")).to_contain_text(UNIT)
    page.locator("#nav").get_by_role("link", name="考勤机").click()
    page.get_by_role("link", name=TERMINAL).click()
    expect(page.locator("#page")).to_contain_text(name)
    page.get_by_role("button", name="退出").click()
    page.wait_for_url(lambda address: urlsplit(address).path == "/signin")
    assert complaints == []


def test_the_centre_asks_for_a_circular_and_sees_it_waiting(page: Page, world: World, complaints: list[str]) -> None:
    enter(page, "centre")
    page.locator("#nav").get_by_role("link", name="通告通报").click()
    expect(page.locator("#papers")).to_contain_text("还没有生成过")
    page.get_by_role("button", name="生成通报草稿").click()
    expect(page.locator("#papers-said")).to_contain_text("已提交")
    expect(page.locator("#papers")).to_contain_text("排队中")
    assert complaints == []


def test_a_phone_shows_every_page_without_scrolling_sideways(page: Page, world: World, complaints: list[str]) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    enter(page, "leader")
    for address, ready in (
        ("/", ".map .choroplethlayer path"),
        (f"/project/{world.projects[PROJECT]}", ".heat .js-plotly-plot .heatmaplayer"),
        ("/ranking?period=2018Q3", "table.rows"),
    ):
        page.goto(address)
        page.locator(ready).first.wait_for(state="attached")
        assert width(page) <= PHONE["width"], f"{address} is {width(page)} px wide"
    assert complaints == []
    page.evaluate("document.querySelector('#page').append(Object.assign(document.createElement('p'), "
                  "{style: 'width: 900px', textContent: 'planted'}))")  # fmt: skip
    assert width(page) > PHONE["width"]


def width(page: Page) -> int:
    """How wide the page is, with what sticks out of the screen."""
    found: int = page.evaluate("Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)")
    return found


def test_a_complaint_of_the_browser_is_heard(page: Page, world: World, complaints: list[str]) -> None:
    page.goto("/signin")
    page.evaluate("() => { console.error('planted'); fetch('http://127.0.0.1:9/x').catch(() => 0) }")
    page.evaluate("() => { setTimeout(() => { throw new Error('thrown') }) }")
    page.wait_for_timeout(300)
    heard = "\n".join(complaints)
    assert "planted" in heard
    assert "thrown" in heard
    assert "another host" in heard
