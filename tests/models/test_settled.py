"""Settled months say what counting anew says, in any state of the tables, and go when a window of theirs changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from models import database
from models.acts import attendance, people, requests, settled, windows
from models.database import history
from models.queries import credit
from models.queries import settled as figures
from models.rules import parameters
from models.rules.instants import Period, day_of
from models.rules.scope import PROCESS, Permission, Refused, Role, Scope
from tests.cast import CITY, LEADER, SUPPORT, World, arrival, punch, wall
from tests.world import build

NOW = wall("2018-11-05T08:00:00")
PERIODS = [Period.parse(text) for text in ("2018-07", "2018-08", "2018-09", "2018-10", "2018Q3", "2018")]


@pytest.fixture(scope="module")
def built(bare: str) -> World:
    return build()


@pytest.fixture
def world(built: World) -> World:
    """With nothing settled."""
    with database.transaction() as at:
        at.session.execute(text("delete from settled_month"))
    return built


def settle(world: World) -> int:
    with history() as past:
        past.go(NOW)
        return sum(settled.settle(PROCESS, project) for project in world.projects.values())


def rows() -> set[tuple[object, ...]]:
    """What is settled: engagement and month."""
    with database.reading() as (session, _):
        return {tuple(row) for row in session.execute(text("select engagement_id, until from settled_month"))}


def assert_as_counted_anew() -> None:
    """Works from settled months, whatever is settled, are those of window facts."""
    with database.reading() as (session, _):
        for period in PERIODS:
            for scope in (LEADER, CITY, Scope(7, Role.CITY_BUREAU, kind="waterway")):
                counted = figures.counted(session, scope, period, NOW)
                works = figures.works(session, scope, period, NOW)
                assert {w.engagement: tuple(w[figures.KNOWN :]) for w in works} == {
                    key: tuple(found) for key, found in counted.items() if key in {w.engagement for w in works}
                }
                owners = "select id from engagement where kind = 'owner'"
                assert counted.keys() - {w.engagement for w in works} <= set(session.scalars(text(owners)))


def test_nothing_settled_a_part_settled_and_all_settled_say_the_same(world: World) -> None:
    assert_as_counted_anew()
    with history() as past:
        past.go(NOW)
        first, *_ = world.projects.values()
        assert settled.settle(PROCESS, first) > 0
        with database.reading() as (session, _):
            assert first not in figures.due(session, PROCESS, NOW)
    assert_as_counted_anew()
    settle(world)
    with database.reading() as (session, _):
        assert figures.due(session, PROCESS, NOW) == []
        before = session.scalar(text("select sum(points) from settled_month"))
    assert before
    assert_as_counted_anew()
    assert settle(world) == 0


def late_leave(world: World) -> None:
    requests.approve_leave(PROCESS, world.people["甲路桥2号"], date(2018, 9, 3), date(2018, 9, 12), "年休假")


def late_exit(world: World) -> None:
    people.end_appointment(PROCESS, world.appointments["丙检测3号"], date(2018, 8, 31))


@pytest.mark.parametrize("change", [late_leave, late_exit])
def test_what_changes_a_closed_month_unsettles_it_and_the_figures_are_right_at_once(
    world: World, change: Callable[[World], None]
) -> None:
    settle(world)
    before = rows()
    with history() as past:
        past.go(NOW)
        change(world)
    assert rows() < before
    assert_as_counted_anew()
    settle(world)
    assert rows() == before
    assert_as_counted_anew()


def test_a_late_punch_unsettles_the_month_of_its_window_and_no_other(world: World) -> None:
    settle(world)
    before = rows()
    with database.reading() as (session, _):
        row = session.execute(
            text(
                "select w.person_id, w.engagement_id, w.starts, w.ends from attendance_window w "
                "join person p on p.id = w.person_id where w.first is null and w.duty_ms = 259200000 "
                "and p.name like '甲路桥%' and w.ends < '2018-09-30' and w.starts > '2018-08-02' limit 1"
            )
        ).one()
    name = next(name for name, person in world.people.items() if person == row.person_id)
    with history() as past:
        past.go(NOW)
        reading = punch(world.numbers[name], row.starts + timedelta(hours=5), 7)
        assert attendance.intake(PROCESS, [arrival("T-甲路桥", reading, received=NOW)]).counted == 1
    month = Period.parse(f"{row.ends - timedelta(seconds=1) + timedelta(hours=8):%Y-%m}")
    assert before - rows() == {(row.engagement_id, month.end)}
    assert_as_counted_anew()


def test_a_punch_of_the_present_month_unsettles_nothing(world: World) -> None:
    with history() as past:
        past.go(NOW)
        windows.extend(PROCESS, world.projects["G107长沙段"])  # as the worker does each day
    settle(world)
    before = rows()
    with history() as past:
        past.go(NOW)
        reading = punch(world.numbers["甲路桥1号"], NOW - timedelta(hours=1), 7)
        assert attendance.intake(PROCESS, [arrival("T-甲路桥", reading)]).counted == 1
    assert rows() == before


def test_other_numbers_of_the_law_count_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(world)
    with database.transaction() as at:
        at.session.execute(text("update settled_month set points = 99, due = 1, met = 1 where windows > 0"))
    with database.reading() as (session, _):
        assert any(w.points == 99 for w in figures.works(session, LEADER, PERIODS[0], NOW)), "settled rows are read"
    other = replace(parameters.law(), digest="other")
    monkeypatch.setattr(parameters, "law", lambda: other)
    assert_as_counted_anew()
    with database.reading() as (session, _):
        assert set(figures.due(session, PROCESS, NOW)) == set(world.projects.values())


def test_a_quarter_with_a_month_of_other_numbers_is_counted_anew(world: World) -> None:
    settle(world)
    with database.transaction() as at:
        at.session.execute(
            text("update settled_month set law = 'other', points = 99 where until = :until"), {"until": PERIODS[1].end}
        )
    assert_as_counted_anew()


def test_a_month_without_a_price_is_left_out_and_the_others_are_settled(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A tier that the law gives no points to in August: what was missed there cannot be valued."""
    real, august = parameters.Law.absences, PERIODS[1].start

    def gap(law: parameters.Law, day: date) -> Mapping[int, parameters.Absence]:
        return {} if day == day_of(august) else real(law, day)

    monkeypatch.setattr(parameters.Law, "absences", gap)
    monkeypatch.setattr(figures, "_priced", lambda month: month.start >= PERIODS[0].start)
    settle(world)
    assert {until for _, until in rows()} == {PERIODS[n].end for n in (0, 2, 3)}
    assert "is not settled" in caplog.text


def test_a_running_month_is_never_settled(world: World) -> None:
    with database.reading() as (session, _):
        now = wall("2018-09-20T00:00:00")
        assert max(month.end for month in figures.closed(now)) <= now
        assert credit.ranking(session, LEADER, Period.parse("2018-09"), now).total.open > 0


def test_settling_needs_who_makes_papers(world: World) -> None:
    assert not SUPPORT.may(Permission.MAKE_PAPERS)
    with pytest.raises(Refused):
        settled.settle(SUPPORT, next(iter(world.projects.values())))
