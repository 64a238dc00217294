"""Counting windows over a territory, from the tallies that acts keep. No punch is read here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, DateTime, Integer, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from models.base import AnySelect
from models.places import Project
from models.queries import territory
from models.queries.rows import Lights, Tally
from models.rules import parameters
from models.rules.instants import Period, day_of
from models.rules.scope import Scope
from models.tallies import EngagementTally, ProjectTally
from models.units import Engagement

INSTANT = DateTime(timezone=True)
BIGINTS = ARRAY(BigInteger)


def instants(since: datetime, until: datetime, as_of: datetime) -> dict[str, datetime]:
    """The parameters of `counts`: the period (since, until], an instant, and where its newest window's end lies."""
    length = parameters.law().window_length(day_of(as_of))
    newest = min(until, as_of + length)
    return {"since": since, "until": until, "as_of": as_of, "newest": newest, "newest_after": newest - length}


def counts(table: type[EngagementTally | ProjectTally]) -> tuple[ColumnElement[int], ...]:
    """Sums over windows that end in (since, until], for a query of only those.

    People, due and met of closed windows, due of running ones. People are those of the
    period's last window: of a person who was replaced and of the successor one counts.
    """
    as_of, newest, after = (bindparam(name, type_=INSTANT) for name in ("as_of", "newest", "newest_after"))
    closed = table.ends <= as_of

    def total(column: Any, *conditions: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(column, type_=Integer).filter(*conditions), 0)

    return (
        total(table.people, table.ends > after, table.ends <= newest).label("people"),
        total(table.due, closed).label("due"),
        total(table.met, closed).label("met"),
        total(table.due, ~closed).label("open"),
    )


def windows(session: Session, scope: Scope, since: datetime, until: datetime, as_of: datetime) -> dict[int, Tally]:
    """Windows that end in (since, until] by project of the territory; a unit's are its own."""
    rows = session.connection().execute(_windows(scope), instants(since, until, as_of)).all()
    return {row[0]: Tally(1, *row[1:]) for row in rows}


@lru_cache(maxsize=512)  # to write a statement costs more than to run it
def _windows(scope: Scope) -> AnySelect:
    table = EngagementTally if territory.partial(scope) else ProjectTally
    query = select(table.project_id, *counts(table)).group_by(table.project_id)
    return within(query, table, scope).where(table.ends > bindparam("since"), table.ends <= bindparam("until"))


def prefectures(session: Session, scope: Scope, since: datetime, until: datetime, as_of: datetime) -> dict[str, Tally]:
    """Windows that end in (since, until] by prefecture (leading four digits)."""
    rows = session.connection().execute(_prefectures(scope), instants(since, until, as_of))
    return {area: Tally(*counted) for area, *counted in rows}


@lru_cache(maxsize=512)
def _prefectures(scope: Scope) -> AnySelect:
    table = EngagementTally if territory.partial(scope) else ProjectTally
    sums = _windows(scope).subquery()
    area = func.left(Project.area, 4)
    columns = (cast(func.sum(column), Integer) for column in list(sums.c)[1:])  # of bigint it would be a numeric
    query = select(area, func.count(), *columns).join(sums, sums.c[table.project_id.name] == Project.id)
    return query.group_by(area)


class Worked(NamedTuple):
    """Windows of an engagement in a period."""

    windows: int  # of the grid in which someone held a post
    people: int
    due: int
    met: int


def engagements(
    session: Session, scope: Scope, period: Period, as_of: datetime, only: Sequence[int] | None = None
) -> dict[int, Worked]:
    """Closed windows of a period by engagement of the territory, or of some engagements."""
    keys = instants(period.start, period.end, as_of) | {"only": only}
    rows = session.connection().execute(_engagements(scope, only is None), keys)
    return {key: Worked(*counted) for key, *counted in rows}


@lru_cache(maxsize=512)
def _engagements(scope: Scope, every: bool) -> AnySelect:
    table, key = EngagementTally, EngagementTally.engagement_id
    people, due, met, _ = counts(table)
    query = select(key, func.count(), people, due, met).group_by(key)
    query = query if every else query.where(key == func.any(bindparam("only", type_=BIGINTS)))
    return within(query, table, scope).where(table.ends > bindparam("since"), table.ends <= bindparam("until"))


def within(query: AnySelect, table: type[EngagementTally | ProjectTally], scope: Scope) -> AnySelect:
    """Tallies of the territory only."""
    if table is EngagementTally:
        query = query.join(Engagement, Engagement.id == EngagementTally.engagement_id)
    if scope.whole:
        return query
    return query.join(Project, Project.id == table.project_id).where(territory.engagements(scope))


def add(windows: Tally | None, terminals: Lights | None) -> Tally:
    """One tally of windows and terminals."""
    w, t = windows or Tally(), terminals or Lights()
    return Tally(w.projects, w.people, w.due, w.met, w.open, t.terminals, t.online, t.terminals - t.online)


def total(parts: Iterable[Tally]) -> Tally:
    """The sum of disjoint tallies."""
    figures = [(p.projects, p.people, p.due, p.met, p.open, p.terminals, p.online, p.offline) for p in parts]
    return Tally(*(sum(column) for column in zip(*figures, strict=True)))
