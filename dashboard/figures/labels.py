"""Where the names of crowded counties go: greedy, in pixels of a nominal canvas, pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dashboard.figures.geo import Extent, Place, latitude, mercator

NOMINAL_WIDTH: Final = 760.0  # px of the map in its card at 1440; larger screens only get more room
LETTER: Final = 12.0
GAP: Final = 3.0
# Places to try, in steps of the label's own half size: at the label point first, then around it, then farther.
TRIES: Final = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1), (0, 2), (0, -2), (2, 0))


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


def spread(places: Sequence[Place], notes: Sequence[str], view: Extent) -> list[Label]:
    """A label a place, largest first: name and note, else the name, else nothing; none covers another."""
    scale = NOMINAL_WIDTH / (view.east - view.west)
    taken: list[Box] = []
    labels: list[Label] = []

    def area(k: int) -> float:
        extent = places[k].extent
        return (extent.east - extent.west) * (extent.north - extent.south)

    for k in sorted(range(len(places)), key=area, reverse=True):
        place = places[k]
        for lines in ([place.short, notes[k]], [place.short]) if notes[k] else ([place.short],):
            width, height = _size(lines)
            room = ((place.extent.east - place.extent.west) * scale) * 1.35
            boxes = (
                Box(
                    place.longitude * scale + dx * width * 0.5,
                    mercator(place.latitude) * scale + dy * height * 0.5,
                    width,
                    height,
                )
                for dx, dy in TRIES
            )
            free = next((box for box in boxes if not any(box.meets(other) for other in taken)), None)
            if free and (width <= room or len(lines) == 1):
                taken.append(free)
                text = "<br>".join([f"<b>{lines[0]}</b>", *lines[1:]])
                labels.append(Label(text, free.x / scale, latitude(free.y / scale)))
                break
    return labels
