"""Where every query starts: the part of the province that the viewer's scope holds."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, false, or_, select, true
from sqlalchemy.orm import Session

from models.places import Project
from models.rules.scope import Refused, Role, Scope
from models.terminals import Service, Terminal
from models.units import Engagement


def projects(scope: Scope) -> ColumnElement[bool]:
    """Condition on Project: it lies in the territory."""
    condition: ColumnElement[bool] = Project.area.startswith(scope.area_prefix)
    if scope.kind is not None:
        condition &= Project.kind == scope.kind
    if scope.unit is not None:
        mine = select(Engagement.project_id).where(Engagement.unit_id == scope.unit)
        if scope.role is Role.OWNER:
            mine = mine.where(Engagement.kind == "owner")
        condition &= Project.id.in_(mine)
    return condition


def engagements(scope: Scope) -> ColumnElement[bool]:
    """Condition on Engagement joined with Project: an owner sees all units of its projects, a unit only itself."""
    if scope.unit is not None and scope.role is not Role.OWNER:
        return projects(scope) & (Engagement.unit_id == scope.unit)
    return projects(scope)


def terminals(scope: Scope) -> ColumnElement[bool]:
    """Condition on Terminal: admitted ones of the territory's projects or of the viewer's own unit."""
    if scope.whole:
        return true()
    serving = select(Service.terminal_id).join(Project, Project.id == Service.project_id).where(projects(scope))
    own = Terminal.unit_id == scope.unit if scope.unit is not None else false()
    return or_(Terminal.id.in_(serving), own)


def need_project(session: Session, scope: Scope, project: int) -> None:
    """Raise Refused unless the project lies in the territory. A missing project is refused alike: nothing leaks."""
    if not session.scalar(select(exists().where(Project.id == project, projects(scope)))):
        raise Refused(f"project {project} is not in this account's territory")
