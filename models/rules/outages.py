"""Why was a terminal silent, and how long of its time? Pure: silences and times in service in, cause and shares out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from models.rules import parameters

NEAR: Final = timedelta(minutes=3)  # silences that begin so close together begin together: signs of life are 30 s apart
BACK: Final = timedelta(minutes=15)  # within which a terminal finds us again; who stays away longer has its own fault
LEAST: Final = 3  # terminals that must all be silent before the fault is taken to be ours


class Cause(StrEnum):
    """What a silence comes from, as far as it can be told from here."""

    OWN = "own"
    POWER = "power"
    LINE = "line"
    DEVICE = "device"


class Span(NamedTuple):
    """A time [begin, end)."""

    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Silence:
    """A terminal's silence, as it is known at an instant: one that lasts ends there."""

    terminal: int
    span: Span


def ours(silences: Iterable[Silence], service: Mapping[int, Span]) -> tuple[Span, ...]:
    """When all terminals in service were silent at once: nobody could be heard, the fault is ours."""
    edges: list[tuple[datetime, int, int]] = []
    for span in service.values():
        edges += [(span.begin, 1, 0), (span.end, -1, 0)]
    for silence in silences:
        if (held := common(silence.span, service.get(silence.terminal))) is not None:
            edges += [(held.begin, 0, 1), (held.end, 0, -1)]
    return _joined(_all_silent(sorted(edges)))


def _all_silent(edges: Sequence[tuple[datetime, int, int]]) -> Iterable[Span]:
    serving = silent = 0
    for here, (instant, more, quieter) in enumerate(edges):
        serving, silent = serving + more, silent + quieter
        following = edges[here + 1][0] if here + 1 < len(edges) else instant
        if serving >= LEAST and silent == serving and following > instant:
            yield Span(instant, following)


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans that touch, as one."""
    found: list[Span] = []
    for span in spans:
        if found and found[-1].end == span.begin:
            found[-1] = Span(found[-1].begin, span.end)
        else:
            found.append(span)
    return tuple(found)


def common(one: Span, other: Span | None) -> Span | None:
    """What two times have in common; None of nothing."""
    if other is None:
        return None
    begin, end = max(one.begin, other.begin), min(one.end, other.end)
    return Span(begin, end) if begin < end else None


def cause(
    one: Silence,
    others: Iterable[Silence],
    neighbours: Collection[frozenset[int]] = (),
    own: Iterable[Span] = (),
    *,
    powered: bool = False,
) -> Cause:
    """The cause of a silence. `neighbours`: terminals of its unit, of its sites; `powered`: it was switched on after.

    A fault of ours goes before all; what was switched on anew had no power; what fell silent with all its neighbours
    at once shares a line with them. All else is the terminal's own.
    """
    began = one.span.begin
    if any(abs(span.begin - began) <= NEAR and one.span.end <= span.end + BACK for span in own):
        return Cause.OWN
    if powered:
        return Cause.POWER
    together = {other.terminal for other in others if abs(other.span.begin - began) <= NEAR} | {one.terminal}
    shared = any(len(group) > 1 and group <= together for group in neighbours)
    return Cause.LINE if shared else Cause.DEVICE


def share(service: Span, silences: Iterable[Span], own: Iterable[Span]) -> tuple[timedelta, timedelta]:
    """(Time heard, time in service) of one terminal; what was our own fault is in neither."""
    lost = [held for span in own if (held := common(span, service))]
    quiet = [held for span in silences if (held := common(span, service))]
    doubled = [held for one in quiet for span in lost if (held := common(one, span))]
    whole = _length([service]) - _length(lost)
    return whole - (_length(quiet) - _length(doubled)), whole


def _length(spans: Iterable[Span]) -> timedelta:
    return sum((span.end - span.begin for span in spans), timedelta(0))


def patience(day: date) -> timedelta:
    """How long a terminal is silent before somebody is sent."""
    return timedelta(hours=parameters.law().of_terminals("ticket_hours", day))
