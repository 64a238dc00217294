"""Registering, deciding and mapping through the callbacks themselves, also with a neighbour's ids."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from models import database
from models.acts import accounts, attendance, registration, terminals
from models.queries import registration as asked
from models.rules.instants import epoch_ms
from models.rules.registration import Sheet
from models.rules.scope import PROCESS, Role, Scope
from tests import world as worlds
from tests.cast import World, arrival, punch
from tests.dashboard.test_access import callbacks, payload
from tests.serving import Caller, Site

OTHERS = ("line-go", "line-add", '{"order":["ALL"]}')  # their outputs are asked for by the input
PASSWORD = "Hunan-2018-Lvyue"
SHEET = {
    "protocol": "hikvision", "serial": "HK-1", "brand": "海康威视", "model": "DS-K1T671M", "area": "430181",
    "place": "项目部大门", "longitude": 113.6, "latitude": 28.2, "since": "2018-07-01", "contact": "王工",
    "phone": "13900001111",
}  # fmt: skip


@pytest.fixture(scope="module")
def world(bare: str) -> World:
    made = worlds.build()
    for login, unit in (("neighbour", "乙航务"), ("second", "甲路桥")):
        accounts.open_account(
            PROCESS, login=login, name=unit, role=Role.UNIT, password=PASSWORD, unit=made.units[unit],
            demonstration=True,
        )  # fmt: skip
    return made


def call(caller: Caller, output: str, *values: Any) -> str:
    """What the callback with this output answers to these inputs and states."""
    (found,) = (c for c in callbacks(caller) if output in c["output"] and c["inputs"][0]["id"] not in OTHERS)
    told = caller.json("/_dash-update-component", payload(found, values))
    assert told.status in (200, 204), told.text[-300:]
    return json.dumps(json.loads(told.text), ensure_ascii=False) if told.status == 200 else ""


def save(caller: Caller, world: World, unit: str, project: str, **changed: Any) -> str:
    given = {**SHEET, "projects": [world.projects[project]], **changed}
    return call(caller, "registration-said", 1, list(given.items()), world.units[unit])


def decide(caller: Caller, verb: str, terminal: int, reason: str = "", seen: int | None = None) -> str:
    told = seen if seen is not None else registered(terminal)
    return call(caller, "decision-said.children...", 1, f"{verb}-{terminal}-{told}", reason)


def registered(terminal: int) -> int:
    with database.reading() as (session, _):
        return epoch_ms(session.scalar(text("select registered from terminal where id = :t"), {"t": terminal}))


def row(serial: str) -> Any:
    query = text("select id, unit_id, admitted, refused, disabled, token_hash from terminal where serial = :s")
    with database.reading() as (session, _):
        return session.execute(query, {"s": serial}).one_or_none()


def test_a_unit_registers_and_is_told_address_and_token_once(site: Site, world: World) -> None:
    told = save(site.enter("unit"), world, "甲监理", "G107长沙段")
    found = row("HK-1")
    token = told.split("/ingest/hik/")[1][:24]
    assert bytes(found.token_hash) == terminals.token_hash(token)
    assert found.admitted is None
    for login in ("unit", "centre"):
        page = site.enter(login)
        for path in (f"/registration/{found.id}", "/terminals", "/terminals/new"):
            answer = show(page, path)
            assert token not in answer
    assert "HK-1" in show(site.enter("centre"), "/terminals")
    assert "HK-1" not in show(site.enter("neighbour"), "/terminals")
    assert "找不到登记" in show(site.enter("neighbour"), f"/registration/{found.id}")
    assert "没有权限" in show(site.enter("leader"), f"/registration/{found.id}")


def show(caller: Caller, path: str, search: str = "") -> str:
    return call(caller, "..page.children...", path, search, None, None, [])


def test_a_form_is_not_taken_for_another_unit_or_another_s_project(site: Site, world: World) -> None:
    caller = site.enter("unit")
    assert "只能为本单位" in save(caller, world, "甲路桥", "G107长沙段", serial="X1")
    assert "未登记" in save(caller, world, "甲监理", "湘江航道长沙段", serial="X1")
    assert "未登记" in save(site.enter("leader"), world, "甲监理", "G107长沙段", serial="X1")
    assert row("X1") is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"serial": "a\0b"}, "序列号"), ({"serial": None}, "序列号"), ({"serial": "\ud800"}, "序列号"),
        ({"place": "x" * 100_000}, "安装位置"), ({"longitude": "east"}, "经度和纬度"), ({"longitude": 1e400}, "经度"),
        ({"longitude": 113.1, "latitude": 27.7}, "不在所选县市区"), ({"projects": None}, "服务项目"),
        ({"projects": [2**70, "1", None]}, "服务项目"), ({"since": "0001-01-01"}, "启用日期"), ({"phone": "1"}, "电话"),
        ({"protocol": "morse"}, "协议"), ({"area": {"a": 1}}, "县市区"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_answered_with_what_to_do(
    site: Site, world: World, changed: dict[str, Any], said: str
) -> None:
    answer = save(site.enter("unit"), world, "甲监理", "G107长沙段", **{"serial": "X2", **changed})
    assert "还不能提交" in answer
    assert said in answer
    assert row("X2") is None


def test_only_who_keeps_terminals_decides_and_not_on_what_was_changed(site: Site, world: World) -> None:
    save(site.enter("unit"), world, "甲监理", "G107长沙段", serial="D1")
    terminal = row("D1").id
    for login in ("neighbour", "unit", "leader", "changsha"):
        caller = site.enter(login)
        if login in ("leader", "changsha"):
            (found,) = (
                c for c in callbacks(caller) if "again.data" in c["output"] and "decision.is_open" in c["output"]
            )
            chosen = (1, f"admit-{terminal}-{registered(terminal)}", "x")
            assert caller.json("/_dash-update-component", payload(found, chosen)).status == 403
        else:
            assert "未执行" in decide(caller, "admit", terminal)
        assert row("D1").admitted is None
    centre = site.enter("centre")
    assert "未执行" in decide(centre, "admit", terminal, seen=1)
    assert "请填写原因" in decide(centre, "refuse", terminal, " ")
    assert "已退回" in decide(centre, "refuse", terminal, "照片不清楚")
    assert "照片不清楚" in show(site.enter("unit"), "/terminals")
    save(site.enter("unit"), world, "甲监理", "G107长沙段", serial="D1")
    assert "已确认，自动计入 0 条记录" in decide(centre, "admit", terminal)
    assert "已停用" in decide(centre, "disable", terminal, "被移走")
    assert "重新启用" in show(centre, f"/registration/{terminal}")
    assert "已重新启用" in decide(centre, "enable", terminal, "查明")
    for nonsense in ("", "admit", "admit-x-1", "drop-1-1", f"admit-{2**80}-1", "admit--1-1"):
        assert "未执行" in call(centre, "decision-said.children...", 1, nonsense, "x")


def test_who_registers_is_not_offered_to_confirm_it(site: Site, world: World) -> None:
    centre = site.enter("centre")
    save(centre, world, "甲监理", "G107长沙段", serial="OWN")
    assert "须由另一人确认" in show(centre, "/terminals")
    assert "请由另一人确认" in decide(centre, "admit", row("OWN").id)
    assert "已确认" in decide(site.enter("support"), "admit", row("OWN").id)


def test_a_held_terminal_is_claimed_with_one_click(site: Site, world: World) -> None:
    at = database.now() - timedelta(hours=2)
    attendance.intake(PROCESS, [arrival("HELD-7", punch("5", at), received=database.now())])
    page = show(site.enter("centre"), "/terminals")
    assert "/terminals/new?protocol=zkteco&serial=HELD-7" in page
    unit = world.units["甲监理"]
    assert '"value": "HELD-7"' in show(site.enter("centre"), "/terminals/new", f"?serial=HELD-7&unit={unit}")
    assert "HELD-7" not in show(site.enter("unit"), "/terminals")


def test_a_number_is_mapped_to_one_s_own_people_on_terminals_of_one_s_territory_only(site: Site, world: World) -> None:
    at = database.now() - timedelta(hours=5)
    attendance.intake(PROCESS, [arrival("T-甲路桥", punch("0077", at), received=database.now())])
    terminal, theirs = world.terminals["T-甲路桥"], world.terminals["T-丙检测"]
    since = at.date().isoformat()
    caller = site.enter("second")
    assert "0077" in show(caller, "/numbers")
    assert "0077" not in show(site.enter("neighbour"), "/numbers")
    assert "甲路桥1号" in show(caller, "/numbers", f"?terminal={terminal}&number=0077")
    mine, foreign = world.people["甲路桥1号"], world.people["甲监理0号"]
    for which, person, day in (
        ([terminal, "0077"], foreign, since), ([theirs, "0077"], mine, since), ([2**70, "1"], mine, since),
        ([terminal, "0077"], mine, "0001-01-01"), (None, mine, since), ([terminal, "0077"], "1", since),
        ([terminal, "\ud800\0"], mine, since), (["x", "y"], mine, since), ([terminal, "0077"], 2**70, since),
    ):  # fmt: skip
        told = call(caller, "number-said", 1, which, person, day)
        assert "未执行" in told or "请先选择" in told
    assert "自动计入 1 条记录" in call(caller, "number-said", 1, [terminal, "0077"], mine, since)
    assert "未执行" in call(caller, "number-said", 1, [terminal, "0077"], mine, since)
    assert "0077" not in show(caller, "/numbers")


def test_support_is_told_of_a_registration_in_its_territory_only(site: Site, world: World) -> None:
    sheet = Sheet(
        "zkteco", "AREA", world.units["甲监理"], "ZKTeco", "X", "430181", "门", (113.6, 28.2),
        (world.projects["G107长沙段"],), date(2018, 7, 1), "王工", "13900001111",
    )  # fmt: skip
    made = registration.apply(Scope(7, Role.UNIT, unit=world.units["甲监理"]), sheet).terminal
    with database.reading() as (session, _):
        here, there = (Scope(8, Role.SUPPORT, area=area) for area in ("430100", "430200"))
        assert asked.one(session, here, made)
        assert asked.one(session, there, made) is None
        assert "AREA" not in {found.serial for found in asked.pending(session, there)}


def test_a_unit_adds_and_ends_its_lines_and_no_other_s(site: Site, world: World) -> None:
    unit, until = site.enter("unit"), (database.now() + timedelta(days=10)).date().isoformat()
    for given, said in (
        (("telecom", "0", None, until, ""), "请填写带宽"), (("telecom", "0", 100, "soon", ""), "合同到期日"),
        (("x", "0", 100, until, ""), "运营商"), (("telecom", "0", 100, until, "\ud800"), "备注"),
        (("telecom", str(world.projects["S219株洲段"]), 100, until, ""), "未添加"),
    ):  # fmt: skip
        assert said in press(unit, "line-add", *given)
    assert "线路已添加" in press(unit, "line-add", "telecom", "0", 100, until, "专线")
    assert "还有 " in show(unit, "/lines")
    assert "专线" in show(site.enter("centre"), "/lines")
    assert "专线" not in show(site.enter("neighbour"), "/lines")
    with database.reading() as (session, _):
        line = session.scalar(text("select max(id) from line"))
    for login in ("neighbour", "centre"):
        assert "未执行" in press(site.enter(login), "line-go", str(line))
    assert "未执行" in press(unit, "line-go", "x")
    assert "线路已停用" in press(unit, "line-go", str(line))
    assert "专线" not in show(unit, "/lines")


def press(caller: Caller, button: str, *given: Any) -> str:
    """What the callback of a button answers to these states."""
    (found,) = (c for c in callbacks(caller) if c["inputs"][0]["id"] == button)
    told = caller.json("/_dash-update-component", payload(found, (1, *given)))
    assert told.status == 200, told.text[-300:]
    return json.dumps(json.loads(told.text), ensure_ascii=False)
