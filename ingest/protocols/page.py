"""What is gathered while a request is read, and the Decoded made of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ingest.protocols.multipart import Multipart, Part
from ingest.protocols.personal import Scissors
from ingest.protocols.reading import WHOLE_BODY, Decoded, Event, Kind, Numbered, Result, plain
from models.rules.readings import Reading, Refusal

OTHER = "names another terminal than the first of the request"
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")


@dataclass(slots=True)
class Page:
    """A request as far as it is read: records, log lines, what could not be read, results of commands."""

    offset_minutes: int
    scissors: Scissors
    readings: list[Reading] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    numbered: list[Numbered] = field(default_factory=list)

    def take(self, said: Reading | Event | str, line: int, text: str = "") -> None:
        """Note what a record says; a text is the reason why it cannot be read, an empty one says nothing."""
        if isinstance(said, Reading):
            self.readings.append(said)
        elif isinstance(said, Event):
            self.events.append(said)
        elif said:
            self.refusals.append(Refusal(line, text, said))

    def refuse(self, content: bytes, reason: str) -> bytes:
        """Nothing of a body or part can be read: what stands in its place, since it may hold anything."""
        if content.strip():
            self.refusals.append(Refusal(WHOLE_BODY, "", reason))
        return self.scissors.cut("unread", "", content)

    def joined(self, split: Multipart, contents: Iterable[bytes]) -> bytes:
        """A multipart around other contents; in its frame a file's name, or what stands between parts, is cut too."""
        pairs = zip(split.parts, contents, strict=True)
        parts = (Part(self._frame(one.before), self._frame(one.head), content) for one, content in pairs)
        return Multipart(tuple(parts), self._frame(split.end)).body

    def _frame(self, raw: bytes) -> bytes:
        lines = raw.split(b"\n")
        return b"\n".join(line if line.startswith(b"--") else self._bare(line) for line in lines)

    def _bare(self, line: bytes) -> bytes:
        ascii_only = _BEYOND_ASCII.sub(lambda found: self.scissors.cut("unread", "", found[0]), line)
        return self.scissors.loose(ascii_only, "")

    def decoded(self, serial: str, kind: Kind, part: bytes, facts: Mapping[str, str] | None = None) -> Decoded:
        """Every record that can be read or not is acknowledged; facts without a value are left out."""
        told = {name: plain(value) for name, value in (facts or {}).items()}
        return Decoded(
            serial=plain(serial, 64),
            kind=kind,
            readings=tuple(self.readings),
            events=tuple(self.events),
            refusals=tuple(self.refusals),
            personal=tuple(self.scissors.parts),
            results=tuple(self.results),
            record_part=part,
            facts={name: value for name, value in told.items() if value},
            numbered=tuple(self.numbered),
            acknowledge=len(self.readings) + sum(one.line != WHOLE_BODY for one in self.refusals),
        )
