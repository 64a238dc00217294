"""Counting windows and terminals over a territory, grouped as asked. The states' SQL twin stands here, once."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select, text
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from models.attendance import AttendanceWindow as W
from models.places import Project
from models.queries import territory
from models.queries.rows import Tally
from models.rules.presence import LATE_UNTIL
from models.rules.scope import Permission, Scope
from models.rules.windows import LEAST_MS
from models.terminals import Terminal, TerminalState
from models.units import Engagement


def owed() -> ColumnElement[bool]:
    """The window asked for a punch: neither `not due` nor `excused` (rules.windows.state, first two steps)."""
    return and_(W.post_ms >= LEAST_MS, W.duty_ms >= LEAST_MS)


def missed(as_of: datetime) -> ColumnElement[bool]:
    """State `missed` at an instant."""
    return and_(owed(), W.punches == 0, W.ends <= as_of)


def windows(
    session: Session, scope: Scope, since: datetime, until: datetime, as_of: datetime, key: ColumnElement[Any]
) -> dict[Any, Tally]:
    """Windows that end in (since, until], by a key: closed ones as due and met, running ones as open."""
    closed = W.ends <= as_of
    query = (
        select(
            key,
            func.count(Project.id.distinct()),
            func.count(W.person_id.distinct()),
            func.count().filter(owed(), closed),
            func.count().filter(owed(), closed, W.punches > 0),
            func.count().filter(owed(), ~closed),
        )
        .select_from(W)
        .join(Engagement, Engagement.id == W.engagement_id)
        .join(Project, Project.id == W.project_id)
        .where(territory.engagements(scope), W.ends > since, W.ends <= until)
        .group_by(key)
    )
    return {row[0]: Tally(row[1], row[2], row[3], row[4], row[5]) for row in session.execute(query)}


def lights(session: Session, scope: Scope, now: datetime, digits: int) -> dict[str, tuple[int, int]]:
    """Admitted terminals and those heard of within ten minutes, by the leading digits of their area code."""
    scope.need(Permission.SEE_MAP)
    key = func.left(Terminal.area, digits)
    query = (
        select(key, func.count(), func.count().filter(TerminalState.last_seen >= now - LATE_UNTIL))
        .select_from(Terminal)
        .outerjoin(TerminalState, TerminalState.terminal_id == Terminal.id)
        .where(territory.terminals(scope), Terminal.admitted.is_not(None), Terminal.disabled.is_(None))
        .group_by(key)
    )
    return {area: (total, online) for area, total, online in session.execute(query) if area}


def lights_by_project(session: Session, scope: Scope, now: datetime) -> dict[int, tuple[int, int]]:
    """Admitted terminals and those heard of within ten minutes, by project served now."""
    scope.need(Permission.SEE_MAP)
    query = text(
        "select s.project_id, count(distinct t.id), count(distinct t.id) filter (where st.last_seen >= :since) "
        "from service s join terminal t on t.id = s.terminal_id and t.admitted is not null and t.disabled is null "
        "left join terminal_state st on st.terminal_id = t.id where s.during @> cast(:now as timestamptz) group by 1"
    )
    found: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for project, total, online in session.execute(query, {"since": now - LATE_UNTIL, "now": now}):
        found[project] = (total, online)
    return found


def add(windows_: Tally | None, terminals: tuple[int, int]) -> Tally:
    """One tally of windows and terminals."""
    w, (total, online) = windows_ or Tally(), terminals
    return Tally(w.projects, w.people, w.due, w.met, w.open, total, online, total - online)


def total(parts: list[Tally]) -> Tally:
    """The sum of disjoint tallies."""
    names = ("projects", "people", "due", "met", "open", "terminals", "online", "offline")
    return Tally(*(sum(getattr(part, name) for part in parts) for name in names))
