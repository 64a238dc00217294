"""Registering terminals, admitting them, saying which projects they serve."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import Range, insert

from models.acts import attendance, events, loss, windows
from models.acts.arrivals import TooManyUnknown, known_ids, terminal_ids
from models.database import REGISTERS, At, exclusive, transaction
from models.prepared import Prepared, columns, run
from models.queries.territory import need_project, need_terminal
from models.rules.instants import day_end, day_start
from models.rules.loss import Counts
from models.rules.presence import LATE_UNTIL
from models.rules.readings import Key
from models.rules.scope import Permission, Refused, Role, Scope
from models.terminals import Outage, Service, Terminal, TerminalState

AT_LEAST = timedelta(milliseconds=1)  # of a silence that was none: contacts were heard and could not be written


def token_hash(token: str) -> bytes:
    """What is stored of a terminal's token."""
    return hashlib.sha256(token.encode()).digest()


def register(
    scope: Scope,
    *,
    protocol: str,
    serial: str,
    unit: int,
    brand: str = "",
    model: str = "",
    area: str | None = None,
    place: str = "",
    point: tuple[float, float] | None = None,
    token: str | None = None,
) -> int:
    """Register a terminal, also one that has already spoken and is held; `point` is (longitude, latitude) WGS84."""
    scope.need(Permission.KEEP_TERMINALS)
    values: dict[str, Any] = {
        "unit_id": unit,
        "brand": brand,
        "model": model,
        "area": area,
        "place": place,
        "longitude": point[0] if point else None,
        "latitude": point[1] if point else None,
    } | ({"token_hash": token_hash(token)} if token else {})
    with transaction() as at:
        exclusive(at.session, REGISTERS)
        _need_place(at, scope, (protocol, serial, True), unit, area)
        return enter(at, scope, (protocol, serial, True), values)


def enter(at: At, scope: Scope, key: Key, values: Mapping[str, Any]) -> int:
    """Write a registration, also over what is held or was sent back. The caller holds the register lock."""
    given = {**values, "registered": at.now, "registered_by": scope.account}
    given |= {"refused": None, "refused_by": None, "refused_reason": ""}
    statement = insert(Terminal).values(protocol=key[0], serial=key[1], verified=key[2], **given)
    found = at.session.scalars(
        statement.on_conflict_do_update(index_elements=["protocol", "serial", "verified"], set_=given).returning(
            Terminal.id
        )
    ).one()
    events.record(at, scope, "register terminal", terminal=found, protocol=key[0], serial=key[1])
    return found


def _need_place(at: At, scope: Scope, key: Key, unit: int, area: str | None) -> None:
    """Raise Refused unless place and unit are the account's to register, and the terminal is not another's already."""
    query = select(Terminal.id).where(Terminal.protocol == key[0], Terminal.serial == key[1], Terminal.verified)
    found = at.session.scalar(query.where(Terminal.unit_id.is_not(None)))
    if found is not None:
        need_terminal(at.session, scope, found)
    if not scope.whole and not ((area or "").startswith(scope.area_prefix) and scope.unit in (None, unit)):
        raise Refused("a terminal is registered by an account whose territory holds its county")


def admit(scope: Scope, terminal: int, registered: datetime | None = None) -> int:
    """Admit a registered terminal: its held readings become punches, exactly once. Returns how many did.

    Two persons: who registered it does not admit it. `registered`: the registration that was looked at; Refused when
    it was changed since.
    """
    scope.need(Permission.KEEP_TERMINALS)
    with transaction() as at:
        need_terminal(at.session, scope, terminal)
        exclusive(at.session, REGISTERS)
        exclusive(at.session, *attendance.served(at.session, [terminal]))
        row = at.session.get_one(Terminal, terminal)
        if row.admitted is not None:
            return 0
        _need_second(at, scope, row, registered)
        row.admitted, row.admitted_by = at.now, scope.account
        at.session.flush()
        released = attendance.release(at, [terminal])
        events.record(at, scope, "admit terminal", terminal=terminal, released=released)
        return released


def _need_second(at: At, scope: Scope, row: Terminal, registered: datetime | None) -> None:
    """Raise Refused unless a second person admits what was looked at, in the territory of all it serves."""
    if row.unit_id is None or not row.verified:
        raise Refused("a terminal is registered before it is admitted")
    if row.refused is not None:
        raise Refused("this registration was sent back: it is registered once more first")
    if registered is not None and row.registered != registered:
        raise Refused("the registration was changed meanwhile: look at it again")
    if row.registered_by == scope.account and scope.role is not Role.PROCESS:
        raise Refused("who registered a terminal does not admit it: a second person does")
    for project in attendance.served(at.session, [row.id]):
        need_project(at.session, scope, project)


def serve(scope: Scope, terminal: int, project: int, start: date, until: date | None = None) -> int:
    """Say that a terminal serves a project for whole days; punches of those days count there from now on."""
    scope.need(Permission.KEEP_TERMINALS)
    with transaction() as at:
        need_project(at.session, scope, project)
        need_terminal(at.session, scope, terminal)
        exclusive(at.session, REGISTERS, project)
        service = Service(
            terminal_id=terminal,
            project_id=project,
            during=Range(day_start(start), day_end(until) if until else None),
        )
        at.session.add(service)
        at.session.flush()
        windows.recount(at, project)
        events.record(at, scope, "serve project", terminal=terminal, project=project)
        return service.id


@dataclass(frozen=True, slots=True)
class Contact:
    """That a terminal was heard from `since` to `instant` without silence; its newest punch and its skew if told."""

    key: Key
    instant: datetime
    since: datetime | None = None
    last_punch: datetime | None = None
    skew_ms: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


def seen(scope: Scope, contacts: Sequence[Contact]) -> None:
    """Note last contacts. Later never becomes earlier; an ended silence is written; unknown terminals are entered."""
    scope.need(Permission.KEEP_TERMINALS)
    with transaction() as at:
        found = _by_terminal(at, contacts)
        known = _states(at, list(found))
        silent = _open(at, list(found))
        for terminal, contact in sorted(found.items()):
            before = known.get(terminal)
            heard = contact.since or contact.instant
            if (last := silent.get(terminal)) is not None:
                if contact.instant > last.began:
                    last.ended = max(heard, last.began + AT_LEAST)
            elif before is not None and heard - before > LATE_UNTIL:
                at.session.add(Outage(terminal_id=terminal, began=before, ended=heard))
        at.session.flush()
        _note(at, sorted(found.items()))
        _first(at, [terminal for terminal in found if known.get(terminal) is None])
        told = {terminal: (contact.instant, _counts(contact.facts)) for terminal, contact in found.items()}
        loss.note_counts(at, {terminal: pair for terminal, pair in told.items() if pair[1] != _NOTHING})


_NOTHING = Counts(None, None, None)


def _counts(facts: Mapping[str, str]) -> Counts:
    """How many people, records and faces a terminal says it holds."""
    told = (facts.get(name, "") for name in Counts._fields)
    return Counts(*(int(one) if one.isascii() and one.isdecimal() and len(one) < 16 else None for one in told))


def _by_terminal(at: At, contacts: Sequence[Contact]) -> dict[int, Contact]:
    """Contacts by terminal. Where there is no room for unknown ones, theirs are dropped and the others' kept."""
    keys = [contact.key for contact in contacts]
    try:
        ids = dict(zip(keys, terminal_ids(at, keys), strict=True))
    except TooManyUnknown:
        ids = known_ids(at, keys)
    return {ids[contact.key]: contact for contact in contacts if contact.key in ids}


def _states(at: At, terminals: Sequence[int]) -> dict[int, datetime | None]:
    """Last contacts, locked in the order of the ids."""
    return dict(run(at.session, (_STATES, terminals)))


def _open(at: At, terminals: Sequence[int]) -> dict[int, Outage]:
    """Silences that last. Whoever is heard ends its own, also one that only our own database's standstill opened."""
    rows = at.session.scalars(select(Outage).where(Outage.terminal_id.in_(terminals), Outage.ended.is_(None)))
    return {row.terminal_id: row for row in rows}


def _note(at: At, contacts: Sequence[tuple[int, Contact]]) -> None:
    rows = [(terminal, c.instant, c.last_punch, c.skew_ms, json.dumps(dict(c.facts))) for terminal, c in contacts]
    run(at.session, (_NOTE, *columns(rows, 5)))


def _first(at: At, terminals: Sequence[int]) -> None:
    """Of those never heard before: when they first were. One that was registered before it spoke is told so too."""
    if terminals:
        new = update(Terminal).where(Terminal.id.in_(sorted(terminals)), Terminal.first_seen.is_(None))
        at.session.execute(new.values(first_seen=at.now).execution_options(synchronize_session=False))


_STATES = Prepared(
    "terminal_states",
    ("bigint[]",),
    "select terminal_id, last_seen from terminal_state where terminal_id = any($1) order by terminal_id for update",
)
_NOTE = Prepared(
    "note_contacts",
    ("bigint[]", "timestamptz[]", "timestamptz[]", "integer[]", "text[]"),
    "insert into terminal_state as s (terminal_id, last_seen, last_punch, skew_ms, facts) "
    "select t, seen, punch, skew, told::jsonb from unnest($1, $2, $3, $4, $5) as c(t, seen, punch, skew, told) "
    "on conflict (terminal_id) do update set last_seen = greatest(s.last_seen, excluded.last_seen), "
    "last_punch = greatest(s.last_punch, excluded.last_punch), skew_ms = coalesce(excluded.skew_ms, s.skew_ms), "
    "facts = s.facts || excluded.facts",
)


def watch(scope: Scope) -> int:
    """Open an outage for each admitted terminal silent past the limit, from its last contact on. Returns how many."""
    scope.need(Permission.KEEP_TERMINALS)
    with transaction() as at:
        silent = (
            select(TerminalState.terminal_id, TerminalState.last_seen)
            .join(Terminal, Terminal.id == TerminalState.terminal_id)
            .where(Terminal.admitted.is_not(None), Terminal.disabled.is_(None))
            .where(TerminalState.last_seen < at.now - LATE_UNTIL)
            .where(~select(Outage.id).where(Outage.terminal_id == Terminal.id, Outage.ended.is_(None)).exists())
        )
        opened = [Outage(terminal_id=terminal, began=last) for terminal, last in at.session.execute(silent)]
        at.session.add_all(opened)
        return len(opened)
