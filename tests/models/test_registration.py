"""Terminals registered by units and confirmed by a second person: who may, where, and that nothing counts twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from models import database, keys
from models.acts import attendance, people, registration, terminals
from models.acts.registration import Unfit
from models.database import history
from models.queries import numbers
from models.queries import registration as asked
from models.queries import terminals as listed
from models.rules.registration import Sheet
from models.rules.scope import PROCESS, Refused, Role, Scope
from tests.cast import World, arrival, punch, wall

START, NOW = date(2018, 7, 1), wall("2018-07-20T00:00:00")
CENTRE, SECOND = Scope(21, Role.TECH_CENTRE), Scope(22, Role.TECH_CENTRE)
FAR = Scope(23, Role.SUPPORT, area="430200")
COUNT = 50


@pytest.fixture(scope="module")
def world(scratch: str) -> World:
    """甲公司 and 乙公司 work in 长沙, 丙公司 in 株洲."""
    with history() as past:
        past.go(wall("2018-07-01T00:00:00"))
        made = World()
        made.project("长沙项目", START)
        made.project("株洲项目", START, area="430281")
        for unit, project in (("甲公司", "长沙项目"), ("乙公司", "长沙项目"), ("丙公司", "株洲项目")):
            made.engage(unit, project)
            made.person(f"{unit}的人", unit, "C1", START)
        made.terminal("T-乙", "乙公司", "长沙项目", START)
    return made


def unit_of(world: World, name: str, account: int = 7) -> Scope:
    return Scope(account, Role.UNIT, unit=world.units[name])


def sheet(world: World, serial: str, unit: str = "甲公司", **changed: Any) -> Sheet:
    given = Sheet(
        protocol="zkteco", serial=serial, unit=world.units[unit], brand="ZKTeco", model="SenseFace 4A", area="430181",
        place="项目部", point=(113.6, 28.2), projects=(world.projects["长沙项目"],), since=START,
        contact="王工", phone="13900001111",
    )  # fmt: skip
    return replace(given, **changed)


def apply(world: World, serial: str, **changed: Any) -> int:
    with history() as past:
        past.go(NOW)
        return registration.apply(unit_of(world, "甲公司"), sheet(world, serial, **changed)).terminal


def say(serial: str, number: str, count: int = COUNT, first: str = "2018-07-02T08:00:00") -> None:
    times = [wall(first) + timedelta(hours=7 * k) for k in range(count)]
    with history() as past:
        past.go(NOW)
        attendance.intake(PROCESS, [arrival(serial, *(punch(number, at, k) for k, at in enumerate(times)))])


def punches(serial: str) -> int:
    query = "select count(*) from punch p join terminal t on t.id = p.terminal_id where t.serial = :s and t.verified"
    with database.reading() as (session, _):
        return int(session.scalar(text(query), {"s": serial}) or 0)


def in_windows(world: World, person: str) -> int:
    query = text("select coalesce(sum(punches), 0) from attendance_window where person_id = :p")
    with database.reading() as (session, _):
        return int(session.scalar(query, {"p": world.people[person]}) or 0)


def test_fifty_punches_of_an_unknown_serial_count_once_it_is_claimed_and_claiming_twice_changes_nothing(
    world: World,
) -> None:
    before = in_windows(world, "甲公司的人")
    say("HELD", world.numbers["甲公司的人"])
    assert punches("HELD") == 0
    made = apply(world, "HELD")
    assert apply(world, "HELD") == made
    assert (punches("HELD"), in_windows(world, "甲公司的人")) == (0, before)
    assert terminals.admit(CENTRE, made) == COUNT
    assert (punches("HELD"), in_windows(world, "甲公司的人")) == (COUNT, before + COUNT)
    assert terminals.admit(CENTRE, made) == terminals.admit(SECOND, made) == 0
    say("HELD", world.numbers["甲公司的人"])
    with pytest.raises(Refused, match="in service"):
        apply(world, "HELD")
    assert (punches("HELD"), in_windows(world, "甲公司的人")) == (COUNT, before + COUNT)


FORBIDDEN: dict[str, Callable[[World], Any]] = {
    "register for another unit": lambda w: registration.apply(unit_of(w, "甲公司"), sheet(w, "N1", "乙公司")),
    "serve a project it does not work in": lambda w: apply(w, "N2", projects=(w.projects["株洲项目"],)),
    "serve a project that is none": lambda w: apply(w, "N3", projects=(999_999,)),
    "register another unit's terminal in service": lambda w: apply(w, "T-乙"),
    "admit": lambda w: terminals.admit(unit_of(w, "甲公司"), apply(w, "N4")),
    "send back": lambda w: registration.refuse(unit_of(w, "甲公司"), apply(w, "N4"), "不合适"),
    "disable": lambda w: registration.disable(unit_of(w, "乙公司"), w.terminals["T-乙"], "不合适"),
    "enable": lambda w: registration.enable(unit_of(w, "乙公司"), w.terminals["T-乙"], "不合适"),
    "renew another unit's token": lambda w: registration.renew_token(unit_of(w, "甲公司"), w.terminals["T-乙"]),
}


@pytest.mark.parametrize("act", FORBIDDEN)
def test_a_unit_may_not(world: World, act: str) -> None:
    with pytest.raises(Refused):
        FORBIDDEN[act](world)


@pytest.mark.parametrize("role", [Role.LEADER, Role.CITY_BUREAU, Role.CITY_AGENCY, Role.SECURITY, Role.AUDIT])
def test_whoever_neither_works_on_site_nor_keeps_terminals_does_nothing(world: World, role: Role) -> None:
    viewer = Scope(30, role, area="430100" if role in (Role.CITY_BUREAU, Role.CITY_AGENCY) else None)
    for act in (
        lambda: registration.apply(viewer, sheet(world, "N5")),
        lambda: terminals.admit(viewer, apply(world, "N5")),
        lambda: registration.refuse(viewer, apply(world, "N5"), "不合适"),
        lambda: registration.renew_token(viewer, world.terminals["T-乙"]),
    ):
        with pytest.raises(Refused):
            act()


def test_who_registers_does_not_admit_and_nobody_admits_outside_the_territory(world: World) -> None:
    with history() as past:
        past.go(NOW)
        made = registration.apply(CENTRE, sheet(world, "TWO")).terminal
    with pytest.raises(Refused, match="second person"):
        terminals.admit(CENTRE, made)
    with pytest.raises(Refused, match="territory"):
        terminals.admit(FAR, made)
    assert terminals.admit(SECOND, made) == 0


def test_one_who_stands_in_the_territory_and_serves_outside_is_admitted_by_the_province_only(world: World) -> None:
    with history() as past:
        past.go(NOW)
        both = (world.projects["株洲项目"], world.projects["长沙项目"])
        world.engage("丁公司", "长沙项目")
        world.engage("丁公司", "株洲项目", "supervisor")
        given = sheet(world, "BOTH", "丁公司", projects=both, area="430281", point=(113.4, 27.7))
        made = registration.apply(unit_of(world, "丁公司"), given).terminal
    with pytest.raises(Refused):
        terminals.admit(FAR, made)
    assert terminals.admit(CENTRE, made) == 0


def test_what_was_sent_back_waits_again_when_it_is_registered_again(world: World) -> None:
    made = apply(world, "BACK")
    with pytest.raises(Unfit):
        registration.refuse(CENTRE, made, " ")
    registration.refuse(CENTRE, made, "位置不对")
    with pytest.raises(Refused, match="sent back"):
        terminals.admit(CENTRE, made)
    with database.reading() as (session, _):
        mine = {row.serial: row for row in asked.pending(session, unit_of(world, "甲公司"))}
        assert asked.pending(session, unit_of(world, "乙公司")) == ()
    assert (mine["BACK"].state, mine["BACK"].refused_reason) == ("refused", "位置不对")
    assert apply(world, "BACK", place="大门") == made
    assert terminals.admit(CENTRE, made) == 0


def test_a_registration_that_was_changed_is_not_decided_on_unseen(world: World) -> None:
    made = apply(world, "MOVED")
    with database.reading() as (session, _):
        seen = asked.one(session, CENTRE, made)
    assert seen
    with history() as past:
        past.go(NOW + timedelta(minutes=1))
        registration.apply(unit_of(world, "甲公司"), sheet(world, "MOVED", place="别处"))
    for act in (terminals.admit, lambda *given: registration.refuse(given[0], given[1], "不对", given[2])):
        with pytest.raises(Refused, match="changed meanwhile"):
            act(CENTRE, made, seen.registered)


def test_another_unit_registers_a_serial_only_after_the_first_was_sent_back(world: World) -> None:
    made = apply(world, "MINE")
    other = unit_of(world, "乙公司")
    with pytest.raises(Refused, match="another unit"):
        registration.apply(other, sheet(world, "MINE", "乙公司"))
    registration.refuse(CENTRE, made, "不是贵单位的")
    assert registration.apply(other, sheet(world, "MINE", "乙公司")).terminal == made


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"serial": "A B"}, "serial"), ({"serial": "A\0B"}, "serial"), ({"serial": "(none)"}, "serial"),
        ({"serial": "x" * 65}, "serial"), ({"serial": ""}, "serial"), ({"brand": " "}, "brand"),
        ({"model": "x" * 10_000}, "model"), ({"place": ""}, "place"), ({"area": "430100"}, "area"),
        ({"area": "43018%"}, "area"), ({"area": "430199"}, "area"), ({"point": (113.1, 27.7)}, "outside"),
        ({"point": None}, "point"), ({"projects": ()}, "projects"), ({"since": date(2017, 12, 31)}, "since"),
        ({"since": None}, "since"), ({"contact": ""}, "contact"), ({"phone": "12345"}, "phone"),
    ],
)  # fmt: skip
def test_a_sheet_that_lacks_something_is_not_taken(world: World, changed: dict[str, Any], wrong: str) -> None:
    with pytest.raises(Unfit) as unfit:
        apply(world, **{"serial": "WRONG", **changed})
    assert wrong in unfit.value.wrong


def test_a_disabled_terminals_records_are_held_and_count_once_when_it_is_enabled(world: World) -> None:
    number = world.numbers["甲公司的人"]
    made = apply(world, "OFF")
    assert terminals.admit(CENTRE, made) == 0
    say("OFF", number, 3)
    with history() as past:
        past.go(NOW)
        registration.disable(CENTRE, made, "疑似被移走")
        received = NOW + timedelta(minutes=1)
        attendance.intake(PROCESS, [arrival("OFF", punch(number, wall("2018-07-19T09:00:00")), received=received)])
    assert punches("OFF") == 3
    with database.reading() as (session, _):
        row = next(row for row in listed.listing(session, CENTRE, NOW) if row.serial == "OFF")
    assert row.light.value == "disabled"
    assert registration.enable(CENTRE, made, "已查明") == 1
    assert registration.enable(CENTRE, made, "已查明") == 0
    assert punches("OFF") == 4


def stored(terminal: int) -> bytes:
    with database.reading() as (session, _):
        return bytes(session.scalar(text("select token_hash from terminal where id = :t"), {"t": terminal}) or b"")


def test_a_token_is_told_once_and_a_new_one_ends_the_old(world: World) -> None:
    made = registration.apply(unit_of(world, "甲公司"), sheet(world, "H1", protocol="hikvision"), secret=True)
    assert len(made.token) == 24
    assert stored(made.terminal) == terminals.token_hash(made.token)
    renewed = registration.renew_token(unit_of(world, "甲公司"), made.terminal)
    assert renewed != made.token
    assert stored(made.terminal) == terminals.token_hash(renewed)
    with pytest.raises(Refused):
        registration.renew_token(unit_of(world, "乙公司"), made.terminal)


def test_the_contact_is_sealed_and_every_act_is_in_the_audit_log(world: World) -> None:
    made = apply(world, "SEALED")
    with database.reading() as (session, _):
        sealed = bytes(session.scalar(text("select contact_phone from terminal where id = :t"), {"t": made}))
        row = asked.one(session, CENTRE, made)
        acts = set(session.scalars(text("select act from event where act like '%terminal%' or act = 'renew token'")))
        assert asked.one(session, unit_of(world, "乙公司"), made) is None
        assert asked.one(session, FAR, made) is None
    assert b"13900001111" not in sealed
    assert keys.current().unseal(sealed, about=b"terminal.contact_phone") == b"13900001111"
    assert row
    assert (row.contact, row.phone, row.registered_by) == ("王工", "13900001111", 7)
    done = {"register", "admit", "refuse", "disable", "enable"}
    assert {f"{verb} terminal" for verb in done} <= acts


def test_a_unit_with_two_models_in_service_is_found(world: World) -> None:
    first, other = (apply(world, f"M{k}", model=model) for k, model in enumerate(("SenseFace 4A", "SpeedFace-V5L")))
    with database.reading() as (session, _):
        assert "甲公司" not in listed.mixed(session, CENTRE), "what waits is not in service"
    for made in (first, other):
        terminals.admit(CENTRE, made)
    with database.reading() as (session, _):
        assert "甲公司" in listed.mixed(session, CENTRE)
        assert listed.mixed(session, FAR) == frozenset()
    registration.disable(CENTRE, other, "型号不一致")
    with database.reading() as (session, _):
        assert "甲公司" not in listed.mixed(session, CENTRE)


def unresolved(scope: Scope) -> dict[str, int]:
    with database.reading() as (session, _):
        return {row.number: row.readings for row in numbers.unresolved(session, scope, NOW)}


def test_a_number_that_means_nobody_is_found_mapped_and_counted_once(world: World) -> None:
    made = apply(world, "NUM")
    terminals.admit(CENTRE, made)
    say("NUM", "077", 5)
    mine, far = unit_of(world, "甲公司"), Scope(9, Role.OWNER, unit=world.units["株洲项目业主"])
    assert unresolved(CENTRE)["077"] == unresolved(mine)["077"] == 5
    assert "077" not in unresolved(far)
    with database.reading() as (session, _):
        names = {found.name for found in numbers.candidates(session, mine, made, "")}
        assert names == {"甲公司的人"}, "a unit maps to its own people only"
        assert {c.name for c in numbers.candidates(session, CENTRE, made, "乙公")} == {"乙公司的人"}
        assert numbers.candidates(session, CENTRE, made, "%") == ()
    for person, day in (("乙公司的人", START), ("丙公司的人", START)):
        with pytest.raises(Refused):
            people.map_released(mine, world.people[person], "077", made, day)
    with pytest.raises(Refused, match="serves"):
        people.map_released(CENTRE, world.people["丙公司的人"], "077", made, START)
    assert people.map_released(mine, world.people["甲公司的人"], "077", made, date(2018, 7, 3))[1] == 2
    assert unresolved(mine)["077"] == 3, "records before the first day still mean nobody"
    with pytest.raises(people.Taken):
        people.map_released(mine, world.people["甲公司的人"], "077", made, date(2018, 7, 4))
    assert people.map_released(CENTRE, world.people["乙公司的人"], "077", made, START)[1] == 3
    assert "077" not in unresolved(CENTRE)
    assert punches("NUM") == 5


def test_a_role_that_keeps_no_registers_is_told_no_numbers(world: World) -> None:
    for role in (Role.LEADER, Role.SUPPORT, Role.SECURITY):
        with pytest.raises(Refused):
            unresolved(Scope(30, role))
