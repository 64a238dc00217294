"""Counting windows and terminals over a territory, from the tallies that acts keep. No punch is read here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import DateTime, Integer, bindparam, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from models.base import AnyRow, AnySelect
from models.places import Project
from models.queries import territory
from models.queries.rows import Lights, Tally
from models.rules import parameters
from models.rules.instants import day_of
from models.rules.presence import LATE_UNTIL
from models.rules.scope import Permission, Scope
from models.tallies import EngagementTally, ProjectTally
from models.terminals import Service, Terminal, TerminalState
from models.units import Engagement

DAY = timedelta(days=1)
INSTANT = DateTime(timezone=True)

Span = tuple[datetime, datetime]  # windows that end in (since, until]


def instants(since: datetime, until: datetime, as_of: datetime, suffix: str = "") -> dict[str, datetime]:
    """The parameters of `counts`: the period (since, until], an instant, and where its newest window's end lies."""
    length = parameters.law().window_length(day_of(as_of))
    newest = min(until, as_of + length)
    found = {"since": since, "until": until, "as_of": as_of, "newest": newest, "newest_after": newest - length}
    return {name + suffix: instant for name, instant in found.items()}


def counts(table: type[EngagementTally | ProjectTally], suffix: str = "") -> tuple[ColumnElement[int], ...]:
    """Sums over the windows that end in (since, until]: people, due and met of closed windows, due of running ones.

    People are those of the period's last window: of a person who was replaced and of the successor one counts.
    """
    since, until, as_of, newest, after = (
        bindparam(name + suffix, type_=INSTANT) for name in ("since", "until", "as_of", "newest", "newest_after")
    )
    within = (table.ends > since) & (table.ends <= until)
    closed = table.ends <= as_of

    def total(column: Any, *conditions: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(column, type_=Integer).filter(*conditions), 0)

    return (
        total(table.people, table.ends > after, table.ends <= newest).label("people" + suffix),
        total(table.due, within, closed).label("due" + suffix),
        total(table.met, within, closed).label("met" + suffix),
        total(table.due, within, ~closed).label("open" + suffix),
    )


def windows(
    session: Session, scope: Scope, since: datetime, until: datetime, as_of: datetime, *, engagements: bool = False
) -> dict[int, Tally]:
    """Windows that end in (since, until] by project of the territory, or by engagement; a unit's are its own."""
    rows = session.connection().execute(_windows(scope, engagements), instants(since, until, as_of)).all()
    return {row[0]: Tally(1, *row[1:]) for row in rows}


@lru_cache(maxsize=512)  # to write a statement costs more than to run it
def _windows(scope: Scope, engagements: bool) -> AnySelect:
    table = EngagementTally if engagements or territory.partial(scope) else ProjectTally
    key = EngagementTally.engagement_id if engagements else table.project_id
    query = select(key, *counts(table)).group_by(key)
    return _within(query, table, scope).where(table.ends > bindparam("since"), table.ends <= bindparam("until"))


def _within(query: AnySelect, table: type[EngagementTally | ProjectTally], scope: Scope) -> AnySelect:
    """Tallies of the territory only."""
    if table is EngagementTally:
        query = query.join(Engagement, Engagement.id == EngagementTally.engagement_id)
    if scope.whole:
        return query
    return query.join(Project, Project.id == table.project_id).where(territory.engagements(scope))


def standing(session: Session, scope: Scope, prefix: str, spans: Sequence[Span], as_of: datetime) -> list[AnyRow]:
    """Every project of the territory under an area prefix, with the counts of two periods (`due`, `due_before`, …)."""
    present, before = spans
    keys = instants(*present, as_of) | instants(*before, as_of, "_before") | {"prefix": prefix + "%"}
    return list(session.connection().execute(_standing(scope), keys).all())


@lru_cache(maxsize=512)
def _standing(scope: Scope) -> AnySelect:
    table = EngagementTally if territory.partial(scope) else ProjectTally
    counted = select(table.project_id, *counts(table), *counts(table, "_before")).group_by(table.project_id)
    counted = counted.where(table.ends > bindparam("since_before"), table.ends <= bindparam("until"))
    sums = _within(counted, table, scope).subquery()
    names = [name + suffix for suffix in ("", "_before") for name in ("people", "due", "met", "open")]
    columns = [func.coalesce(sums.c[name], 0).label(name) for name in names]
    query = select(Project.id, Project.name, Project.area, *columns).outerjoin(sums, sums.c.project_id == Project.id)
    return query.where(territory.projects(scope), Project.area.like(bindparam("prefix")))


def lights(session: Session, scope: Scope, now: datetime, digits: int) -> dict[str, Lights]:
    """Admitted terminals, those heard of within ten minutes, those silent for a day, by leading digits of the area."""
    scope.need(Permission.SEE_MAP)
    rows = session.connection().execute(_lights(scope, digits), {"heard": now - LATE_UNTIL, "silent": now - DAY})
    return {area: Lights(*counted) for area, *counted in rows if area}


@lru_cache(maxsize=512)
def _lights(scope: Scope, digits: int) -> AnySelect:
    key, last = func.left(Terminal.area, digits), TerminalState.last_seen
    heard, silent = (func.count().filter(test) for test in (last >= bindparam("heard"), last < bindparam("silent")))
    return (
        select(key, func.count(), heard, silent)
        .select_from(Terminal)
        .outerjoin(TerminalState, TerminalState.terminal_id == Terminal.id)
        .where(territory.terminals(scope), Terminal.admitted.is_not(None), Terminal.disabled.is_(None))
        .group_by(key)
    )


def lights_by_project(session: Session, scope: Scope, now: datetime, projects: Iterable[int]) -> dict[int, Lights]:
    """Admitted terminals and those heard of within ten minutes, by project served now."""
    scope.need(Permission.SEE_MAP)
    query = (
        select(
            *(Service.project_id, func.count()),
            func.count().filter(TerminalState.last_seen >= now - LATE_UNTIL),
        )
        .join(Terminal, Terminal.id == Service.terminal_id)
        .outerjoin(TerminalState, TerminalState.terminal_id == Terminal.id)
        .where(Terminal.admitted.is_not(None), Terminal.disabled.is_(None), Service.during.contains(now))
        .where(Service.project_id.in_(projects))
        .group_by(Service.project_id)
    )
    return {project: Lights(*counted) for project, *counted in session.execute(query)}


def add(windows: Tally | None, terminals: Lights | None) -> Tally:
    """One tally of windows and terminals."""
    w, t = windows or Tally(), terminals or Lights()
    return Tally(w.projects, w.people, w.due, w.met, w.open, t.terminals, t.online, t.terminals - t.online)


def total(parts: Iterable[Tally]) -> Tally:
    """The sum of disjoint tallies."""
    figures = [(p.projects, p.people, p.due, p.met, p.open, p.terminals, p.online, p.offline) for p in parts]
    return Tally(*(sum(column) for column in zip(*figures, strict=True)))
