"""A ZKTeco body, line by line: what it says, and the same bytes without their personal parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.protocols.personal import REPLACED, Scissors, binary_start, has_fields, is_image, is_text, number_in
from ingest.protocols.reading import WHOLE_BODY, Event, Kind, Result, text_of
from ingest.protocols.zkteco import log, records
from ingest.protocols.zkteco.facts import options, options_cut
from ingest.protocols.zkteco.lines import pairs, tag_of
from models.rules.readings import Reading, Refusal

_TABLE_LINE = re.compile(rb"(?i)table=(\w{1,40})[ \t]*")
_CONTENT = re.compile(rb"(?is)((?:^|(?<=[\n\t&]))content=)(.*?)(?=\r?\nid=|\Z)")


@dataclass(slots=True)
class Body:
    """A body and what is gathered from it; `number` is the person's number that the query names, if any."""

    content: bytes
    kind: Kind
    table: str
    offset_minutes: int
    scissors: Scissors
    number: str
    facts: dict[str, str]
    readings: list[Reading] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    count: int = 0  # record lines received


def first_table(content: bytes) -> str:
    """The table that a first line `TABLE=…` names, in capitals; "" when none does."""
    first = next((row.strip(b"\r") for row in content.split(b"\n", 8) if row.strip(b"\r")), b"")
    named = _TABLE_LINE.fullmatch(first)
    return named[1].decode().upper() if named else ""


def translate(body: Body, reason: str = "") -> bytes:
    """Gather what the body says; its record part. With a `reason` it is refused as a whole."""
    lined = body.kind in (Kind.RECORDS, Kind.EVENTS)
    body.count = sum(place >= 0 for place, _, _ in _rows(body.content)) if lined else 0
    if body.kind is not Kind.PICTURE and is_image(body.content):
        reason = reason or "a picture where text belongs: post it as ATTPHOTO"
    if reason:
        body.refusals.append(Refusal(WHOLE_BODY, "", reason))
        return body.scissors.cut("unread", body.number, body.content)
    if lined:
        read = _record if body.kind is Kind.RECORDS else _Log().line
        return b"\n".join(
            (read(line, place, body) if place >= 0 else line) + end for place, line, end in _rows(body.content)
        )
    return {Kind.PICTURE: _picture, Kind.RESULT: _result}.get(body.kind, _other)(body)


def _rows(content: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """(place, line, CR or nothing) of every row; place counts record lines from 0, -1 is an empty or TABLE row."""
    place, first = 0, True
    for row in content.split(b"\n"):
        line = row.rstrip(b"\r")
        counts = bool(line) and not (first and _TABLE_LINE.fullmatch(line))
        first = first and not line
        yield place if counts else -1, line, row[len(line) :]
        place += counts


def _record(line: bytes, place: int, body: Body) -> bytes:
    said = records.record(line, place, body.offset_minutes)
    cut = records.cut(line, body.scissors, readable=isinstance(said, Reading))
    if isinstance(said, Reading):
        body.readings.append(said)
    else:
        body.refusals.append(Refusal(place, text_of(cut), said))
    return cut


class _Log:
    """Reads log lines one after another: a line without tag and fields continues the one before (a long template)."""

    def __init__(self) -> None:
        self._before: tuple[str, str] | None = None  # kind and number of the personal part the last line ended with

    def line(self, line: bytes, place: int, body: Body) -> bytes:
        """Gather what the line says; the line without its personal parts."""
        if is_text(line) and (has_fields(line) or tag_of(line)[0] in ("OPLOG", "ERRORLOG")):
            cut, said = self._said(line, place, body)
        else:
            kind, number = self._before or ("unread", "")
            cut = body.scissors.cut(kind, number, line)
            said = "" if self._before or REPLACED.fullmatch(line) else "neither a tag nor a field we know"
        if isinstance(said, Event):
            body.events.append(said)
        elif said:
            body.refusals.append(Refusal(place, text_of(cut), said))
        return cut

    def _said(self, line: bytes, place: int, body: Body) -> tuple[bytes, Event | str]:
        tag, scissors, number = tag_of(line)[0], body.scissors, text_of(number_in(line))
        cut = scissors.fields(line, number, id_card="IDCARD" in (tag, body.table))
        rest = text_of(tag_of(cut)[1])
        last = scissors.parts[-1] if scissors.parts else None
        self._before = (last.kind, number) if last and cut.endswith(last.replacement.encode()) else None
        if tag == "OPLOG":
            return cut, log.operation(rest, place, body.offset_minutes)
        return cut, log.held(tag, body.table, rest, place)


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
    told, rest = log.results([text_of(line) for _, line, _ in _rows(part) if line])
    body.results.extend(told)
    body.facts = options("\n".join(rest)) | body.facts
    return part


def _other(body: Body) -> bytes:
    part = _tail_cut(body)
    if body.kind in (Kind.OPTIONS, Kind.HANDSHAKE):
        body.facts = options("\n".join(text_of(line, None) for _, line, _ in _rows(part))) | body.facts
    return part


def _tail_cut(body: Body) -> bytes:
    """A text with its personal fields cut; from the first binary byte on it is cut as a whole."""
    start = binary_start(body.content)
    head = body.content if start is None else body.content[:start]
    tail = b"" if start is None else body.scissors.cut("unread", body.number, body.content[start:])
    return b"\n".join(options_cut(row, body.scissors) for row in head.split(b"\n")) + tail
