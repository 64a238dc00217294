"""Terminals on line and off line, by area and by project, and which of them need a hand first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import CTE, bindparam, false, func, null, or_, select, union_all
from sqlalchemy.orm import Session

from models.base import AnySelect
from models.places import Area, Project
from models.queries import territory
from models.queries.rows import Lights
from models.rules.presence import CLOCK_WRONG_MS, LATE_UNTIL
from models.rules.scope import Permission, Scope
from models.terminals import Service, Terminal, TerminalState

DAY = timedelta(days=1)


class Troubled(NamedTuple):
    """A terminal that needs a hand."""

    id: int
    serial: str
    brand: str
    place: str
    county: str
    last_seen: datetime | None
    silent: bool  # off line; else its clock is wrong


class Watched(NamedTuple):
    """Terminals under an area prefix."""

    areas: dict[str, Lights]  # by leading digits of the area
    troubled: list[Troubled]  # off line, longest first, then those with a wrong clock; the first few


def watched(session: Session, scope: Scope, now: datetime, prefix: str, digits: int, few: int = 0) -> Watched:
    """Admitted terminals: how many, those heard of within ten minutes, those silent for a day; and the `few` worst."""
    scope.need(Permission.SEE_MAP)
    keys = {"heard": now - LATE_UNTIL, "day": now - DAY, "prefix": prefix + "%", "few": few}
    areas: dict[str, Lights] = {}
    troubled: list[Troubled] = []
    for area, terminals, online, gone, *one in session.connection().execute(_watched(scope, digits), keys):
        if area is None:
            troubled.append(Troubled._make(one))
        else:
            areas[area] = Lights(terminals, online, gone)
    return Watched(areas, sorted(troubled, key=_longest_first))


def _longest_first(at: Troubled) -> tuple[bool, bool, float, str]:
    return not at.silent, at.last_seen is None, at.last_seen.timestamp() if at.last_seen else 0.0, at.serial


@lru_cache(maxsize=512)  # to write a statement costs more than to run it
def _watched(scope: Scope, digits: int) -> AnySelect:
    here = _here(scope, digits)
    c = here.c
    online, gone = func.count().filter(~c.silent), func.count().filter(c.last_seen < bindparam("day"))
    blank = (null().label(name) for name in Troubled._fields)
    areas = select(c.area, func.count().label("n"), online.label("online"), gone.label("gone"), *blank)
    worst = (c.silent.desc(), c.last_seen, c.serial)
    few = select(here).where(or_(c.silent, c.wrong)).order_by(*worst).limit(bindparam("few")).subquery().c
    one = (Terminal.id, Terminal.serial, Terminal.brand, Terminal.place, func.coalesce(Area.name, ""))
    troubled = (
        select(null(), null(), null(), null(), *one, few.last_seen, few.silent)
        .join(few.id.table, few.id == Terminal.id)
        .outerjoin(Area, Area.code == Terminal.area)
    )
    return select(union_all(areas.group_by(c.area), troubled).subquery())


def _here(scope: Scope, digits: int) -> CTE:
    """Terminals of the territory under the prefix with their light."""
    last = TerminalState.last_seen
    silent, wrong = last < bindparam("heard"), func.abs(TerminalState.skew_ms) > CLOCK_WRONG_MS
    return (
        select(Terminal.id, Terminal.serial, func.left(Terminal.area, digits).label("area"), last)
        .add_columns(func.coalesce(silent, True).label("silent"), func.coalesce(wrong, false()).label("wrong"))
        .outerjoin(TerminalState, TerminalState.terminal_id == Terminal.id)
        .where(territory.terminals(scope), Terminal.admitted.is_not(None), Terminal.disabled.is_(None))
        .where(Terminal.area.like(bindparam("prefix")))
        .cte("here")
        .prefix_with("materialized")  # read twice, made once
    )


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
        .join(Project, Project.id == Service.project_id)
        .where(Service.project_id.in_(projects), territory.projects(scope))
        .group_by(Service.project_id)
    )
    return {project: Lights(*counted) for project, *counted in session.execute(query)}
