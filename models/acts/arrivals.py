"""Writing what arrived, row by row: terminals, raw requests, readings, refusals. Part of intake's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg2.extras import execute_values
from sqlalchemy import text

from models.database import At, cursor
from models.rules.readings import Arrival, Key

MAX_UNKNOWN = 20_000  # a flood of invented serials ends here: they are answered and no longer kept apart


class TooManyUnknown(RuntimeError):
    """The register of unknown terminals is full: the province must claim or clear them."""


def terminal_ids(at: At, keys: Sequence[Key]) -> list[int]:
    """The terminal of each key; an unknown one is entered, not admitted, so that its readings are held."""
    wanted = sorted(set(keys))
    known = known_ids(at, wanted)
    if missing := [key for key in wanted if key not in known]:
        _enter_unknown(at, missing)
        known = known_ids(at, wanted)
    return [known[key] for key in keys]


def known_ids(at: At, keys: Sequence[Key]) -> dict[Key, int]:
    """The terminals among the keys that are entered already."""
    rows = at.session.execute(
        text(
            "select t.protocol, t.serial, t.verified, t.id from terminal t join unnest(cast(:p as text[]), "
            "cast(:s as text[]), cast(:v as boolean[])) as k(p, s, v) "
            "on (t.protocol, t.serial, t.verified) = (k.p, k.s, k.v)"
        ),
        {"p": [k[0] for k in keys], "s": [k[1] for k in keys], "v": [k[2] for k in keys]},
    )
    return {(protocol, serial, verified): number for protocol, serial, verified, number in rows}


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


def _values(at: At, statement: str, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Insert many rows in one statement and return what it returns."""
    if not rows:
        return []
    with cursor(at.session.connection()) as driver:
        return execute_values(driver, statement, rows, page_size=len(rows), fetch=True)  # type: ignore[no-any-return]


def insert_requests(at: At, arrivals: Sequence[Arrival], terminals: Sequence[int]) -> list[int]:
    """Keep the record part of each request; returns their ids in the arrivals' order."""
    rows = [
        (a.received, terminal, a.method, a.path, a.query, a.headers, a.body, a.digest)
        for a, terminal in zip(arrivals, terminals, strict=True)
    ]
    made = _values(
        at,
        "insert into request (received, terminal_id, method, path, query, headers, body, digest) values %s "
        "returning id, digest",
        rows,
    )
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
    return _values(
        at,
        "insert into reading "
        "(at, terminal_id, number, status, verify, method, device_time, received, request_id, line) "
        "values %s on conflict do nothing returning id, at, terminal_id, number, method, received",
        sorted(rows, key=lambda row: row[:5]),
    )


def insert_refusals(at: At, arrivals: Sequence[Arrival], terminals: Sequence[int], requests: Sequence[int]) -> None:
    """Keep the records that could not be read, with the reason."""
    rows = [
        (a.received, terminal, request, r.line, r.text.replace("\0", "\\0"), r.reason.replace("\0", "\\0"))
        for a, terminal, request in zip(arrivals, terminals, requests, strict=True)
        for r in a.refusals
    ]
    _values(
        at, "insert into refusal (received, terminal_id, request_id, line, text, reason) values %s returning id", rows
    )
