"""Buttons of a terminal's page: they act for who keeps terminals, and a neighbour's ids lead nowhere."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import text

from models import database
from models.acts import accounts, commands
from models.acts.terminals import Contact, seen
from models.rules.commands import Kind
from models.rules.scope import PROCESS, Role
from tests import world as worlds
from tests.cast import World
from tests.dashboard.test_access import PASSWORD, callbacks, payload
from tests.serving import Caller, Site


@pytest.fixture(scope="module")
def world(bare: str) -> World:
    made = worlds.build()
    accounts.open_account(
        PROCESS,
        login="far",
        name="株洲技术支持",
        role=Role.SUPPORT,
        password=PASSWORD,
        area="430200",
        demonstration=True,
    )
    return made


def press(caller: Caller, which: str, confirmed: bool = False) -> str:
    (found,) = (c for c in callbacks(caller) if c["inputs"][0]["id"] == '{"order":["ALL"]}')
    chosen: tuple[Any, ...] = ([], [(which, 1)]) if confirmed else ([(which, 1)], [])
    told = caller.json("/_dash-update-component", payload(found, chosen, int(confirmed)))
    assert told.status == 200, told.text[-300:]
    return json.dumps(json.loads(told.text), ensure_ascii=False)


def page(caller: Caller, terminal: int) -> str:
    (found,) = (c for c in callbacks(caller) if "..page.children..." in c["output"])
    told = caller.json("/_dash-update-component", payload(found, (f"/terminal/{terminal}", "", None, None, [])))
    return json.dumps(json.loads(told.text), ensure_ascii=False)


def queued(terminal: int) -> list[str]:
    query = text("select kind from command where terminal_id = :t and done is null and cancelled is null order by id")
    with database.reading() as (session, _):
        return list(session.scalars(query, {"t": terminal}))


def test_technical_support_commands_a_terminal_and_cancels(site: Site, world: World) -> None:
    at, caller = world.terminals["T-甲路桥"], site.enter("support")
    assert "下次联网时执行" in press(caller, f"zone-{at}")
    assert "近 31 天" in press(caller, f"log-{at}")
    assert "将下发" in press(caller, f"sync-{at}", confirmed=True)
    assert queued(at)[:3] == ["zone", "log", "query"]
    assert set(queued(at)[3:]) == {"person"}
    shown = page(caller, at)
    assert "核对时间" in shown
    assert "待下发" in shown
    assert not any(name in shown for name in world.people)
    first = commands.ask(PROCESS, at, Kind.ZONE)
    assert "指令已取消" in press(caller, f"cancel-{first}")
    assert "指令已经结束" in press(caller, f"cancel-{first}")


@pytest.mark.parametrize("login", ["far", "zhuzhou", "changsha", "leader", "owner", "unit"])
def test_who_does_not_keep_a_terminal_gets_no_button_and_no_act(site: Site, world: World, login: str) -> None:
    at, caller = world.terminals["T-乙航务"], site.enter(login)
    commands.ask(PROCESS, at, Kind.INFO)
    before = queued(at)
    made = commands.ask(PROCESS, at, Kind.INFO)
    for which in (f"zone-{at}", f"log-{at}", f"cancel-{made}", "gap-1"):
        assert "未执行" in press(caller, which)
    assert "未执行" in press(caller, f"sync-{at}", confirmed=True)
    assert queued(at) == before
    assert '"order"' not in page(caller, at)


@pytest.mark.parametrize(
    "which", ["", "zone", "zone-", "zone-1-1", "zone-٣", "clear-1", "zone-" + "9" * 40, "__class__-1"]
)
def test_a_word_made_up_by_hand_does_nothing(site: Site, world: World, which: str) -> None:
    assert "没有这项操作" in press(site.enter("support"), which)


def test_a_page_tells_what_is_missing_and_who_keeps_it_closes_it(site: Site, world: World) -> None:
    at, now = world.terminals["T-甲路桥"], database.now()
    for attlogs in ("90", "7"):
        seen(PROCESS, [Contact(("zkteco", "T-甲路桥", True), now, facts={"attlogs": attlogs})])
    assert "由 90 条减为 7 条" in page(site.enter("changsha"), at)
    with database.reading() as (session, _):
        gap = session.scalar(text("select id from gap where terminal_id = :t"), {"t": at})
    assert "未执行" in press(site.enter("far"), f"gap-{gap}")
    assert "已记录为已核查" in press(site.enter("support"), f"gap-{gap}")
    assert "没有发现缺数和篡改" in page(site.enter("changsha"), at)
