"""Tallies and strips say what the window facts say by the rule, at any instant; heatmap and points too."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from models import database
from models.attendance import AttendanceWindow
from models.queries import deductions, tallies, windows
from models.rules import parameters
from models.rules.deductions import deduct
from models.rules.instants import Period
from models.rules.windows import Facts, State, state
from tests.cast import LEADER, World, wall
from tests.world import build

INSTANTS = [wall(f"2018-{at}") for at in ("07-02T12:00:00", "08-08T00:00:00", "09-14T07:31:00", "12-01T00:00:00")]
PERIODS = [Period.parse(text) for text in ("2018-07", "2018-09", "2018Q3", "2018")]


@pytest.fixture(scope="module")
def world(bare: str) -> World:
    return build()


def facts() -> list[tuple[AttendanceWindow, Facts]]:
    with database.reading() as (session, _):
        rows = list(session.scalars(select(AttendanceWindow)))
    return [
        (w, Facts(w.k, w.starts, w.ends, w.punches, w.first, w.last, w.post_ms, w.duty_ms, w.halt_ms, w.tier))
        for w in rows
    ]


@pytest.mark.parametrize("as_of", INSTANTS)
def test_every_cell_of_a_heatmap_is_the_state_that_the_rule_gives(world: World, as_of: datetime) -> None:
    expected = {(w.engagement_id, w.person_id, w.k): state(f, as_of) for w, f in facts() if w.starts <= as_of}
    got: dict[tuple[int, int, int], int] = {}
    with database.reading() as (session, _):
        for project in world.projects.values():
            heat = windows.heatmap(session, LEADER, project, as_of, last=500, size=500)
            assert heat
            for row in heat.rows:
                cells = zip(heat.columns, row.states, strict=True)
                got |= {(row.engagement, row.person, column.k): code for column, code in cells if code != State.NONE}
                assert row.missed == row.states.count(State.MISSED)
    assert got == expected
    assert len(set(expected.values())) >= (3 if as_of > INSTANTS[0] else 1)


@pytest.mark.parametrize("period", PERIODS, ids=str)
@pytest.mark.parametrize("as_of", INSTANTS[1:])
def test_tallies_count_what_the_rule_counts(world: World, period: Period, as_of: datetime) -> None:
    expected: dict[int, Counter[str]] = defaultdict(Counter)
    ks: dict[int, set[int]] = defaultdict(set)
    for w, f in facts():
        if period.start < w.ends <= period.end:
            found = state(f, as_of)
            ks[w.engagement_id].add(w.k)
            expected[w.engagement_id]["due"] += found in (State.MET, State.MISSED) and w.ends <= as_of
            expected[w.engagement_id]["met"] += found is State.MET and w.ends <= as_of
            expected[w.engagement_id]["open"] += found in (State.MET, State.OPEN) and w.ends > as_of
    for engagement, numbers in ks.items():
        expected[engagement]["windows"] = len(numbers)
    with database.reading() as (session, _):
        found_ = tallies.engagements(session, LEADER, period, as_of)
        projects = tallies.windows(session, LEADER, period.start, period.end, as_of)
        cities = tallies.prefectures(session, LEADER, period.start, period.end, as_of)
    assert {key: (w.windows, w.due, w.met) for key, w in found_.items()} == {
        key: (c["windows"], c["due"], c["met"]) for key, c in expected.items()
    }
    for parts in (projects.values(), cities.values()):
        for count in ("due", "met", "open"):
            assert sum(getattr(t, count) for t in parts) == sum(c[count] for c in expected.values())


@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_points_by_sql_are_the_points_of_the_rule(world: World, period: Period) -> None:
    expected: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    with database.reading() as (session, _):
        for line in deduct(deductions.missed(session, LEADER, period, INSTANTS[-1]), parameters.law()):
            expected[line.engagement, line.person] += line.points
        lost = deductions.lost(session, LEADER, period, INSTANTS[-1])
        worst = deductions.worst(session, LEADER, period, INSTANTS[-1], 1000)
    assert {(c.engagement, c.person): c.points for c in worst} == expected
    assert [c.points for c in worst] == sorted((c.points for c in worst), reverse=True)
    assert sum(each.points for each in lost.values()) == sum(expected.values()) > 0
    assert {(key, person) for key, each in lost.items() for person in each.people} == expected.keys()
