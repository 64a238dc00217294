"""What every protocol takes and returns: a request as it arrived, what it says, and the answer to give."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from urllib.parse import parse_qsl, urlencode

from models.rules.events import TAMPER, Event, EventName, Numbered, Result
from models.rules.instants import BEIJING, from_wall, whole_ms
from models.rules.readings import Method, Reading, Refusal

__all__ = ["TAMPER", "Event", "EventName", "Numbered", "Result"]  # a protocol's words, the trade's too
OFFSET_MINUTES = int(BEIJING.utcoffset(None).total_seconds()) // 60
WHOLE_BODY = -1  # the `line` of a Refusal that concerns the request as a whole

Digest = Callable[[bytes], str]  # keyed digest of a short personal text, as hex (low entropy: a bare hash is guessable)


@dataclass(frozen=True)
class Request:
    """One HTTP request as it arrived; names of parameters and headers are read without regard to case."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def to(cls, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Request:
        """From a request target such as `/iclock/cdata?SN=1&table=ATTLOG`."""
        path, _, query = target.partition("?")
        pairs = parse_qsl(query, keep_blank_values=True, errors="replace")
        return cls(method, path, tuple(pairs), headers, body)

    @property
    def target(self) -> str:
        """Path and query, as a client writes them."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    def parameter(self, name: str) -> str:
        return self._parameters.get(name.lower(), "")

    def header(self, name: str) -> str:
        return self._headers.get(name.lower(), "")

    @cached_property
    def _parameters(self) -> dict[str, str]:
        """The first of each name holds."""
        return {key.lower(): value for key, value in reversed(self.query)}

    @cached_property
    def _headers(self) -> dict[str, str]:
        return {key.lower(): value for key, value in reversed(list(self.headers.items()))}


class Kind(StrEnum):
    """What a request is for."""

    HANDSHAKE = "handshake"
    RECORDS = "records"
    EVENTS = "events"  # the terminal's own log and the persons it holds
    HEARTBEAT = "heartbeat"
    POLL = "poll"  # asks for commands
    RESULT = "result"  # reports on commands
    PICTURE = "picture"
    OPTIONS = "options"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Personal:
    """A personal part cut out of the request; `replacement` stands in its place in the record part.

    `kind` is name, card, password, id_card, template, picture, content (a file a command asked for),
    archive or unread (may hold anything); `number` is the person's number on the terminal, "" when not told.
    """

    kind: str
    number: str
    content: bytes
    replacement: str


@dataclass(frozen=True, slots=True)
class Decoded:
    """What one request says. Translating `record_part` again gives the same readings.

    `acknowledge` counts the record lines received, malformed ones and duplicates included. `facts` keep the
    brand's own keys, but for firmware, model, mac, ip, language, pushver, users, attlogs, faces, fingerprints
    (counts as decimal text), stamp and table, which every protocol names alike.
    """

    serial: str
    kind: Kind
    readings: tuple[Reading, ...] = ()
    events: tuple[Event, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    personal: tuple[Personal, ...] = ()
    results: tuple[Result, ...] = ()
    record_part: bytes = b""
    facts: Mapping[str, str] = field(default_factory=dict)
    acknowledge: int = 0
    numbered: tuple[Numbered, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send back, byte for byte."""

    status: int
    body: bytes
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Verification:
    """What a simulated terminal has seen, before it puts it in its brand's words; `at` is a UTC instant."""

    number: str
    at: datetime
    method: Method = Method.FACE


_TIME = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,6})\d*)?)?"
    r"(?: ?(Z)|([+-])(0\d|1[0-4]):?([0-5]\d))?",
    re.ASCII,
)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f]")
_EPOCH = re.compile(r"\d{9,10}|\d{13}", re.ASCII)


def read_time(text: str, offset_minutes: int = OFFSET_MINUTES) -> datetime | None:
    """The UTC instant of a terminal's time text in whole ms; None when it cannot be read (nothing is guessed).

    Wall time is taken at `offset_minutes`, unless the text carries its own offset; bare digits are Unix time.
    """
    if _EPOCH.fullmatch(text):
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(text) * (1 if len(text) == 13 else 1000))
    if not (found := _TIME.fullmatch(text)):
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    if found[9]:
        offset_minutes = (int(found[10]) * 60 + int(found[11])) * (-1 if found[9] == "-" else 1)
    try:
        wall = datetime(year, month, day, hour, minute, second, int((found[7] or "").ljust(6, "0")))  # noqa: DTZ001
        return whole_ms(from_wall(wall, 0 if found[8] else offset_minutes))
    except (ValueError, OverflowError):
        return None


def wall_text(at: datetime, offset_minutes: int = OFFSET_MINUTES) -> str:
    """How a terminal writes an instant: wall time to the second."""
    return (at + timedelta(minutes=offset_minutes)).replace(tzinfo=None).isoformat(" ", "seconds")


def text_of(raw: bytes, limit: int | None = 1000) -> str:
    """Text of a terminal's bytes: strict UTF-8, else GB18030 (terminals set to Chinese); safe to store.

    Control characters become the visible signs of Unicode's U+2400 block: PostgreSQL refuses NUL.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    return _CONTROL.sub(lambda sign: chr(0x2400 + ord(sign[0])), text[:limit])


def plain(text: str, limit: int = 200) -> str:
    """A parameter or fact without anything unprintable, cut to `limit`."""
    kept = text.strip()[:limit]
    return kept if kept.isprintable() else "".join(sign for sign in kept if sign.isprintable())
