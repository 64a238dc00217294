"""Writing what arrived, row by row: terminals, raw requests, readings, refusals. Part of intake's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from models.database import REGISTERS, At
from models.prepared import Prepared, columns, run
from models.rules.readings import Arrival, Key

MAX_UNKNOWN = 20_000  # a flood of invented serials ends here: they are answered and no longer kept apart


class TooManyUnknown(RuntimeError):
    """The register of unknown terminals is full: the province must claim or clear them."""


def terminal_ids(at: At, keys: Sequence[Key]) -> list[int]:
    """The terminal of each key; an unknown one is entered, not admitted, so that its readings are held."""
    return _with_unknown(at, keys, known_ids(at, sorted(set(keys))))


def lock(at: At, keys: Sequence[Key]) -> list[int]:
    """Take intake's locks, the registers' and then those of all projects that the terminals serve at any time, shared.

    Returns the terminal of each key as `terminal_ids` does.
    """
    given = _columns(sorted(set(keys)))
    rows = run(at.session, (_REGISTERS, REGISTERS), (_PROJECTS, *given), (_KNOWN, *given))
    return _with_unknown(at, keys, _by_key(rows))


def known_ids(at: At, keys: Sequence[Key]) -> dict[Key, int]:
    """The terminals among the keys that are entered already."""
    return _by_key(run(at.session, (_KNOWN, *_columns(keys))))


def _columns(keys: Sequence[Key]) -> list[list[Any]]:
    return columns([tuple(key) for key in keys], 3)


def _by_key(rows: Sequence[tuple[Any, ...]]) -> dict[Key, int]:
    return {(protocol, serial, verified): number for protocol, serial, verified, number in rows}


def _with_unknown(at: At, keys: Sequence[Key], known: dict[Key, int]) -> list[int]:
    if missing := sorted({key for key in keys if key not in known}):
        _enter_unknown(at, missing)
        known |= known_ids(at, missing)
    return [known[key] for key in keys]


_REGISTERS = Prepared("lock_registers", ("integer",), "select pg_advisory_xact_lock_shared(43, $1)")
_KEYS = ("text[]", "text[]", "boolean[]")
_PROJECTS = Prepared(
    "lock_projects",
    _KEYS,
    "select pg_advisory_xact_lock_shared(43, project_id::integer) from (select distinct project_id from service "
    "where terminal_id in (select t.id from terminal t join unnest($1, $2, $3) as k(p, s, v) "
    "                      on (t.protocol, t.serial, t.verified) = (k.p, k.s, k.v)) order by 1) served",
)
_KNOWN = Prepared(
    "known_terminals",
    _KEYS,
    "select t.protocol, t.serial, t.verified, t.id from terminal t "
    "join unnest($1, $2, $3) as k(p, s, v) on (t.protocol, t.serial, t.verified) = (k.p, k.s, k.v)",
)


def _enter_unknown(at: At, keys: Sequence[Key]) -> None:
    unknown = at.session.scalar(text("select count(*) from terminal where unit_id is null")) or 0
    if unknown + len(keys) > MAX_UNKNOWN:
        raise TooManyUnknown(f"{unknown} unknown terminals wait to be claimed; no more are entered")
    for protocol, serial, verified in keys:
        at.session.execute(
            text(
                "insert into terminal (protocol, serial, verified, first_seen) values (:p, :s, :v, :now) "
                "on conflict do nothing"
            ),
            {"p": protocol, "s": serial, "v": verified, "now": at.now},
        )


def insert_requests(at: At, arrivals: Sequence[Arrival], terminals: Sequence[int]) -> list[int]:
    """Keep the record part of each request; returns their ids in the arrivals' order."""
    rows = [
        (a.received, terminal, a.method, a.path, a.query, a.headers, a.body, a.digest)
        for a, terminal in zip(arrivals, terminals, strict=True)
    ]
    made = run(at.session, (_REQUESTS, *columns(rows, 8))) if rows else []
    if [bytes(digest) for _, digest in made] != [a.digest for a in arrivals]:
        raise RuntimeError("the server returned inserted requests in another order")
    return [number for number, _ in made]


def insert_readings(
    at: At, arrivals: Sequence[Arrival], terminals: Sequence[int], requests: Sequence[int]
) -> list[tuple[Any, ...]]:
    """Insert readings, sorted by their key so that two writers never wait for each other crosswise; returns the new."""
    rows = [
        (r.at, terminal, r.number, r.status, r.verify, int(r.method), r.device_time, a.received, request, r.line)
        for a, terminal, request in zip(arrivals, terminals, requests, strict=True)
        for r in a.readings
    ]
    return run(at.session, (_READINGS, *columns(sorted(rows, key=lambda row: row[:5]), 10))) if rows else []


def insert_refusals(at: At, arrivals: Sequence[Arrival], terminals: Sequence[int], requests: Sequence[int]) -> None:
    """Keep the records that could not be read, with the reason."""
    rows = [
        (a.received, terminal, request, r.line, r.text.replace("\0", "\\0"), r.reason.replace("\0", "\\0"))
        for a, terminal, request in zip(arrivals, terminals, requests, strict=True)
        for r in a.refusals
    ]
    if rows:
        run(at.session, (_REFUSALS, *columns(rows, 6)))


_REQUESTS = Prepared(
    "insert_requests",
    ("timestamptz[]", "bigint[]", "text[]", "text[]", "text[]", "text[]", "bytea[]", "bytea[]"),
    "insert into request (received, terminal_id, method, path, query, headers, body, digest) "
    "select * from unnest($1, $2, $3, $4, $5, $6, $7, $8) returning id, digest",
)
_READINGS = Prepared(
    "insert_readings",
    (
        *("timestamptz[]", "bigint[]", "text[]", "text[]", "text[]"),
        *("smallint[]", "text[]", "timestamptz[]", "bigint[]", "integer[]"),
    ),
    "insert into reading (at, terminal_id, number, status, verify, method, device_time, received, request_id, line) "
    "select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
    "on conflict do nothing returning id, at, terminal_id, number, method, received",
)
_REFUSALS = Prepared(
    "insert_refusals",
    ("timestamptz[]", "bigint[]", "bigint[]", "integer[]", "text[]", "text[]"),
    "insert into refusal (received, terminal_id, request_id, line, text, reason) "
    "select * from unnest($1, $2, $3, $4, $5, $6)",
)
