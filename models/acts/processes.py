"""Marks and signs of life of the installation itself."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from models.acts import events
from models.database import transaction
from models.places import Project
from models.processes import Beat, Mark
from models.rules.scope import Permission, Refused, Scope


def mark(scope: Scope, kind: str) -> None:
    """Mark an empty database as demonstration or scratch, for good."""
    scope.need(Permission.ADMINISTER)
    with transaction() as at:
        if at.session.scalar(select(Project.id).limit(1)) is not None:
            raise Refused("a database with projects in it is real: it cannot become a demonstration")
        at.session.add(Mark(kind=kind, made=at.now))
        events.record(at, scope, "mark database", kind=kind)


def beat(process: str) -> None:
    """Say that a background process is alive."""
    with transaction() as at:
        statement = insert(Beat).values(process=process, at=at.now)
        at.session.execute(statement.on_conflict_do_update(index_elements=["process"], set_={"at": at.now}))
