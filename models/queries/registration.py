"""Registrations of terminals: those that wait for confirmation, one of them whole, and what a form may choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, false, func, or_, select, true
from sqlalchemy.orm import Session

from models import keys
from models.accounts import Account
from models.attendance import Reading
from models.base import AnyRow, AnySelect
from models.places import Area, Project
from models.queries import territory
from models.rules.instants import day_of
from models.rules.scope import Permission, Scope
from models.terminals import Service, Terminal, TerminalState
from models.units import Engagement, Unit

MOST = 500  # shown of those that wait
FEW = 20  # units that a search finds


@dataclass(frozen=True, slots=True)
class Registration:
    """A registered terminal and what has been heard from it. `contact` and `phone` are told of one only."""

    id: int
    protocol: str
    serial: str
    brand: str
    model: str
    unit: int
    unit_name: str
    area: str
    county: str
    place: str
    longitude: float | None
    latitude: float | None
    registered: datetime | None
    registered_by: int | None
    registrant: str
    refused: datetime | None
    refused_reason: str
    admitted: datetime | None
    disabled: datetime | None
    disabled_reason: str
    secret: bool  # has it a token?
    last_seen: datetime | None
    readings: int
    projects: tuple[tuple[int, str, date], ...] = ()
    contact: str = ""
    phone: str = ""

    @property
    def state(self) -> str:
        """pending, refused, admitted or disabled."""
        if self.admitted is None:
            return "refused" if self.refused else "pending"
        return "disabled" if self.disabled else "admitted"


def _visible(scope: Scope) -> ColumnElement[bool]:
    """Condition on Terminal: registered by the viewer's unit, or to be decided on in the viewer's territory."""
    if scope.unit is not None:
        return Terminal.unit_id == scope.unit
    if not scope.may(Permission.KEEP_TERMINALS):
        return false()
    if scope.whole:
        return true()
    return or_(Terminal.area.startswith(scope.area_prefix), territory.terminals(scope))


def _select(scope: Scope) -> AnySelect:
    said = select(func.count()).where(Reading.terminal_id == Terminal.id).correlate(Terminal).scalar_subquery()
    return (
        select(
            Terminal,
            *(Unit.name.label("unit_name"), Area.name.label("county"), Account.name.label("registrant")),
            *(TerminalState.last_seen, said.label("readings")),
        )
        .join(Unit, Unit.id == Terminal.unit_id)
        .outerjoin(Area, Area.code == Terminal.area)
        .outerjoin(Account, Account.id == Terminal.registered_by)
        .outerjoin(TerminalState, TerminalState.terminal_id == Terminal.id)
        .where(Terminal.verified, _visible(scope))
    )


def pending(session: Session, scope: Scope) -> tuple[Registration, ...]:
    """Registrations that wait or were sent back: a unit's own, or those that the viewer decides on. Oldest first."""
    scope.need(Permission.REGISTER_TERMINALS)
    query = _select(scope).where(Terminal.admitted.is_(None)).order_by(Terminal.registered).limit(MOST)
    rows = session.execute(query).all()
    served = _served(session, scope, [row.Terminal.id for row in rows])
    return tuple(_registration(row, served) for row in rows)


def one(session: Session, scope: Scope, terminal: int) -> Registration | None:
    """One registration with its contact; None when it is not the viewer's to see."""
    scope.need(Permission.REGISTER_TERMINALS)
    row = session.execute(_select(scope).where(Terminal.id == terminal)).one_or_none()
    if row is None:
        return None
    ring, t = keys.current(), row.Terminal
    return _registration(
        row,
        _served(session, scope, [terminal]),
        contact=ring.unseal(t.contact_name, about=b"terminal.contact_name").decode() if t.contact_name else "",
        phone=ring.unseal(t.contact_phone, about=b"terminal.contact_phone").decode() if t.contact_phone else "",
    )


def _served(session: Session, scope: Scope, terminals: Sequence[int]) -> dict[int, list[tuple[int, str, date]]]:
    query = (
        select(Service.terminal_id, Project.id, Project.name, func.lower(Service.during))
        .join(Project, Project.id == Service.project_id)
        .where(Service.terminal_id.in_(terminals), territory.projects(scope))
        .order_by(Project.name)
    )
    found: dict[int, list[tuple[int, str, date]]] = {}
    for terminal, project, name, since in session.execute(query):
        found.setdefault(terminal, []).append((project, name, day_of(since)))
    return found


def _registration(
    row: AnyRow, served: dict[int, list[tuple[int, str, date]]], contact: str = "", phone: str = ""
) -> Registration:
    t: Any = row.Terminal
    return Registration(
        **{name: getattr(t, name) for name in ("id", "protocol", "serial", "brand", "model", "place")},
        **{name: getattr(t, name) for name in ("longitude", "latitude", "registered", "registered_by", "admitted")},
        **{name: getattr(t, name) for name in ("refused", "refused_reason", "disabled", "disabled_reason")},
        unit=t.unit_id,
        unit_name=row.unit_name,
        area=t.area or "",
        county=row.county or "",
        registrant=row.registrant or "",
        secret=t.token_hash is not None,
        last_seen=row.last_seen,
        readings=row.readings,
        projects=tuple(served.get(t.id, ())),
        contact=contact,
        phone=phone,
    )


class Choice(NamedTuple):
    """A project that a terminal of a unit may serve, with its place and its first supervised day."""

    project: int
    name: str
    area: str
    longitude: float
    latitude: float
    since: date


def unit_name(session: Session, scope: Scope, unit: int) -> str:
    """The name of a unit that the viewer registers terminals for, "" of any other."""
    scope.need(Permission.REGISTER_TERMINALS)
    works = _works(scope).where(Engagement.unit_id == Unit.id)
    return session.scalar(select(Unit.name).where(Unit.id == unit, exists(works))) or ""


def units(session: Session, scope: Scope, words: str) -> tuple[tuple[int, str], ...]:
    """Units that work in the territory and whose name holds the words; the first few."""
    scope.need(Permission.REGISTER_TERMINALS)
    works = _works(scope).where(Engagement.unit_id == Unit.id)
    query = select(Unit.id, Unit.name).where(exists(works)).order_by(Unit.name).limit(FEW)
    for word in words.split():
        query = query.where(Unit.name.contains(word, autoescape=True))
    return tuple((number, name) for number, name in session.execute(query))


def choices(session: Session, scope: Scope, unit: int) -> tuple[Choice, ...]:
    """Projects of the territory in which a unit works."""
    scope.need(Permission.REGISTER_TERMINALS)
    query = (
        select(Project).where(Project.id.in_(_works(scope).where(Engagement.unit_id == unit))).order_by(Project.name)
    )
    return tuple(
        Choice(p.id, p.name, p.area, p.longitude, p.latitude, day_of(p.supervised_from)) for p in session.scalars(query)
    )


def _works(scope: Scope) -> AnySelect:
    """Projects of the territory by engagement; a unit's account asks of its own unit only."""
    query = select(Engagement.project_id).join(Project, Project.id == Engagement.project_id)
    query = query.where(territory.projects(scope))
    return query if scope.unit is None else query.where(Engagement.unit_id == scope.unit)


def counties(session: Session, scope: Scope) -> tuple[tuple[str, str], ...]:
    """Counties of the territory: (code, 长沙市 浏阳市)."""
    scope.need(Permission.REGISTER_TERMINALS)
    rows = session.execute(select(Area.code, Area.name, Area.parent, Area.level).order_by(Area.code)).all()
    names = {code: name for code, name, _, _ in rows}
    return tuple(
        (code, f"{names.get(parent or '', '')} {name}")
        for code, name, parent, level in rows
        if level == "county" and code.startswith(scope.area_prefix)
    )
