"""Numbers on terminals that mean nobody: who punched with one is not known until somebody says who it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from models.base import AnySelect
from models.people import Appointment, Person, Post
from models.places import Area, Project
from models.queries import territory
from models.rules.scope import Permission, Scope
from models.terminals import Service, Terminal
from models.units import Engagement, Unit

SPAN = timedelta(days=90)
AHEAD = timedelta(days=1)  # clocks that are ahead; what is further ahead never counts
MOST = 2000  # numbers shown, those with the most records first
FEW = 20  # people that a search finds
# Reads the readings of the span once, from ix_reading_terminal alone, and no punch: a badge that covers the device
# time is all that is asked. Of 1.5 million readings in 90 days 0.9 s for the province, 0.05 s for 30 terminals.
UNRESOLVED = (
    "select r.terminal_id, r.number, count(*), min(r.at), max(r.at) from reading r "
    "where r.at >= :since and r.at < :until and r.terminal_id = any(:terminals) and r.number <> '' "
    "and (cast(:number as text) is null or r.number = :number) "
    "and not exists (select from badge b where b.number = r.number and b.during @> r.at "
    "and (b.terminal_id is null or b.terminal_id = r.terminal_id)) "
    "group by 1, 2 order by 3 desc, 1, 2 limit :most"
)


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A number on an admitted terminal that means nobody, and the projects of the territory that it serves."""

    terminal: int
    serial: str
    area: str
    county: str
    place: str
    number: str
    readings: int
    first: datetime
    last: datetime
    projects: tuple[tuple[int, str], ...]


class Candidate(NamedTuple):
    """A person whom a number may mean."""

    person: int
    name: str
    unit: str
    post: str
    project: str


def unresolved(
    session: Session, scope: Scope, now: datetime, *, terminal: int | None = None, number: str | None = None
) -> tuple[Unresolved, ...]:
    """Numbers of the last 90 days that no badge maps at their device time, of the territory or of one terminal."""
    scope.need(Permission.KEEP_REGISTER)
    known = _terminals(session, scope, terminal)
    keys = {"since": now - SPAN, "until": now + AHEAD, "terminals": list(known), "number": number, "most": MOST}
    rows = session.execute(text(UNRESOLVED), keys).all() if known else []
    served = _projects(session, scope, [row[0] for row in rows])
    return tuple(
        Unresolved(at, *known[at], told, readings, first, last, tuple(served.get(at, ())))
        for at, told, readings, first, last in rows
    )


def _terminals(session: Session, scope: Scope, terminal: int | None) -> dict[int, tuple[str, str, str, str]]:
    """Admitted terminals of the territory: serial, area, county, place."""
    query = (
        select(Terminal.id, Terminal.serial, Terminal.area, Area.name, Terminal.place)
        .outerjoin(Area, Area.code == Terminal.area)
        .where(territory.terminals(scope), Terminal.admitted.is_not(None))
    )
    if terminal is not None:
        query = query.where(Terminal.id == terminal)
    return {row[0]: (row[1], row[2] or "", row[3] or "", row[4]) for row in session.execute(query)}


def _projects(session: Session, scope: Scope, terminals: list[int]) -> dict[int, list[tuple[int, str]]]:
    query = (
        select(Service.terminal_id, Project.id, Project.name)
        .join(Project, Project.id == Service.project_id)
        .where(Service.terminal_id.in_(set(terminals)), territory.projects(scope))
        .order_by(Project.name)
        .distinct()
    )
    found: dict[int, list[tuple[int, str]]] = {}
    for terminal, project, name in session.execute(query):
        found.setdefault(terminal, []).append((project, name))
    return found


def candidates(session: Session, scope: Scope, terminal: int, words: str) -> tuple[Candidate, ...]:
    """People of the territory with a post in a project that the terminal serves, by name; the first few."""
    query = _people(scope, terminal).order_by(Person.name, Person.id).limit(FEW)
    for word in words.split():
        query = query.where(Person.name.contains(word, autoescape=True))
    return tuple(Candidate(*row) for row in session.execute(query))


def candidate(session: Session, scope: Scope, terminal: int, person: int) -> Candidate | None:
    """One of them; None of anybody else."""
    row = session.execute(_people(scope, terminal).where(Person.id == person)).one_or_none()
    return Candidate(*row) if row else None


def _people(scope: Scope, terminal: int) -> AnySelect:
    scope.need(Permission.KEEP_REGISTER)
    scope.need(Permission.SEE_PEOPLE)
    return (
        select(Person.id, Person.name, Unit.name, Post.name, Project.name)
        .join(Appointment, Appointment.person_id == Person.id)
        .join(Engagement, Engagement.id == Appointment.engagement_id)
        .join(Unit, Unit.id == Engagement.unit_id)
        .join(Post, (Post.code == Appointment.post) & (Post.kind == Appointment.kind))
        .join(Project, Project.id == Engagement.project_id)
        .join(Service, Service.project_id == Project.id)
        .where(Service.terminal_id == terminal, territory.engagements(scope))
        .ext(distinct_on(Person.name, Person.id))
    )
