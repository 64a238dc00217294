"""Approved absences and their counter-decisions: the only way duty changes after an appointment."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import Range

from models.acts import events, people, windows
from models.acts.situations import span
from models.database import At, exclusive, transaction
from models.people import Appointment
from models.queries.territory import need_person, need_project
from models.requests import Absence
from models.rules.instants import day_end, day_start
from models.rules.scope import Permission, Scope
from models.units import Engagement


def approve_leave(scope: Scope, person: int, first: date, last: date, reason: str) -> int:
    """Approve a person's leave of whole days, inclusive; the windows it touches follow in every project."""
    scope.need(Permission.APPROVE)
    with transaction() as at:
        need_person(at.session, scope, person)
        people.hold(at, person)
        projects = _projects_of(at, person, day_start(first), day_end(last))
        for project in projects:
            need_project(at.session, scope, project)
        exclusive(at.session, *projects)
        absence = Absence(kind="leave", person_id=person, **_decision(at, scope, first, last, reason))
        return _apply(at, scope, absence, projects, person)


def approve_halt(
    scope: Scope,
    kind: str,
    project: int,
    first: date,
    last: date,
    reason: str,
    *,
    section: int | None = None,
    engagement: int | None = None,
) -> int:
    """Approve a stoppage (of a project, section or engagement), a pause or a terminal fault, whole days inclusive."""
    scope.need(Permission.APPROVE)
    with transaction() as at:
        need_project(at.session, scope, project)
        exclusive(at.session, project)
        absence = Absence(
            kind=kind,
            project_id=project,
            section_id=section,
            engagement_id=engagement,
            **_decision(at, scope, first, last, reason),
        )
        return _apply(at, scope, absence, [project], None)


def revoke(scope: Scope, absence: int) -> None:
    """Reverse an approval by a counter-decision; the row stays and duty is what it was without it."""
    scope.need(Permission.APPROVE)
    with transaction() as at:
        row = at.session.get_one(Absence, absence)
        if row.person_id is not None:
            need_person(at.session, scope, row.person_id)
            people.hold(at, row.person_id)
        projects = [row.project_id] if row.project_id else _projects_of(at, row.person_id or 0, *span(row.during))
        for project in projects:
            need_project(at.session, scope, project)
        exclusive(at.session, *projects)
        at.session.refresh(row, with_for_update=True)
        if row.revoked is None:
            row.revoked = at.now
            at.session.flush()
            _recount(at, projects, row.person_id)
            events.record(at, scope, "revoke absence", absence=absence)


def _decision(at: At, scope: Scope, first: date, last: date, reason: str) -> dict[str, object]:
    return {
        "during": Range(day_start(first), day_end(last)),
        "reason": reason,
        "approved": at.now,
        "approved_by": scope.account,
    }


def _apply(at: At, scope: Scope, absence: Absence, projects: list[int], person: int | None) -> int:
    at.session.add(absence)
    at.session.flush()
    _recount(at, projects, person)
    events.record(at, scope, f"approve {absence.kind}", absence=absence.id, person=person, projects=projects)
    return absence.id


def _recount(at: At, projects: list[int], person: int | None) -> None:
    for project in projects:
        windows.recount(at, project, None if person is None else _pairs(at, project, person))


def _pairs(at: At, project: int, person: int) -> list[tuple[int, int]]:
    query = (
        select(Appointment.engagement_id)
        .join(Engagement, Engagement.id == Appointment.engagement_id)
        .where(Engagement.project_id == project, Appointment.person_id == person)
        .distinct()
    )
    return [(engagement, person) for engagement in at.session.scalars(query)]


def _projects_of(at: At, person: int, begin: datetime, end: datetime) -> list[int]:
    """Projects in which a person holds a post at some time of [begin, end), ascending."""
    query = text(
        "select distinct e.project_id from appointment a join engagement e on e.id = a.engagement_id "
        "where a.person_id = :person and a.during && tstzrange(:begin, :end) order by 1"
    )
    return list(at.session.scalars(query, {"person": person, "begin": begin, "end": end}))
