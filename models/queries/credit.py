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

from models.base import AnySelect
from models.places import Project
from models.queries import deductions, settled, tallies, territory, windows
from models.queries.rows import CityRankRow, PersonRankRow, Ranking, RankRow, Tally
from models.queries.settled import Figures
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
    found = settled.engagements(session, basis, period, as_of)
    engaged = _engagements(session, basis)
    visible = engaged if basis is scope else _engagements(session, scope)
    own = {key: figures for key in visible if (figures := found.get(key)) and figures.charged}
    units = _units(period, engaged, found)
    areas = tallies.prefectures(session, scope, period.start, period.end, as_of)
    return Ranking(
        period=str(period),
        as_of=as_of,
        units=tuple(_own(scope, units, visible) if scope.unit is not None else units),
        people=tuple(_people(session, scope, visible, period, as_of, people)) if people else (),
        cities=tuple(_cities(session, scope, areas, period, as_of, own, visible)) if scope.unit is None else (),
        total=tallies.total(areas.values()),
        points=sum((figures.points for figures in own.values()), NOTHING),
        digest=law.digest,
        assumed=law.assumed(),
        charged=sum(figures.charged for figures in own.values()),
    )


class _Engaged(NamedTuple):
    """A unit's work in a project."""

    unit_id: int
    kind: str
    unit: str
    contract_sum: Decimal
    project: int
    project_name: str
    area: str


def _engagements(session: Session, scope: Scope) -> dict[int, _Engaged]:
    return {key: _Engaged(*rest) for key, *rest in session.connection().execute(_engaged(scope)).all()}


@lru_cache(maxsize=512)
def _engaged(scope: Scope) -> AnySelect:
    return (
        select(
            *(Engagement.id, Engagement.unit_id, Engagement.kind, Unit.name, Engagement.contract_sum),
            *(Project.id, Project.name, Project.area),
        )
        .join(Unit, Unit.id == Engagement.unit_id)
        .join(Project, Project.id == Engagement.project_id)
        .where(territory.engagements(scope), Engagement.kind != "owner")
    )


class _Standing(NamedTuple):
    """A unit in one kind of work, before it has a place."""

    at: _Engaged  # one of its engagements
    projects: tuple[tuple[int, str], ...]
    areas: tuple[str, ...]
    people: int
    due: int
    met: int
    points: Decimal
    score: Decimal


def _units(period: Period, engaged: dict[int, _Engaged], found: dict[int, Figures]) -> list[RankRow]:
    law, day = parameters.law(), date(period.first.year, period.first.number, 1)
    start, share, least = law.start_points(day), law.pass_through(day), law.ranked_windows(day)
    groups: dict[tuple[int, str], list[tuple[_Engaged, Figures]]] = defaultdict(list)
    for key, engagement in engaged.items():
        if key in found:
            groups[engagement[:2]].append((engagement, found[key]))
    points = {figures.points for figures in found.values()}
    scores = {lost: credit.score(start, [share * lost]) for lost in points}  # few numbers of points, many units
    placed = credit.places(
        [_standing(parts, scores) for parts in groups.values()],
        key=lambda s: (-s.score, s.points),
        ranked=lambda s: s.due >= least,
    )
    bands = {kind: law.bands(kind) for kind in {kind for _, kind in groups}}
    rows = [_unit_row(place, standing, bands) for place, standing in placed]
    return sorted(rows, key=lambda row: (row.place is None, row.place or 0, row.name))


def _standing(parts: list[tuple[_Engaged, Figures]], scores: dict[Decimal, Decimal]) -> _Standing:
    if len(parts) == 1:  # as most units work
        ((at, each),) = parts
        _, people, due, met, points, _ = each
        return _Standing(at, ((at.project, at.project_name),), (at.area,), people, due, met, points, scores[points])
    return _Standing(
        at=parts[0][0],
        projects=tuple(sorted({(at.project, at.project_name) for at, _ in parts})),
        areas=tuple(sorted({at.area for at, _ in parts})),
        people=sum(each.people for _, each in parts),
        due=sum(each.due for _, each in parts),
        met=sum(each.met for _, each in parts),
        points=sum((each.points for _, each in parts), NOTHING),
        score=credit.weighted([(at.contract_sum, scores[each.points]) for at, each in parts]),
    )


def _unit_row(place: int | None, standing: _Standing, bands: dict[str, Bands]) -> RankRow:
    at, projects, areas, people, due, met, points, score = standing
    band = credit.band(score, bands[at.kind])
    return RankRow(place, at.unit_id, at.unit, at.kind, projects, areas, people, due, met, points, score, band)


def _own(scope: Scope, units: list[RankRow], visible: dict[int, _Engaged]) -> list[RankRow]:
    """The lines that an owner (its projects' units) or a unit (itself) may see of a province-wide ranking.

    Of a unit that works elsewhere too, an owner is told its own projects only.
    """
    if scope.role is Role.OWNER:
        ids, own = {e.unit_id for e in visible.values()}, {e.project for e in visible.values()}
        shown = [row for row in units if row.unit in ids]
        return [row._replace(projects=tuple(p for p in row.projects if p[0] in own)) for row in shown]
    return [row for row in units if row.unit == scope.unit]


def _people(
    session: Session, scope: Scope, engaged: dict[int, _Engaged], period: Period, as_of: datetime, limit: int
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
    lost: dict[int, Figures],
    engaged: dict[int, _Engaged],
) -> list[CityRankRow]:
    earlier = period.previous()
    before = tallies.prefectures(session, scope, earlier.start, earlier.end, as_of)
    points: dict[str, Decimal] = defaultdict(Decimal)
    for engagement, figures in lost.items():
        points[engaged[engagement].area[:4]] += figures.points
    names = {code[:4]: (code, name) for code, name in session.connection().execute(_PREFECTURES)}
    rows = [
        CityRankRow(None, *names[key], tally, points[key], before[key].attendance if key in before else None)
        for key, tally in areas.items()
    ]
    placed = credit.places(rows, key=lambda r: -(r.tally.attendance or 0.0), ranked=lambda r: r.tally.due > 0)
    return [replace(row, place=place) for place, row in placed]
