"""What a terminal told of itself and what is missing of it, for its page; raw requests for who keeps terminals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, select, text
from sqlalchemy.orm import Session

from models.attendance import Request
from models.base import AnySelect
from models.loss import TAMPERS, Gap, TerminalCount, TerminalEvent
from models.places import Area
from models.queries import territory
from models.queries.rows import Finding
from models.rules.loss import GapKind
from models.rules.scope import Permission, Scope
from models.terminals import Terminal

SHOWN = 96  # first bytes of a request
# What a terminal holds is told person by person: it is no event of the day.
_HELD = ("person_held", "template_held", "picture_held", "id_card_read", "verification_failed")


class Event(NamedTuple):
    """A line of a terminal's log; `at` is what its clock said, if it did."""

    received: datetime
    at: datetime | None
    name: str
    code: int | None
    operator: str
    tamper: bool


class Count(NamedTuple):
    """What a terminal said it holds."""

    told: datetime
    users: int | None
    attlogs: int | None
    faces: int | None


@dataclass(frozen=True, slots=True)
class Missing:
    """A gap: see models.loss.Gap."""

    id: int
    kind: GapKind
    low: int
    high: int
    since: datetime | None
    until: datetime | None
    found: datetime
    closed: datetime | None


class Raw(NamedTuple):
    """A request as it is kept: without tokens and personal parts."""

    received: datetime
    method: str
    target: str
    size: int
    first: str


def _here(query: AnySelect, scope: Scope, terminal: int) -> AnySelect:
    return query.where(territory.terminals(scope), Terminal.id == terminal)


def events(session: Session, scope: Scope, terminal: int, most: int = 20) -> tuple[Event, ...]:
    """The newest lines of a terminal's log, those that tell of tampering first."""
    scope.need(Permission.SEE_TERMINALS)
    tamper = TerminalEvent.name.in_(TAMPERS)
    columns = (TerminalEvent.received, TerminalEvent.at, TerminalEvent.name, TerminalEvent.code, TerminalEvent.operator)
    query = select(*columns, tamper).join(Terminal, Terminal.id == TerminalEvent.terminal_id)
    query = _here(query, scope, terminal).where(TerminalEvent.name.not_in(_HELD))
    newest = (tamper.desc(), TerminalEvent.received.desc(), TerminalEvent.id.desc())
    return tuple(Event(*row) for row in session.execute(query.order_by(*newest).limit(most)))


def tampered(session: Session, scope: Scope, terminal: int, since: datetime) -> int:
    """How many lines since an instant tell that somebody tampered with the terminal."""
    scope.need(Permission.SEE_TERMINALS)
    query = select(func.count()).select_from(TerminalEvent).join(Terminal, Terminal.id == TerminalEvent.terminal_id)
    return session.scalar(_here(query, scope, terminal).where(_tampering(since))) or 0


def _tampering(since: datetime) -> ColumnElement[bool]:
    """Lines that tell of tampering in service: a first upload brings the log of the installation too."""
    in_service = TerminalEvent.received >= Terminal.admitted, func.coalesce(TerminalEvent.at >= Terminal.admitted, True)
    return and_(TerminalEvent.name.in_(TAMPERS), TerminalEvent.received >= since, *in_service)


def counts(session: Session, scope: Scope, terminal: int, most: int = 10) -> tuple[Count, ...]:
    """What a terminal said it holds, newest first."""
    scope.need(Permission.SEE_TERMINALS)
    query = select(TerminalCount.told, TerminalCount.users, TerminalCount.attlogs, TerminalCount.faces)
    query = query.join(Terminal, Terminal.id == TerminalCount.terminal_id)
    newest = _here(query, scope, terminal).order_by(TerminalCount.told.desc(), TerminalCount.id.desc())
    return tuple(Count(*row) for row in session.execute(newest.limit(most)))


def gaps(session: Session, scope: Scope, terminal: int, most: int = 20) -> tuple[Missing, ...]:
    """What is or was missing of a terminal: open gaps first, then the newest."""
    scope.need(Permission.SEE_TERMINALS)
    query = select(Gap.id, Gap.kind, Gap.low, Gap.high, Gap.since, Gap.until, Gap.found, Gap.closed)
    query = _here(query.join(Terminal, Terminal.id == Gap.terminal_id), scope, terminal)
    rows = session.execute(query.order_by(Gap.closed.is_not(None), Gap.id.desc()).limit(most))
    return tuple(Missing(r.id, GapKind(r.kind), r.low, r.high, r.since, r.until, r.found, r.closed) for r in rows)


def alarmed(session: Session, scope: Scope, since: datetime) -> dict[int, tuple[str, datetime]]:
    """Terminals with open gaps, or tampered with since an instant: (gap | tamper, the newest instant)."""
    scope.need(Permission.SEE_TERMINALS)
    gap = select(Gap.terminal_id, func.max(Gap.found)).join(Terminal, Terminal.id == Gap.terminal_id)
    gap = gap.where(territory.terminals(scope), Gap.closed.is_(None)).group_by(Gap.terminal_id)
    tamper = select(TerminalEvent.terminal_id, func.max(TerminalEvent.received))
    tamper = tamper.join(Terminal, Terminal.id == TerminalEvent.terminal_id).group_by(TerminalEvent.terminal_id)
    tamper = tamper.where(territory.terminals(scope), _tampering(since))
    found = {terminal: ("gap", at) for terminal, at in session.execute(gap)}
    return found | {terminal: ("tamper", at) for terminal, at in session.execute(tamper)}


def findings(session: Session, scope: Scope, since: datetime, prefix: str, few: int) -> tuple[Finding, ...]:
    """Terminals in service under an area prefix that were tampered with or miss records, the newest first."""
    found = alarmed(session, scope, since)
    if not found:
        return ()
    query = (
        select(
            Terminal.id, Terminal.serial, Terminal.brand, Terminal.place, func.coalesce(Area.name, "").label("county")
        )
        .outerjoin(Area, Area.code == Terminal.area)
        .where(Terminal.id.in_(found), Terminal.area.startswith(prefix))
        .where(territory.terminals(scope), Terminal.admitted.is_not(None), Terminal.disabled.is_(None))
    )
    rows = [
        Finding(found[t.id][0], f"{t.county} {t.place} {t.brand} {t.serial}", found[t.id][1], f"/terminal/{t.id}")
        for t in session.execute(query)
    ]
    return tuple(sorted(rows, key=lambda row: row.since or since, reverse=True)[:few])


def hours(session: Session, scope: Scope, terminal: int, since: datetime) -> tuple[int, ...]:
    """Readings of a terminal since an instant by hour of day at its own offset, 24 numbers."""
    scope.need(Permission.SEE_TERMINALS)
    minutes = session.scalar(_here(select(Terminal.offset_minutes), scope, terminal))
    if minutes is None:
        return (0,) * 24
    query = text(
        "select extract(hour from at + make_interval(mins => :minutes))::int as hour, count(*) from reading "
        "where terminal_id = :terminal and at >= :since group by 1"
    )
    rows = session.execute(query, {"terminal": terminal, "since": since, "minutes": minutes})
    found = {int(hour): int(number) for hour, number in rows}
    return tuple(found.get(hour, 0) for hour in range(24))


def requests(session: Session, scope: Scope, terminal: int, since: datetime, most: int = 10) -> tuple[Raw, ...]:
    """The newest requests of a terminal, for who keeps terminals; signs that cannot be shown are dots."""
    scope.need(Permission.KEEP_TERMINALS)
    query = select(
        *(Request.received, Request.method, Request.path, Request.query, func.octet_length(Request.body)),
        func.substring(Request.body, 1, SHOWN),
    ).join(Terminal, Terminal.id == Request.terminal_id)
    newest = _here(query, scope, terminal).where(Request.received >= since).order_by(Request.received.desc())
    rows = session.execute(newest.limit(most))
    return tuple(
        Raw(received, method, f"{path}?{said}" if said else path, size, _visible(bytes(first)))
        for received, method, path, said, size, first in rows
    )


def _visible(first: bytes) -> str:
    told = first.decode("utf-8", "replace")
    return "".join(sign if sign.isprintable() else "·" for sign in told)
