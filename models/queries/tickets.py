"""Tickets of the territory, and what a silence is put down to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from models.accounts import Account
from models.loss import TerminalEvent
from models.places import Area
from models.queries import outages, territory
from models.rules.instants import day_of
from models.rules.outages import NEAR, Cause, Silence, Span, cause, ours, patience
from models.rules.scope import Permission, Scope
from models.terminals import Outage, Service, Terminal
from models.tickets import Ticket
from models.units import Unit

MOST = 1000  # shown at once


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket with its terminal and silence. `may`: may the viewer assign and close it?"""

    id: int
    terminal: int
    serial: str
    place: str
    unit_name: str
    began: datetime
    ended: datetime | None
    opened: datetime
    cause: str
    assigned: str
    note: str
    closed: datetime | None
    closer: str
    remedy: str
    may: bool


def listing(session: Session, scope: Scope, closed: bool = False) -> tuple[TicketRow, ...]:
    """Open or closed tickets of the territory, the newest first."""
    scope.need(Permission.SEE_TERMINALS)
    query = (
        select(Ticket, Outage, Terminal, Unit.name, Area.name, Account.name)
        .join(Outage, Outage.id == Ticket.outage_id)
        .join(Terminal, Terminal.id == Outage.terminal_id)
        .outerjoin(Unit, Unit.id == Terminal.unit_id)
        .outerjoin(Area, Area.code == Terminal.area)
        .outerjoin(Account, Account.id == Ticket.closed_by)
        .where(territory.terminals(scope), Ticket.closed.is_not(None) if closed else Ticket.closed.is_(None))
        .order_by(Ticket.opened.desc(), Ticket.id.desc())
        .limit(MOST)
    )
    return tuple(
        TicketRow(
            ticket.id, terminal.id, terminal.serial, f"{county or ''} {terminal.place}", unit or "", outage.began,
            outage.ended, ticket.opened, ticket.cause, ticket.assigned, ticket.note, ticket.closed, closer or "",
            ticket.remedy, keeps(scope, terminal.unit_id),
        )
        for ticket, outage, terminal, unit, county, closer in session.execute(query)
    )  # fmt: skip


def keeps(scope: Scope, unit: int | None) -> bool:
    """Does the account see to terminals of this unit: it keeps all of its territory, or registers the unit's own?"""
    own = scope.unit is not None and scope.unit == unit
    return scope.may(Permission.KEEP_TERMINALS) or (own and scope.may(Permission.REGISTER_TERMINALS))


def due(session: Session, scope: Scope, now: datetime) -> tuple[int, ...]:
    """Outages that have lasted long enough for a ticket and have none."""
    scope.need(Permission.KEEP_TERMINALS)
    query = (
        select(Outage.id)
        .join(Terminal, Terminal.id == Outage.terminal_id)
        .outerjoin(Ticket, Ticket.outage_id == Outage.id)
        .where(Outage.ended.is_(None), Outage.began <= now - patience(day_of(now)), Ticket.id.is_(None))
        .where(Terminal.admitted.is_not(None), Terminal.disabled.is_(None))
        .order_by(Outage.id)
    )
    return tuple(session.scalars(query))


def causes(session: Session, scope: Scope, now: datetime, wanted: Sequence[int]) -> Mapping[int, Cause]:
    """What each of these outages is put down to, as it looks now."""
    scope.need(Permission.KEEP_TERMINALS)
    asked = session.scalars(select(Outage).where(Outage.id.in_(wanted))).all()
    if not asked:
        return {}
    first = min(outage.began for outage in asked)
    service = outages.service(session, scope, first - NEAR, now)
    silences = outages.silences(session, scope, first, now)
    own, groups = ours(silences, service), _groups(session, service)
    return {
        outage.id: cause(
            Silence(outage.terminal_id, Span(outage.began, outage.ended or now)),
            silences,
            groups.get(outage.terminal_id, ()),
            own,
            powered=_powered(session, outage),
        )
        for outage in asked
    }


def _groups(session: Session, service: Mapping[int, Span]) -> dict[int, list[frozenset[int]]]:
    """Of each terminal: those of its unit, and those that serve the same project."""
    groups: dict[tuple[str, int | None], set[int]] = {}
    units = select(Terminal.id, Terminal.unit_id).where(Terminal.id.in_(service))
    sites = select(Service.terminal_id, Service.project_id).where(Service.terminal_id.in_(service)).distinct()
    for kind, query in (("unit", units), ("site", sites)):
        for terminal, group in session.execute(query):
            groups.setdefault((kind, group), set()).add(terminal)
    found: dict[int, list[frozenset[int]]] = {}
    for members in groups.values():
        for terminal in members:
            found.setdefault(terminal, []).append(frozenset(members))
    return found


def _powered(session: Session, outage: Outage) -> bool:
    """Did the terminal's log tell, as it was heard again, that it had been switched on?"""
    if outage.ended is None:
        return False
    near = TerminalEvent.received.between(outage.ended - NEAR, outage.ended + 5 * NEAR)
    told = exists().where(TerminalEvent.terminal_id == outage.terminal_id, TerminalEvent.name == "power_on", near)
    return bool(session.scalar(select(told)))
