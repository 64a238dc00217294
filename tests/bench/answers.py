"""Three questions, each asked twice: of the platform's queries, and of naive SQL. `same` says how answers compare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.queries import credit, places, windows
from models.queries.rows import Heatmap, Overview, Ranking, ratio
from models.rules import parameters
from models.rules.instants import Month, Period, day_of
from models.rules.presence import LATE_UNTIL
from models.rules.scope import PROCESS
from models.rules.windows import LEAST_MS, State
from tests.bench import naive

SPECIAL = 1  # the project with people enough for a large heatmap
LAST, SIZE = 120, 300


@dataclass(frozen=True)
class Question:
    """What is asked; both answers are brought to one form before they are compared."""

    name: str
    ours: Callable[[Session, datetime], Any]
    naive: Callable[[Session, datetime], list[Any]]
    told: Callable[[Any], Any]
    told_naively: Callable[[list[Any], datetime], Any]


def last_month(now: datetime) -> Period:
    """The last month that is over."""
    return Period(Month.of(now), 1).previous()


def _keys(now: datetime, since: datetime, until: datetime, project: int | None = None) -> dict[str, Any]:
    methods = [int(method) for method in parameters.law().methods(day_of(now))]
    return {"now": now, "since": since, "until": until, "project": project, "methods": methods, "least": LEAST_MS}


def _overview(session: Session, now: datetime) -> list[Any]:
    keys = _keys(now, now - 2 * places.SPAN, now) | {"middle": now - places.SPAN, "heard": now - LATE_UNTIL}
    return list(session.execute(text(naive.OVERVIEW), keys))


def _overview_told(found: Overview) -> Any:
    return {
        row.code[:4]: (
            row.tally.projects,
            row.tally.due,
            row.tally.met,
            row.before,
            row.tally.terminals,
            row.tally.online,
        )
        for row in found.areas
    }


def _overview_told_naively(rows: list[Any], _: datetime) -> Any:
    return {
        city: (projects, due, met, ratio(met_before, due_before), terminals, online)
        for city, projects, due, met, due_before, met_before, terminals, online in rows
    }


def _heatmap(session: Session, now: datetime) -> list[Any]:
    """As long as windows of three days are: LAST of them back from the present one."""
    length = timedelta(days=3)
    return list(session.execute(text(naive.HEATMAP), _keys(now, now - LAST * length, now + length, SPECIAL)))


def _heatmap_told(found: Heatmap) -> Any:
    first = found.columns[0].k
    return {
        (row.engagement, row.person): {first + k: code for k, code in enumerate(row.states) if code != State.NONE}
        for row in found.rows
    }


def _heatmap_told_naively(rows: list[Any], _: datetime) -> Any:
    last = max(k for _, _, _, _, k, _ in rows)
    cells: dict[tuple[int, int], dict[int, int]] = {}
    for engagement, person, _, _, k, code in rows:
        if k > last - LAST:
            cells.setdefault((engagement, person), {})[k] = code
    return cells


def _ranking(session: Session, now: datetime) -> list[Any]:
    period = last_month(now)
    rules = parameters.law().absences(date(period.first.year, period.first.number, 1)).values()
    worth = {"tiers": [r.tier for r in rules], "points": [r.points for r in rules], "caps": [r.cap for r in rules]}
    return list(session.execute(text(naive.RANKING), _keys(now, period.start, period.end) | worth))


def _ranking_told(found: Ranking) -> Any:
    return {(row.unit, row.kind): (row.due, row.met, row.points) for row in found.units}


def _ranking_told_naively(rows: list[Any], _: datetime) -> Any:
    return {(unit, kind): (due, met, points) for unit, kind, due, met, points in rows}


def heatmap(session: Session, now: datetime, last: int = LAST, size: int = SIZE) -> Heatmap:
    """The special project's heatmap."""
    found = windows.heatmap(session, PROCESS, SPECIAL, now, last=last, size=size)
    assert found
    return found


def overview(session: Session, now: datetime) -> Overview:
    return places.overview(session, PROCESS, now)


def ranking(session: Session, now: datetime) -> Ranking:
    return credit.ranking(session, PROCESS, last_month(now), now, people=0)


QUESTIONS = (
    Question("overview, 14 prefectures", overview, _overview, _overview_told, _overview_told_naively),
    Question(f"heatmap {SIZE} × {LAST}", heatmap, _heatmap, _heatmap_told, _heatmap_told_naively),
    Question("ranking of a month", ranking, _ranking, _ranking_told, _ranking_told_naively),
)
