"""Commands: queued by a button or by what is due, handed out at a poll, ended by the terminal's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, text

from models.acts import events
from models.commands import Command
from models.database import At, transaction
from models.queries import rosters
from models.queries.territory import need_terminal
from models.rules.commands import OFFERED, ROSTERS, UNSUPPORTED, Kind, Order, Turn, fit, meaning, takes, turn
from models.rules.instants import from_wall
from models.rules.scope import Permission, Refused, Scope
from models.terminals import Terminal

OPEN_MOST = 2000  # of a terminal: more would take it a day to poll
ASKED_BACK = timedelta(days=31)  # what 补传 asks for once more: duplicates are harmless


def is_open() -> ColumnElement[bool]:
    """Condition on Command: neither done nor cancelled."""
    return Command.done.is_(None) & Command.cancelled.is_(None)


def ask(scope: Scope, terminal: int, kind: Kind) -> int:
    """Queue a command that needs no person: its span or zone is the terminal's own. The open one's id if there is."""
    scope.need(Permission.KEEP_TERMINALS)
    with transaction() as at:
        row = _speaking(at, scope, terminal, kind)
        if kind in ROSTERS:
            raise Refused("people are put on a terminal by its roster only")
        given = _given(row, kind, at.now)
        made = put(at, scope, terminal, kind, given=given)
        events.record(at, scope, "command terminal", terminal=terminal, kind=kind.value, command=made)
        return made


def _speaking(at: At, scope: Scope, terminal: int, kind: Kind) -> Terminal:
    """The terminal, its row locked; Refused unless it is the account's, in service, and takes this kind."""
    need_terminal(at.session, scope, terminal)
    row = at.session.get_one(Terminal, terminal, with_for_update={"key_share": True})
    if row.admitted is None or row.disabled is not None or not row.verified:
        raise Refused("this terminal is not in service")
    if kind not in takes(row.protocol) & OFFERED:
        raise Refused("terminals of this protocol are operated on the spot")
    return row


def _given(row: Terminal, kind: Kind, now: datetime) -> dict[str, str]:
    minutes = {"minutes": str(row.offset_minutes)}
    if kind is Kind.ZONE:
        return minutes
    if kind is Kind.SUM:
        return _span(*yesterday(now, row.offset_minutes)) | minutes
    if kind is Kind.QUERY:
        until = yesterday(now, row.offset_minutes)[1] + timedelta(days=1)
        return _span(until - ASKED_BACK, until) | minutes
    return {}


def _span(since: datetime, until: datetime) -> dict[str, str]:
    return {"since": since.isoformat(), "until": until.isoformat()}


def yesterday(now: datetime, offset_minutes: int) -> tuple[datetime, datetime]:
    """The last whole day of a terminal's own calendar, half-open."""
    wall = (now + timedelta(minutes=offset_minutes)).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    until = from_wall(wall, offset_minutes)
    return until - timedelta(days=1), until


def put(
    at: At,
    scope: Scope,
    terminal: int,
    kind: Kind,
    *,
    number: str = "",
    person: int | None = None,
    given: Mapping[str, str] | None = None,
) -> int:
    """Queue a command in an act's transaction; an open one that says the same is not queued twice."""
    same = select(Command.id).where(Command.terminal_id == terminal, Command.kind == kind, Command.number == number)
    found = at.session.scalar(same.where(is_open(), Command.given == dict(given or {})).limit(1))
    if found is not None:
        return found
    if kind in ROSTERS:
        _supersede(at, scope, terminal, number)
    made = Command(
        terminal_id=terminal, kind=kind.value, number=number, person_id=person, given=dict(given or {}),
        queued=at.now, queued_by=scope.account, polls=0, tries=0, words="",
    )  # fmt: skip
    at.session.add(made)
    at.session.flush()
    return made.id


def _supersede(at: At, scope: Scope, terminal: int, number: str) -> None:
    """Cancel what is open of this number: an older command that is handed out again would undo the newer one."""
    same = select(Command).where(Command.terminal_id == terminal, Command.number == number, Command.kind.in_(ROSTERS))
    for row in at.session.scalars(same.where(is_open()).order_by(Command.id).with_for_update()):
        row.cancelled, row.cancelled_by = at.now, scope.account


def cancel(scope: Scope, command: int) -> bool:
    """Cancel an open command; one that was handed out may have been carried out. False: it had ended already."""
    scope.need(Permission.KEEP_TERMINALS)
    with transaction() as at:
        row = at.session.get(Command, command, with_for_update=True)
        if row is None:
            raise Refused(f"command {command} is not in this account's territory")
        need_terminal(at.session, scope, row.terminal_id)
        if row.done is not None or row.cancelled is not None:
            return False
        row.cancelled, row.cancelled_by = at.now, scope.account
        events.record(at, scope, "cancel command", terminal=row.terminal_id, command=command)
        return True


def hand(scope: Scope, terminal: int) -> tuple[Order, ...]:
    """What a terminal is told at this poll: marked as handed out before it is told."""
    scope.need(Permission.KEEP_TERMINALS)
    with transaction() as at:
        waiting = select(Command).where(Command.terminal_id == terminal, is_open()).order_by(Command.id)
        rows = at.session.scalars(waiting.limit(OPEN_MOST).with_for_update()).all()
        turns = {row.id: turn(row.tries, row.polls) for row in rows}
        ready = [row for row in rows if turns[row.id] is Turn.HAND]
        told = [row for row, fits in zip(ready, fit(Kind(row.kind) for row in ready), strict=True) if fits]
        for row in rows:
            row.polls += turns[row.id] is Turn.WAIT
            if turns[row.id] is Turn.GIVE_UP:
                row.done, row.words = at.now, meaning(None)
        for row in told:
            row.handed, row.tries, row.polls = at.now, row.tries + 1, 0
        return tuple(Order(row.id, Kind(row.kind), row.number, row.given) for row in told)


def unfit(scope: Scope, commands: Sequence[int]) -> None:
    """End commands that a terminal's variant of its protocol has no words for."""
    scope.need(Permission.KEEP_TERMINALS)
    end = text("update command set done = :now, code = :code where id = any(:ids) and done is null")
    with transaction() as at:
        at.session.execute(end, {"now": at.now, "code": UNSUPPORTED, "ids": list(commands)})


def sync(scope: Scope, terminal: int, again: bool = False) -> tuple[int, int]:
    """Queue who is missing on a terminal and who left it; `again`: also those that it refused. (added, removed)."""
    scope.need(Permission.KEEP_TERMINALS)
    with transaction() as at:
        _speaking(at, scope, terminal, Kind.PERSON)
        rows = rosters.difference(at.session, scope, at.now, terminal, again)
        for row in rows:
            kind, given = (Kind.REMOVE, {}) if row.leaves else (Kind.PERSON, {"name": row.name})
            put(at, scope, terminal, kind, number=row.number, person=row.person, given=given)
        removed = sum(row.leaves for row in rows)
        if rows:
            events.record(at, scope, "sync terminal", terminal=terminal, added=len(rows) - removed, removed=removed)
        return len(rows) - removed, removed
