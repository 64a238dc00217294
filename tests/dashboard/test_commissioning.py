"""On-site forms through the callbacks themselves: a neighbour's terminal, broken pictures, pictures by address."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import text

from models import database
from models.acts import accounts
from models.rules.scope import PROCESS, Role
from tests import world as worlds
from tests.cast import World
from tests.dashboard.test_registration import call
from tests.serving import Caller, Site

PASSWORD = "Hunan-2018-Lvyue"


@pytest.fixture(scope="module")
def world(bare: str) -> World:
    made = worlds.build()
    for login, unit in (("own", "甲路桥"), ("neighbour", "乙航务"), ("elsewhere", "丙检测")):
        accounts.open_account(
            PROCESS, login=login, name=unit, role=Role.UNIT, password=PASSWORD, unit=made.units[unit],
            demonstration=True,
        )  # fmt: skip
    return made


def picture() -> str:
    kept = BytesIO()
    Image.new("RGB", (60, 40), (9, 90, 120)).save(kept, "PNG")
    return "data:image/png;base64," + base64.b64encode(kept.getvalue()).decode()


def shoot(caller: Caller, terminal: Any, address: Any) -> str:
    return call(caller, "..commission-photo-wrong.children...", address, terminal)


def kept() -> list[int]:
    with database.reading() as (session, _):
        return list(session.scalars(text("select id from installation_photo order by id")))


def test_a_picture_of_one_s_own_terminal_is_kept_and_shown_to_its_territory_only(site: Site, world: World) -> None:
    terminal = world.terminals["T-甲路桥"]
    for login in ("neighbour", "elsewhere", "centre", "leader", "support"):
        assert "只有登记这台考勤机的单位" in shoot(site.enter(login), terminal, picture()), login
    assert kept() == []
    shoot(site.enter("own"), terminal, picture())
    (photo,) = kept()
    address = f"/commissioning/photo/{photo}.jpg"
    seen = {login: site.enter(login).get(address).status for login in
            ("own", "unit", "neighbour", "elsewhere", "leader", "changsha", "zhuzhou", "security")}  # fmt: skip
    assert seen == {"own": 200, "unit": 200, "neighbour": 404, "elsewhere": 404, "leader": 200, "changsha": 200,
                    "zhuzhou": 404, "security": 403}  # fmt: skip
    told = site.enter("own").get(address)
    assert (told.headers["content-type"], told.headers["cache-control"]) == ("image/jpeg", "private, no-store")
    assert site.enter("own").get(f"/commissioning/photo/{10**40}.jpg").status == 404


@pytest.mark.parametrize(
    "address",
    ["data:image/png;base64,AAAA", "data:,", "x", "data:image/png;base64,%%%", "\0", 7, ["a"], {"a": 1},
     "data:image/svg+xml;base64,PHN2Zy8+", "data:image/jpeg;base64," + "A" * 1_000_000],
)  # fmt: skip
def test_what_is_no_picture_is_said_so(site: Site, world: World, address: Any) -> None:
    before = kept()
    told = shoot(site.enter("own"), world.terminals["T-甲路桥"], address)
    assert "照片" in told
    assert kept() == before


@pytest.mark.parametrize("terminal", [None, "x", -1, 2**70, 1.5, ["1"], "\0"])
def test_a_terminal_that_is_none_is_refused(site: Site, world: World, terminal: Any) -> None:
    assert "只有登记这台考勤机的单位" in shoot(site.enter("own"), terminal, picture())
