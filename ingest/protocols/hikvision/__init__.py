"""Hikvision terminals in listening mode (ISAPI httpHosts): each event is posted to an address set on the terminal.

JSON, XML or a multipart of both and pictures. Some terminals name neither serial number nor network card, so each is
given an address of its own, with its token. Gateways wrap the events; answers to queries of events read the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from ingest.protocols import multipart
from ingest.protocols.hikvision.answers import answer, encode_handshake, encode_heartbeat, encode_records
from ingest.protocols.hikvision.documents import number_of, opened
from ingest.protocols.hikvision.events import facts_of, is_heartbeat, numbered, serial_of, translate
from ingest.protocols.multipart import Multipart, Part
from ingest.protocols.page import Page
from ingest.protocols.personal import Scissors, is_image
from ingest.protocols.reading import OFFSET_MINUTES, Decoded, Digest, Kind, Request

__all__ = ["answer", "decode", "encode_handshake", "encode_heartbeat", "encode_records"]

_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")

_Events = list[dict[str, object]]


def decode(request: Request, *, offset_minutes: int = OFFSET_MINUTES, digest: Digest) -> Decoded:
    """What a request says. Any bytes give a Decoded; what cannot be read is a Refusal in it.

    Wall times are taken at `offset_minutes`; `numbered` carries serialNo and frontSerialNo of the events.
    """
    page = Page(offset_minutes, Scissors(digest))
    events, part = _split(request, page)
    serial = next((told for event in events if (told := serial_of(event))), "")
    for line, event in enumerate(events):
        _take(event, line, serial, page)
    return page.decoded(serial, _kind(request, events, page), part, _facts(events))


def _split(request: Request, page: Page) -> tuple[_Events, bytes]:
    """The events of a body and its record part."""
    kind = request.header("Content-Type")
    if not multipart.is_multipart(request.body, kind):
        if is_image(request.body):
            return [], page.scissors.cut("picture", "", request.body)
        return opened(request.body, page) if request.body.strip() else ([], request.body)
    found = multipart.split(request.body, kind)
    told = [([], b"") if _is_picture(one) else opened(one.content, page) for one in found.parts]
    events = [event for inside, _ in told for event in inside]
    number = next((number for event in events if (number := number_of(event))), "")
    parts = tuple(
        Part(
            _frame(one.before, page.scissors),
            _frame(one.head, page.scissors),
            page.scissors.cut("picture", number[:64], one.content) if _is_picture(one) else text,
        )
        for one, (_, text) in zip(found.parts, told, strict=True)
    )
    return events, Multipart(parts, _frame(found.end, page.scissors)).body


def _is_picture(part: Part) -> bool:
    return is_image(part.content) or part.content_type.startswith("image/") or bool(part.filename)


def _frame(raw: bytes, scissors: Scissors) -> bytes:
    """What stands around a part: a file's name may be a person's."""
    return scissors.loose(_BEYOND_ASCII.sub(lambda found: scissors.cut("unread", "", found[0]), raw), "")


def _take(event: dict[str, object], line: int, serial: str, page: Page) -> None:
    if serial_of(event) not in ("", serial):
        page.take("names another terminal than the first event of the request", line)
        return
    if is_heartbeat(event):
        return
    page.take(translate(event, line, page.offset_minutes), line, json.dumps(event, ensure_ascii=False)[:1000])
    if count := numbered(event, line):
        page.numbered.append(count)


def _kind(request: Request, events: _Events, page: Page) -> Kind:
    if page.readings or any(one.line >= 0 for one in page.refusals):
        return Kind.RECORDS
    if page.events:
        return Kind.EVENTS
    if page.refusals:
        return Kind.OTHER
    return Kind.PICTURE if page.scissors.parts and not events else Kind.HEARTBEAT


def _facts(events: _Events) -> Mapping[str, str]:
    facts: dict[str, str] = {}
    for event in events:
        facts = {name: value for name, value in facts_of(event).items() if value} | facts
    return facts
