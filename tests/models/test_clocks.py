"""Clocks that run ahead, and silences: nothing that one terminal says may stop or distort what the others say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text

from models import database
from models.acts import attendance, terminals
from models.acts.terminals import Contact
from models.database import Past, history
from models.rules.scope import PROCESS
from tests.cast import World, arrival, punch, wall

START = date(2018, 7, 1)
EARLY = wall("2018-09-05T08:00:00")


@pytest.fixture(scope="module")
def past(scratch: str) -> Iterator[Past]:
    with history() as found:
        yield found


@pytest.fixture(scope="module")
def world(past: Past) -> World:
    past.go(wall("2018-07-01T00:00:00"))
    made = World()
    made.project("G107", START)
    made.engage("甲公司", "G107")
    made.terminal("A1", "甲公司", "G107", START)
    made.person("张三", "甲公司", "C1", START)
    return made


def scalar(query: str, **values: object) -> object:
    with database.reading() as (session, _):
        return session.scalar(text(query), values)


def push(past: Past, at: datetime, *sent: datetime, number: str, serial: str = "A1") -> attendance.Outcome:
    past.go(at)
    readings = [punch(number, moment, line) for line, moment in enumerate(sent)]
    return attendance.intake(PROCESS, [arrival(serial, *readings, received=at)])


def test_a_month_that_a_fast_clock_wrote_into_before_is_made_and_keeps_its_readings(past: Past, world: World) -> None:
    number = world.numbers["张三"]
    push(past, wall("2018-07-20T08:00:00"), EARLY, number=number)
    query = "select (id, salt)::text from reading where at = :at and tableoid = cast(:part as regclass)"
    before = scalar(query, at=EARLY, part="reading_default")
    assert before
    now = wall("2018-09-06T08:00:00")
    assert push(past, now, now, number=number).punches == 1
    assert scalar(query, at=EARLY, part="reading_201809") == before
    assert scalar("select count(*) from reading_default") == 0


def test_the_default_month_stays_guarded_after_readings_moved_out_of_it(world: World) -> None:
    query = "select tgenabled::text from pg_trigger where tgrelid = 'reading_default'::regclass"
    assert scalar(f"{query} and tgname = 'append_only'") == "O"


def test_a_held_reading_of_a_mad_clock_makes_no_windows_up_to_its_year(past: Past, world: World) -> None:
    now = wall("2018-09-07T08:00:00")
    push(past, now, wall("2090-01-01T08:00:00"), number="5", serial="MAD")
    found = terminals.register(PROCESS, protocol="zkteco", serial="MAD", unit=world.units["甲公司"])
    terminals.serve(PROCESS, found, world.projects["G107"], START)
    assert terminals.admit(PROCESS, found) == 0
    assert scalar("select max(ends) from attendance_window") < now + timedelta(days=30)  # type: ignore[operator]


def test_a_silence_that_only_the_databases_standstill_opened_ends_with_the_next_contact(
    past: Past, world: World
) -> None:
    key, began = ("zkteco", "A1", True), wall("2018-09-09T08:00:00")
    terminals.seen(PROCESS, [Contact(key, began)])
    past.go(began + timedelta(minutes=15))
    assert terminals.watch(PROCESS) == 1
    heard = Contact(key, began + timedelta(minutes=15), since=began + timedelta(seconds=1))
    terminals.seen(PROCESS, [heard])
    ended = scalar("select ended from outage where terminal_id = :t and began = :b", t=world.terminals["A1"], b=began)
    assert ended == began + timedelta(seconds=1)


def test_a_contact_from_before_a_silence_does_not_end_it(past: Past, world: World) -> None:
    key, began = ("zkteco", "A1", True), wall("2018-09-10T08:00:00")
    terminals.seen(PROCESS, [Contact(key, began)])
    past.go(began + timedelta(minutes=15))
    terminals.watch(PROCESS)
    terminals.seen(PROCESS, [Contact(key, began - timedelta(seconds=5))])
    where = "where terminal_id = :t and began = :b"
    assert scalar(f"select count(*) from outage {where} and ended is null", t=world.terminals["A1"], b=began) == 1
