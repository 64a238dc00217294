"""Readings, punches and window facts: once, for good, and always equal to a recount."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models import database
from models.acts import attendance, people, requests, terminals, windows
from models.database import history, transaction
from models.queries import windows as heat
from models.rules.readings import Method
from models.rules.scope import PROCESS
from models.rules.windows import State
from tests.cast import CITY, NEIGHBOUR, STRANGER, World, arrival, punch, wall

START = date(2018, 7, 1)


@pytest.fixture(scope="module")
def world(scratch: str) -> Iterator[World]:
    with history() as past:
        past.go(wall("2018-07-01T00:00:00"))
        made = World()
        made.project("G107长沙段", START)
        made.engage("甲公司", "G107长沙段")
        for name in ("张三", "李四", "王五"):
            made.person(name, "甲公司", "C1", START)
        made.terminal("A1", "甲公司", "G107长沙段", START)
        past.go(wall("2018-07-20T00:00:00"))
        yield made


def scalar(query: str, **values: object) -> object:
    with database.reading() as (session, _):
        return session.scalar(text(query), values)


def rollup() -> list[tuple[object, ...]]:
    with database.reading() as (session, _):
        return [tuple(row) for row in session.execute(text("select * from attendance_window order by 1, 2, 3"))]


def states(world: World, person: str, as_of: str) -> list[State]:
    with database.reading() as (session, _):
        found = heat.heatmap(session, CITY, world.projects["G107长沙段"], wall(as_of))
    assert found
    return [State(s) for row in found.rows if row.person == world.people[person] for s in row.states]


def test_a_reading_of_a_mapped_number_meets_the_window_of_its_device_time(world: World) -> None:
    outcome = attendance.intake(PROCESS, [arrival("A1", punch(world.numbers["张三"], wall("2018-07-05T08:02:11")))])
    assert (outcome.readings, outcome.punches, outcome.counted) == (1, 1, 1)
    assert states(world, "张三", "2018-07-10T00:00:00") == [State.MISSED, State.MET, State.MISSED, State.OPEN]


def test_the_same_reading_sent_again_adds_nothing(world: World) -> None:
    before = rollup()
    again = arrival("A1", punch(world.numbers["张三"], wall("2018-07-05T08:02:11")))
    outcome = attendance.intake(PROCESS, [again, again])
    assert (outcome.readings, outcome.punches, outcome.counted) == (0, 0, 0)
    assert rollup() == before


def test_readings_of_an_unknown_terminal_are_held_and_released_once_when_it_is_admitted(world: World) -> None:
    number = world.numbers["李四"]
    held = attendance.intake(PROCESS, [arrival("NEW", punch(number, wall("2018-07-02T09:00:00")))])
    assert (held.readings, held.punches) == (1, 0)
    found = terminals.register(PROCESS, protocol="zkteco", serial="NEW", unit=world.units["甲公司"])
    terminals.serve(PROCESS, found, world.projects["G107长沙段"], START)
    assert terminals.admit(PROCESS, found) == 1
    assert terminals.admit(PROCESS, found) == 0
    assert states(world, "李四", "2018-07-10T00:00:00")[0] is State.MET


def test_a_foreign_number_is_held_until_it_is_mapped(world: World) -> None:
    held = attendance.intake(PROCESS, [arrival("A1", punch("77", wall("2018-07-03T09:00:00")))])
    assert (held.readings, held.punches) == (1, 0)
    people.map_number(PROCESS, world.people["王五"], "77", world.terminals["A1"], START)
    assert states(world, "王五", "2018-07-10T00:00:00")[0] is State.MET


@pytest.mark.parametrize("at", ["2017-12-31T23:59:59", "2018-07-21T00:00:00"])
def test_an_implausible_device_time_is_kept_and_never_counts(world: World, at: str) -> None:
    sent = arrival("A1", punch(world.numbers["张三"], wall(at)), received=wall("2018-07-20T12:00:00"))
    outcome = attendance.intake(PROCESS, [sent])
    assert (outcome.readings, outcome.punches) == (1, 0)


def test_what_lay_in_the_default_partition_gets_its_month_when_it_is_released(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reading of a fast clock, and numbers of the law that come to allow it before its terminal is admitted."""
    at = wall("2019-03-05T08:00:00")
    reading = punch(world.numbers["王五"], at, 9)
    attendance.intake(PROCESS, [arrival("FAST", reading, received=wall("2018-07-20T00:00:00"))])
    assert scalar("select tableoid::regclass::text from reading where at = :at", at=at) == "reading_default"
    monkeypatch.setattr(attendance, "_plausible", lambda _: (wall("2018-01-01T00:00:00"), timedelta(days=999)))
    made = world.terminal("FAST", "甲公司", "G107长沙段", START)
    assert made
    for table in ("reading", "punch"):
        assert scalar(f"select tableoid::regclass::text from {table} where at = :at", at=at) == f"{table}_201903"


def test_a_password_is_kept_as_a_punch_and_does_not_count(world: World) -> None:
    sent = arrival("A1", punch(world.numbers["张三"], wall("2018-07-08T09:00:00"), method=Method.PASSWORD))
    outcome = attendance.intake(PROCESS, [sent])
    assert (outcome.readings, outcome.punches, outcome.counted) == (1, 1, 0)


def test_leave_excuses_and_its_counter_decision_restores(world: World) -> None:
    before = rollup()
    leave = requests.approve_leave(PROCESS, world.people["李四"], date(2018, 7, 4), date(2018, 7, 9), "年休假")
    assert states(world, "李四", "2018-07-13T00:00:00")[1:3] == [State.EXCUSED, State.EXCUSED]
    requests.revoke(PROCESS, leave)
    assert rollup() == before


def test_a_stoppage_of_the_project_stops_everyone(world: World) -> None:
    stop = requests.approve_halt(
        PROCESS, "stoppage", world.projects["G107长沙段"], date(2018, 7, 10), date(2018, 7, 12), "汛期停工"
    )
    assert states(world, "王五", "2018-07-14T00:00:00")[3] is State.STOPPED
    requests.revoke(PROCESS, stop)


def test_who_has_withdrawn_is_not_judged_any_more(world: World) -> None:
    with history() as past:
        past.go(wall("2018-07-20T00:00:00"))
        person = world.person("赵六", "甲公司", "C2", START)
        before = len(states(world, "赵六", "2018-07-18T12:00:00"))
        people.end_appointment(PROCESS, world.appointments["赵六"], date(2018, 7, 9))
    assert before == 6
    after = states(world, "赵六", "2018-07-18T12:00:00")
    assert [state for state in after if state is not State.NONE] == [State.MISSED] * 3
    assert person


def test_the_rollup_equals_a_recount(world: World) -> None:
    before = rollup()
    with transaction() as at:
        windows.recount(at, world.projects["G107长沙段"])
    assert rollup() == before
    assert sum(int(str(row[6])) for row in before) >= 3


def test_a_neighbour_and_a_stranger_get_no_heatmap(world: World) -> None:
    with database.reading() as (session, now):
        for scope in (NEIGHBOUR, STRANGER):
            assert heat.heatmap(session, scope, world.projects["G107长沙段"], now) is None
            assert heat.why(session, scope, world.engagements["甲公司"], world.people["张三"], 1, now) is None


@pytest.mark.parametrize("table", ["reading", "punch", "request", "event", "mark", "reading_201807", "punch_201807"])
@pytest.mark.parametrize("change", ["update {} set salt = salt", "delete from {}", "truncate {} cascade"])
@pytest.mark.parametrize("role", ["app", "owner"])
def test_append_only_tables_refuse_change_from_every_role(
    world: World, scratch: str, data_dir: object, role: str, table: str, change: str
) -> None:
    from sqlalchemy import create_engine

    from models import embedded

    statement = change.format(table).replace("salt = salt", "kind = kind" if table == "mark" else "salt = salt")
    engine = create_engine(embedded.url(role, scratch, data_dir=data_dir))  # type: ignore[arg-type]
    with pytest.raises(DBAPIError, match=r"append-only|permission denied|must be owner"), engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_history_only_moves_forward(world: World) -> None:
    with history() as past:
        past.go(wall("2018-07-02T00:00:00"))
        with pytest.raises(database.NoHistory):
            past.go(wall("2018-07-01T00:00:00"))


def test_windows_ahead_are_made_when_a_punch_needs_them(world: World) -> None:
    far = wall("2018-07-20T00:00:00") + timedelta(days=40)
    with history() as past:
        past.go(far)
        outcome = attendance.intake(
            PROCESS, [arrival("A1", punch(world.numbers["王五"], far - timedelta(hours=1)), received=far)]
        )
    assert outcome.counted == 1
