"""Acts with a neighbour's id are refused: what an account may do, it may do in its territory only."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from models import database
from models.acts import accounts, events, people, places, requests, terminals, units
from models.database import history
from models.rules.passwords import WeakPassword
from models.rules.scope import PROCESS, Refused, Role, Scope
from models.rules.sessions import fingerprint
from tests.cast import World, id_number, wall

START, DAY = date(2018, 7, 1), date(2018, 7, 2)
FAR = Scope(8, Role.SUPPORT, area="430200")


@pytest.fixture(scope="module")
def world(scratch: str) -> World:
    """Two units in one project, a third one in another city."""
    with history() as past:
        past.go(wall("2018-07-01T00:00:00"))
        made = World()
        made.project("长沙项目", START)
        made.project("株洲项目", START, area="430281")
        for unit, project in (("甲公司", "长沙项目"), ("乙公司", "长沙项目"), ("丙公司", "株洲项目")):
            made.engage(unit, project)
            made.terminal(f"T-{unit}", unit, project, START, "430181" if project == "长沙项目" else "430281")
            made.person(f"{unit}的人", unit, "C1", START)
    return made


def unit_of(world: World, name: str) -> Scope:
    return Scope(7, Role.UNIT, unit=world.units[name])


FORBIDDEN: dict[str, Callable[[World, Scope], Any]] = {
    "appoint in another unit's engagement": lambda w, s: people.appoint(
        s, w.engagements["乙公司"], w.people["甲公司的人"], "C2", START
    ),
    "end another unit's appointment": lambda w, s: people.end_appointment(s, w.appointments["乙公司的人"], DAY),
    "map a number to another unit's person": lambda w, s: people.map_number(
        s, w.people["乙公司的人"], "9", w.terminals["T-甲公司"], START
    ),
    "map a number on a terminal elsewhere": lambda w, s: people.map_number(
        s, w.people["甲公司的人"], "9", w.terminals["T-丙公司"], START
    ),
    "engage a unit": lambda w, s: units.engage(s, w.projects["长沙项目"], w.units["甲公司"], "supervisor"),
    "enter a section": lambda w, s: places.enter_section(s, w.projects["长沙项目"], "一标", Decimal(1)),
}


@pytest.mark.parametrize("act", FORBIDDEN)
def test_a_unit_may_not(world: World, act: str) -> None:
    with pytest.raises(Refused):
        FORBIDDEN[act](world, unit_of(world, "甲公司"))


def test_a_unit_keeps_its_own_people_but_does_not_end_their_duty(world: World) -> None:
    mine = unit_of(world, "甲公司")
    made = people.appoint(mine, world.engagements["甲公司"], world.people["甲公司的人"], "C3", START)
    with pytest.raises(Refused):
        people.end_appointment(mine, made, date(2018, 8, 1))
    people.end_appointment(PROCESS, made, date(2018, 8, 1))
    assert people.map_number(mine, world.people["甲公司的人"], "12", world.terminals["T-甲公司"], START)


def test_a_terminal_elsewhere_is_not_registered_admitted_or_made_to_serve(world: World) -> None:
    found, unit = world.terminals["T-甲公司"], world.units["丙公司"]
    for area in ("430281", "430181"):
        with pytest.raises(Refused):
            terminals.register(FAR, protocol="zkteco", serial="T-甲公司", unit=unit, area=area)
    with pytest.raises(Refused):
        terminals.register(FAR, protocol="zkteco", serial="T-9", unit=unit, area="430181")
    with pytest.raises(Refused):
        terminals.admit(FAR, found)
    with pytest.raises(Refused):
        terminals.serve(FAR, found, world.projects["株洲项目"], START)


def test_a_terminal_of_the_territory_is_registered_and_serves(world: World) -> None:
    made = terminals.register(FAR, protocol="zkteco", serial="T-8", unit=world.units["丙公司"], area="430281")
    with pytest.raises(Refused, match="second person"):
        terminals.admit(FAR, made)
    assert terminals.admit(replace(FAR, account=9), made) == 0
    assert terminals.serve(FAR, made, world.projects["株洲项目"], START)


def test_a_terminal_registered_again_without_a_token_keeps_its_own(world: World) -> None:
    known = {"protocol": "house", "serial": "H1", "unit": world.units["甲公司"], "area": "430181"}
    made = terminals.register(PROCESS, **known, token="secret")  # type: ignore[arg-type]
    terminals.register(PROCESS, **known, place="大门")  # type: ignore[arg-type]
    with database.reading() as (session, _):
        kept = session.scalar(text("select token_hash from terminal where id = :t"), {"t": made})
    assert bytes(kept) == terminals.token_hash("secret")


def test_a_leave_of_someone_without_a_post_is_the_provinces_to_approve_and_revoke(world: World) -> None:
    person = people.enter_person(PROCESS, "无岗者", id_number(78))
    owner = Scope(9, Role.OWNER, unit=world.units["长沙项目业主"])
    with pytest.raises(Refused):
        requests.approve_leave(owner, person, START, DAY, "年休假")
    approved = requests.approve_leave(PROCESS, person, START, DAY, "年休假")
    with pytest.raises(Refused):
        requests.revoke(owner, approved)
    requests.revoke(PROCESS, approved)


def test_a_leave_and_an_appointment_made_at_once_see_each_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    person = people.enter_person(PROCESS, "并发者", id_number(77))
    inside, go, record = threading.Event(), threading.Event(), events.record

    def slow(at: Any, scope: Scope, act: str, **subject: Any) -> None:
        if act == "appoint":
            inside.set()
            assert go.wait(10)
        record(at, scope, act, **subject)

    monkeypatch.setattr(events, "record", slow)
    with ThreadPoolExecutor(2) as pool:
        appointed = pool.submit(people.appoint, PROCESS, world.engagements["丙公司"], person, "C4", START)
        assert inside.wait(10)
        left = pool.submit(requests.approve_leave, PROCESS, person, START, date(2018, 7, 3), "年休假")
        with pytest.raises(TimeoutError):
            left.result(0.5)
        go.set()
        appointed.result(10)
        left.result(10)
    with database.reading() as (session, _):
        query = text("select duty_ms from attendance_window where person_id = :p order by k limit 1")
        assert session.scalar(query, {"p": person}) == 0


def test_an_invitation_outlives_a_weak_password_and_is_spent_by_a_good_one(world: World) -> None:
    token = accounts.invite_first(PROCESS)
    with pytest.raises(WeakPassword):
        accounts.accept_invitation(token, "safety", "安全员", "short")
    accounts.accept_invitation(token, "safety", "安全员", "Hunan-2018-Lvyue")
    with pytest.raises(Refused):
        accounts.accept_invitation(token, "safety2", "安全员", "Hunan-2018-Lvyue")


def test_a_changed_password_ends_the_accounts_other_sessions(world: World) -> None:
    opened = accounts.open_account(PROCESS, login="boss", name="长", role=Role.LEADER, password="Hunan-2018-Lvyue")
    mine, other = (accounts.sign_in("boss", "Hunan-2018-Lvyue", "") for _ in range(2))
    accounts.change_password(Scope(opened, Role.LEADER), "Hunan-2018-Lvyue", "Hunan-2019-Lvyue", mine)
    query = text("select ended is null from sign_in where token = :t")
    with database.reading() as (session, _):
        assert session.scalar(query, {"t": fingerprint(mine)})
        assert session.scalar(query, {"t": fingerprint(other)}) is False


def test_a_project_handed_over_before_the_rules_began_is_not_supervised(world: World) -> None:
    given = {"kind": "highway", "area": "430181", "point": (113.6, 28.2), "start": date(2018, 1, 1)}
    with pytest.raises(Refused, match="2018-06-30"):
        places.enter_project(PROCESS, name="早已交工", handover=date(2018, 6, 30), **given)  # type: ignore[arg-type]
    assert places.enter_project(PROCESS, name="次日交工", handover=date(2018, 7, 1), **given)  # type: ignore[arg-type]
