"""Where every query starts: the part of the province that the viewer's scope holds."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, false, or_, select, true
from sqlalchemy.orm import Session

from models.people import Appointment
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


def partial(scope: Scope) -> bool:
    """Does the viewer see a part of each project only: a contractor, supervisor or laboratory its own people?"""
    return scope.unit is not None and scope.role is not Role.OWNER


def engagements(scope: Scope) -> ColumnElement[bool]:
    """Condition on Engagement joined with Project: an owner sees all units of its projects, a unit only itself."""
    if partial(scope):
        return projects(scope) & (Engagement.unit_id == scope.unit)
    return projects(scope)


def terminals(scope: Scope) -> ColumnElement[bool]:
    """Condition on Terminal: admitted ones of the territory's projects or of the viewer's own unit."""
    if scope.whole:
        return true()
    serving = select(Service.terminal_id).join(Project, Project.id == Service.project_id).where(projects(scope))
    own = Terminal.unit_id == scope.unit if scope.unit is not None else false()
    return or_(Terminal.id.in_(serving), own)


def need_engagement(session: Session, scope: Scope, engagement: int) -> None:
    """Raise Refused unless the engagement lies in the territory: a unit keeps its own people only."""
    query = select(Engagement.id).join(Project, Project.id == Engagement.project_id)
    if session.scalar(query.where(Engagement.id == engagement, engagements(scope))) is None:
        raise Refused(f"engagement {engagement} is not in this account's territory")


def need_person(session: Session, scope: Scope, person: int) -> None:
    """Raise Refused unless the person holds or held a post in the territory."""
    query = (
        select(Appointment.id)
        .join(Engagement, Engagement.id == Appointment.engagement_id)
        .join(Project, Project.id == Engagement.project_id)
        .where(Appointment.person_id == person, engagements(scope))
    )
    if not scope.whole and session.scalar(query.limit(1)) is None:
        raise Refused(f"person {person} holds no post in this account's territory")


def need_terminal(session: Session, scope: Scope, terminal: int) -> None:
    """Raise Refused unless the terminal stands in the territory or serves it."""
    here = Terminal.area.startswith(scope.area_prefix) if scope.unit is None else false()
    if not session.scalar(select(exists().where(Terminal.id == terminal, or_(terminals(scope), here)))):
        raise Refused(f"terminal {terminal} is not in this account's territory")


def need_whole_project(session: Session, scope: Scope, project: int) -> None:
    """Raise Refused unless the whole project is the account's to keep: a unit engaged in it keeps its own part only."""
    need_project(session, scope, project)
    if partial(scope):
        raise Refused("sections and engagements of a project are kept by its owner or the province")


def need_project(session: Session, scope: Scope, project: int) -> None:
    """Raise Refused unless the project lies in the territory. A missing project is refused alike: nothing leaks."""
    if not session.scalar(select(exists().where(Project.id == project, projects(scope)))):
        raise Refused(f"project {project} is not in this account's territory")
