"""Where the names of crowded counties go: greedy, in pixels of a nominal canvas, pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dashboard.figures.geo import Extent, Place, latitude, mercator

NOMINAL_WIDTH: Final = 760.0  # px of the map in its card at 1440; larger screens only get more room
LETTER: Final = 12.0
GAP: Final = 3.0
DOT: Final = 16.0  # px kept free around a point
# Places to try, in half sizes of the label from its label point, nearest first.
TRIES: Final = sorted(
    ((dx / 2, dy / 2) for dx in range(-6, 7) for dy in range(-6, 7)),
    key=lambda step: (step[0] ** 2 + step[1] ** 2, step[1] < 0, step[0]),
)
FAR: Final = 0.2  # a step of one half size weighs as much as a fifth of a covered point


@dataclass(frozen=True, slots=True)
class Label:
    """A text with its place on the map in degrees."""

    text: str
    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float

    def meets(self, other: Box) -> bool:
        """Do two boxes overlap, or come closer than the gap?"""
        return (
            abs(self.x - other.x) < (self.width + other.width) / 2 + GAP
            and abs(self.y - other.y) < (self.height + other.height) / 2
        )


def _size(lines: Sequence[str]) -> tuple[float, float]:
    widest = max(sum(LETTER if ord(c) > 0x2E80 else LETTER * 0.58 for c in line) for line in lines)
    return widest, LETTER * 1.3 * len(lines)


def spread(
    places: Sequence[Place],
    notes: Sequence[str],
    view: Extent,
    points: Sequence[tuple[float, float]] = (),
    width: float = NOMINAL_WIDTH,
) -> list[Label]:
    """A label a place, largest first: name and note, else the name, else nothing.

    No label covers another on a map `width` px wide; `points` (longitude, latitude) are kept free where a place has
    room beside them.
    """
    scale = width / (view.east - view.west)
    taken: list[Box] = []
    labels: list[Label] = []
    dots = [Box(x * scale, mercator(y) * scale, DOT, DOT) for x, y in points]

    for k in sorted(range(len(places)), key=lambda k: _area(places[k]), reverse=True):
        place, name = places[k], f"<b>{places[k].short}</b>"
        for lines in ([name, notes[k]], [name]) if notes[k] else ([name],):
            if best := _best(place, _size([place.short, *lines[1:]]), scale, taken, dots):
                taken.append(best)
                labels.append(Label("<br>".join(lines), best.x / scale, latitude(best.y / scale)))
                break
    return labels


def _area(place: Place) -> float:
    return (place.extent.east - place.extent.west) * (place.extent.north - place.extent.south)


def _best(
    place: Place, size: tuple[float, float], scale: float, taken: Sequence[Box], dots: Sequence[Box]
) -> Box | None:
    """The spot in the place's own extent that covers fewest points and lies nearest; None when labels fill it."""
    x, y, width, height = place.longitude * scale, mercator(place.latitude) * scale, *size
    found: tuple[float, Box] | None = None
    for dx, dy in TRIES:
        box = Box(x + dx * width / 2, y + dy * height / 2, width, height)
        if not _inside(box, place, scale) or any(box.meets(other) for other in taken):
            continue
        cost = sum(box.meets(dot) for dot in dots) + FAR * (dx * dx + dy * dy) ** 0.5
        if found is None or cost < found[0]:
            found = cost, box
    return found[1] if found else None


def _inside(box: Box, place: Place, scale: float) -> bool:
    extent = place.extent
    across = extent.west * scale <= box.x <= extent.east * scale
    return across and mercator(extent.south) * scale <= box.y <= mercator(extent.north) * scale
