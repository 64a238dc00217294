"""A ZKTeco body as a whole: what it says, and the same bytes without their personal parts."""

from __future__ import annotations

import re

from ingest.protocols.personal import binary_start, is_image, is_text
from ingest.protocols.reading import WHOLE_BODY, Kind, text_of
from ingest.protocols.zkteco import log
from ingest.protocols.zkteco.facts import options, options_cut
from ingest.protocols.zkteco.lines import pairs
from ingest.protocols.zkteco.rows import Body, reader, rows
from models.rules.readings import Refusal

_CONTENT = re.compile(rb"(?is)((?:^|(?<=[\n\t&]))content=)(.*?)(?=\r?\nid=|\Z)")


def translate(body: Body, reason: str = "") -> bytes:
    """Gather what the body says; its record part. With a `reason` it is refused as a whole."""
    lined = body.kind in (Kind.RECORDS, Kind.EVENTS)
    count = sum(place >= 0 for place, _, _ in rows(body.content)) if lined or "tablename" in body.facts else 0
    body.count = min(count, body.announced) if body.announced else count
    if body.kind is not Kind.PICTURE and is_image(body.content):
        reason = reason or "a picture where text belongs: post it as ATTPHOTO"
    if reason:
        body.refusals.append(Refusal(WHOLE_BODY, "", reason))
        return body.scissors.cut("unread", body.number, body.content)
    if lined:
        read = reader(body)
        return b"\n".join(
            (read(line, place, body) if place >= 0 else line) + end for place, line, end in rows(body.content)
        )
    return {Kind.PICTURE: _picture, Kind.RESULT: _result}.get(body.kind, _other)(body)


def _picture(body: Body) -> bytes:
    """ATTPHOTO: a text head (`PIN=20240805124825-1156.jpg`, SN, size, CMD), one NUL, a JPEG; fdata: the JPEG alone."""
    start = binary_start(body.content)
    head = body.content if start is None else body.content[:start]
    if not is_text(head.removesuffix(b"\0")):
        return body.scissors.cut("picture", body.number, body.content)
    lines = (pairs(text_of(line)) for line in head.removesuffix(b"\0").splitlines())
    named = next((line["pin"] for line in lines if line.get("pin")), "")
    taken, number = log.picture_name(named)
    number = number or body.number
    told = {"picture_time": taken, "picture_number": number}
    body.facts |= {key: value for key, value in told.items() if value}
    kept = b"\n".join(body.scissors.fields(row, number) for row in head.split(b"\n"))
    return kept if start is None else kept + body.scissors.cut("picture", number, body.content[start:])


def _result(body: Body) -> bytes:
    body.content = _CONTENT.sub(lambda found: found[1] + body.scissors.cut("content", "", found[2]), body.content)
    part = _tail_cut(body)
    told, rest = log.results([text_of(line) for _, line, _ in rows(part) if line])
    body.results.extend(told)
    body.facts = options("\n".join(rest)) | body.facts
    return part


def _other(body: Body) -> bytes:
    part = _tail_cut(body)
    if body.kind in (Kind.OPTIONS, Kind.HANDSHAKE):
        body.facts = options("\n".join(text_of(line, None) for _, line, _ in rows(part))) | body.facts
    return part


def _tail_cut(body: Body) -> bytes:
    """A text with its personal fields cut; from the first binary byte on it is cut as a whole."""
    start = binary_start(body.content)
    head = body.content if start is None else body.content[:start]
    tail = b"" if start is None else body.scissors.cut("unread", body.number, body.content[start:])
    return b"\n".join(options_cut(row, body.scissors) for row in head.split(b"\n")) + tail
