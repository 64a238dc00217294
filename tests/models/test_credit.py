"""One figure, wherever it stands: ranking page, month's run, circular PDF and a recount from readings alone."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from pypdf import PdfReader
from sqlalchemy import text

from models import database, wording
from models.acts import circulars, deductions
from models.queries import circulars as papers
from models.queries import credit
from models.queries import deductions as runs
from models.queries.rows import Ranking
from models.rules.instants import Month, Period, day_end, day_start
from models.rules.scope import PROCESS, Role, Scope
from reports import circulars as typeset
from reports.fonts import fonts
from tests.cast import CITY, LEADER, NEIGHBOUR, World, wall
from tests.world import START, build

QUARTER = Period.parse("2018Q3")
AS_OF = wall("2018-10-02T00:00:00")
TIERS = {
    "C1": 1,
    "C2": 2,
    "C3": 2,
    "C4": 3,
    "C5": 3,
    "C6": 3,
    "C7": 3,
    "S1": 1,
    "S2": 2,
    "S5": 3,
    "S7": 3,
    "L1": 2,
    "L2": 3,
    "L3": 4,
}
POINTS = {1: ("0.5", "5"), 2: ("0.3", "3"), 3: ("0.2", "2"), 4: ("0.1", "1")}


@pytest.fixture(scope="module")
def world(bare: str) -> Iterator[World]:
    return build()  # type: ignore[return-value]


def ranking(scope: Scope = LEADER) -> Ranking:
    with database.reading() as (session, _):
        return credit.ranking(session, scope, QUARTER, AS_OF)


def recount(world: World) -> dict[str, tuple[int, int, Decimal]]:
    """Unit → (due, met, points), from readings, numbers and the two absences; shares no code with the rules."""
    with database.reading() as (session, _):
        times: dict[str, list[datetime]] = {}
        for number, at in session.execute(text("select number, at from reading")):
            times.setdefault(number, []).append(at)
        posts: dict[str, str] = dict(
            session.execute(text("select p.name, a.post from appointment a join person p on p.id = a.person_id")).all()
        )
    away = {"甲路桥0号": (day_start(date(2018, 7, 10)), day_end(date(2018, 7, 20)))}
    stopped = (day_start(date(2018, 8, 6)), day_end(date(2018, 8, 20)))
    found: dict[str, tuple[int, int, Decimal]] = {}
    for name, number in world.numbers.items():
        hole = stopped if name.startswith("乙航务") else away.get(name)
        due, met, missed = _windows(times.get(number, []), hole)
        each, cap = (Decimal(x) for x in POINTS[TIERS[posts[name]]])
        lost = sum((min(each * n, cap) for n in missed.values()), Decimal(0))
        a, b, c = found.get(name[:3], (0, 0, Decimal(0)))
        found[name[:3]] = (a + due, b + met, c + lost)
    return found


def _windows(times: list[datetime], hole: tuple[datetime, datetime] | None) -> tuple[int, int, Counter[int]]:
    due = met = 0
    missed: Counter[int] = Counter()
    begin = day_start(START)
    while (end := begin + timedelta(hours=72)) <= QUARTER.end:
        gone = max(timedelta(0), min(end, hole[1]) - max(begin, hole[0])) if hole else timedelta(0)
        if timedelta(hours=72) - gone >= timedelta(hours=24):
            due += 1
            here = any(begin <= t < end for t in times)
            met += here
            missed[(end - timedelta(milliseconds=1) + timedelta(hours=8)).month] += not here
        begin = end
    return due, met, missed


def test_the_ranking_equals_a_recount_from_readings(world: World) -> None:
    expected = recount(world)
    got = {row.name: (row.due, row.met, row.points) for row in ranking().units}
    assert got == expected
    assert sum(row[2] for row in expected.values()) > 10


def test_the_months_runs_add_up_to_the_ranking(world: World) -> None:
    for month in (7, 8, 9):
        deductions.run_month(PROCESS, Month(2018, month))
    with database.reading() as (session, _):
        lines = [line for month in (7, 8, 9) for line in runs.lines(session, PROCESS, Month(2018, month))]
    assert sum(line.points for line in lines) == ranking().points


def test_the_circular_says_the_ranking_s_figures_and_names_nobody(world: World) -> None:
    with database.reading() as (session, _):
        account = session.scalar(text("select id from account where login = 'centre'"))
    paper = circulars.ask(Scope(account, Role.TECH_CENTRE), "circular", "2018Q3")
    with database.reading() as (session, _):
        found = papers.figures(session, PROCESS, paper)
    assert found
    row, area, this, before = found
    wanted = typeset.Paper(
        kind=row.kind, period=QUARTER, area=area, agency=wording.AGENCY, number=None, date=None, ranking=this,
        before=before if before.total.due else None, mark="demonstration",
    )  # fmt: skip
    from models import settings

    pdf = typeset.render(wanted, fonts(settings.load().fonts_dir), lambda _done, _word: None)
    said = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).replace(" ", "").replace("\n", "")
    for unit in ranking().units:
        assert f"{unit.name}" in said
        assert f"{unit.due}{unit.missed}" in said.replace(",", "")
        assert f"{unit.points:.1f}{unit.score:.2f}{unit.band}" in said
    assert not [name for name in world.people if name in said]
    circulars.finish(PROCESS, paper, pdf)
    circulars.finish(PROCESS, paper, b"again")
    with database.reading() as (session, _):
        ready = papers.pdf(session, LEADER, paper)
        assert ready
        assert ready[1] == pdf
        assert papers.pdf(session, NEIGHBOUR, paper) is None


def test_a_city_sees_its_own_units_only_and_a_unit_its_own_line_with_the_provinces_place(world: World) -> None:
    assert {row.name for row in ranking(CITY).units} == {"甲路桥", "甲监理", "乙航务"}
    assert {row.name for row in ranking(NEIGHBOUR).units} == {"丙检测"}
    own = ranking(Scope(9, Role.UNIT, unit=world.units["甲监理"]))
    place = next(row.place for row in ranking().units if row.name == "甲监理")
    assert [(row.name, row.place) for row in own.units] == [("甲监理", place)]
    assert {row.unit for row in own.people} <= {"甲监理"}
    assert own.cities == ()


def test_a_frozen_ranking_thaws_as_it_was_but_for_people(world: World) -> None:
    this = ranking()
    thawed = papers.thaw(papers.freeze(this, this)["this"])
    assert thawed.units == this.units
    assert thawed.total == this.total
    assert thawed.people == ()


def test_every_closed_month_without_a_run_is_due_and_a_repeated_job_drafts_it_once(world: World) -> None:
    with database.reading() as (session, _):
        assert runs.due(session, PROCESS, wall("2018-10-05T00:00:00")) == []
        assert runs.due(session, PROCESS, wall("2018-12-05T00:00:00")) == [Month(2018, 10), Month(2018, 11)]
    assert deductions.run_month(PROCESS, Month(2018, 9), unless_run=True) is None
