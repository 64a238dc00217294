"""Post time and duty time: arithmetic on half-open intervals of instants.

Post time = (union of a person's appointments in an engagement) ∩ supervision of the project (一(三): 自受监之日起至项目
交工验收或得到业主单位确认的完工之日止). Duty time = post time − approved absences.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from models.rules.instants import length_ms


class Span(NamedTuple):
    """A half-open interval [begin, end) of UTC instants."""

    begin: datetime
    end: datetime


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Sorted, disjoint spans that cover the same instants; empty spans vanish."""
    merged: list[Span] = []
    for span in sorted(s for s in spans if s.begin < s.end):
        if merged and span.begin <= merged[-1].end:
            merged[-1] = Span(merged[-1].begin, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def clip(spans: Sequence[Span], within: Span) -> tuple[Span, ...]:
    """The parts of disjoint spans that lie within one span."""
    cut = (Span(max(s.begin, within.begin), min(s.end, within.end)) for s in spans)
    return tuple(s for s in cut if s.begin < s.end)


def subtract(spans: Sequence[Span], holes: Sequence[Span]) -> tuple[Span, ...]:
    """What remains of sorted disjoint spans outside sorted disjoint holes."""
    left: list[Span] = []
    for span in spans:
        begin = span.begin
        for hole in holes:
            if hole.end <= begin or hole.begin >= span.end:
                continue
            if hole.begin > begin:
                left.append(Span(begin, hole.begin))
            begin = max(begin, hole.end)
        if begin < span.end:
            left.append(Span(begin, span.end))
    return tuple(left)


def total_ms(spans: Iterable[Span]) -> int:
    """Length of disjoint spans in milliseconds."""
    return sum(length_ms(s.begin, s.end) for s in spans)


def post_time(appointments: Iterable[Span], supervision: Span) -> tuple[Span, ...]:
    """When a person had to be answered for: appointments joined, within the project's supervision."""
    return clip(union(appointments), supervision)
