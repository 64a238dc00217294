"""Dahua terminals and those of its OEM brands (Intelbras): events pushed to an address set on the terminal.

Source: the OEM's public interface pages (event server, pictures by HTTP) and an emulator's field set. A terminal keeps
what is not answered 200 and sends it again. No event names the terminal but by its network card.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

from ingest.protocols.dahua import bodies, events
from ingest.protocols.page import OTHER, Page
from ingest.protocols.personal import Scissors
from ingest.protocols.reading import (
    OFFSET_MINUTES,
    Answer,
    Decoded,
    Digest,
    Kind,
    Numbered,
    Request,
    Verification,
)
from models.rules.instants import epoch_ms

__all__ = ["answer", "decode", "encode_handshake", "encode_heartbeat", "encode_records"]


def decode(request: Request, *, offset_minutes: int = OFFSET_MINUTES, digest: Digest) -> Decoded:
    """What a request says. Any bytes give a Decoded; what cannot be read is a Refusal in it."""
    page = Page(offset_minutes, Scissors(digest))
    body = bodies.opened(request, page)
    card = next((name for one in body.events if (name := one.get("physicaladdress", ""))), request.parameter("mac"))
    for line, fields in enumerate(body.events):
        other = fields.get("physicaladdress", card) not in ("", card)
        told = OTHER if other else events.said(fields, line, offset_minutes)
        page.take(told, line, json.dumps(fields)[:1000])
        if fields.get("recno", "").isdecimal():
            page.numbered.append(Numbered(line, int(fields["recno"])))
    serial = card or next((name for one in body.events if (name := one.get("deviceid", ""))), "")
    return page.decoded(serial, _kind(request, body, page), body.part, {"mac": card})


def answer(
    decoded: Decoded, *, first_contact: bool = False, stamp: str | None = None, commands: Sequence[tuple[str, str]] = ()
) -> Answer:
    """Any 200 will do; the words are looked at only where the terminal asks whom to let in, which we do not say."""
    del decoded, first_contact, stamp, commands
    return Answer(200, b"OK")


def _kind(request: Request, body: bodies.Body, page: Page) -> Kind:
    if any(one.get("code", "").lower() == events.PUNCH for one in body.events):
        return Kind.RECORDS
    if body.events:
        return Kind.EVENTS
    if body.alive or request.path.lower().rstrip("/").endswith("/keepalive"):
        return Kind.HEARTBEAT
    return Kind.PICTURE if any(one.kind == "picture" for one in page.scissors.parts) else Kind.OTHER


def _part(name: str, content: str) -> str:
    head = f'--myboundary\r\nContent-Disposition: form-data; name="{name}"\r\nContent-Type: text/plain\r\n'
    return f"{head}Content-Length: {len(content.encode())}\r\n\r\n{content}\r\n"


def encode_records(serial: str, records: Sequence[Verification], *, offset_minutes: int = OFFSET_MINUTES) -> Request:
    """An upload as the event server gets it: part `info`, here without the picture."""
    told = [
        {
            "Action": "Pulse",
            "Code": "AccessControl",
            "Data": {
                "UserID": one.number,
                "Method": events.WORDS.get(one.method, 14),
                "Status": 1,
                "ErrorCode": 0,
                "Type": "Entry",
                "Door": 0,
                "UTC": epoch_ms(one.at) // 1000,
            },
            "Index": 0,
            "PhysicalAddress": serial,
        }
        for one in records
    ]
    last = max((one.at for one in records), default=None)
    wall = f"{last + timedelta(minutes=offset_minutes):%d-%m-%Y %H:%M:%S}" if last else ""
    info = json.dumps({"Channel": 0, "Events": told, "FilePath": "", "Time": wall}, indent=1)
    body = (_part("info", info) + "--myboundary--\r\n").encode()
    headers = {"Content-Type": "multipart/form-data; boundary=myboundary", "Content-Length": str(len(body))}
    return Request("POST", "/ingest/dahua/events", (), headers, body)


def encode_heartbeat(serial: str) -> Request:
    """Keep-alive: the address is set on the terminal, the network card in it is ours."""
    return Request("GET", "/ingest/dahua/keepalive", (("mac", serial),), {})


def encode_handshake(serial: str) -> Request:
    """There is no handshake: the first keep-alive is the first contact."""
    return encode_heartbeat(serial)
