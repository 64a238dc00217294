"""Commands: queued by who may, handed out and repeated, ended by the terminal's word; rosters put on and taken off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from models import database
from models.acts import attendance, commands, people
from models.acts.terminals import Contact, seen
from models.database import history, transaction
from models.queries import commands as asked
from models.queries import rosters
from models.rules.commands import POLLS, TRIES, Kind, State
from models.rules.events import Event, EventName, Result
from models.rules.scope import PROCESS, Refused, Role, Scope
from models.terminals import Terminal
from tests.cast import CITY, World, arrival, punch, wall

START, NOW = date(2018, 7, 1), wall("2018-07-20T09:00:00")
CENTRE = Scope(21, Role.TECH_CENTRE)
FAR = Scope(23, Role.SUPPORT, area="430200")


@pytest.fixture(scope="module")
def world(scratch: str) -> Iterator[World]:
    with history() as past:
        past.go(wall("2018-07-01T00:00:00"))
        made = World()
        made.project("长沙项目", START)
        made.engage("甲公司", "长沙项目")
        for name in ("张三", "李四"):
            made.person(name, "甲公司", "C1", START)
        for serial in ("Z1", "Z2", "Z3", "Z4", "Z5"):
            made.terminal(serial, "甲公司", "长沙项目", START)
        past.go(NOW)
        yield made
        attendance.forget_months()


def hand(terminal: int) -> list[tuple[Kind, str]]:
    return [(order.kind, order.number) for order in commands.hand(PROCESS, terminal)]


def report(serial: str, *results: Result, events: tuple[Event, ...] = ()) -> None:
    said = replace(arrival(serial, received=NOW), results=results, events=events)
    attendance.intake(PROCESS, [said])


def rows(terminal: int) -> dict[int, asked.Row]:
    with database.reading() as (session, _):
        return {row.id: row for row in asked.listing(session, PROCESS, terminal)}


def value(query: str, **given: Any) -> Any:
    with database.reading() as (session, _):
        return session.scalar(text(query), given)


def test_a_command_is_handed_out_at_a_poll_and_ended_by_its_result(world: World) -> None:
    at = world.terminals["Z1"]
    made = commands.ask(CENTRE, at, Kind.INFO)
    assert rows(at)[made].state is State.QUEUED
    assert hand(at) == [(Kind.INFO, "")]
    assert rows(at)[made].state is State.HANDED
    report("Z1", Result(str(made), 0, "INFO"))
    assert (rows(at)[made].state, rows(at)[made].outcome) == (State.DONE, "成功")
    assert hand(at) == []


def test_the_same_command_waits_once_however_often_it_is_pressed(world: World) -> None:
    at = world.terminals["Z1"]
    first = commands.ask(CENTRE, at, Kind.LOG)
    assert commands.ask(CENTRE, at, Kind.LOG) == first
    assert commands.cancel(CENTRE, first)
    assert not commands.cancel(CENTRE, first)
    assert rows(at)[first].state is State.CANCELLED
    assert hand(at) == []


def test_without_a_result_it_is_handed_out_again_and_given_up_at_last(world: World) -> None:
    at = world.terminals["Z2"]
    made = commands.ask(CENTRE, at, Kind.CHECK)
    told = [len(hand(at)) for _ in range(POLLS * TRIES + 5)]
    assert sum(told) == TRIES
    assert told[: POLLS + 1] == [1, *[0] * (POLLS - 1), 1]
    assert (rows(at)[made].state, rows(at)[made].outcome) == (State.FAILED, "多次下发均无应答")
    report("Z2", Result(str(made), 0, "CHECK"))  # late, and still its word
    assert rows(at)[made].state is State.DONE


def test_a_refused_command_says_why_and_a_strange_result_is_kept_as_an_event(world: World) -> None:
    at = world.terminals["Z1"]
    made = commands.ask(CENTRE, at, Kind.ZONE)
    hand(at)
    report("Z1", Result(str(made), -1002, "SET"), Result("abc", 0, "X"), Result("999999999", 0, "Y"))
    assert (rows(at)[made].state, rows(at)[made].outcome) == (State.FAILED, "考勤机不支持")
    strange = "select count(*) from terminal_event where terminal_id = :t and name = 'unsolicited_result'"
    assert value(strange, t=at) == 2


def test_a_terminal_does_not_end_another_s_command(world: World) -> None:
    at = world.terminals["Z1"]
    made = commands.ask(CENTRE, at, Kind.LOG)
    hand(at)
    report("Z2", Result(str(made), 0, "LOG"))
    assert rows(at)[made].state is State.HANDED
    commands.cancel(CENTRE, made)


@pytest.mark.parametrize("scope", [FAR, CITY, Scope(7, Role.OWNER, unit=1)], ids=["far", "city", "owner"])
def test_who_does_not_keep_this_terminal_commands_nothing(world: World, scope: Scope) -> None:
    at = world.terminals["Z1"]
    made = commands.ask(CENTRE, at, Kind.INFO)
    for act in (
        lambda: commands.ask(scope, at, Kind.LOG),
        lambda: commands.sync(scope, at),
        lambda: commands.cancel(scope, made),
        lambda: commands.cancel(scope, 10**15),
    ):
        with pytest.raises(Refused):
            act()
    commands.cancel(CENTRE, made)


def test_a_terminal_is_asked_for_its_sum_once_a_day_and_only_while_it_speaks(world: World) -> None:
    since = wall("2018-07-20T02:00:00")

    def due() -> list[int]:
        with database.reading() as (session, _):
            return rosters.unsummed(session, PROCESS, NOW, since)

    assert due() == []
    seen(PROCESS, [Contact(("zkteco", serial, True), NOW) for serial in ("Z1", "Z2")])
    assert due() == [world.terminals["Z1"], world.terminals["Z2"]]
    made = commands.ask(PROCESS, world.terminals["Z1"], Kind.SUM)
    assert due() == [world.terminals["Z2"]]
    given = "select given ->> 'since' from command where id = :c"
    assert value(given, c=made) == "2018-07-18T16:00:00+00:00"
    commands.cancel(CENTRE, made)


def test_a_disabled_terminal_is_handed_nothing_and_asked_nothing(world: World) -> None:
    at = world.terminals["Z2"]
    commands.ask(CENTRE, at, Kind.INFO)
    with database.transaction() as (session, now):
        row = session.get_one(Terminal, at)
        row.disabled, row.disabled_by, row.disabled_reason = now, 1, "坏了"
    with database.reading() as (session, _):
        assert at not in asked.waiting(session, PROCESS)
    for act in (lambda: commands.ask(CENTRE, at, Kind.LOG), lambda: commands.sync(CENTRE, at)):
        with pytest.raises(Refused):
            act()


def test_faces_and_single_people_are_not_sent_by_a_button(world: World) -> None:
    for kind in (Kind.FACE, Kind.PERSON, Kind.REMOVE):
        with pytest.raises(Refused):
            commands.ask(CENTRE, world.terminals["Z1"], kind)


def test_a_roster_is_put_on_once_and_who_left_is_taken_off(world: World) -> None:
    at = world.terminals["Z3"]
    assert commands.sync(CENTRE, at) == (2, 0)
    assert commands.sync(CENTRE, at) == (0, 0)
    orders = commands.hand(PROCESS, at)
    assert {(o.kind, o.number, o.given["name"]) for o in orders} == {
        (Kind.PERSON, world.numbers[name], name) for name in ("张三", "李四")
    }
    report("Z3", *(Result(str(order.id), 0, "DATA") for order in orders))
    with database.reading() as (session, _):
        assert at not in rosters.due(session, PROCESS, NOW)
    people.end_appointment(PROCESS, world.appointments["李四"], date(2018, 7, 18))
    with database.reading() as (session, _):
        assert at in rosters.due(session, PROCESS, NOW)
    assert commands.sync(CENTRE, at) == (0, 1)
    assert hand(at) == [(Kind.REMOVE, world.numbers["李四"])]


def test_whom_a_terminal_refused_is_sent_again_only_when_asked_for(world: World) -> None:
    at = world.terminals["Z4"]
    commands.sync(CENTRE, at)
    (order,) = commands.hand(PROCESS, at)
    report("Z4", Result(str(order.id), -1001, "DATA"))
    assert commands.sync(PROCESS, at) == (0, 0)
    assert commands.sync(CENTRE, at, again=True) == (1, 0)


def test_whom_a_terminal_holds_is_not_sent_and_unknown_numbers_are_left_alone(world: World) -> None:
    at = world.terminals["Z5"]
    held = (world.numbers["张三"], world.numbers["李四"], "7", "23456789")
    said = tuple(Event(EventName.PERSON_HELD, k, values=(number, "0")) for k, number in enumerate(held))
    report("Z5", events=said)
    assert commands.sync(CENTRE, at) == (0, 1)
    assert hand(at) == [(Kind.REMOVE, world.numbers["李四"])]  # left the project, and held under our number


def test_fewer_records_here_than_there_is_a_gap_until_they_have_come(world: World) -> None:
    at, number = world.terminals["Z4"], world.numbers["张三"]
    attendance.intake(PROCESS, [arrival("Z4", punch(number, wall("2018-07-19T08:00:00")))])
    made = commands.ask(PROCESS, at, Kind.SUM)
    commands.hand(PROCESS, at)
    report("Z4", Result(str(made), 0, "VERIFY", told=2))
    gap = "select count(*) from gap where terminal_id = :t and kind = 'sum' and closed is null"
    assert value(gap, t=at) == 1
    orders = commands.hand(PROCESS, at)
    assert [o.kind for o in orders if o.kind in (Kind.QUERY, Kind.SUM)] == [Kind.QUERY, Kind.SUM]
    attendance.intake(PROCESS, [arrival("Z4", punch(number, wall("2018-07-19T18:00:00")))])
    report("Z4", *(Result(str(o.id), 0, "", told=2) for o in orders if o.kind is Kind.SUM))
    assert value(gap, t=at) == 0


def test_an_older_command_never_undoes_a_newer_one(world: World) -> None:
    terminal = world.terminal("Z6", "甲公司", "长沙项目", START)
    with transaction() as at:
        older = commands.put(at, PROCESS, terminal, Kind.PERSON, number="10000077", given={"name": "王五"})
    assert hand(terminal) == [(Kind.PERSON, "10000077")]  # and nothing is heard of it
    with transaction() as at:
        commands.put(at, PROCESS, terminal, Kind.REMOVE, number="10000077")
    polls = [hand(terminal) for _ in range(POLLS + 2)]
    assert {kind for poll in polls for kind, _ in poll} == {Kind.REMOVE}
    assert rows(terminal)[older].state is State.CANCELLED


def test_who_has_a_number_of_the_terminal_s_own_is_not_put_on_it_twice(world: World) -> None:
    terminal = world.terminal("Z7", "甲公司", "长沙项目", START)
    people.map_number(PROCESS, world.people["李四"], "77", terminal, START)
    with database.reading() as (session, now):
        found = rosters.difference(session, PROCESS, now, terminal)
    assert [row.person for row in found] == [world.people["张三"]]
