"""The lines of a ZKTeco upload, one after another: what each says, and the same line without its personal parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ingest.protocols.personal import REPLACED, Scissors, has_fields, is_text, number_in
from ingest.protocols.reading import Event, Kind, Numbered, Result, text_of
from ingest.protocols.zkteco import log, records, security
from ingest.protocols.zkteco.lines import tag_of
from models.rules.readings import Reading, Refusal

_TABLE_LINE = re.compile(rb"(?i)table=(\w{1,40})[ \t]*")
_ID_CARDS = ("IDCARD", "IDENTITYCARD")


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
    announced: int = 0  # rows that the query announces, if any: a template may go over several lines
    readings: list[Reading] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    numbered: list[Numbered] = field(default_factory=list)
    count: int = 0  # record lines received


def first_table(content: bytes) -> str:
    """The table that a first line `TABLE=…` names, in capitals; "" when none does."""
    first = next((row.strip(b"\r") for row in content.split(b"\n", 8) if row.strip(b"\r")), b"")
    named = _TABLE_LINE.fullmatch(first)
    return named[1].decode().upper() if named else ""


def rows(content: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """(place, line, CR or nothing) of every row; place counts record lines from 0, -1 is an empty or TABLE row."""
    place, first = 0, True
    for row in content.split(b"\n"):
        line = row.rstrip(b"\r")
        counts = bool(line) and not (first and _TABLE_LINE.fullmatch(line))
        first = first and not line
        yield place if counts else -1, line, row[len(line) :]
        place += counts


def reader(body: Body) -> Callable[[bytes, int, Body], bytes]:
    """What reads a line of this body: (line, place, body) → the line for the record part."""
    if body.table in security.RECORD_TABLES:
        return _entry
    if body.table == security.STATE_TABLE:
        return _state
    return _record if body.kind is Kind.RECORDS else _Log().line


def _entry(line: bytes, place: int, body: Body) -> bytes:
    """A line of the security push, with the record's number on the terminal."""
    said, count = security.entry(line, place, body.offset_minutes)
    number = text_of(number_in(line))
    cut = body.scissors.fields(line, number) if is_text(line) else body.scissors.cut("unread", number, line)
    body.numbered += [count] if count else []
    return _taken(said, cut, place, body)


def _state(line: bytes, place: int, body: Body) -> bytes:
    cut = body.scissors.fields(line, "") if is_text(line) else body.scissors.cut("unread", "", line)
    return _taken(security.state(cut, place, body.offset_minutes), cut, place, body)


def _taken(said: Reading | Event | str, cut: bytes, place: int, body: Body) -> bytes:
    """Note what a line says; a text is the reason why it cannot be read, an empty one says nothing."""
    if isinstance(said, Reading):
        body.readings.append(said)
    elif isinstance(said, Event):
        body.events.append(said)
    elif said:
        body.refusals.append(Refusal(place, text_of(cut), said))
    return cut


def _record(line: bytes, place: int, body: Body) -> bytes:
    if (seen := records.ordinary(line, place, body.offset_minutes)) is not None:
        body.readings.append(seen)
        return line
    said = records.record(line, place, body.offset_minutes)
    cut = records.cut(line, body.scissors, readable=isinstance(said, Reading))
    return _taken(said, cut, place, body)


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
        return _taken(said, cut, place, body)

    def _said(self, line: bytes, place: int, body: Body) -> tuple[bytes, Event | str]:
        tag, scissors, number = tag_of(line)[0], body.scissors, text_of(number_in(line))
        number = log.picture_name(number)[1] if body.table == "ATTPHOTO" else number
        cut = scissors.fields(line, number, id_card=tag in _ID_CARDS or body.table in _ID_CARDS)
        rest = text_of(tag_of(cut)[1])
        last = scissors.parts[-1] if scissors.parts else None
        self._before = (last.kind, number) if last and cut.endswith(last.replacement.encode()) else None
        if tag == "OPLOG":
            return cut, log.operation(rest, place, body.offset_minutes)
        return cut, log.held(tag, body.table, rest, place)
