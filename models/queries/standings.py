"""Units in each kind of work, with their score, band and place, from what a period says of their work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from models.queries.rows import RankRow
from models.queries.settled import Work
from models.rules import credit, parameters
from models.rules.instants import Period
from models.rules.parameters import Bands


class _Standing(NamedTuple):
    """A unit before it has a place."""

    at: Work  # one of its projects
    projects: tuple[tuple[int, str], ...]
    areas: tuple[str, ...]
    people: int
    due: int
    met: int
    points: Decimal
    score: Decimal


def units(period: Period, works: Sequence[Work]) -> list[RankRow]:
    """Ranked units by place, then those with too few due windows, each by name."""
    law, day = parameters.law(), date(period.first.year, period.first.number, 1)
    start, share, least = law.start_points(day), law.pass_through(day), law.ranked_windows(day)
    groups: dict[tuple[int, str], list[Work]] = defaultdict(list)
    for work in works:
        groups[work.unit, work.kind].append(work)
    scores = {points: credit.score(start, [share * points]) for points in {work.points for work in works}}
    placed = credit.places(
        [_standing(group, scores) for group in groups.values()],
        key=lambda s: (-s.score, s.points),
        ranked=lambda s: s.due >= least,
    )
    bands = {kind: law.bands(kind) for kind in {kind for _, kind in groups}}
    rows = [_row(place, standing, bands) for place, standing in placed]
    return sorted(rows, key=lambda row: (row.place is None, row.place or 0, row.name, row.kind, row.unit))


def _standing(works: list[Work], scores: Mapping[Decimal, Decimal]) -> _Standing:
    """The sum of a unit's projects, its score weighed by contract sums."""
    if len(works) == 1:  # as most units work
        (at,) = works
        project = (at.project, at.project_name)
        return _Standing(at, (project,), (at.area,), at.people, at.due, at.met, at.points, scores[at.points])
    return _Standing(
        at=works[0],
        projects=tuple(sorted({(at.project, at.project_name) for at in works})),
        areas=tuple(sorted({at.area for at in works})),
        people=sum(at.people for at in works),
        due=sum(at.due for at in works),
        met=sum(at.met for at in works),
        points=sum((at.points for at in works), Decimal(0)),
        score=credit.weighted([(at.contract_sum, scores[at.points]) for at in works]),
    )


def _row(place: int | None, standing: _Standing, bands: Mapping[str, Bands]) -> RankRow:
    at, projects, areas, people, due, met, points, score = standing
    band = credit.band(score, bands[at.kind])
    return RankRow(place, at.unit, at.name, at.kind, projects, areas, people, due, met, points, score, band)
