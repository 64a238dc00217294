"""Is something missing? Pure: what was heard last and what is told now give gaps, restarts and falls."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple


class GapKind(StrEnum):
    """How a gap was found."""

    SERIAL = "serial"  # the terminal numbers its records, and some were jumped over
    FALL = "fall"  # it holds fewer records than it said before, and no command of ours makes that so
    SUM = "sum"  # of a span it holds more records than came


class Mark(NamedTuple):
    """The number of a terminal's own count that was heard last, and when its record was made."""

    number: int
    at: datetime | None


class Told(NamedTuple):
    """A record's number, the number before it if that is told, whether it is late, when it was made."""

    number: int
    before: int | None
    late: bool
    at: datetime | None


class Missing(NamedTuple):
    """The numbers low+1 … high did not come."""

    low: int
    high: int


class Step(NamedTuple):
    """What a record's number means: the mark from now on, what was jumped over, whether the count began anew."""

    mark: Mark
    missing: Missing | None = None
    restarted: bool = False


def hear(last: Mark | None, told: Told) -> Step:
    """Compare a record's number with the one heard last.

    A smaller number of a record made later is a count that began anew (a reset), not a gap; of one made earlier it is
    a record sent again or late.
    """
    mark = Mark(told.number, told.at or (last.at if last else None))
    if last is None:
        return Step(mark)
    if told.number > last.number:
        jumped = told.before is not None and last.number < told.before < told.number
        return Step(mark, Missing(last.number, told.before) if jumped and told.before is not None else None)
    later = told.at is not None and last.at is not None and told.at > last.at
    if told.number < last.number and later and not told.late:
        return Step(mark, restarted=True)
    return Step(last)


def fill(missing: Missing, number: int) -> list[Missing] | None:
    """What of a gap is left when this number comes after all; None when it does not lie in it."""
    if not missing.low < number <= missing.high:
        return None
    parts = (Missing(missing.low, number - 1), Missing(number, missing.high))
    return [part for part in parts if part.low < part.high]


class Counts(NamedTuple):
    """How many people, records and faces a terminal says it holds; None is not told."""

    users: int | None
    attlogs: int | None
    faces: int | None


EACH: Final = timedelta(hours=1)


def joined(before: Counts | None, told: Counts) -> Counts:
    """What is told now, the rest as before."""
    return told if before is None else Counts(*(a if b is None else b for a, b in zip(before, told, strict=True)))


def worth(before: Counts | None, now: Counts, since: timedelta | None) -> bool:
    """Are counts to be kept? When they changed, else once an hour."""
    return before != now or since is None or since >= EACH


def fell(before: Counts | None, now: Counts) -> Missing | None:
    """Records that a terminal held and holds no more: its memory was emptied or ran over."""
    if before is None or before.attlogs is None or now.attlogs is None or now.attlogs >= before.attlogs:
        return None
    return Missing(now.attlogs, before.attlogs)
