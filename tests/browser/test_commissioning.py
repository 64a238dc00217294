"""On site, with a phone: a terminal speaks step by step, the page shows each by itself, and it is commissioned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import text

from ingest.protocols import zkteco
from ingest.protocols.reading import Request, Verification
from ingest.simulator import send
from models import database
from models.acts import accounts, registration, terminals
from models.rules.instants import day_of
from models.rules.readings import Method
from models.rules.registration import Sheet
from models.rules.scope import PROCESS, Role, Scope
from tests import world as worlds
from tests.browser import looking
from tests.browser.looking import BINARY, Looked
from tests.cast import World
from tests.serving import Site

PROJECT, UNIT, SERIAL, NUMBER = "G319浏阳段", "戊路桥", "PYA7002", "0042"
INFO = "Ver 8.0.4.2-20230101,12,0,30,192.168.1.201,10,7,15,12,11111"


@pytest.fixture(scope="module")
def world(bare: str) -> World:
    made = worlds.build()
    made.project(PROJECT, day_of(database.now()) - timedelta(days=7))
    made.engage(UNIT, PROJECT)
    accounts.open_account(
        PROCESS, login="builder", name=UNIT, role=Role.UNIT, password="Hunan-2018-Lvyue", unit=made.units[UNIT],
        demonstration=True,
    )  # fmt: skip
    return made


@pytest.fixture
def phone(site: Site, world: World) -> Iterator[tuple[Page, Looked]]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BINARY, args=["--no-sandbox"])
        with looking.visitor(browser, site.base, "phone", "builder") as visitor:
            yield visitor
        browser.close()


def registered(world: World) -> int:
    """The unit registers its terminal."""
    sheet = Sheet(
        protocol="zkteco", serial=SERIAL, unit=world.units[UNIT], brand="ZKTeco", model="SenseFace 4A", area="430181",
        place="项目部大门", point=(113.6, 28.2), projects=(world.projects[PROJECT],),
        since=day_of(database.now()), contact="王工", phone="13900001111",
    )  # fmt: skip
    return registration.apply(Scope(7, Role.UNIT, unit=world.units[UNIT]), sheet).terminal


def punches(site: Site, lag: timedelta, method: Method = Method.FACE) -> None:
    """Someone punches once on a terminal whose clock is slow by `lag`."""
    record = Verification(NUMBER, database.now() - lag, method)
    assert send(site.base, zkteco.encode_records(SERIAL, [record])) == (200, b"OK: 1")


def done(page: Page, step: str) -> None:
    """The page shows the step as done, without being loaded anew."""
    expect(page.locator(f"#step-{step}.done")).to_be_visible()
    assert page.evaluate("window.here") is True


def picture() -> bytes:
    """A photo as a telephone takes it, with the place where it was taken."""
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (28.0, 12.0, 0.0)
    kept = BytesIO()
    Image.effect_noise((2400, 1800), 80).convert("RGB").save(kept, "JPEG", exif=exif)
    return kept.getvalue()


def arrives(page: Page, site: Site, terminal: int) -> None:
    """From the first contact to the confirmation, each as soon as it happens."""
    expect(page.locator("#step-registered.done")).to_be_visible()
    expect(page.locator("#step-contact.coming")).to_contain_text("HTTPS")
    assert send(site.base, zkteco.encode_handshake(SERIAL))[0] == 200
    done(page, "contact")
    expect(page.locator("#step-facts.coming")).to_be_visible()
    poll = zkteco.encode_heartbeat(SERIAL)
    assert send(site.base, Request(poll.method, poll.path, (*poll.query, ("INFO", INFO)), poll.headers))[0] == 200
    done(page, "facts")
    expect(page.locator("#step-facts")).to_contain_text("固件 Ver 8.0.4.2-20230101，人员 12")
    punches(site, timedelta(minutes=9), Method.PASSWORD)
    expect(page.locator("#step-clock.coming")).to_contain_text("时钟慢了 9 分钟")
    expect(page.locator("#step-punch")).not_to_have_class("done")
    punches(site, timedelta(seconds=2))
    done(page, "clock")
    done(page, "punch")
    expect(page.locator("#step-confirmed.coming")).to_contain_text("等待厅科技信息中心")
    terminals.admit(PROCESS, terminal)
    done(page, "confirmed")


def fills(page: Page) -> None:
    """The list: a height out of range and a missing reason are told, then all is right; a photo is taken."""
    page.get_by_label("机器底部离地面的高度").fill("1.5")
    for name in ("光线", "网络", "电源"):
        page.get_by_label(f"{name}：", exact=False).check()
    submits(page)
    expect(page.locator("#commission-wrong")).to_contain_text("1.15–1.20")
    expect(page.locator("#commission-wrong")).to_contain_text("“位置”请勾选")
    expect(page.locator("#commission-wrong")).to_contain_text("至少上传一张")
    page.get_by_label("机器底部离地面的高度").fill("1.18")
    page.get_by_text("有不符合的，填写原因").click()
    page.get_by_label("位置不符合的原因").fill("项目部临时板房门廊下，有雨棚遮挡")
    page.locator("#commission-upload input").set_input_files(
        {"name": "门口.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    expect(page.locator(".photos img")).to_have_count(1)
    assert page.locator(".photos img").evaluate("one => one.decode().then(() => one.naturalWidth)") == 1600
    expect(page.get_by_label("机器底部离地面的高度")).to_have_value("1.18")


def submits(page: Page) -> None:
    page.get_by_role("button", name="完成调试").click()
    page.locator("#commission-go").click()


def test_an_installer_sees_each_step_arrive_and_commissions(
    phone: tuple[Page, Looked], site: Site, world: World
) -> None:
    page, looked = phone
    terminal = registered(world)
    page.goto(f"/registration/{terminal}")
    expect(page.locator("#page")).to_contain_text("未调试")
    page.get_by_role("link", name="安装调试").click()
    page.evaluate("window.here = true")
    arrives(page, site, terminal)
    fills(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    looking.examine(page, looked)
    assert looked.grave == []
    submits(page)
    expect(page.locator("#page")).to_contain_text("已调试")
    expect(page.locator("#page")).to_contain_text("1.18 米")
    expect(page.get_by_role("button", name="删除照片 1")).to_have_count(0)
    assert page.evaluate("window.here") is True
    with database.reading() as (session, _):
        made = session.execute(text("select sheet, photos from commissioning where terminal_id = :t"), {"t": terminal})
        sheet, photos = made.one()
    assert (sheet["height_cm"], sheet["ticked"], len(photos)) == (118, ["light", "network", "power"], 1)
    looking.examine(page, looked)
    assert looked.grave == looked.errors == []
