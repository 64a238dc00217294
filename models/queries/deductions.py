"""Missed windows and the points they cost, as they stand; the month's runs: which are due, and the newest's lines."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any, NamedTuple

from sqlalchemy import Integer, Numeric, Subquery, column, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Session

from models.attendance import AttendanceWindow as W
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
    rows = session.execute(select(_missed(scope, period, as_of)))
    return sorted(Missed(e, p, months[m - 1], tier, n) for e, p, m, tier, n in rows)


def points(session: Session, scope: Scope, period: Period, as_of: datetime) -> dict[int, Decimal]:
    """Points of a period by engagement, after each month's caps."""
    pairs = _valued(scope, period, as_of)
    query = select(pairs.c.engagement_id, func.sum(pairs.c.points)).group_by(pairs.c.engagement_id)
    return {engagement: _known(total, period) for engagement, total in session.execute(query)}


class Charged(NamedTuple):
    """A person in an engagement with points."""

    engagement: int
    person: int
    points: Decimal


def worst(session: Session, scope: Scope, period: Period, as_of: datetime, limit: int) -> list[Charged]:
    """Who has most points of a period, worst first; ties in the order of engagement and person."""
    pairs = _valued(scope, period, as_of)
    key, total = (pairs.c.engagement_id, pairs.c.person_id), func.sum(pairs.c.points)
    query = select(*key, total).group_by(*key).order_by(total.desc(), *key).limit(limit)
    return [Charged(e, p, _known(sum_, period)) for e, p, sum_ in session.execute(query)]


def _known(value: Decimal, period: Period) -> Decimal:
    if value.is_nan():
        raise parameters.Missing(f"windows were missed in {period} that no number of the law values")
    return value


def _missed(scope: Scope, period: Period, as_of: datetime) -> Subquery:
    """engagement_id, person_id, month (1 = the period's first), tier and their number of missed windows."""
    starts: Any = array([month.start for month in period.all()])
    key = (W.engagement_id, W.person_id, func.width_bucket(W.ends - MOMENT, starts).label("month"), W.tier)
    query = select(*key, func.count().label("windows")).group_by(*key)
    query = query.where(W.first.is_(None), W.duty_ms >= LEAST_MS)
    query = query.where(W.ends > period.start, W.ends <= min(period.end, as_of))
    if not scope.whole:
        query = query.join(Engagement, Engagement.id == W.engagement_id)
        query = query.join(Project, Project.id == W.project_id).where(territory.engagements(scope))
    return query.subquery("missed")


def _valued(scope: Scope, period: Period, as_of: datetime) -> Subquery:
    """Missed windows with their points: the rule is asked once a month, tier and number, and joined."""
    cases = _cases(period, as_of)
    worth = func.unnest(
        *(literal([case[part] for case in cases], ARRAY(Integer)) for part in range(3)),
        literal(list(cases.values()), ARRAY(Numeric)),
    ).table_valued(
        column("month", Integer), column("tier", Integer), column("windows", Integer), column("points", Numeric)
    )
    worth = worth.render_derived(name="worth")
    pairs = _missed(scope, period, as_of)
    same = (worth.c.month == pairs.c.month) & (worth.c.tier == pairs.c.tier) & (worth.c.windows == pairs.c.windows)
    points_ = func.coalesce(worth.c.points, literal(Decimal("NaN"))).label("points")  # a sum of it is loud
    return select(pairs.c.engagement_id, pairs.c.person_id, points_).outerjoin(worth, same).subquery("valued")


def _cases(period: Period, as_of: datetime) -> dict[tuple[int, int, int], Decimal]:
    """(month, tier, number of missed windows) → points, for every number that a month has room for."""
    law = parameters.law()
    length = law.window_length(day_of(as_of))
    cases = {}
    for position, month in enumerate(period.all(), start=1):
        room = (month.end - month.start) // length + 1
        with suppress(parameters.Missing):  # before the law's first day nothing is missed
            for tier, windows in product(law.absences(date(month.year, month.number, 1)), range(1, room + 1)):
                (line,) = deduct([Missed(0, 0, month, tier, windows)], law)
                cases[position, tier, windows] = line.points
    return cases


def due(session: Session, scope: Scope, now: datetime) -> list[Month]:
    """Closed months of the last twelve that have no run and in which something was supervised, oldest first."""
    scope.need(Permission.MAKE_PAPERS)
    begun = session.scalar(select(func.min(Project.supervised_from)))
    done = set(session.scalars(select(MonthRun.month)))
    present = Month.of(now)
    numbers = (present.year * 12 + present.number - 1 - back for back in range(MEMORY, 0, -1))
    months = (Month(number // 12, number % 12 + 1) for number in numbers)
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
