"""Instants, business days and periods; the only module that knows the offset +08:00.

Everything stored is a UTC instant with whole milliseconds. A business day is a day at +08:00. Days in
forms and case files are inclusive; what is stored is half-open, and only this module converts between them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Self

BEIJING = timezone(timedelta(hours=8))
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def day_start(day: date) -> datetime:
    """00:00 of a business day, as a UTC instant."""
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING).astimezone(UTC)


def day_end(day: date) -> datetime:
    """24:00 of a business day (an inclusive `until` of a form), as a UTC instant."""
    return day_start(day + timedelta(days=1))


def day_of(instant: datetime) -> date:
    """The business day in which an instant lies."""
    return instant.astimezone(BEIJING).date()


def last_day(end: datetime) -> date:
    """The inclusive last day of a stored half-open end."""
    return day_of(end - timedelta(milliseconds=1))


def local(instant: datetime) -> datetime:
    """The same instant on the wall clock at +08:00."""
    return instant.astimezone(BEIJING)


def from_wall(text: datetime, offset_minutes: int = 480) -> datetime:
    """The UTC instant of a naive wall-clock time at an offset in minutes (default +08:00)."""
    return (text - timedelta(minutes=offset_minutes)).replace(tzinfo=UTC)


def whole_ms(instant: datetime) -> datetime:
    """Cut to whole milliseconds, so that what is stored equals what is hashed."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def epoch_ms(instant: datetime) -> int:
    """Milliseconds since 1970-01-01 UTC, exact (no float in between)."""
    since = instant - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def length_ms(begin: datetime, end: datetime) -> int:
    """Length of [begin, end) in milliseconds."""
    return epoch_ms(end) - epoch_ms(begin)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month of business days."""

    year: int
    number: int

    @classmethod
    def of(cls, instant: datetime) -> Self:
        day = day_of(instant)
        return cls(day.year, day.month)

    @property
    def start(self) -> datetime:
        return day_start(date(self.year, self.number, 1))

    @property
    def end(self) -> datetime:
        return self.next().start

    def next(self) -> Month:
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A month ("2018-07"), a quarter ("2018Q3") or a year ("2018")."""

    first: Month
    months: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form; ValueError when it is none of the three, or not of this century."""
        if found := re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", text):
            return cls(Month(int(found[1]), int(found[2])), 1)
        if found := re.fullmatch(r"(20\d\d)Q([1-4])", text):
            return cls(Month(int(found[1]), int(found[2]) * 3 - 2), 3)
        if found := re.fullmatch(r"20\d\d", text):
            return cls(Month(int(found[0]), 1), 12)
        raise ValueError(f"not a period: {text!r} (write 2018-07, 2018Q3 or 2018)")

    @classmethod
    def quarter_of(cls, instant: datetime) -> Self:
        month = Month.of(instant)
        return cls(Month(month.year, (month.number - 1) // 3 * 3 + 1), 3)

    @property
    def start(self) -> datetime:
        return self.first.start

    @property
    def end(self) -> datetime:
        return self.all()[-1].end

    def all(self) -> list[Month]:
        """Its months, oldest first."""
        months = [self.first]
        while len(months) < self.months:
            months.append(months[-1].next())
        return months

    def previous(self) -> Period:
        """The period of the same length just before."""
        last = Month.of(self.start - timedelta(milliseconds=1))
        number = last.year * 12 + last.number - self.months
        return Period(Month(number // 12, number % 12 + 1), self.months)

    def __str__(self) -> str:
        if self.months == 1:
            return str(self.first)
        return f"{self.first.year:04d}Q{(self.first.number + 2) // 3}" if self.months == 3 else f"{self.first.year:04d}"
