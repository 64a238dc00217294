"""Deductions, credit and ranks of a period, from settled months and window facts; one for screen, paper and API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
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
from models.rules.scope import PROCESS, Permission, Scope
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
        units=tuple(units if visible is None else _own(units, visible.values())),
        people=tuple(_people(session, scope, own, period, as_of, people)) if people else (),
        cities=tuple(_cities(session, scope, areas, period, as_of, own)) if visible is None else (),
        total=tallies.total(areas.values()),
        points=sum((work.points for work in own), Decimal(0)),
        digest=law.digest,
        assumed=law.assumed(),
        charged=sum(work.charged for work in own),
    )


def _visible(session: Session, scope: Scope) -> dict[int, AnyRow]:
    """The engagements of an owner's projects, or of a unit, with unit, kind of work, project and county."""
    query = select(Engagement.id, Engagement.unit_id, Engagement.kind, Engagement.project_id, Project.area)
    query = query.join(Project, Project.id == Engagement.project_id)
    query = query.where(territory.engagements(scope), Engagement.kind != "owner")
    return {row.id: row for row in session.execute(query)}


def _own(units: Sequence[RankRow], visible: Collection[AnyRow]) -> Iterator[RankRow]:
    """The lines that an owner (its projects' units) or a unit (itself) may see of a province-wide ranking.

    Place, score and sums are the unit's in all its work of that kind, as the circular prints them; of where it works
    the viewer is told its own projects and their counties only.
    """
    lines = {(at.unit_id, at.kind) for at in visible}
    projects, areas = {at.project_id for at in visible}, {at.area for at in visible}
    for row in units:
        if (row.unit, row.kind) in lines:
            shown = tuple(project for project in row.projects if project[0] in projects)
            yield row._replace(projects=shown, areas=tuple(area for area in row.areas if area in areas))


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
