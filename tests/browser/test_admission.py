"""From a terminal that nobody knows to attendance that counts: the unit registers, the centre confirms, one maps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import text

from ingest.protocols import zkteco
from ingest.protocols.reading import Verification
from ingest.simulator import send
from models import database
from models.acts import accounts
from models.rules.instants import day_of
from models.rules.scope import PROCESS, Role
from tests import world as worlds
from tests.browser import looking
from tests.browser.looking import BINARY, Looked
from tests.cast import World
from tests.serving import Site

PROJECT, UNIT, SERIAL, NUMBER, COUNT = "G319浏阳段", "戊路桥", "PYA7001", "0042", 6


@pytest.fixture(scope="module")
def world(bare: str) -> World:
    made = worlds.build()
    made.project(PROJECT, day_of(database.now()) - timedelta(days=7))
    made.engage(UNIT, PROJECT)
    made.person(f"{UNIT}1号", UNIT, "C1", day_of(database.now()) - timedelta(days=7))
    accounts.open_account(
        PROCESS, login="builder", name=UNIT, role=Role.UNIT, password="Hunan-2018-Lvyue", unit=made.units[UNIT],
        demonstration=True,
    )  # fmt: skip
    return made


@pytest.fixture
def visits(site: Site, world: World) -> Iterator[tuple[tuple[Page, Looked], tuple[Page, Looked]]]:
    """The unit on a phone, the centre at a desk."""
    with sync_playwright() as driver, ExitStack() as kept:
        browser = driver.chromium.launch(executable_path=BINARY, args=["--no-sandbox"])
        kept.callback(browser.close)
        yield (
            kept.enter_context(looking.visitor(browser, site.base, "phone", "builder")),
            kept.enter_context(looking.visitor(browser, site.base, "desk", "centre")),
        )


def speaks(site: Site) -> None:
    """Someone punches on the unknown terminal, every hour of the last ones."""
    now = database.now()
    records = [Verification(NUMBER, now - timedelta(hours=k)) for k in range(COUNT)]
    assert send(site.base, zkteco.encode_records(SERIAL, records)) == (200, f"OK: {COUNT}".encode())


def registers(page: Page) -> None:
    page.goto("/terminals/new")
    page.get_by_role("button", name="提交登记").click()
    expect(page.locator("#registration-wrong")).to_contain_text("请填写序列号")
    since = day_of(database.now()) - timedelta(days=7)
    for label, value in (
        ("序列号", SERIAL), ("品牌", "中控 ZKTeco"), ("型号", "SenseFace 4A"), ("启用日期", since.isoformat()),
        ("安装位置", "项目部大门"), ("联系人", "王工"), ("联系电话", "13900001111"),
    ):  # fmt: skip
        page.get_by_label(label).fill(value)
    page.locator("#spot .nsewdrag").click(position={"x": 150, "y": 190})
    expect(page.get_by_label("经度")).not_to_have_value("113.6")
    page.get_by_role("button", name="提交登记").click()
    expect(page.locator("#registration-done")).to_contain_text("等待确认")
    page.get_by_role("link", name="查看登记进度").click()
    expect(page.locator("#page")).to_contain_text(f"已收到 {COUNT} 条记录（已暂存")


def confirms(page: Page) -> None:
    page.goto("/terminals")
    page.get_by_role("button", name=f"确认登记 {SERIAL}").click()
    expect(page.locator("#decision-body")).to_contain_text(f"{COUNT} 条记录")
    page.keyboard.press("Escape")
    expect(page.locator("#decision-go")).to_have_count(0)
    page.get_by_role("button", name=f"确认登记 {SERIAL}").click()
    page.locator("#decision-go").click()
    expect(page.locator("#decision-said")).to_contain_text("已确认，自动计入 0 条记录")
    expect(page.locator("table", has_text="待确认的考勤机")).to_have_count(0)


def maps(page: Page) -> None:
    page.get_by_role("link", name="未对应编号").click()
    expect(page.locator("#decision-said .alert")).to_have_count(0)
    page.get_by_role("link", name=NUMBER, exact=True).click()
    page.get_by_label("按姓名查找人员").fill("1号")
    page.get_by_label(f"{UNIT}1号").check()
    page.get_by_role("button", name="对应到此人").click()
    expect(page.locator("#mapping-body")).to_contain_text(f"对应到 {UNIT}1号")
    page.locator("#mapping-go").click()
    expect(page.locator("#number-said")).to_contain_text(f"自动计入 {COUNT} 条记录")


def test_a_held_terminal_is_registered_confirmed_and_its_number_mapped(
    visits: tuple[tuple[Page, Looked], tuple[Page, Looked]], site: Site, world: World
) -> None:
    (unit, on_phone), (centre, at_desk) = visits
    speaks(site)
    registers(unit)
    confirms(centre)
    expect(unit.locator("#page")).to_contain_text("已启用")  # the unit's page follows by itself
    maps(centre)
    query = text("select sum(punches) from attendance_window where person_id = :p")
    with database.reading() as (session, _):
        assert session.scalar(query, {"p": world.people[f"{UNIT}1号"]}) == COUNT
    assert on_phone.errors == at_desk.errors == []
