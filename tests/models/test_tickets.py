"""Tickets: one a lasting silence, none for our own fault; assigned and closed by whom the terminal concerns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

import worker
from models import database
from models.acts import attendance, terminals, tickets
from models.acts.registration import Unfit
from models.acts.terminals import Contact
from models.database import history
from models.queries import tickets as asked
from models.rules.events import Event, EventName
from models.rules.outages import patience
from models.rules.scope import PROCESS, Refused, Role, Scope
from tests.cast import World, arrival, wall

START, NOW = date(2018, 7, 1), wall("2018-07-20T00:00:00")
CENTRE = Scope(0, Role.TECH_CENTRE)
MINUTE = timedelta(minutes=1)
UNITS = {"甲公司": ("T1", "T2"), "乙公司": ("T3",), "丙公司": ("T4",)}


@pytest.fixture(scope="module")
def world(scratch: str) -> World:
    """Two terminals of 甲公司 and one of 乙公司 in 长沙, one of 丙公司 in 株洲."""
    with history() as past:
        past.go(wall("2018-07-01T00:00:00"))
        made = World()
        for project, area in (("一", "430181"), ("二", "430181"), ("三", "430281")):
            made.project(project, START, area=area)
        for (unit, serials), project in zip(UNITS.items(), ("一", "二", "三"), strict=True):
            made.engage(unit, project)
            for serial in serials:
                made.terminal(serial, unit, project, START, "430281" if project == "三" else "430181")
    return made


@pytest.fixture
def silence(world: World) -> Callable[..., dict[str, str]]:
    """Lets terminals fall silent at minutes after NOW; (serial → cause) of the tickets that are open `hours` later."""
    with database.transaction() as at:
        at.session.execute(text("delete from ticket; delete from outage; delete from terminal_state"))

    def fall(hours: float = 5, **minutes: int | None) -> dict[str, str]:
        end = NOW + timedelta(hours=hours)
        with history() as past:
            past.go(end)
            for serial in ("T1", "T2", "T3", "T4"):
                last = minutes.get(serial)
                heard(serial, end if last is None else NOW + last * MINUTE)
            terminals.watch(PROCESS)
            tickets.open_due(PROCESS)
        return shown()

    return fall


@pytest.fixture(scope="module", autouse=True)
def _may_clear(bare: str, data_dir: object) -> None:
    from tests.conftest import superuser

    superuser(data_dir, "grant delete on ticket to app", bare)  # type: ignore[arg-type]


def heard(serial: str, instant: object) -> None:
    terminals.seen(PROCESS, [Contact(("zkteco", serial, True), instant)])  # type: ignore[arg-type]


def shown(scope: Scope = CENTRE, closed: bool = False) -> dict[str, str]:
    with database.reading() as (session, _):
        return {row.serial: row.cause for row in asked.listing(session, scope, closed)}


def ticket_of(serial: str) -> int:
    with database.reading() as (session, _):
        return next(row.id for row in asked.listing(session, CENTRE) if row.serial == serial)


Fall = Callable[..., dict[str, str]]


def test_a_short_silence_opens_nothing_and_a_lasting_one_opens_one(silence: Fall) -> None:
    hours = patience(NOW.date()).total_seconds() / 3600
    assert silence(hours - 0.1, T1=0) == {}
    assert silence(hours + 0.1, T1=0) == {"T1": "device"}
    with history() as past:
        past.go(NOW + timedelta(hours=hours + 1))
        assert tickets.open_due(PROCESS) == 0


def test_all_terminals_of_a_unit_at_once_have_lost_their_line(silence: Fall) -> None:
    assert silence(T1=0, T2=1) == {"T1": "line", "T2": "line"}


def test_one_after_the_other_is_each_its_own_fault(silence: Fall) -> None:
    assert silence(T1=0, T2=10) == {"T1": "device", "T2": "device"}


def test_when_all_of_the_province_are_silent_nobody_is_sent(silence: Fall) -> None:
    assert silence(T1=0, T2=0, T3=1, T4=1) == {}


def test_a_terminal_that_tells_it_was_switched_on_had_no_power(silence: Fall, world: World) -> None:
    silence(T1=0)
    back = NOW + timedelta(hours=6)
    with history() as past:
        past.go(back)
        heard("T1", back)
        said = arrival("T1", received=back + MINUTE)
        attendance.intake(PROCESS, [replace(said, events=(Event(EventName.POWER_ON, 0, 0),))])
    with database.reading() as (session, now):
        outage = session.scalar(text("select id from outage where ended is not null"))
        assert asked.causes(session, CENTRE, now, [outage]) == {outage: "power"}


def test_it_is_assigned_and_closed_once_with_a_remedy(silence: Fall, world: World) -> None:
    silence(T1=0)
    ticket = ticket_of("T1")
    tickets.assign(CENTRE, ticket, " 王工 ", "先查电源")
    for remedy in ("", " ", "\0", "x" * 501):
        with pytest.raises(Unfit, match="remedy"):
            tickets.close(CENTRE, ticket, remedy)
    for whom in ("", "\0", "x" * 41, "\ud800"):
        with pytest.raises(Unfit, match="assigned"):
            tickets.assign(CENTRE, ticket, whom)
    tickets.close(CENTRE, ticket, "更换电源适配器")
    assert (shown(), shown(closed=True)) == ({}, {"T1": "device"})
    with pytest.raises(Refused, match="closed already"):
        tickets.close(CENTRE, ticket, "又一次")
    with pytest.raises(Refused, match="closed already"):
        tickets.assign(CENTRE, ticket, "李工")
    with history() as past:
        past.go(NOW + timedelta(hours=9))
        assert tickets.open_due(PROCESS) == 0  # a closed one is not opened anew by the same silence


def test_the_unit_of_the_terminal_sees_to_it_and_no_other(silence: Fall, world: World) -> None:
    silence(T1=0)
    ticket = ticket_of("T1")
    viewers = {
        "own": Scope(0, Role.UNIT, unit=world.units["甲公司"]),
        "neighbour": Scope(0, Role.UNIT, unit=world.units["乙公司"]),
        "support here": Scope(0, Role.SUPPORT, "430100"), "support there": Scope(0, Role.SUPPORT, "430200"),
        "leader": Scope(0, Role.LEADER), "city": Scope(0, Role.CITY_BUREAU, "430100"),
    }  # fmt: skip
    for name, viewer in viewers.items():
        if name not in ("own", "support here"):
            with pytest.raises(Refused):
                tickets.assign(viewer, ticket, "王工")
            with pytest.raises(Refused):
                tickets.close(viewer, ticket, "好了")
    seen = {name: list(shown(viewer)) for name, viewer in viewers.items()}
    assert seen == {"own": ["T1"], "neighbour": [], "support here": ["T1"], "support there": [], "leader": ["T1"],
                    "city": ["T1"]}  # fmt: skip
    tickets.assign(viewers["support here"], ticket, "王工")
    tickets.close(viewers["own"], ticket, "重新插好网线")


def test_the_worker_is_told_that_one_is_due_until_it_is_there(silence: Fall) -> None:
    silence(3, T1=0)
    with history() as past:
        past.go(NOW + timedelta(hours=5))
        with database.reading() as at:
            assert worker._tickets(at) == [("open_tickets", {})]
        tickets.open_due(PROCESS)
        with database.reading() as at:
            assert worker._tickets(at) == []
    assert worker._tickets in worker.MINUTELY
