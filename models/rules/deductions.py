"""Deductions for absence: missed windows in, lines of points out (A01–A04)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from models.rules.instants import Month
from models.rules.parameters import Law


@dataclass(frozen=True, slots=True, order=True)
class Missed:
    """Missed windows of a person in an engagement that belong to one month; tier: the highest post held (1 on top)."""

    engagement: int
    person: int
    month: Month
    tier: int
    windows: int


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One deduction: a person in an engagement, a rule, a month, after the month's cap."""

    engagement: int
    person: int
    month: Month
    rule: str
    windows: int
    points: Decimal


def deduct(missed: Iterable[Missed], law: Law) -> list[Line]:
    """Lines after caps, sorted; the numbers are those in force on the first day of each month."""
    windows: Counter[tuple[int, int, Month, int]] = Counter()
    for item in missed:
        windows[item.engagement, item.person, item.month, item.tier] += item.windows
    lines = []
    for (engagement, person, month, tier), count in windows.items():
        rule = law.absences(date(month.year, month.number, 1))[tier]
        if count > 0:
            lines.append(Line(engagement, person, month, rule.rule, count, min(rule.points * count, rule.cap)))
    return sorted(lines)
