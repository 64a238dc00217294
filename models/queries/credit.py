"""Deductions, credit and ranks of a period, from window facts; one function for screen, paper and API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import AnyRow
from models.places import Area, Project
from models.queries import deductions, tallies, territory, windows
from models.queries.rows import CityRankRow, PersonRankRow, Ranking, RankRow, Tally
from models.rules import credit, identity, parameters
from models.rules.instants import Period
from models.rules.scope import PROCESS, Permission, Role, Scope
from models.units import Engagement, Unit

PEOPLE = 300  # how many persons with deductions a ranking lists, worst first


def ranking(session: Session, scope: Scope, period: Period, as_of: datetime) -> Ranking:
    """Live figures and places of a period. An owner or unit sees its own lines, placed among the whole province."""
    scope.need(Permission.SEE_RANKING)
    basis = PROCESS if scope.unit is not None else scope
    law = parameters.law()
    points = defaultdict(Decimal, deductions.points(session, basis, period, as_of))
    engaged = _engagements(session, basis)
    visible = engaged if basis is scope else _engagements(session, scope)
    own = {engagement: lost for engagement, lost in points.items() if engagement in visible}
    units = _units(period, points, engaged, _tallies(session, basis, period, as_of, engagements=True))
    areas = _areas(session, scope, period, as_of)
    return Ranking(
        period=str(period),
        as_of=as_of,
        units=tuple(_own(scope, units, visible) if scope.unit is not None else units),
        people=tuple(_people(session, scope, visible, period, as_of)),
        cities=tuple(_cities(session, scope, areas, period, as_of, own, visible)) if scope.unit is None else (),
        total=tallies.total(areas.values()),
        points=sum(own.values(), Decimal(0)),
        digest=law.digest,
        assumed=law.assumed(),
    )


def _tallies(
    session: Session, scope: Scope, period: Period, as_of: datetime, *, engagements: bool = False
) -> dict[int, Tally]:
    return tallies.windows(session, scope, period.start, period.end, as_of, engagements=engagements)


def _areas(session: Session, scope: Scope, period: Period, as_of: datetime) -> dict[str, Tally]:
    """Tallies by prefecture (leading four digits)."""
    groups: dict[str, list[Tally]] = defaultdict(list)
    found = _tallies(session, scope, period, as_of)
    for project, area in session.execute(select(Project.id, Project.area).where(territory.projects(scope))):
        if project in found:
            groups[area[:4]].append(found[project])
    return {area: tallies.total(group) for area, group in groups.items()}


def _engagements(session: Session, scope: Scope) -> dict[int, AnyRow]:
    query = (
        select(
            *(Engagement.id, Engagement.unit_id, Engagement.kind, Engagement.contract_sum),
            *(Unit.name.label("unit"), Project.id.label("project"), Project.name.label("project_name"), Project.area),
        )
        .join(Unit, Unit.id == Engagement.unit_id)
        .join(Project, Project.id == Engagement.project_id)
        .where(territory.engagements(scope), Engagement.kind != "owner")
    )
    return {row.id: row for row in session.execute(query)}


def _units(
    period: Period, points: dict[int, Decimal], engaged: dict[int, AnyRow], found: dict[int, Tally]
) -> list[RankRow]:
    law, day = parameters.law(), date(period.first.year, period.first.number, 1)
    groups: dict[tuple[int, str], list[AnyRow]] = defaultdict(list)
    for engagement in engaged.values():
        if engagement.id in found:
            groups[engagement.unit_id, engagement.kind].append(engagement)
    rows = [_unit_row(key, group, found, points, law, day) for key, group in groups.items()]
    least = law.ranked_windows(day)
    placed = credit.places(rows, key=lambda r: (-r.score, r.points), ranked=lambda r: r.due >= least)
    return [
        replace(row, place=place) for place, row in sorted(placed, key=lambda p: (p[0] is None, p[0] or 0, p[1].name))
    ]


def _unit_row(
    key: tuple[int, str],
    group: Sequence[AnyRow],
    found: dict[int, Tally],
    points: dict[int, Decimal],
    law: parameters.Law,
    day: date,
) -> RankRow:
    tally = tallies.total([found[e.id] for e in group])
    start, share = law.start_points(day), law.pass_through(day)
    score = credit.weighted([(e.contract_sum, credit.score(start, [share * points[e.id]])) for e in group])
    return RankRow(
        place=None,
        unit=key[0],
        name=group[0].unit,
        kind=key[1],
        projects=tuple(sorted({(e.project, e.project_name) for e in group})),
        areas=tuple(sorted({e.area for e in group})),
        people=tally.people,
        due=tally.due,
        met=tally.met,
        points=sum((points[e.id] for e in group), Decimal(0)),
        score=score,
        band=credit.band(score, law.bands(key[1])),
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
    session: Session, scope: Scope, engaged: dict[int, AnyRow], period: Period, as_of: datetime
) -> list[PersonRankRow]:
    charged = deductions.worst(session, scope, period, as_of, PEOPLE)
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
    points: dict[int, Decimal],
    engaged: dict[int, AnyRow],
) -> list[CityRankRow]:
    before = _areas(session, scope, period.previous(), as_of)
    lost: dict[str, Decimal] = defaultdict(Decimal)
    for engagement, sum_ in points.items():
        lost[engaged[engagement].area[:4]] += sum_
    prefectures = select(Area.code, Area.name).where(Area.level == "prefecture")
    names = {code[:4]: (code, name) for code, name in session.execute(prefectures)}
    rows = [
        CityRankRow(None, *names[key], tally, lost[key], before[key].attendance if key in before else None)
        for key, tally in areas.items()
    ]
    placed = credit.places(rows, key=lambda r: -(r.tally.attendance or 0.0), ranked=lambda r: r.tally.due > 0)
    return [replace(row, place=place) for place, row in placed]
