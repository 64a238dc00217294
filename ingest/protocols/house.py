"""Our own JSON, for terminals of brands without a protocol: records and heartbeats over HTTP.

`POST /ingest/v1/records` and `POST /ingest/v1/heartbeat`, one bearer token a terminal. The contract stands in
`house_contract.openapi`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from ingest.protocols.house_contract import LIMIT, METHODS, openapi
from ingest.protocols.personal import REPLACED, Scissors, is_image
from ingest.protocols.reading import (
    OFFSET_MINUTES,
    WHOLE_BODY,
    Answer,
    Decoded,
    Digest,
    Kind,
    Request,
    Verification,
    plain,
    read_time,
    wall_text,
)
from models.rules.readings import Reading, Refusal

__all__ = ["answer", "decode", "encode_handshake", "encode_heartbeat", "encode_records", "openapi"]

_WORDS = {method: word for word, method in METHODS.items()}
_COUNTS = {"users": "users", "records": "attlogs", "firmware": "firmware", "time": "time"}
_RECORD = ("number", "time", "method", "direction", "id")
_TOO_MANY = f"more than {LIMIT} records: split the request, nothing of it was taken"

_Members = dict[str, object]


@dataclass(slots=True)
class _Page:
    """What is gathered while the records are read."""

    offset_minutes: int
    scissors: Scissors
    readings: list[Reading] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    altered: bool = False  # a member was cut: the record part is written anew


def decode(request: Request, *, offset_minutes: int = OFFSET_MINUTES, digest: Digest) -> Decoded:
    """What a request says. Any bytes give a Decoded; a body that is not our JSON is one Refusal of the whole."""
    page = _Page(offset_minutes, Scissors(digest))
    kind = Kind.HEARTBEAT if request.path.rstrip("/").endswith("/heartbeat") else Kind.RECORDS
    members, reason = _parsed(request.body, kind)
    serial = plain(str(members.get("serial", "")), 64)
    if reason:
        part = page.scissors.cut("unread", "", request.body)
        refusals = (Refusal(WHOLE_BODY, "", reason),)
        return Decoded(serial, kind, refusals=refusals, personal=tuple(page.scissors.parts), record_part=part)
    count, part = _read(members, kind, page), request.body
    if page.altered:
        part = json.dumps(members, separators=(",", ":")).encode()
    return Decoded(
        serial,
        kind,
        tuple(page.readings),
        refusals=tuple(page.refusals),
        personal=tuple(page.scissors.parts),
        record_part=part,
        facts=_facts(members) if kind is Kind.HEARTBEAT else {},
        acknowledge=count,
    )


def answer(
    decoded: Decoded, *, first_contact: bool = False, stamp: str | None = None, commands: Sequence[tuple[str, str]] = ()
) -> Answer:
    """How many records arrived and which of them cannot be read, each with what to do about it.

    200 also when some are refused (do not send those again unchanged); 400 and 413: nothing was taken.
    """
    del first_contact, stamp, commands  # our protocol has neither handshake nor commands
    whole = next((refusal for refusal in decoded.refusals if refusal.line == WHOLE_BODY), None)
    refused = [{"line": one.line, "reason": one.reason} for one in decoded.refusals if one.line != WHOLE_BODY]
    told: _Members = {"received": decoded.acknowledge, "refused": refused}
    if whole:
        told = {"error": whole.reason}
    status = 200 if not whole else 413 if whole.reason == _TOO_MANY else 400
    return Answer(status, json.dumps(told, ensure_ascii=False).encode(), "application/json")


def _parsed(body: bytes, kind: Kind) -> tuple[_Members, str]:
    """The members of the body; with the reason why they cannot be taken, "" when they can."""
    if is_image(body):
        return {}, "a picture where JSON belongs: send records only"
    try:
        members = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except UnicodeDecodeError:
        return {}, "the body is not UTF-8: write JSON in UTF-8"
    except json.JSONDecodeError as error:
        return {}, f"not JSON at byte {len(error.doc[: error.pos].encode())}: {error.msg}"
    except (ValueError, RecursionError) as error:
        return {}, f"not the JSON we take: {plain(str(error), 80)}"
    if _is_deep(members):
        return {}, "nested too deeply: records are flat"
    if not isinstance(members, dict):
        return {}, 'the body must be an object: {"serial": …, "records": […]}'
    if not isinstance(members.get("serial"), str) or not plain(members["serial"]):
        return {}, "serial missing: give the terminal's serial number as text"
    return members, _unfit_records(members) if kind is Kind.RECORDS else ""


def _unfit_records(members: _Members) -> str:
    records = members.get("records")
    if not isinstance(records, list):
        return "records missing: give a list, even of one record"
    return _TOO_MANY if len(records) > LIMIT else ""


def _is_deep(value: object) -> bool:
    layer: list[object] = [value]
    for _ in range(8):
        layer = [item for one in layer if isinstance(one, dict | list) for item in _items(one)]
    return bool(layer)


def _items(value: dict[str, object] | list[object]) -> list[object]:
    return list(value.values()) if isinstance(value, dict) else value


def _once(pairs: list[tuple[str, object]]) -> _Members:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member stands twice")
    return members


def _no_constant(_: str) -> NoReturn:
    raise ValueError("a number that is not finite")


def _read(members: _Members, kind: Kind, page: _Page) -> int:
    """Gather the records and cut what we do not know; the number of records."""
    known = ("serial", "records") if kind is Kind.RECORDS else ("serial", *_COUNTS)
    _cut(members, known, "", page, spared="records" if kind is Kind.RECORDS else "")
    records = members.get("records")
    if kind is not Kind.RECORDS or not isinstance(records, list):
        return 0
    for line, record in enumerate(records):
        if isinstance(record, dict):
            _cut(record, _RECORD, str(record.get("number", ""))[:64], page)
            said = _reading(record, line, page.offset_minutes)
        else:
            records[line] = _replacement(record, "", page)
            said = 'a record must be an object: {"number": …, "time": …, "method": …}'
        if isinstance(said, Reading):
            page.readings.append(said)
        else:
            text = json.dumps(records[line], ensure_ascii=True)[:1000]
            page.refusals.append(Refusal(line, text, said))
    return len(records)


def _cut(members: _Members, known: tuple[str, ...], number: str, page: _Page, *, spared: str = "") -> None:
    """Members we do not know may be personal (name, picture): replaced in place. So are oversized ones."""
    for name, value in members.items():
        if name != spared and not (name in known and _is_short(value)):
            members[name] = _replacement(value, number, page)


def _is_short(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)  # 1e999 reads as infinity, which JSON cannot write
    return isinstance(value, int) or value is None or (isinstance(value, str) and len(value) <= 100)


def _replacement(value: object, number: str, page: _Page) -> object:
    if value in ("", None):
        return value
    content = value.encode("utf-8", "backslashreplace") if isinstance(value, str) else json.dumps(value).encode()
    kept = page.scissors.cut("unread", plain(number, 64), content)
    if kept == content:
        return value
    page.altered = True
    return kept.decode()


def _reading(record: _Members, line: int, offset_minutes: int) -> Reading | str:
    """One record as a Reading, or what is wrong with it and how to write it."""
    number, time, word = (_text(record.get(name)) for name in ("number", "time", "method"))
    direction = _text(record.get("direction"))
    if not number or len(number) > 64 or not number.isprintable():
        return "number missing or unreadable: give the person's number on the terminal, up to 64 characters"
    if len(direction) > 40 or not direction.isprintable():
        return "direction is too long or unreadable: up to 40 characters"
    at = read_time(time, offset_minutes)
    if at is None:
        return "time cannot be read: write YYYY-MM-DDTHH:MM:SS with the offset, or local time without"
    if word not in METHODS:
        return f"method unknown: write one of {', '.join(METHODS)}"
    if any(REPLACED.search(text.encode()) for text in (number, direction)):
        return "a member was cut as personal"
    return Reading(number, time, at, direction, word, METHODS[word], line)


def _text(value: object) -> str:
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18
    return str(value) if whole else value.strip() if isinstance(value, str) else ""


def _facts(members: _Members) -> dict[str, str]:
    told = {name: plain(_text(members.get(key))) for key, name in _COUNTS.items()}
    return {name: value for name, value in told.items() if value}


def _post(path: str, members: _Members) -> Request:
    body = json.dumps(members, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    return Request("POST", f"/ingest/v1/{path}", (), headers, body)


def encode_records(serial: str, records: Sequence[Verification], *, offset_minutes: int = OFFSET_MINUTES) -> Request:
    """An upload in our own JSON, times as local wall text."""
    told = [
        {"number": one.number, "time": wall_text(one.at, offset_minutes), "method": _WORDS.get(one.method, "other")}
        for one in records
    ]
    return _post("records", {"serial": serial, "records": told})


def encode_heartbeat(serial: str) -> Request:
    """The sign of life."""
    return _post("heartbeat", {"serial": serial})


def encode_handshake(serial: str) -> Request:
    """Our protocol has no handshake: the first heartbeat is the first contact."""
    return encode_heartbeat(serial)
