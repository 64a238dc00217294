"""Entering people, appointing them to posts, issuing the numbers that mean them on terminals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from models import keys
from models.acts import attendance, events, windows
from models.acts.units import BadCode
from models.database import REGISTERS, At, exclusive, transaction
from models.people import Appointment, Badge, Person
from models.places import Project
from models.queries.territory import engagements, need_engagement, need_person, need_terminal
from models.rules.identity import valid_id_number
from models.rules.instants import day_end, day_of, day_start
from models.rules.scope import Permission, Refused, Role, Scope
from models.units import Engagement

FIRST_NUMBER = 10_000_001
ALWAYS = datetime(2018, 1, 1, tzinfo=day_start(date(2018, 1, 1)).tzinfo)


def enter_person(scope: Scope, name: str, id_number: str, phone: str | None = None) -> int:
    """Enter a person with a province number for life. BadCode when the identity number is wrong."""
    scope.need(Permission.KEEP_REGISTER)
    with transaction() as at:
        person = _person(at, name, id_number, phone)
        exclusive(at.session, REGISTERS)  # before the first write, as in intake: one order of locks everywhere
        _number(at, [person])
        events.record(at, scope, "enter person", person=person.id)
        return person.id


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a unit's form (附1 表1-1, 1-2, 1-3): who, in which post, from which day to which (inclusive)."""

    name: str
    id_number: str
    post: str
    start: date
    until: date | None = None
    phone: str | None = None


class Entered(NamedTuple):
    """What a line of a form became."""

    person: int
    number: str
    appointment: int


def enter_form(scope: Scope, engagement: int, lines: Sequence[Line]) -> list[Entered]:
    """Enter the new people of a unit's form and appoint them: all or, on a BadCode that names its line, none."""
    scope.need(Permission.KEEP_REGISTER)
    with transaction() as at:
        need_engagement(at.session, scope, engagement)
        row = at.session.get_one(Engagement, engagement)
        persons = [_person(at, l.name, l.id_number, l.phone, f"line {k}: ") for k, l in enumerate(lines, 1)]
        exclusive(at.session, REGISTERS, row.project_id)  # nobody else knows these people: no lock of theirs is needed
        numbers = _number(at, persons)
        made = [_appointment(at, row, p.id, l.post, l.start, l.until) for p, l in zip(persons, lines, strict=True)]
        at.session.add_all(made)
        at.session.flush()
        windows.recount(at, row.project_id, [(engagement, person.id) for person in persons])
        events.record(at, scope, "enter form", engagement=engagement, people=[person.id for person in persons])
        return [Entered(a.person_id, number, a.id) for a, number in zip(made, numbers, strict=True)]


def _person(at: At, name: str, id_number: str, phone: str | None, where: str = "") -> Person:
    if not valid_id_number(id_number, day_of(at.now)):
        raise BadCode(f"{where}the identity number fails its check: compare it with the original card")
    ring = keys.current()
    return Person(
        name=name,
        id_number=ring.seal(id_number.encode(), about=b"person.id_number"),
        id_index=ring.blind(id_number),
        phone=ring.seal(phone.encode(), about=b"person.phone") if phone else None,
        entered=at.now,
    )


def _number(at: At, persons: Sequence[Person]) -> list[str]:
    """Write new people and give each the next number. The register lock is held, so none is given twice."""
    at.session.add_all(persons)
    at.session.flush()
    first = int(_next_number(at.session))
    numbers = [str(first + k) for k in range(len(persons))]
    at.session.add_all(
        Badge(number=number, person_id=person.id, during=Range(ALWAYS, None))
        for person, number in zip(persons, numbers, strict=True)
    )
    return numbers


def _appointment(
    at: At, engagement: Engagement, person: int, post: str, start: date, until: date | None
) -> Appointment:
    return Appointment(
        engagement_id=engagement.id,
        kind=engagement.kind,
        person_id=person,
        post=post,
        during=Range(day_start(start), day_end(until) if until else None),
        entered=at.now,
    )


def _next_number(session: Session) -> str:
    """The next free 8-digit number (the register lock is held, so none is given twice)."""
    taken = session.scalar(select(func.max(Badge.number)).where(Badge.terminal_id.is_(None)))
    return str(int(taken) + 1 if taken else FIRST_NUMBER)


class Taken(ValueError):
    """A number means somebody on this terminal at that time already."""


def map_number(scope: Scope, person: int, number: str, terminal: int, since: date) -> int:
    """Say that a foreign number means this person on this terminal from a day on; its held readings are released."""
    return map_released(scope, person, number, terminal, since)[0]


def map_released(scope: Scope, person: int, number: str, terminal: int, since: date) -> tuple[int, int]:
    """The same; returns the badge and how many held readings became punches.

    It holds until the day from which the number means somebody else there; Taken when it does on `since` already.
    """
    scope.need(Permission.KEEP_REGISTER)
    if not (0 < len(number) <= 64 and "\0" not in number):
        raise BadCode("a number has 1 to 64 characters")
    with transaction() as at:
        if not day_of(ALWAYS) <= since <= day_of(at.now):
            raise BadCode("a number means somebody from a day on that lies between 2018-01-01 and today")
        need_terminal(at.session, scope, terminal)
        need_person(at.session, scope, person)
        exclusive(at.session, REGISTERS)
        _need_post(at, scope, person, terminal)
        exclusive(at.session, *attendance.served(at.session, [terminal]))
        during = _free(at, number, terminal, day_start(since))
        badge = Badge(number=number, person_id=person, terminal_id=terminal, during=during)
        at.session.add(badge)
        at.session.flush()
        released = attendance.release(at, [terminal], number)
        events.record(at, scope, "map number", person=person, terminal=terminal, badge=badge.id, released=released)
        return badge.id, released


def _need_post(at: At, scope: Scope, person: int, terminal: int) -> None:
    """Raise Refused unless the person holds or held a post in the territory in a project that the terminal serves."""
    query = (
        select(Appointment.id)
        .join(Engagement, Engagement.id == Appointment.engagement_id)
        .join(Project, Project.id == Engagement.project_id)
        .where(Appointment.person_id == person, engagements(scope))
        .where(Project.id.in_(attendance.served(at.session, [terminal])))
    )
    if scope.role is not Role.PROCESS and at.session.scalar(query.limit(1)) is None:
        raise Refused(f"person {person} holds no post in a project that terminal {terminal} serves")


def _free(at: At, number: str, terminal: int, begin: datetime) -> Range[datetime]:
    """From an instant until the number means somebody else on the terminal, for ever if it never does."""
    query = text(
        "select lower(during), during @> cast(:begin as timestamptz) from badge "
        "where number = :number and terminal_id = :terminal and not (during << tstzrange(:begin, null)) order by 1"
    )
    later = at.session.execute(query, {"number": number, "terminal": terminal, "begin": begin}).all()
    if any(covers for _, covers in later):
        raise Taken(f"{number} means somebody on terminal {terminal} on that day already")
    return Range(begin, later[0][0] if later else None)


def hold(at: At, person: int) -> None:
    """Let appointments and leaves of a person follow one another: taken before the projects' locks.

    A leave reaches every project where its person is appointed, an appointment every leave: neither may miss the other.
    Not a lock that recording punches of the person waits for.
    """
    at.session.execute(select(Person.id).where(Person.id == person).with_for_update(key_share=True))


def appoint(scope: Scope, engagement: int, person: int, post: str, start: date, until: date | None = None) -> int:
    """Appoint a person to a post from 00:00 of `start` to 24:00 of `until`; windows follow at once."""
    scope.need(Permission.KEEP_REGISTER)
    with transaction() as at:
        need_engagement(at.session, scope, engagement)
        row = at.session.get_one(Engagement, engagement)
        hold(at, person)
        exclusive(at.session, row.project_id)
        appointment = _appointment(at, row, person, post, start, until)
        at.session.add(appointment)
        at.session.flush()
        windows.recount(at, row.project_id, [(engagement, person)])
        events.record(at, scope, "appoint", appointment=appointment.id, person=person, engagement=engagement)
        return appointment.id


def end_appointment(scope: Scope, appointment: int, last: date) -> None:
    """End an appointment at 24:00 of its last day: an approved withdrawal or replacement, never the unit's own word."""
    scope.need(Permission.APPROVE)
    with transaction() as at:
        row = at.session.get_one(Appointment, appointment)
        need_engagement(at.session, scope, row.engagement_id)
        project = at.session.get_one(Engagement, row.engagement_id).project_id
        hold(at, row.person_id)  # a later end may reach into a leave that is being approved
        exclusive(at.session, project)
        at.session.refresh(row)
        row.during = Range(row.during.lower, day_end(last))
        at.session.flush()
        windows.recount(at, project, [(row.engagement_id, row.person_id)])
        events.record(at, scope, "end appointment", appointment=appointment)
