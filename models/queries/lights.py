"""Terminals on line and off line, by area and by project, and which of them need a hand first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import bindparam, false, func, or_, select
from sqlalchemy.orm import Session

from models.base import AnySelect
from models.queries import territory
from models.queries.rows import Lights
from models.rules.presence import CLOCK_WRONG_MS, LATE_UNTIL
from models.rules.scope import Permission, Scope
from models.terminals import Service, Terminal, TerminalState

DAY = timedelta(days=1)


class Watched(NamedTuple):
    """Terminals under an area prefix."""

    areas: dict[str, Lights]  # by leading digits of the area
    troubled: list[int]  # off line, longest first, then those with a wrong clock; the first few


def watched(session: Session, scope: Scope, now: datetime, prefix: str, digits: int, few: int = 0) -> Watched:
    """Admitted terminals: how many, those heard of within ten minutes, those silent for a day; and the `few` worst."""
    scope.need(Permission.SEE_MAP)
    keys = {"heard": now - LATE_UNTIL, "day": now - DAY, "prefix": prefix + "%", "few": few}
    rows = session.connection().execute(_watched(scope, digits), keys).all()
    return Watched({area: Lights(*counted) for area, *counted, _ in rows}, list(rows[0][-1]) if rows else [])


@lru_cache(maxsize=512)  # to write a statement costs more than to run it
def _watched(scope: Scope, digits: int) -> AnySelect:
    last = TerminalState.last_seen
    silent, wrong = last < bindparam("heard"), func.abs(TerminalState.skew_ms) > CLOCK_WRONG_MS
    here = (
        select(Terminal.id, Terminal.serial, func.left(Terminal.area, digits).label("area"), last)
        .add_columns(func.coalesce(silent, True).label("silent"), func.coalesce(wrong, false()).label("wrong"))
        .outerjoin(TerminalState, TerminalState.terminal_id == Terminal.id)
        .where(territory.terminals(scope), Terminal.admitted.is_not(None), Terminal.disabled.is_(None))
        .where(Terminal.area.like(bindparam("prefix")))
        .cte("here")
        .prefix_with("materialized")  # read twice, made once
    )
    c = here.c
    troubled = select(c.id).where(or_(c.silent, c.wrong)).order_by(c.silent.desc(), c.last_seen, c.serial)
    online, gone = func.count().filter(~c.silent), func.count().filter(c.last_seen < bindparam("day"))
    few = func.array(troubled.limit(bindparam("few")).scalar_subquery())
    return select(c.area, func.count(), online, gone, few).group_by(c.area)


def by_project(session: Session, scope: Scope, now: datetime, projects: Iterable[int]) -> dict[int, Lights]:
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
