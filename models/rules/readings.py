"""What a terminal says, translated: the value every protocol returns and every act of attendance takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from models.rules.events import Event, Numbered, Result


class Method(IntEnum):
    """How the terminal verified the person. Numbers are stored: never renumber."""

    UNKNOWN = 0
    FACE = 1
    FACE_AND = 2  # face together with another factor
    FINGERPRINT = 3
    CARD = 4
    PASSWORD = 5
    PALM = 6
    VEIN = 7
    OTHER = 8
    MANUAL_ONSITE = 9  # 办法第10条's alternative: on site with identity card, two confirmations


@dataclass(frozen=True, slots=True)
class Reading:
    """One record as the terminal sent it, before anything is known of the person.

    `at` is the UTC instant that `device_time` means at the terminal's offset, in whole milliseconds;
    `line` is the record's place in its request, from 0.
    """

    number: str
    device_time: str
    at: datetime
    status: str
    verify: str
    method: Method
    line: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that cannot be read: kept with its reason, counted in the acknowledgement, never guessed."""

    line: int
    text: str
    reason: str


Key = tuple[str, str, bool]  # of a terminal: protocol, serial, verified


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request of a terminal, translated; `body` is its record part, `digest` the SHA-256 of the body as it came."""

    protocol: str
    serial: str
    received: datetime
    method: str
    path: str
    query: str
    headers: str
    body: bytes
    digest: bytes
    readings: tuple[Reading, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    verified: bool = True
    events: tuple[Event, ...] = ()
    numbered: tuple[Numbered, ...] = ()
    results: tuple[Result, ...] = ()

    @property
    def key(self) -> Key:
        return self.protocol, self.serial, self.verified
