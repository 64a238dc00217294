"""What the demonstration's registers hold once they are entered: what its story is told with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from ingest.cast import MAKES
from ingest.habits import Habit
from ingest.protocols import table
from ingest.protocols.table import Secret

SILENT = (30, 107)  # the numbers of the terminals that have no line at the end of the demonstration's past
LAGGARD, LAG = 9, timedelta(minutes=7)  # the number of the terminal whose clock is slow, and by how much
SERIALS = tuple(make.serial for make in MAKES)  # how serials begin; the terminal's number follows in five digits


@dataclass(frozen=True, slots=True)
class Machine:
    """A terminal as its simulator knows it."""

    terminal: int
    serial: str
    protocol: str

    @property
    def number(self) -> int:
        return number_of(self.serial)


def number_of(serial: str) -> int:
    """The demonstration's own number of a terminal, 0, 1, 2, …"""
    return int(serial[-5:])


def token_of(serial: str, protocol: str) -> str:
    """The token of a demonstration terminal, "" where its protocol knows none; worth nothing elsewhere."""
    return "" if table.named(protocol).secret is Secret.NONE else f"demo-token-{serial[-5:]}"


@dataclass(frozen=True, slots=True)
class Works:
    """A project under construction, from the day number `since` to before `until`."""

    project: int
    city: str  # the first four digits of its prefecture
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Member:
    """A person at work: number, habit, terminals, and from which day number to before which they are there.

    `appointment` is None of someone who works and was never appointed.
    """

    person: int
    number: str
    engagement: int
    appointment: int | None
    post: str
    works: Works
    habit: Habit
    machines: tuple[Machine, ...]
    since: int
    until: int


@dataclass
class Province:
    """Everything that was entered, in the order of entering."""

    start: date
    works: list[Works] = field(default_factory=list)
    machines: list[Machine] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    owners: dict[str, int] = field(default_factory=dict)  # the first owner of each city
    contractors: list[int] = field(default_factory=list)  # units, a contract section each
