"""ZKTeco attendance push ("iclock", push 2.x): what a terminal uploads, polls and reports, and the exact answers.

Other brands that speak it (many Chinese terminals do) come through the same doors. Whatever arrives, the
answer is 200 text/plain: a terminal that gets anything else retries for ever or drops its records.
"""

from __future__ import annotations

from ingest.protocols.personal import Scissors
from ingest.protocols.reading import OFFSET_MINUTES, Decoded, Digest, Kind, Request, plain
from ingest.protocols.zkteco.answers import answer, encode_handshake, encode_heartbeat, encode_records
from ingest.protocols.zkteco.archives import unpacked
from ingest.protocols.zkteco.bodies import Body, first_table, translate
from ingest.protocols.zkteco.facts import info

__all__ = ["answer", "decode", "encode_handshake", "encode_heartbeat", "encode_records"]

_ROUTES = {"getrequest": Kind.POLL, "ping": Kind.HEARTBEAT, "devicecmd": Kind.RESULT, "fdata": Kind.PICTURE}
_TABLES = {
    "ATTLOG": Kind.RECORDS,
    "OPTIONS": Kind.OPTIONS,
    "ATTPHOTO": Kind.PICTURE,
    **dict.fromkeys(
        ("OPERLOG", "USERINFO", "BIODATA", "IDCARD", "ERRORLOG", "BIOPHOTO", "USERPIC", "FINGERTMP"), Kind.EVENTS
    ),
}
_STAMPS = ("Stamp", "ATTLOGStamp", "OpStamp", "OPERLOGStamp", "PhotoStamp", "ATTPHOTOStamp")


def decode(request: Request, *, offset_minutes: int = OFFSET_MINUTES, digest: Digest) -> Decoded:
    """What a request says. Any bytes give a Decoded; what cannot be read is a Refusal in it.

    Wall times are taken at `offset_minutes`; `digest` is the keyed digest that stands for short personal texts.
    """
    content, reason = unpacked(request.body)
    table = plain(request.parameter("table"), 40).upper() or first_table(content)
    kind = _kind(request, table)
    number = plain(request.parameter("PIN"), 64)
    body = Body(content, kind, table, offset_minutes, Scissors(digest), number, facts=_facts(request, table))
    part = translate(body, reason)
    return Decoded(
        serial=plain(request.parameter("SN"), 64),
        kind=kind,
        readings=tuple(body.readings),
        events=tuple(body.events),
        refusals=tuple(body.refusals),
        personal=tuple(body.scissors.parts),
        results=tuple(body.results),
        record_part=part,
        facts=body.facts,
        acknowledge=body.count,
    )


def _kind(request: Request, table: str) -> Kind:
    route = request.path.lower().rstrip("/").rsplit("/", 1)[-1].removesuffix(".aspx")
    if route != "cdata":
        return _ROUTES.get(route, Kind.OTHER)
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
    facts |= info(plain(request.parameter("INFO"), 1000))
    return {name: value for name, value in facts.items() if value}
