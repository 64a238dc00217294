"""Attendance windows (考勤周期): facts per person and window, and the state they mean at an instant.

附2 三(二): 考勤频次为每三天(72小时)进行一次. Mode `block`: window k of a project is
[start + 72h·k, start + 72h·(k+1)), start = 00:00 of the supervision start; columns are shared by all its people.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import NamedTuple

from models.rules import duty
from models.rules.duty import Span
from models.rules.instants import HOUR_MS, length_ms
from models.rules.parameters import law

# Under so much post or duty time a window asks nothing. The law holds one value so far (a test says when it holds two:
# then the window's day must come in).
LEAST_MS: int = law().value("least_hours", date.max) * HOUR_MS


class State(IntEnum):
    """What a window means at an instant; the numbers are the heatmap's codes."""

    NONE = 0  # 不在册: no post time at all
    MET = 1
    MISSED = 2
    EXCUSED = 3  # by leave
    STOPPED = 4  # excused by stoppage, pause or accepted terminal fault
    OPEN = 5
    NOT_DUE = 6


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one person's window: lengths in milliseconds, instants in UTC; no judgement."""

    k: int
    starts: datetime
    ends: datetime
    punches: int
    first: datetime | None
    last: datetime | None
    post_ms: int
    duty_ms: int
    halt_ms: int  # the part of post time taken by stoppage, pause or fault
    tier: int  # the highest post held in it (1 on top)


def state(facts: Facts, as_of: datetime) -> State:
    """The state at an instant, in this order: not due, excused, met, open, missed."""
    if facts.post_ms <= 0:
        return State.NONE
    if facts.post_ms < LEAST_MS:
        return State.NOT_DUE
    if facts.duty_ms < LEAST_MS:
        return State.STOPPED if 2 * facts.halt_ms >= facts.post_ms - facts.duty_ms else State.EXCUSED
    if facts.punches:
        return State.MET
    return State.OPEN if as_of < facts.ends else State.MISSED


def code(facts: Facts) -> State:
    """The state as long as the window runs; `State.MISSED` is `State.OPEN` once it is over (window strips)."""
    return state(facts, facts.starts)


def number(start: datetime, instant: datetime, length: timedelta) -> int:
    """Which window of a project holds an instant (negative before the supervision start)."""
    return length_ms(start, instant) // (length // timedelta(milliseconds=1))


def bounds(start: datetime, k: int, length: timedelta) -> Span:
    """[start + length·k, start + length·(k+1))."""
    return Span(start + length * k, start + length * (k + 1))


class Held(NamedTuple):
    """A post held for a half-open interval of UTC instants; tier 1 is the highest."""

    begin: datetime
    end: datetime
    tier: int


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a person's windows in an engagement depend on. Spans may overlap; punches are sorted UTC instants."""

    supervision: Span
    appointments: tuple[Held, ...]
    leaves: tuple[Span, ...] = ()
    halts: tuple[Span, ...] = ()  # stoppage of project, section or unit; unified pause; accepted terminal fault
    punches: tuple[datetime, ...] = ()


def facts(situation: Situation, length: timedelta, until: datetime) -> Iterator[Facts]:
    """Facts of every window with post time that starts before `until`, oldest first (mode `block`)."""
    start = situation.supervision.begin
    whole = duty.post_time((Span(h.begin, h.end) for h in situation.appointments), situation.supervision)
    post = duty.clip(whole, Span(start, max(start, until)))
    if not post:
        return
    halts, away = duty.union(situation.halts), duty.union(situation.halts + situation.leaves)
    last = number(start, post[-1].end - timedelta(milliseconds=1), length)
    for k in range(number(start, post[0].begin, length), last + 1):
        window = bounds(start, k, length)
        if here := duty.clip(whole, window):
            yield _facts(k, window, here, halts, away, situation)


def _facts(
    k: int, window: Span, post: Sequence[Span], halts: Sequence[Span], away: Sequence[Span], situation: Situation
) -> Facts:
    post_ms, punches = duty.total_ms(post), situation.punches
    low, high = bisect_left(punches, window.begin), bisect_left(punches, window.end)
    return Facts(
        k=k,
        starts=window.begin,
        ends=window.end,
        punches=high - low,
        first=punches[low] if high > low else None,
        last=punches[high - 1] if high > low else None,
        post_ms=post_ms,
        duty_ms=duty.total_ms(duty.subtract(post, away)),
        halt_ms=post_ms - duty.total_ms(duty.subtract(post, halts)),
        tier=min(h.tier for h in situation.appointments if h.begin < post[-1].end and h.end > post[0].begin),
    )
