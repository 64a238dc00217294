"""ZKTeco attendance push ("iclock", push 2.x): what a terminal uploads, polls and reports, and the exact answers.

Terminals set up for doors speak another language at the same doors, the security push ("acc", 3.x; `security`,
`registry`); they can be switched, so each request tells which. Other brands that speak either (many Chinese terminals
do) come the same way. Whatever arrives, the answer is 200 text/plain: a terminal that gets anything else retries for
ever or drops its records.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ingest.protocols.personal import Scissors
from ingest.protocols.reading import OFFSET_MINUTES, Decoded, Digest, Kind, Request, plain
from ingest.protocols.zkteco import registry, security
from ingest.protocols.zkteco.answers import answer, encode_handshake, encode_heartbeat, encode_records
from ingest.protocols.zkteco.archives import unpacked
from ingest.protocols.zkteco.bodies import translate
from ingest.protocols.zkteco.facts import info
from ingest.protocols.zkteco.lines import number_of
from ingest.protocols.zkteco.rows import Body, first_table

__all__ = ["answer", "decode", "encode_handshake", "encode_heartbeat", "encode_records"]

_ROUTES = {
    "getrequest": Kind.POLL,
    "ping": Kind.HEARTBEAT,
    "devicecmd": Kind.RESULT,
    "fdata": Kind.PICTURE,
    "registry": Kind.OPTIONS,
    "push": Kind.HANDSHAKE,
}
_TABLES = {
    **dict.fromkeys(("ATTLOG", *security.RECORD_TABLES), Kind.RECORDS),
    security.STATE_TABLE: Kind.EVENTS,
    "OPTIONS": Kind.OPTIONS,
    "ATTPHOTO": Kind.PICTURE,
    **dict.fromkeys(
        ("OPERLOG", "USERINFO", "BIODATA", "IDCARD", "ERRORLOG", "BIOPHOTO", "USERPIC", "FINGERTMP"), Kind.EVENTS
    ),
}
_OURS = ("tablename", *registry.FACTS)  # facts that the answer is made of: no body may set them
_LONGEST = 400  # characters of an address that is remembered
_STAMPS = ("Stamp", "ATTLOGStamp", "OpStamp", "OPERLOGStamp", "PhotoStamp", "ATTPHOTOStamp")


def decode(request: Request, *, offset_minutes: int = OFFSET_MINUTES, digest: Digest) -> Decoded:
    """What a request says. Any bytes give a Decoded; what cannot be read is a Refusal in it.

    Wall times are taken at `offset_minutes`; `digest` is the keyed digest that stands for short personal texts.
    """
    content, reason = unpacked(request.body)
    at = _upload(request, digest) or _addressed(request, content, digest)
    body = Body(content, at.kind, at.table, offset_minutes, Scissors(digest), at.number, dict(at.facts))
    body.announced = at.announced
    part = translate(body, reason)
    silent = at.table == security.STATE_TABLE and not (body.events or body.refusals)
    return Decoded(
        serial=at.serial,
        kind=Kind.HEARTBEAT if silent else body.kind,
        readings=tuple(body.readings),
        events=tuple(body.events),
        refusals=tuple(body.refusals),
        personal=tuple(body.scissors.parts),
        results=tuple(body.results),
        record_part=part,
        facts={name: value for name, value in body.facts.items() if name not in _OURS} | at.facts,
        acknowledge=body.count,
        numbered=tuple(body.numbered),
    )


class _Address(NamedTuple):
    """What a request says before its body is read."""

    serial: str
    table: str
    kind: Kind
    number: str
    announced: int
    facts: dict[str, str]


def _upload(request: Request, digest: Digest) -> _Address | None:
    """The address of an upload that names its table: the same for each of a terminal's pushes. None of any other."""
    if len(request.path) + sum(len(name) + len(value) for name, value in request.query) > _LONGEST:
        return None
    return _named(request.method, request.path, request.query, digest)


@lru_cache(maxsize=8192)
def _named(method: str, path: str, query: tuple[tuple[str, str], ...], digest: Digest) -> _Address | None:
    request = Request(method, path, query)
    return _addressed(request, b"", digest) if _table(request) else None


def _addressed(request: Request, content: bytes, digest: Digest) -> _Address:
    serial = plain(request.parameter("SN"), 64)
    table = _table(request) or first_table(content)
    facts = _facts(request, table) | registry.asked(request, _route(request), serial, digest)
    announced = number_of(request.parameter("count")) or 0 if "tablename" in facts else 0
    return _Address(serial, table, _kind(request, table), plain(request.parameter("PIN"), 64), announced, facts)


def _route(request: Request) -> str:
    return request.path.lower().rstrip("/").rsplit("/", 1)[-1].removesuffix(".aspx")


def _table(request: Request) -> str:
    """The table that an upload names, in capitals; the security push names most of its tables apart."""
    table = plain(request.parameter("table"), 40).upper()
    return _tablename(request).upper() if table == "TABLEDATA" or _route(request) == "querydata" else table


def _tablename(request: Request) -> str:
    return re.sub(r"\W", "", plain(request.parameter("tablename"), 40), flags=re.ASCII)


def _kind(request: Request, table: str) -> Kind:
    if _tablename(request) and table == _tablename(request).upper():
        return Kind.EVENTS if table == "ATTPHOTO" else _TABLES.get(table, Kind.EVENTS)
    if _route(request) != "cdata":
        return _ROUTES.get(_route(request), Kind.OTHER)
    if table:
        return _TABLES.get(table, Kind.OTHER)
    if request.parameter("options") or (request.method.upper() == "GET" and not request.parameter("type")):
        return Kind.HANDSHAKE
    return Kind.OTHER


def _facts(request: Request, table: str) -> dict[str, str]:
    named = ("pushver", "language", "DeviceType", "PushOptionsFlag", "agent")
    facts = {name.lower(): plain(request.parameter(name)) for name in named}
    facts["stamp"] = next((plain(value) for name in _STAMPS if (value := request.parameter(name))), "")
    facts["table"] = table
    facts["tablename"] = _tablename(request) if table == _tablename(request).upper() else ""
    facts |= info(plain(request.parameter("INFO"), 1000))
    return {name: value for name, value in facts.items() if value}
