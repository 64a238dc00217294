"""Lines of the territory's units that are in use, and when their contracts end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from models.lines import Line
from models.places import Project
from models.queries import territory
from models.rules.instants import day_of
from models.rules.scope import Permission, Scope
from models.units import Engagement, Unit


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line in use. `project` is empty of one that serves all; `left`: days until its contract ends."""

    id: int
    unit: int
    unit_name: str
    project: str
    operator: str
    bandwidth_mbps: int
    contract_end: date
    left: int
    note: str
    since: date


def listing(session: Session, scope: Scope, now: datetime) -> tuple[LineRow, ...]:
    """A unit's own lines; for who keeps terminals those of all units of the territory. First what ends first."""
    scope.need(Permission.REGISTER_TERMINALS)
    query = (
        select(Line, Unit.name, Project.name, func.lower(Line.during))
        .join(Unit, Unit.id == Line.unit_id)
        .outerjoin(Project, Project.id == Line.project_id)
        .where(func.upper_inf(Line.during))
        .order_by(Line.contract_end, Line.id)
    )
    if scope.unit is not None:
        query = query.where(Line.unit_id == scope.unit)
    elif not scope.whole:
        works = select(Engagement.id).join(Project, Project.id == Engagement.project_id)
        query = query.where(exists(works.where(Engagement.unit_id == Line.unit_id, territory.projects(scope))))
    today = day_of(now)
    return tuple(
        LineRow(
            line.id, line.unit_id, unit, project or "", line.operator, line.bandwidth_mbps, line.contract_end,
            (line.contract_end - today).days, line.note, day_of(since),
        )
        for line, unit, project, since in session.execute(query)
    )  # fmt: skip
