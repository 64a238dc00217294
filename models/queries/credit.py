"""Deductions, credit and ranks of a period, from window facts; one function for screen, paper and API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models.attendance import AttendanceWindow as W
from models.base import AnyRow
from models.people import Person
from models.places import Area, Project
from models.queries import tallies, territory
from models.queries.rows import CityRankRow, PersonRankRow, Ranking, RankRow, Tally
from models.rules import credit, identity, parameters
from models.rules.deductions import Line, Missed, deduct
from models.rules.instants import Month, Period
from models.rules.scope import PROCESS, Permission, Role, Scope
from models.units import Engagement, Unit

PEOPLE = 300  # how many persons with deductions a ranking lists, worst first


def _months(period: Period) -> list[Month]:
    months = [period.first]
    while len(months) < period.months:
        months.append(months[-1].next())
    return months


def missed(session: Session, scope: Scope, period: Period, as_of: datetime) -> list[Missed]:
    """Missed windows of a period by engagement, person, month and the highest tier held in the window."""
    found: list[Missed] = []
    tier = text(
        "(select min(po.tier) from appointment a join post po on po.code = a.post "
        "where a.engagement_id = attendance_window.engagement_id and a.person_id = attendance_window.person_id "
        "and a.during && tstzrange(attendance_window.starts, attendance_window.ends)) as tier"
    )
    for month in _months(period):
        inner = (
            select(W.engagement_id, W.person_id, tier)
            .join(Engagement, Engagement.id == W.engagement_id)
            .join(Project, Project.id == W.project_id)
            .where(territory.engagements(scope), W.ends > month.start, W.ends <= month.end, tallies.missed(as_of))
            .subquery()
        )
        columns = (inner.c.engagement_id, inner.c.person_id, text("tier"))
        query = select(*columns, func.count()).select_from(inner).group_by(*columns)
        found += [Missed(e, p, month, t, n) for e, p, t, n in session.execute(query)]
    return sorted(found)


def ranking(session: Session, scope: Scope, period: Period, as_of: datetime) -> Ranking:
    """Live figures and places of a period. An owner or unit sees its own lines, placed among the whole province."""
    scope.need(Permission.SEE_RANKING)
    basis = PROCESS if scope.unit is not None else scope
    law = parameters.law()
    lines = deduct(missed(session, basis, period, as_of), law)
    engaged = _engagements(session, basis)
    by_engagement = _tallies(session, basis, period, as_of, Engagement.__table__.c.id)
    units = _units(period, lines, engaged, by_engagement)
    if scope.unit is not None:
        units = _own(session, scope, units)
    areas = {} if scope.unit is not None else _tallies(session, scope, period, as_of, func.left(Project.area, 4))
    mine = _tallies(session, scope, period, as_of, func.left(Project.area, 2))
    visible = {e.id for e in _engagements(session, scope).values()}
    own = [line for line in lines if line.engagement in visible]
    return Ranking(
        period=str(period),
        as_of=as_of,
        units=tuple(units),
        people=tuple(_people(session, scope, own, engaged, period, as_of)),
        cities=tuple(_cities(session, scope, areas, period, as_of, own, engaged)),
        total=mine.get("43", Tally()),
        points=sum((line.points for line in own), Decimal(0)),
        digest=law.digest,
        assumed=law.assumed(),
    )


def _tallies(session: Session, scope: Scope, period: Period, as_of: datetime, key: Any) -> dict[Any, Tally]:
    return tallies.windows(session, scope, period.start, period.end, as_of, key)


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


def _units(period: Period, lines: Sequence[Line], engaged: dict[int, AnyRow], found: dict[int, Tally]) -> list[RankRow]:
    law, day = parameters.law(), date(period.first.year, period.first.number, 1)
    points: dict[int, Decimal] = defaultdict(Decimal)
    for line in lines:
        points[line.engagement] += line.points
    groups: dict[tuple[int, str], list[AnyRow]] = defaultdict(list)
    for engagement in engaged.values():
        if engagement.id in found:
            groups[engagement.unit_id, engagement.kind].append(engagement)
    rows = [_unit_row(key, group, found, points, law, day) for key, group in groups.items()]
    least = law.ranked_windows(day)
    placed = credit.places(rows, key=lambda r: (-r.score, r.points), ranked=lambda r: r.due >= least)
    return [_placed(place, row) for place, row in sorted(placed, key=lambda p: (p[0] is None, p[0] or 0, p[1].name))]


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


def _placed(place: int | None, row: RankRow) -> RankRow:
    return RankRow(place, *(getattr(row, name) for name in row.__slots__[1:]))


def _own(session: Session, scope: Scope, units: list[RankRow]) -> list[RankRow]:
    """The lines that an owner (its projects' units) or a unit (itself) may see of a province-wide ranking.

    Of a unit that works elsewhere too, an owner is told its own projects only.
    """
    if scope.role is Role.OWNER:
        mine = _engagements(session, scope).values()
        ids, own = {e.unit_id for e in mine}, {e.project for e in mine}
        shown = [row for row in units if row.unit in ids]
        return [replace(row, projects=tuple(p for p in row.projects if p[0] in own)) for row in shown]
    return [row for row in units if row.unit == scope.unit]


def _people(
    session: Session,
    scope: Scope,
    lines: Sequence[Line],
    engaged: dict[int, AnyRow],
    period: Period,
    as_of: datetime,
) -> list[PersonRankRow]:
    points: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for line in lines:
        points[line.engagement, line.person] += line.points
    worst = sorted(points, key=lambda pair: (-points[pair], pair))[:PEOPLE]
    due = _due(session, worst, period, as_of)
    rows = []
    for pair in worst:
        engagement, (name, post, total, met) = engaged[pair[0]], due[pair]
        shown = name if scope.may(Permission.SEE_PEOPLE) else identity.mask_name(name)
        rows.append(
            PersonRankRow(
                *(None, pair[1], shown, engagement.unit, engagement.project, engagement.project_name),
                *(post, total, met, points[pair]),
            )
        )
    placed = credit.places(rows, key=lambda r: -r.points, ranked=lambda r: True)
    return [PersonRankRow(place, *(getattr(row, name) for name in row.__slots__[1:])) for place, row in placed]


def _due(
    session: Session, pairs: Sequence[tuple[int, int]], period: Period, as_of: datetime
) -> dict[tuple[int, int], tuple[str, str, int, int]]:
    post = text(
        "(select po.name from appointment a join post po on po.code = a.post "
        "where a.engagement_id = attendance_window.engagement_id and a.person_id = attendance_window.person_id "
        "order by po.tier limit 1) as post"
    )
    counted = (func.count().filter(tallies.owed()), func.count().filter(tallies.owed(), W.punches > 0))
    query = (
        select(W.engagement_id, W.person_id, Person.name, post, *counted)
        .join(Person, Person.id == W.person_id)
        .where(W.ends > period.start, W.ends <= period.end, W.ends <= as_of)
        .where(W.person_id.in_({person for _, person in pairs}))
        .group_by(W.engagement_id, W.person_id, Person.name)
    )
    return {(row[0], row[1]): tuple(row[2:]) for row in session.execute(query)}


def _cities(
    session: Session,
    scope: Scope,
    areas: dict[Any, Tally],
    period: Period,
    as_of: datetime,
    lines: Sequence[Line],
    engaged: dict[int, AnyRow],
) -> list[CityRankRow]:
    before = _tallies(session, scope, period.previous(), as_of, func.left(Project.area, 4)) if areas else {}
    points: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        points[engaged[line.engagement].area[:4]] += line.points
    prefectures = select(Area.code, Area.name).where(Area.level == "prefecture")
    names = {code[:4]: (code, name) for code, name in session.execute(prefectures)}
    rows = [
        CityRankRow(None, *names[key], tally, points[key], before[key].attendance if key in before else None)
        for key, tally in areas.items()
    ]
    placed = credit.places(rows, key=lambda r: -(r.tally.attendance or 0.0), ranked=lambda r: r.tally.due > 0)
    return [CityRankRow(place, *(getattr(row, name) for name in row.__slots__[1:])) for place, row in placed]
