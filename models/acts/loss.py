"""Keeping what terminals tell of themselves, and finding what is missing. Parts of intake's and of seen's transaction.

A push that tells nothing of the kind costs no statement.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select, text

from models.acts import commands, events
from models.commands import Command
from models.database import At, transaction
from models.loss import Gap, TerminalNumber
from models.prepared import Prepared, columns, run
from models.queries.territory import need_terminal
from models.rules import loss
from models.rules.commands import Kind, succeeded
from models.rules.events import Event, EventName, Result, digest
from models.rules.loss import Counts, GapKind, Mark, Missing, Told
from models.rules.readings import Arrival
from models.rules.scope import PROCESS, Permission, Refused, Scope

LARGEST = 2**62  # of a number that a terminal may tell
LONGEST = 500  # characters of one value


def note(at: At, arrivals: Sequence[Arrival], terminals: Sequence[int], requests: Sequence[int]) -> None:
    """Keep the arrivals' events, compare their numbers with the last heard, end the commands that they report on."""
    given = list(zip(arrivals, terminals, requests, strict=True))
    rows = [(a.received, t, r, event) for a, t, r in given for event in a.events]
    rows += _restarts(at, [(a, t, r) for a, t, r in given if a.numbered])
    rows += _ended(at, [(a, t, r) for a, t, r in given if a.results])
    if rows:
        _keep(at, rows)


_Row = tuple[datetime, int, int, Event]
_Given = Sequence[tuple[Arrival, int, int]]


def _keep(at: At, rows: Sequence[_Row]) -> None:
    """Insert events, sorted by their key so that two writers never wait for each other crosswise."""
    told = [(received, terminal, request, _plain(event)) for received, terminal, request, event in rows]
    made = [
        (
            *(received, terminal, request, e.line, e.at, e.device_time, e.name.value, e.code, e.operator),
            *(json.dumps(e.values), digest(e)),
        )
        for received, terminal, request, e in told
    ]
    run(at.session, (_EVENTS, *columns(sorted(made, key=lambda row: (row[1], row[10])), 11)))


def _plain(event: Event) -> Event:
    """The event as PostgreSQL can hold it."""
    code = event.code if event.code is not None and abs(event.code) < LARGEST else None
    values = tuple(_safe(value) for value in event.values)
    return replace(
        event, code=code, operator=_safe(event.operator), device_time=_safe(event.device_time), values=values
    )


def _safe(told: str) -> str:
    return told[:LONGEST].replace("\0", "").encode("utf-8", "replace").decode()


_EVENTS = Prepared(
    "insert_terminal_events",
    (
        *("timestamptz[]", "bigint[]", "bigint[]", "integer[]", "timestamptz[]", "text[]", "text[]", "bigint[]"),
        *("text[]", "text[]", "bytea[]"),
    ),
    "insert into terminal_event (received, terminal_id, request_id, line, at, device_time, name, code, operator, said, "
    "digest) select received, terminal, request, line, at, device_time, name, code, operator, "
    "array(select jsonb_array_elements_text(said::jsonb)), digest from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
    "$11) as e(received, terminal, request, line, at, device_time, name, code, operator, said, digest) "
    "on conflict do nothing",
)


def _restarts(at: At, given: _Given) -> list[_Row]:
    """Compare numbers with the last heard, a terminal after another in the order of their ids; counts begun anew."""
    rows: list[_Row] = []
    for terminal, group in groupby(sorted(given, key=lambda one: one[1]), key=lambda one: one[1]):
        row: TerminalNumber | None = None
        for arrival, _, request in group:
            for line, told in _told(arrival):
                row = row or _mark(at, terminal, told)
                if (before := _hear(at, row, told)) is not None:
                    values = (str(before), str(told.number))
                    event = Event(EventName.COUNT_RESTARTED, line, at=told.at, device_time=str(told.at), values=values)
                    rows.append((arrival.received, terminal, request, event))
    return rows


def _mark(at: At, terminal: int, first: Told) -> TerminalNumber:
    """What was heard last of a terminal, its row locked; the first number there ever was begins it."""
    if (row := at.session.get(TerminalNumber, terminal, with_for_update=True)) is not None:
        return row
    at.session.execute(_FIRST, {"terminal": terminal, "number": first.number, "at": first.at, "now": at.now})
    return at.session.get_one(TerminalNumber, terminal, with_for_update=True)


def _told(arrival: Arrival) -> list[tuple[int, Told]]:
    """The numbers of a request with the instants of their records, in its order."""
    made: dict[int, datetime | None] = {event.line: event.at for event in arrival.events}
    made |= {reading.line: reading.at for reading in arrival.readings}
    fit = (one for one in arrival.numbered if 0 <= one.number < LARGEST and (one.before or 0) < LARGEST)
    return [(one.line, Told(one.number, one.before, one.late, made.get(one.line))) for one in fit]


def _hear(at: At, row: TerminalNumber, told: Told) -> int | None:
    """Move the mark of a terminal, open and fill gaps. The last number before when its count began anew."""
    before = row.number
    step = loss.hear(Mark(row.number, row.at), told)
    row.number, row.at = step.mark
    if step.restarted:
        row.began = at.now
        return before
    if step.missing:
        _open(at, row.terminal_id, GapKind.SERIAL, step.missing)
    elif told.number < before:
        _fill(at, row.terminal_id, told.number, row.began)
    return None


_FIRST = text(
    "insert into terminal_number (terminal_id, number, at, began) values (:terminal, :number, :at, :now) "
    "on conflict do nothing"
)


def _fill(at: At, terminal: int, number: int, began: datetime) -> None:
    """Close the gap that this number lies in, or what of it has come."""
    held = select(Gap).where(Gap.terminal_id == terminal, Gap.closed.is_(None), Gap.kind == GapKind.SERIAL)
    inside = held.where(Gap.low < number, Gap.high >= number, Gap.found >= began).with_for_update()
    for row in at.session.scalars(inside).all():
        rest = loss.fill(Missing(row.low, row.high), number) or []
        if not rest:
            row.closed = at.now
            continue
        row.low, row.high = rest[0]
        for part in rest[1:]:
            at.session.add(Gap(terminal_id=terminal, kind=row.kind, low=part.low, high=part.high, found=row.found))
        at.session.flush()


def _open(
    at: At, terminal: int, kind: GapKind, missing: Missing, span: tuple[datetime, datetime] | None = None
) -> None:
    since, until = span or (None, None)
    at.session.add(
        Gap(
            terminal_id=terminal, kind=kind.value, low=missing.low, high=missing.high, since=since, until=until,
            found=at.now,
        )
    )  # fmt: skip
    at.session.flush()


def _ended(at: At, given: _Given) -> list[_Row]:
    """End the commands that terminals report on; results of none of ours are kept as events."""
    rows: list[_Row] = []
    for arrival, terminal, request in sorted(given, key=lambda one: one[1]):
        ours = [r for r in arrival.results if r.command.isascii() and r.command.isdecimal() and len(r.command) <= 18]
        found = select(Command).where(Command.terminal_id == terminal, Command.id.in_([int(r.command) for r in ours]))
        known = {row.id: row for row in at.session.scalars(found.order_by(Command.id).with_for_update())}
        for place, result in enumerate(arrival.results):
            row = known.get(int(result.command)) if result in ours else None
            if row is None or row.handed is None:
                values = (result.command, str(result.code), result.text)
                rows.append((arrival.received, terminal, request, _unsolicited(place, values)))
            elif row.cancelled is None and row.code is None:
                _end(at, row, result)
    return rows


def _unsolicited(line: int, values: tuple[str, ...]) -> Event:
    return Event(EventName.UNSOLICITED_RESULT, line, values=values)


def _end(at: At, row: Command, result: Result) -> None:
    row.done, row.code = at.now, result.code
    row.words = "" if result.code is not None else "结果无法读取"
    at.session.flush()
    if row.kind == Kind.SUM and result.told is not None and result.code is not None and succeeded(result.code):
        _compare(at, row, result.told)


def _compare(at: At, row: Command, held: int) -> None:
    """Has all of a span come that the terminal says it holds? If not, it is a gap, and is asked for once more."""
    span = datetime.fromisoformat(row.given["since"]), datetime.fromisoformat(row.given["until"])
    given = {"terminal": row.terminal_id, "since": span[0], "until": span[1]}
    ours = at.session.scalar(_OURS, given) or 0
    query = select(Gap).where(Gap.terminal_id == row.terminal_id, Gap.kind == GapKind.SUM, Gap.closed.is_(None))
    known = at.session.scalars(query.where(Gap.since == span[0], Gap.until == span[1]).with_for_update()).all()
    if held <= ours:
        for gap in known:
            gap.closed = at.now
    elif not known and held < LARGEST:
        _open(at, row.terminal_id, GapKind.SUM, Missing(ours, held), span)
        commands.put(at, PROCESS, row.terminal_id, Kind.QUERY, given=row.given)
        # asked for behind it: the same sum again closes the gap when all has come
        commands.put(at, PROCESS, row.terminal_id, Kind.SUM, given={**row.given, "after": "query"})


_OURS = text("select count(*) from reading where terminal_id = :terminal and at >= :since and at < :until")


def note_counts(at: At, told: Mapping[int, tuple[datetime, Counts]]) -> None:
    """Keep what terminals say they hold when it changed, or once an hour; a fall of the records is a gap."""
    if not told:
        return
    last = {terminal: (instant, Counts(*rest)) for terminal, instant, *rest in run(at.session, (_LAST, list(told)))}
    made: list[tuple[Any, ...]] = []
    for terminal, (instant, counts) in sorted(told.items()):
        before = last[terminal][1] if terminal in last else None
        now = loss.joined(before, counts)
        if loss.worth(before, now, instant - last[terminal][0] if terminal in last else None):
            made.append((terminal, instant, *now))
            if missing := loss.fell(before, now):
                _open(at, terminal, GapKind.FALL, missing)
    if made:
        run(at.session, (_COUNTS, *columns(made, 5)))


_LAST = Prepared(
    "last_terminal_counts",
    ("bigint[]",),
    "select c.terminal_id, c.told, c.users, c.attlogs, c.faces from unnest($1) as t(id), lateral (select * from "
    "terminal_count c where c.terminal_id = t.id order by c.told desc, c.id desc limit 1) c",
)
_COUNTS = Prepared(
    "insert_terminal_counts",
    ("bigint[]", "timestamptz[]", "bigint[]", "bigint[]", "bigint[]"),
    "insert into terminal_count (terminal_id, told, users, attlogs, faces) select * from unnest($1, $2, $3, $4, $5)",
)


def close(scope: Scope, gap: int) -> bool:
    """Say that a gap was looked into. False: it was closed already."""
    scope.need(Permission.KEEP_TERMINALS)
    with transaction() as at:
        row = at.session.get(Gap, gap, with_for_update=True)
        if row is None:
            raise Refused(f"gap {gap} is not in this account's territory")
        need_terminal(at.session, scope, row.terminal_id)
        if row.closed is not None:
            return False
        row.closed, row.closed_by = at.now, scope.account
        events.record(at, scope, "close gap", terminal=row.terminal_id, gap=gap)
        return True
