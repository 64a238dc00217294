"""How the network of terminals did in a month: each terminal's time heard, silences and open tickets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from models.base import AnySelect
from models.places import Area
from models.queries import outages, territory
from models.rules.instants import Month
from models.rules.outages import Span, common, ours, share
from models.rules.scope import Permission, Scope
from models.terminals import Outage, Terminal
from models.tickets import Ticket
from models.units import Unit


@dataclass(frozen=True, slots=True)
class Kept:
    """A terminal's month: how long it was heard of how long it served, its silences, what is open."""

    id: int
    serial: str
    brand: str
    model: str
    area: str
    city: str
    place: str
    unit_name: str
    heard: timedelta
    whole: timedelta
    silences: int
    longest: timedelta
    tickets: int = 0


@dataclass(frozen=True, slots=True)
class Network:
    """The terminals of a territory in a month, and how long the platform itself was away."""

    month: Month
    terminals: tuple[Kept, ...]
    own: timedelta


def month(session: Session, scope: Scope, now: datetime, wanted: Month) -> Network:
    """The month of the territory's terminals, up to now; our own time away is in no terminal's."""
    scope.need(Permission.SEE_TERMINALS)
    until = min(wanted.end, now)
    service = outages.service(session, scope, wanted.start, until)
    silences = outages.silences(session, scope, wanted.start, until)
    own = ours(silences, service)
    quiet: dict[int, list[Span]] = {}
    for silence in silences:
        quiet.setdefault(silence.terminal, []).append(silence.span)
    tickets = _tickets(session)
    rows = tuple(
        _kept(terminal, (unit or "", city or ""), service[terminal.id], quiet.get(terminal.id, []), own)
        for terminal, unit, city in session.execute(_select(scope))
        if terminal.id in service
    )
    told = tuple(replace(row, tickets=tickets.get(row.id, 0)) for row in rows)
    return Network(wanted, told, sum((span.end - span.begin for span in own), timedelta(0)))


def _select(scope: Scope) -> AnySelect:
    city = aliased(Area)
    return (
        select(Terminal, Unit.name, city.name)
        .outerjoin(Unit, Unit.id == Terminal.unit_id)
        .outerjoin(city, city.code == func.left(Terminal.area, 4).concat("00"))
        .where(territory.terminals(scope))
        .order_by(Terminal.area, Terminal.serial)
    )


def _kept(t: Terminal, names: tuple[str, str], service: Span, quiet: Sequence[Span], own: Sequence[Span]) -> Kept:
    """A silence that is all our own is none of the terminal's."""
    heard, whole = share(service, quiet, own)
    lost = [share(cut, [], own)[1] for one in quiet if (cut := common(one, service))]
    lengths = [length for length in lost if length]
    return Kept(
        id=t.id, serial=t.serial, brand=t.brand, model=t.model, area=t.area or "", city=names[1], place=t.place,
        unit_name=names[0], heard=heard, whole=whole, silences=len(lengths),
        longest=max(lengths, default=timedelta(0)),
    )  # fmt: skip


def _tickets(session: Session) -> dict[int, int]:
    query = (
        select(Outage.terminal_id, func.count().label("open"))
        .join(Ticket, Ticket.outage_id == Outage.id)
        .where(Ticket.closed.is_(None))
        .group_by(Outage.terminal_id)
    )
    return {row.terminal_id: row.open for row in session.execute(query)}
