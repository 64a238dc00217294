"""Terminals of the territory with their lights; one terminal's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, any_, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from models.base import AnyRow, AnySelect
from models.people import Appointment
from models.places import Area, Project
from models.queries import territory
from models.queries.rows import TerminalRow
from models.rules.presence import Light, light, period
from models.rules.scope import Permission, Scope
from models.terminals import Outage, Service, Terminal, TerminalState
from models.units import Engagement, Unit


@dataclass(frozen=True, slots=True)
class Record:
    """One reading on a terminal's page. `person` is empty when the number is not mapped."""

    at: datetime
    received: datetime
    number: str
    device_time: str
    person: str
    method: int


@dataclass(frozen=True, slots=True)
class Held:
    """A terminal that nobody has registered: what it said is held."""

    id: int
    protocol: str
    serial: str
    verified: bool
    first_seen: datetime | None
    last_seen: datetime | None
    readings: int


def _select(scope: Scope) -> AnySelect:
    return (
        select(
            *(Terminal.id, Terminal.serial, Terminal.brand, Terminal.model, Terminal.place, Terminal.area),
            *(Terminal.longitude, Terminal.latitude, Terminal.disabled, Terminal.protocol, Area.name.label("county")),
            *(Unit.name.label("unit"), TerminalState.last_seen, TerminalState.last_punch, TerminalState.skew_ms),
        )
        .select_from(Terminal)
        .outerjoin(TerminalState, TerminalState.terminal_id == Terminal.id)
        .outerjoin(Area, Area.code == Terminal.area)
        .outerjoin(Unit, Unit.id == Terminal.unit_id)
        .where(territory.terminals(scope), Terminal.admitted.is_not(None))
        .order_by(Terminal.serial)
    )


def listing(
    session: Session, scope: Scope, now: datetime, *, area: str | None = None, project: int | None = None
) -> tuple[TerminalRow, ...]:
    """Admitted terminals of the territory, of an area prefix or of one project."""
    scope.need(Permission.SEE_TERMINALS)
    query = _select(scope)
    if area:
        query = query.where(Terminal.area.startswith(area))
    if project is not None:
        serving = select(Service.terminal_id).where(Service.project_id == project)
        query = query.where(Terminal.id.in_(serving))
    rows = session.execute(query).all()
    projects = _projects(session, scope, [row.id for row in rows])
    return tuple(_row(row, now, projects) for row in rows)


def mixed(session: Session, scope: Scope) -> frozenset[str]:
    """Names of units with more than one brand or model in service (五(一), 附2: one brand and model a unit)."""
    scope.need(Permission.SEE_TERMINALS)
    kind = func.lower(func.trim(Terminal.brand)) + " " + func.lower(func.trim(Terminal.model))
    query = (
        select(Unit.name)
        .join(Terminal, Terminal.unit_id == Unit.id)
        .where(territory.terminals(scope), Terminal.admitted.is_not(None), Terminal.disabled.is_(None))
        .group_by(Unit.id)
        .having(func.count(func.distinct(kind)) > 1)
    )
    return frozenset(session.scalars(query))


def one(session: Session, scope: Scope, now: datetime, terminal: int) -> TerminalRow | None:
    """One admitted terminal, None when it is outside the territory or does not exist."""
    scope.need(Permission.SEE_TERMINALS)
    row = session.execute(_select(scope).where(Terminal.id == terminal)).one_or_none()
    return _row(row, now, _projects(session, scope, [terminal])) if row else None


def _projects(session: Session, scope: Scope, terminals: list[int]) -> dict[int, list[tuple[int, str]]]:
    query = (
        select(Service.terminal_id, Project.id, Project.name)
        .join(Project, Project.id == Service.project_id)
        .where(Service.terminal_id == any_(literal(terminals, ARRAY(BigInteger))), territory.projects(scope))
        .order_by(Project.name)
        .distinct()
    )
    found: dict[int, list[tuple[int, str]]] = {}
    for terminal, project, name in session.execute(query):
        found.setdefault(terminal, []).append((project, name))
    return found


def _row(row: AnyRow, now: datetime, projects: dict[int, list[tuple[int, str]]]) -> TerminalRow:
    return TerminalRow(
        id=row.id,
        serial=row.serial,
        brand=row.brand,
        model=row.model,
        place=row.place,
        area=row.area or "",
        county=row.county or "",
        unit=row.unit or "",
        longitude=row.longitude,
        latitude=row.latitude,
        light=Light.DISABLED if row.disabled else light(row.last_seen, now, period(row.protocol)),
        last_seen=row.last_seen,
        last_punch=row.last_punch,
        skew_ms=row.skew_ms,
        projects=tuple(projects.get(row.id, ())),
        protocol=row.protocol,
    )


def outages(
    session: Session, scope: Scope, terminal: int, since: datetime
) -> tuple[tuple[datetime, datetime | None], ...]:
    """Silences of a terminal that ended after an instant, oldest first; the end is None while it lasts."""
    scope.need(Permission.SEE_TERMINALS)
    query = (
        select(Outage.began, Outage.ended)
        .join(Terminal, Terminal.id == Outage.terminal_id)
        .where(territory.terminals(scope), Terminal.id == terminal)
        .where(func.coalesce(Outage.ended, text("'infinity'")) > since)
        .order_by(Outage.began)
    )
    return tuple((began, ended) for began, ended in session.execute(query))


def records(session: Session, scope: Scope, terminal: int, limit: int = 30) -> tuple[Record, ...]:
    """The newest readings of a terminal; names only for those who may see people, and only of their territory's."""
    scope.need(Permission.SEE_TERMINALS)
    if session.scalar(select(Terminal.id).where(territory.terminals(scope), Terminal.id == terminal)) is None:
        return ()
    query = text(
        "select r.at, r.received, r.number, r.device_time, coalesce(p.name, ''), r.method, p.id from reading r "
        "left join punch u on u.at = r.at and u.reading_id = r.id left join person p on p.id = u.person_id "
        "where r.terminal_id = :terminal order by r.received desc, r.id desc limit :limit"
    )
    rows = session.execute(query, {"terminal": terminal, "limit": limit}).all()
    known = known_people(session, scope, {row.id for row in rows})
    return tuple(
        Record(at, received, number, device_time, name if person in known else "***" if name else "", method)
        for at, received, number, device_time, name, method, person in rows
    )


def known_people(session: Session, scope: Scope, people: set[int | None]) -> set[int]:
    """Those of the people whose names the viewer may see: a terminal may serve other units and territories too."""
    if not scope.may(Permission.SEE_PEOPLE):
        return set()
    query = (
        select(Appointment.person_id)
        .join(Engagement, Engagement.id == Appointment.engagement_id)
        .join(Project, Project.id == Engagement.project_id)
        .where(territory.engagements(scope), Appointment.person_id.in_(people - {None}))
    )
    return set(session.scalars(query))


def held(session: Session, scope: Scope) -> tuple[Held, ...]:
    """Terminals that speak and are not registered, for those who keep terminals of the whole province."""
    scope.need(Permission.KEEP_TERMINALS)
    if not scope.whole:
        return ()
    query = text(
        "select t.id, t.protocol, t.serial, t.verified, t.first_seen, s.last_seen, "
        "(select count(*) from reading r where r.terminal_id = t.id) from terminal t "
        "left join terminal_state s on s.terminal_id = t.id where t.unit_id is null "
        "order by t.first_seen desc limit 200"
    )
    return tuple(Held(*row) for row in session.execute(query))


@dataclass(frozen=True, slots=True)
class Identity:
    """What the doors must know of a registered or once heard terminal."""

    id: int
    token_hash: bytes | None
    offset_minutes: int
    contacted: bool


def identities(session: Session, scope: Scope) -> dict[tuple[str, str], Identity]:
    """(protocol, serial) → identity of every terminal that needs no further proof or has shown it."""
    scope.need(Permission.KEEP_TERMINALS)
    query = (
        select(Terminal.protocol, Terminal.serial, Terminal.id, Terminal.token_hash, Terminal.offset_minutes)
        .add_columns(TerminalState.last_seen.is_not(None))
        .outerjoin(TerminalState, TerminalState.terminal_id == Terminal.id)
        .where(Terminal.verified)
    )
    return {(protocol, serial): Identity(*rest) for protocol, serial, *rest in session.execute(query)}
