"""Missed windows and the points they cost, as they stand; the month's runs: which are due, and the newest's lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, DateTime, Integer, Numeric, Subquery, bindparam, column, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from models.attendance import AttendanceWindow as W
from models.base import AnySelect
from models.deductions import Deduction, MonthRun
from models.places import Project
from models.queries import territory
from models.rules import parameters
from models.rules.deductions import Missed, deduct
from models.rules.instants import Month, Period, day_of
from models.rules.scope import Permission, Scope
from models.rules.windows import LEAST_MS
from models.units import Engagement

MEMORY = 12  # months back that are still drafted when no worker ran
MOMENT = timedelta(milliseconds=1)  # a window that ends at the end of a month belongs to it


def missed(session: Session, scope: Scope, period: Period, as_of: datetime) -> list[Missed]:
    """Missed windows of a period by engagement, person, month and the highest tier held in the window."""
    months = period.all()
    query = select(_missed(scope, period.months).subquery())
    rows = session.connection().execute(query, _instants(period, as_of))
    return sorted(Missed(e, p, months[m - 1], tier, n) for e, p, m, tier, n in rows)


class Charged(NamedTuple):
    """A person in an engagement with points."""

    engagement: int
    person: int
    points: Decimal


class Lost(NamedTuple):
    """What an engagement's people lost: points after each month's caps, and who did."""

    points: Decimal
    people: list[int]


def lost(
    session: Session, scope: Scope, period: Period, as_of: datetime, only: Sequence[int] | None = None
) -> dict[int, Lost]:
    """Points of a period by engagement, where there are any, of all or of some engagements."""
    keys = _instants(period, as_of) | _cases(period, as_of) | {"only": only}
    points: dict[int, Decimal] = defaultdict(Decimal)
    people: dict[int, list[int]] = defaultdict(list)
    for engagement, person, total in session.connection().execute(_lost(scope, period.months, only is None), keys):
        points[engagement] += _known(total, period)
        people[engagement].append(person)
    return {key: Lost(total, people[key]) for key, total in points.items()}


@lru_cache(maxsize=512)  # to write a statement costs more than to run it
def _lost(scope: Scope, months: int, every: bool) -> AnySelect:
    pairs = _valued(scope, months, every)
    key = (pairs.c.engagement_id, pairs.c.person_id)
    return select(*key, func.sum(pairs.c.points)).group_by(*key)


def worst(session: Session, scope: Scope, period: Period, as_of: datetime, limit: int) -> list[Charged]:
    """Who has most points of a period, worst first; ties in the order of engagement and person."""
    keys = _instants(period, as_of) | _cases(period, as_of) | {"limit": limit}
    rows = session.connection().execute(_worst(scope, period.months), keys)
    return [Charged(e, p, _known(total, period)) for e, p, total in rows]


@lru_cache(maxsize=512)
def _worst(scope: Scope, months: int) -> AnySelect:
    pairs = _valued(scope, months)
    key, total = (pairs.c.engagement_id, pairs.c.person_id), func.sum(pairs.c.points)
    return select(*key, total).group_by(*key).order_by(total.desc(), *key).limit(bindparam("limit"))


def _known(value: Decimal, period: Period) -> Decimal:
    if value.is_nan():
        raise parameters.Missing(f"windows were missed in {period} that no number of the law values")
    return value


def _instants(period: Period, as_of: datetime) -> dict[str, Any]:
    starts = [month.start for month in period.all()]
    return {"since": period.start, "until": min(period.end, as_of), "starts": starts}


def _missed(scope: Scope, months: int, every: bool = True) -> AnySelect:
    """engagement_id, person_id, month (1 = the period's first), tier and their number of missed windows."""
    month: Any = literal(1)
    if months > 1:
        month = func.width_bucket(W.ends - MOMENT, bindparam("starts", type_=ARRAY(DateTime(timezone=True))))
    key = (W.engagement_id, W.person_id, month.label("month"), W.tier)
    query = select(*key, func.count().label("windows")).group_by(*key)
    query = query.where(W.first.is_(None), W.duty_ms >= LEAST_MS)
    query = query.where(W.ends > bindparam("since"), W.ends <= bindparam("until"))
    if not every:
        query = query.where(W.engagement_id == func.any(bindparam("only", type_=ARRAY(BigInteger))))
    if scope.whole:
        return query
    query = query.join(Engagement, Engagement.id == W.engagement_id)
    return query.join(Project, Project.id == W.project_id).where(territory.engagements(scope))


def _valued(scope: Scope, months: int, every: bool = True) -> Subquery:
    """Missed windows with their points: the rule is asked once a month, tier and number, and joined."""
    pairs = _missed(scope, months, every).subquery("missed")
    columns = [column(name, Integer) for name in ("month", "tier", "windows")] + [column("points", Numeric)]
    given = (bindparam(f"case_{c.name}", type_=ARRAY(c.type)) for c in columns)
    worth = func.unnest(*given).table_valued(*columns).render_derived(name="worth")
    same = (worth.c.month == pairs.c.month) & (worth.c.tier == pairs.c.tier) & (worth.c.windows == pairs.c.windows)
    points_ = func.coalesce(worth.c.points, literal(Decimal("NaN"))).label("points")  # a sum of it is loud
    return select(pairs.c.engagement_id, pairs.c.person_id, points_).outerjoin(worth, same).subquery("valued")


def _cases(period: Period, as_of: datetime) -> dict[str, list[Any]]:
    """What every number of missed windows that a month has room for costs, by month and tier: four columns."""
    law = parameters.law()
    length = law.window_length(day_of(as_of))
    lines: list[tuple[int, int, int, Decimal]] = []
    for position, month in enumerate(period.all(), start=1):
        room = (month.end - month.start) // length + 1
        with suppress(parameters.Missing):  # before the law's first day nothing is missed
            for tier, windows in product(law.absences(date(month.year, month.number, 1)), range(1, room + 1)):
                (line,) = deduct([Missed(0, 0, month, tier, windows)], law)
                lines.append((position, tier, windows, line.points))
    names = ("month", "tier", "windows", "points")
    return {f"case_{name}": [line[place] for line in lines] for place, name in enumerate(names)}


def due(session: Session, scope: Scope, now: datetime) -> list[Month]:
    """Closed months of the last twelve that have no run and in which something was supervised, oldest first."""
    scope.need(Permission.MAKE_PAPERS)
    begun = session.scalar(select(func.min(Project.supervised_from)))
    done = set(session.scalars(select(MonthRun.month)))
    months = Period(Month.of(now), MEMORY).previous().all()
    return [m for m in months if begun is not None and begun < m.end and date(m.year, m.number, 1) not in done]


def newest(session: Session, scope: Scope, month: Month) -> int | None:
    """A month's newest run, None before the first."""
    scope.need(Permission.MAKE_PAPERS)
    runs = select(MonthRun.id).where(MonthRun.month == date(month.year, month.number, 1))
    return session.scalar(runs.order_by(MonthRun.id.desc()).limit(1))


def lines(session: Session, scope: Scope, month: Month) -> list[Deduction]:
    """The lines of a month's newest run, for the whole province."""
    run = newest(session, scope, month)
    return list(session.scalars(select(Deduction).where(Deduction.run_id == run))) if run and scope.whole else []
