"""Deductions, credit and ranks of a period, from window facts; one function for screen, paper and API."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.base import AnyRow, AnySelect
from models.places import Project
from models.queries import deductions, tallies, territory, windows
from models.queries.deductions import Lost
from models.queries.rows import CityRankRow, PersonRankRow, Ranking, RankRow, Tally
from models.rules import credit, identity, parameters
from models.rules.instants import Period
from models.rules.parameters import Bands
from models.rules.scope import PROCESS, Permission, Role, Scope
from models.units import Engagement, Unit

PEOPLE = 300  # how many persons with deductions a ranking lists, worst first
NOTHING = Decimal(0)
_PREFECTURES = text("select code, name from area where level = 'prefecture'")


def ranking(session: Session, scope: Scope, period: Period, as_of: datetime, *, people: int = PEOPLE) -> Ranking:
    """Live figures and places of a period, with the `people` who have most points.

    An owner or unit sees its own lines, placed among the whole province.
    """
    scope.need(Permission.SEE_RANKING)
    basis = PROCESS if scope.unit is not None else scope
    law = parameters.law()
    lost = deductions.points(session, basis, period, as_of)
    engaged = _engagements(session, basis)
    visible = engaged if basis is scope else _engagements(session, scope)
    own = {engagement: cost for engagement, cost in lost.items() if engagement in visible}
    units = _units(period, lost, engaged, _tallies(session, basis, period, as_of, engagements=True))
    areas = _areas(session, scope, period, as_of)
    return Ranking(
        period=str(period),
        as_of=as_of,
        units=tuple(_own(scope, units, visible) if scope.unit is not None else units),
        people=tuple(_people(session, scope, visible, period, as_of, people)) if people else (),
        cities=tuple(_cities(session, scope, areas, period, as_of, own, visible)) if scope.unit is None else (),
        total=tallies.total(areas.values()),
        points=sum((cost.points for cost in own.values()), Decimal(0)),
        digest=law.digest,
        assumed=law.assumed(),
        charged=sum(cost.people for cost in own.values()),
    )


def _tallies(
    session: Session, scope: Scope, period: Period, as_of: datetime, *, engagements: bool = False
) -> dict[int, Tally]:
    return tallies.windows(session, scope, period.start, period.end, as_of, engagements=engagements)


def _areas(session: Session, scope: Scope, period: Period, as_of: datetime) -> dict[str, Tally]:
    """Tallies by prefecture (leading four digits)."""
    groups: dict[str, list[Tally]] = defaultdict(list)
    found = _tallies(session, scope, period, as_of)
    for project, area in session.connection().execute(_projects(scope)):
        if project in found:
            groups[area[:4]].append(found[project])
    return {area: tallies.total(group) for area, group in groups.items()}


@lru_cache(maxsize=512)  # to write a statement costs more than to run it
def _projects(scope: Scope) -> AnySelect:
    return select(Project.id, Project.area).where(territory.projects(scope))


def _engagements(session: Session, scope: Scope) -> dict[int, AnyRow]:
    return {row.id: row for row in session.connection().execute(_engaged(scope)).all()}


@lru_cache(maxsize=512)
def _engaged(scope: Scope) -> AnySelect:
    return (
        select(
            *(Engagement.id, Engagement.unit_id, Engagement.kind, Engagement.contract_sum),
            *(Unit.name.label("unit"), Project.id.label("project"), Project.name.label("project_name"), Project.area),
        )
        .join(Unit, Unit.id == Engagement.unit_id)
        .join(Project, Project.id == Engagement.project_id)
        .where(territory.engagements(scope), Engagement.kind != "owner")
    )


class _Standing(NamedTuple):
    """A unit in one kind of work, before it has a place."""

    key: tuple[int, str]
    group: list[AnyRow]
    due: int
    points: Decimal
    score: Decimal


def _units(period: Period, lost: dict[int, Lost], engaged: dict[int, AnyRow], found: dict[int, Tally]) -> list[RankRow]:
    law, day = parameters.law(), date(period.first.year, period.first.number, 1)
    start, share, least = law.start_points(day), law.pass_through(day), law.ranked_windows(day)
    bands = {kind: law.bands(kind) for kind in {engagement.kind for engagement in engaged.values()}}
    groups: dict[tuple[int, str], list[AnyRow]] = defaultdict(list)
    for engagement in engaged.values():
        if engagement.id in found:
            groups[engagement.unit_id, engagement.kind].append(engagement)
    standings = []
    for key, group in groups.items():
        points = [lost[e.id].points if e.id in lost else NOTHING for e in group]
        scores = [(e.contract_sum, credit.score(start, [share * each])) for e, each in zip(group, points, strict=True)]
        due = sum(found[e.id].due for e in group)
        standings.append(_Standing(key, group, due, sum(points, NOTHING), credit.weighted(scores)))
    placed = credit.places(standings, key=lambda s: (-s.score, s.points), ranked=lambda s: s.due >= least)
    rows = [_unit_row(place, standing, found, bands) for place, standing in placed]
    return sorted(rows, key=lambda row: (row.place is None, row.place or 0, row.name))


def _unit_row(place: int | None, standing: _Standing, found: dict[int, Tally], bands: dict[str, Bands]) -> RankRow:
    (unit, kind), group = standing.key, standing.group
    return RankRow(
        place=place,
        unit=unit,
        name=group[0].unit,
        kind=kind,
        projects=tuple(sorted({(e.project, e.project_name) for e in group})),
        areas=tuple(sorted({e.area for e in group})),
        people=sum(found[e.id].people for e in group),
        due=standing.due,
        met=sum(found[e.id].met for e in group),
        points=standing.points,
        score=standing.score,
        band=credit.band(standing.score, bands[kind]),
    )


def _own(scope: Scope, units: list[RankRow], visible: dict[int, AnyRow]) -> list[RankRow]:
    """The lines that an owner (its projects' units) or a unit (itself) may see of a province-wide ranking.

    Of a unit that works elsewhere too, an owner is told its own projects only.
    """
    if scope.role is Role.OWNER:
        ids, own = {e.unit_id for e in visible.values()}, {e.project for e in visible.values()}
        shown = [row for row in units if row.unit in ids]
        return [replace(row, projects=tuple(p for p in row.projects if p[0] in own)) for row in shown]
    return [row for row in units if row.unit == scope.unit]


def _people(
    session: Session, scope: Scope, engaged: dict[int, AnyRow], period: Period, as_of: datetime, limit: int
) -> list[PersonRankRow]:
    charged = deductions.worst(session, scope, period, as_of, limit)
    due = windows.counted(session, scope, [(c.engagement, c.person) for c in charged], period, as_of)
    rows = []
    for engagement, person, points in charged:
        at, (name, post, total, met) = engaged[engagement], due[engagement, person]
        shown = name if scope.may(Permission.SEE_PEOPLE) else identity.mask_name(name)
        rows.append(PersonRankRow(None, person, shown, at.unit, at.project, at.project_name, post, total, met, points))
    placed = credit.places(rows, key=lambda r: -r.points, ranked=lambda r: True)
    return [replace(row, place=place) for place, row in placed]


def _cities(
    session: Session,
    scope: Scope,
    areas: dict[str, Tally],
    period: Period,
    as_of: datetime,
    lost: dict[int, Lost],
    engaged: dict[int, AnyRow],
) -> list[CityRankRow]:
    before = _areas(session, scope, period.previous(), as_of)
    points: dict[str, Decimal] = defaultdict(Decimal)
    for engagement, cost in lost.items():
        points[engaged[engagement].area[:4]] += cost.points
    names = {code[:4]: (code, name) for code, name in session.connection().execute(_PREFECTURES)}
    rows = [
        CityRankRow(None, *names[key], tally, points[key], before[key].attendance if key in before else None)
        for key, tally in areas.items()
    ]
    placed = credit.places(rows, key=lambda r: -(r.tally.attendance or 0.0), ranked=lambda r: r.tally.due > 0)
    return [replace(row, place=place) for place, row in placed]
