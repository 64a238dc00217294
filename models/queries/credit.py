"""Deductions, credit and ranks of a period, from window facts; one function for screen, paper and API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.base import AnyRow
from models.places import Project
from models.queries import deductions, settled, standings, tallies, territory, windows
from models.queries.rows import CityRankRow, PersonRankRow, Ranking, RankRow, Tally
from models.queries.settled import Work
from models.rules import credit, identity, parameters
from models.rules.instants import Period
from models.rules.scope import PROCESS, Permission, Role, Scope
from models.units import Engagement

PEOPLE = 300  # how many persons with deductions a ranking lists, worst first
_PREFECTURES = text("select code, name from area where level = 'prefecture'")


def ranking(session: Session, scope: Scope, period: Period, as_of: datetime, *, people: int = PEOPLE) -> Ranking:
    """Live figures and places of a period, with the `people` who have most points.

    An owner or unit sees its own lines, placed among the whole province.
    """
    scope.need(Permission.SEE_RANKING)
    basis = PROCESS if scope.unit is not None else scope
    law = parameters.law()
    works = settled.works(session, basis, period, as_of)
    visible = None if basis is scope else _visible(session, scope)
    own = [work for work in works if visible is None or work.engagement in visible]
    units = standings.units(period, works)
    areas = tallies.prefectures(session, scope, period.start, period.end, as_of)
    return Ranking(
        period=str(period),
        as_of=as_of,
        units=tuple(units if visible is None else _own(scope, units, visible)),
        people=tuple(_people(session, scope, own, period, as_of, people)) if people else (),
        cities=tuple(_cities(session, scope, areas, period, as_of, own)) if visible is None else (),
        total=tallies.total(areas.values()),
        points=sum((work.points for work in own), Decimal(0)),
        digest=law.digest,
        assumed=law.assumed(),
        charged=sum(work.charged for work in own),
    )


def _visible(session: Session, scope: Scope) -> dict[int, AnyRow]:
    """The engagements of an owner's projects, or of a unit, with unit and project."""
    query = select(Engagement.id, Engagement.unit_id, Engagement.project_id).where(Engagement.kind != "owner")
    query = query.join(Project, Project.id == Engagement.project_id).where(territory.engagements(scope))
    return {row.id: row for row in session.execute(query)}


def _own(scope: Scope, units: list[RankRow], visible: dict[int, AnyRow]) -> list[RankRow]:
    """The lines that an owner (its projects' units) or a unit (itself) may see of a province-wide ranking.

    Of a unit that works elsewhere too, an owner is told its own projects only.
    """
    if scope.role is Role.OWNER:
        ids, own = {e.unit_id for e in visible.values()}, {e.project_id for e in visible.values()}
        shown = [row for row in units if row.unit in ids]
        return [row._replace(projects=tuple(p for p in row.projects if p[0] in own)) for row in shown]
    return [row for row in units if row.unit == scope.unit]


def _people(
    session: Session, scope: Scope, works: Sequence[Work], period: Period, as_of: datetime, limit: int
) -> list[PersonRankRow]:
    engaged = {work.engagement: work for work in works}
    charged = deductions.worst(session, scope, period, as_of, limit)
    due = windows.counted(session, scope, [(c.engagement, c.person) for c in charged], period, as_of)
    rows = []
    for engagement, person, points in charged:
        at, (name, post, total, met) = engaged[engagement], due[engagement, person]
        shown = name if scope.may(Permission.SEE_PEOPLE) else identity.mask_name(name)
        rows.append(PersonRankRow(None, person, shown, at.name, at.project, at.project_name, post, total, met, points))
    placed = credit.places(rows, key=lambda r: -r.points, ranked=lambda r: True)
    return [replace(row, place=place) for place, row in placed]


def _cities(
    session: Session,
    scope: Scope,
    areas: dict[str, Tally],
    period: Period,
    as_of: datetime,
    works: Sequence[Work],
) -> list[CityRankRow]:
    earlier = period.previous()
    before = tallies.prefectures(session, scope, earlier.start, earlier.end, as_of)
    points: dict[str, Decimal] = defaultdict(Decimal)
    for work in works:
        if work.charged:
            points[work.area[:4]] += work.points
    names = {code[:4]: (code, name) for code, name in session.connection().execute(_PREFECTURES)}
    rows = [
        CityRankRow(None, *names[key], tally, points[key], before[key].attendance if key in before else None)
        for key, tally in areas.items()
    ]
    placed = credit.places(rows, key=lambda r: -(r.tally.attendance or 0.0), ranked=lambda r: r.tally.due > 0)
    return [replace(row, place=place) for place, row in placed]
