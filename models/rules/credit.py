"""Credit: points lost become a score, a band and a place. Ties share a place: 1, 1, 3."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from operator import itemgetter
from typing import Any, TypeVar

from models.rules.parameters import Bands

CENT = Decimal("0.01")
T = TypeVar("T")


def score(start: Decimal, points: Iterable[Decimal]) -> Decimal:
    """Start points minus points lost, never below 0, two digits half up."""
    return max(Decimal(0), start - sum(points, Decimal(0))).quantize(CENT, ROUND_HALF_UP)


def weighted(parts: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    """Mean of (weight, score) parts, two digits half up; without any weight all parts weigh the same."""
    if len(parts) == 1:
        return parts[0][1].quantize(CENT, ROUND_HALF_UP)
    if not any(weight for weight, _ in parts):
        parts = [(Decimal(1), value) for _, value in parts]
    total = sum((weight for weight, _ in parts), Decimal(0))
    return (sum((weight * value for weight, value in parts), Decimal(0)) / total).quantize(CENT, ROUND_HALF_UP)


def band(value: Decimal, bands: Bands) -> str:
    """AA to D. Closed floors hold their own score (95: AA for contractors), open ones not (95: A for supervisors)."""
    for name, floor in bands.floors:
        if value > floor or (bands.closed and value == floor):
            return name
    return "D"


def places(items: Sequence[T], key: Callable[[T], Any], ranked: Callable[[T], bool]) -> list[tuple[int | None, T]]:
    """Sort by key (smallest first) and give places; equal keys share one; unranked items follow with None."""
    chosen = sorted(((key(item), item) for item in items if ranked(item)), key=itemgetter(0))
    placed: list[tuple[int | None, T]] = []
    before: Any = object()
    for index, (value, item) in enumerate(chosen):
        placed.append((placed[-1][0] if value == before else index + 1, item))
        before = value
    return placed + [(None, item) for item in items if not ranked(item)]
