"""Counting windows and terminals over a territory, from the tallies that acts keep. No punch is read here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from models.base import AnyRow
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


def counts(
    table: type[EngagementTally | ProjectTally], since: datetime, until: datetime, as_of: datetime
) -> tuple[ColumnElement[int], ...]:
    """Sums over the windows that end in (since, until]: people, due and met of closed windows, due of running ones.

    People are those of the period's last window: of a person who was replaced and of the successor one counts.
    """
    length = parameters.law().window_length(day_of(as_of))
    last = min(until, as_of + length)
    within = (table.ends > since) & (table.ends <= until)
    newest = (table.ends > last - length) & (table.ends <= last)
    closed = table.ends <= as_of

    def total(column: Any, *conditions: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(column, type_=Integer).filter(*conditions), 0)

    return (
        total(table.people, newest),
        total(table.due, within, closed),
        total(table.met, within, closed),
        total(table.due, within, ~closed),
    )


def windows(
    session: Session, scope: Scope, since: datetime, until: datetime, as_of: datetime, *, engagements: bool = False
) -> dict[int, Tally]:
    """Windows that end in (since, until] by project of the territory, or by engagement; a unit's are its own."""
    table = EngagementTally if engagements or territory.partial(scope) else ProjectTally
    key = EngagementTally.engagement_id if engagements else table.project_id
    query = select(key, *counts(table, since, until, as_of)).group_by(key)
    query = query.where(table.ends > since, table.ends <= until)
    if table is EngagementTally:
        query = query.join(Engagement, Engagement.id == EngagementTally.engagement_id)
    if not scope.whole:
        query = query.join(Project, Project.id == table.project_id).where(territory.engagements(scope))
    rows: Sequence[AnyRow] = session.execute(query).all()
    return {row[0]: Tally(1, *row[1:]) for row in rows}


def lights(session: Session, scope: Scope, now: datetime, digits: int) -> dict[str, Lights]:
    """Admitted terminals, those heard of within ten minutes, those silent for a day, by leading digits of the area."""
    scope.need(Permission.SEE_MAP)
    key = func.left(Terminal.area, digits)
    query = (
        select(key, func.count(), _heard(now), func.count().filter(TerminalState.last_seen < now - DAY))
        .select_from(Terminal)
        .outerjoin(TerminalState, TerminalState.terminal_id == Terminal.id)
        .where(territory.terminals(scope), Terminal.admitted.is_not(None), Terminal.disabled.is_(None))
        .group_by(key)
    )
    return {area: Lights(*counted) for area, *counted in session.execute(query) if area}


def lights_by_project(session: Session, scope: Scope, now: datetime, projects: Iterable[int]) -> dict[int, Lights]:
    """Admitted terminals and those heard of within ten minutes, by project served now."""
    scope.need(Permission.SEE_MAP)
    query = (
        select(Service.project_id, func.count(), _heard(now))
        .join(Terminal, Terminal.id == Service.terminal_id)
        .outerjoin(TerminalState, TerminalState.terminal_id == Terminal.id)
        .where(Terminal.admitted.is_not(None), Terminal.disabled.is_(None), Service.during.contains(now))
        .where(Service.project_id.in_(projects))
        .group_by(Service.project_id)
    )
    return {project: Lights(*counted) for project, *counted in session.execute(query)}


def _heard(now: datetime) -> ColumnElement[int]:
    return func.count().filter(TerminalState.last_seen >= now - LATE_UNTIL)


def add(windows: Tally | None, terminals: Lights | None) -> Tally:
    """One tally of windows and terminals."""
    w, t = windows or Tally(), terminals or Lights()
    return Tally(w.projects, w.people, w.due, w.met, w.open, t.terminals, t.online, t.terminals - t.online)


def total(parts: Iterable[Tally]) -> Tally:
    """The sum of disjoint tallies."""
    figures = [(p.projects, p.people, p.due, p.met, p.open, p.terminals, p.online, p.offline) for p in parts]
    return Tally(*(sum(column) for column in zip(*figures, strict=True)))
