"""What terminals tell of themselves is kept once; what is missing is found, and filled when it comes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event as hooks
from sqlalchemy import text

from models import database
from models.acts import attendance, loss, terminals
from models.acts.terminals import Contact
from models.database import history
from models.queries import loss as asked
from models.rules.events import Event, EventName, Numbered
from models.rules.scope import PROCESS, Refused, Role, Scope
from tests.cast import CITY, NEIGHBOUR, World, arrival, punch, wall

START, NOW = date(2018, 7, 1), wall("2018-07-20T09:00:00")
FAR = Scope(23, Role.SUPPORT, area="430200")


@pytest.fixture(scope="module")
def world(scratch: str) -> Iterator[World]:
    with history() as past:
        past.go(wall("2018-07-01T00:00:00"))
        made = World()
        made.project("长沙项目", START)
        made.engage("甲公司", "长沙项目")
        made.person("张三", "甲公司", "C1", START)
        for serial in ("N1", "N2", "N3", "E1", "K1", "K2", "Q1"):
            made.terminal(serial, "甲公司", "长沙项目", START)
        past.go(NOW)
        yield made
        attendance.forget_months()


def value(query: str, **given: Any) -> Any:
    with database.reading() as (session, _):
        return session.scalar(text(query), given)


def gaps(world: World, serial: str) -> list[tuple[str, int, int, bool]]:
    with database.reading() as (session, _):
        rows = asked.gaps(session, CITY, world.terminals[serial])
    return sorted((row.kind.value, row.low, row.high, row.closed is not None) for row in rows)


def push(world: World, serial: str, at: datetime, number: int, before: int | None = None, late: bool = False) -> None:
    said = arrival(serial, punch(world.numbers["张三"], at), received=NOW)
    attendance.intake(PROCESS, [replace(said, numbered=(Numbered(0, number, before, late),))])


def minute(k: int) -> datetime:
    return wall("2018-07-19T08:00:00") + timedelta(minutes=k)


def test_a_number_jumped_over_is_a_gap_that_shrinks_splits_and_closes_as_records_come(world: World) -> None:
    push(world, "N1", minute(0), 10, 9)
    push(world, "N1", minute(5), 15, 14)
    assert gaps(world, "N1") == [("serial", 10, 14, False)]
    push(world, "N1", minute(2), 12, 11, late=True)
    assert gaps(world, "N1") == [("serial", 10, 11, False), ("serial", 12, 14, False)]
    for k in (1, 3, 4):
        push(world, "N1", minute(k), 10 + k, 9 + k)
    assert {row[3] for row in gaps(world, "N1")} == {True}


def test_records_sent_again_open_no_gap_and_numbers_without_a_record_between_neither(world: World) -> None:
    push(world, "N2", minute(0), 10, 9)
    push(world, "N2", minute(1), 14, 10)  # 11 to 13 were no events of a person: the terminal says so itself
    push(world, "N2", minute(0), 10, 9)
    push(world, "N2", minute(1), 14, 10)
    assert gaps(world, "N2") == []


def test_a_count_that_begins_anew_is_an_event_and_no_gap(world: World) -> None:
    push(world, "N3", minute(0), 900, 899)
    push(world, "N3", minute(3), 903, 902)
    push(world, "N3", minute(10), 1, 0)
    assert gaps(world, "N3") == [("serial", 900, 902, False)]
    restarts = "select said from terminal_event where terminal_id = :t and name = 'count_restarted'"
    assert value(restarts, t=world.terminals["N3"]) == ["903", "1"]
    for number, k in ((901, 101), (902, 102)):  # of the new count: they are not what was missing of the old one
        push(world, "N3", minute(k), number, number - 1)
    assert [row for row in gaps(world, "N3") if row[:3] == ("serial", 900, 902)] == [("serial", 900, 902, False)]


def test_a_log_sent_again_adds_nothing_and_tampering_is_told(world: World) -> None:
    at = world.terminals["E1"]
    log = (
        Event(EventName.RECORDS_DELETED, 0, 23, "1", "2018-07-19 08:00:00", minute(0), ("0", "0")),
        Event(EventName.MENU_ENTERED, 1, 4, "1\0", "x" * 9000, None, ("a\0b", "\ud800")),
    )
    for _ in range(2):
        attendance.intake(PROCESS, [replace(arrival("E1", received=NOW), events=log)])
    assert value("select count(*) from terminal_event where terminal_id = :t", t=at) == 2
    with database.reading() as (session, _):
        assert [row.tamper for row in asked.events(session, CITY, at)] == [True, False]
        assert asked.tampered(session, CITY, at, minute(0)) == 1
        assert asked.alarmed(session, CITY, minute(0))[at][0] == "tamper"
        assert at not in asked.alarmed(session, NEIGHBOUR, minute(0))
        found = asked.findings(session, CITY, minute(0), "4301", 9)
        assert [row.sign for row in found if row.link == f"/terminal/{at}"] == ["tamper"]
        assert asked.findings(session, NEIGHBOUR, minute(0), "43", 4) == ()
        assert not asked.events(session, NEIGHBOUR, at)
        assert not asked.gaps(session, NEIGHBOUR, at)
        assert not asked.requests(session, FAR, at, minute(0))
        assert not asked.counts(session, NEIGHBOUR, at)
        assert sum(asked.hours(session, NEIGHBOUR, at, minute(-99999))) == 0


def hear(serial: str, instant: datetime, **facts: str) -> None:
    terminals.seen(PROCESS, [Contact(("zkteco", serial, True), instant, facts=facts)])


def test_counts_are_kept_when_they_change_or_once_an_hour_and_a_fall_is_a_gap(world: World) -> None:
    at = world.terminals["K1"]
    told = "select count(*) from terminal_count where terminal_id = :t"
    for k in range(5):
        hear("K1", minute(k), attlogs="100", users="7")
    assert value(told, t=at) == 1
    hear("K1", minute(61), attlogs="100")
    hear("K1", minute(62), attlogs="101")
    assert (value(told, t=at), gaps(world, "K1")) == (3, [])
    hear("K1", minute(63), attlogs="4", users="7")
    hear("K1", minute(64), attlogs="4", users="seven" * 40)
    assert gaps(world, "K1") == [("fall", 4, 101, False)]


def test_a_gap_is_closed_by_who_keeps_the_terminal_only(world: World) -> None:
    hear("K2", minute(0), attlogs="9")
    hear("K2", minute(1), attlogs="1")
    gap = value("select id from gap where terminal_id = :t", t=world.terminals["K2"])
    for scope in (FAR, CITY):
        with pytest.raises(Refused):
            loss.close(scope, gap)
    with pytest.raises(Refused):
        loss.close(FAR, 10**15)
    assert loss.close(PROCESS, gap)
    assert not loss.close(PROCESS, gap)


def test_a_punch_that_tells_nothing_else_costs_no_statement_more(world: World) -> None:
    said: list[str] = []
    engine = database.engine()

    def note(*given: Any) -> None:
        said.append(str(given[2]))

    hooks.listen(engine, "before_cursor_execute", note)
    attendance.intake(PROCESS, [arrival("Q1", punch(world.numbers["张三"], minute(30)))])
    hooks.remove(engine, "before_cursor_execute", note)
    assert not [statement for statement in said if "terminal_number" in statement or "command" in statement]


def test_the_log_of_the_installation_is_no_tampering(world: World) -> None:
    at = world.terminals["E1"]
    with database.reading() as (session, _):
        before = asked.tampered(session, CITY, at, minute(-99999))
    old = Event(EventName.CLOCK_SET, 0, 21, "1", "2018-06-20 08:00:00", minute(-43_200), ())
    attendance.intake(PROCESS, [replace(arrival("E1", received=NOW), events=(old,))])
    with database.reading() as (session, _):
        assert asked.tampered(session, CITY, at, minute(-99999)) == before
