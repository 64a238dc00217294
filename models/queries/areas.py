"""Windows of two spans of time by area, and the projects with the worst attendance, in one reading of the tallies."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, Float, Integer, String, bindparam, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from models.base import AnySelect
from models.places import Area, Project
from models.queries import tallies, territory
from models.rules import parameters
from models.rules.instants import day_of
from models.rules.scope import Permission, Scope
from models.tallies import EngagementTally, ProjectTally

WEAK = 0.9  # attendance under which a project is told


class Standing(NamedTuple):
    """An area (or a project) with its closed windows of a span of time, and of the span before."""

    code: str  # of the area; the project's id
    name: str
    projects: int
    people: int
    due: int
    met: int
    due_before: int
    met_before: int


class Standings(NamedTuple):
    """The areas in the order of their codes, and the weakest projects, worst first."""

    areas: list[Standing]
    weak: list[Standing]


def standings(
    session: Session, scope: Scope, prefix: str, level: str, span: timedelta, as_of: datetime, few: int
) -> Standings:
    """Prefectures (four digits) or counties (six) under a prefix; of the projects the `few` weakest under 90 %."""
    scope.need(Permission.SEE_MAP)
    newest = as_of - parameters.law().window_length(day_of(as_of))
    keys: dict[str, Any] = {"as_of": as_of, "newest": newest, "middle": as_of - span, "since": as_of - 2 * span}
    keys |= {"prefix": prefix + "%", "level": level, "few": few, "weak": WEAK}
    rows = session.connection().execute(_standings(scope, 4 if level == "prefecture" else 6), keys).all()
    found: tuple[list[Standing], list[Standing]] = ([], [])
    for weak, *standing in rows:
        found[weak].append(Standing._make(standing))
    return Standings(sorted(found[0]), sorted(found[1], key=lambda p: (p.met / p.due, p.name)))


@lru_cache(maxsize=512)  # to write a statement costs more than to run it
def _standings(scope: Scope, digits: int) -> AnySelect:
    each = _projects(scope)
    c, within = each.c, func.left(each.c.area, digits) == func.left(Area.code, digits)
    sums = (cast(func.coalesce(func.sum(c[name]), 0), Integer) for name in COUNTS)  # of bigint it would be a numeric
    areas = select(literal(0), Area.code, Area.name, func.count(c.id), *sums).outerjoin(each, within)
    areas = areas.where(Area.level == bindparam("level"), Area.code.like(bindparam("prefix")))
    rate = cast(c.met, Float) / func.nullif(c.due, 0)
    weak = select(literal(1), cast(c.id, String), c.name, literal(1), *(c[name] for name in COUNTS))
    weak = weak.where(rate < bindparam("weak")).order_by(rate, c.name).limit(bindparam("few"))
    return select(union_all(areas.group_by(Area.code, Area.name), weak.subquery().select()).subquery())


COUNTS = ("people", "due", "met", "due_before", "met_before")


def _projects(scope: Scope) -> CTE:
    """Every project of the territory under the prefix."""
    table = EngagementTally if territory.partial(scope) else ProjectTally
    total = partial(func.sum, type_=Integer)
    late, newest = table.ends > bindparam("middle"), table.ends > bindparam("newest")
    due, met = total(table.due).filter(late), total(table.met).filter(late)
    columns = (total(table.people).filter(newest), due, met, total(table.due), total(table.met))
    names = ("people", "due", "met", "due_ever", "met_ever")
    counted = select(table.project_id, *(c.label(name) for c, name in zip(columns, names, strict=True)))
    counted = counted.where(table.ends > bindparam("since"), table.ends <= bindparam("as_of"))
    sums = tallies.within(counted.group_by(table.project_id), table, scope).subquery()
    known: dict[str, ColumnElement[int]] = {name: func.coalesce(sums.c[name], 0) for name in names}
    known |= {f"{name}_before": known[f"{name}_ever"] - known[name] for name in ("due", "met")}
    query = select(Project.id, Project.name, Project.area, *(known[name].label(name) for name in COUNTS))
    query = query.outerjoin(sums, sums.c.project_id == Project.id)
    query = query.where(territory.projects(scope), Project.area.like(bindparam("prefix")))
    return query.cte("each").prefix_with("materialized")  # read twice, made once
