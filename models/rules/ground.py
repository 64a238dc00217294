"""Whether a point lies in a county: the polygons of assets/geo, read once. They are simplified: a kilometre is let be.

A county that the map does not know (an economic zone) is looked for in its whole prefecture.
"""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

COUNTIES = Path(__file__).resolve().parents[2] / "assets" / "geo" / "hunan_counties.geojson"
NEAR = 0.01  # degrees, about a kilometre

Ring = tuple[tuple[float, float], ...]
Point = tuple[float, float]


@cache
def _counties() -> dict[str, tuple[Ring, ...]]:
    features = json.loads(COUNTIES.read_text(encoding="utf-8"))["features"]
    return {feature["properties"]["adcode"]: tuple(_rings(feature["geometry"])) for feature in features}


def _rings(geometry: dict[str, Any]) -> list[Ring]:
    parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [tuple((x, y) for x, y, *_ in ring) for part in parts for ring in part]


def rings(area: str) -> tuple[Ring, ...]:
    """The borders of a county, of its whole prefecture where the map does not know the county."""
    known = _counties()
    if area in known:
        return known[area]
    return tuple(ring for code, found in known.items() if code[:4] == area[:4] for ring in found)


def holds(area: str, longitude: float, latitude: float) -> bool:
    """Does a county hold a point, or is its border nearer than NEAR?"""
    borders = rings(area)
    known = area in _counties()
    found = [_within(ring, (longitude, latitude)) for ring in borders]
    inside = sum(found) % 2 == 1 if known else any(found)
    return inside or any(_close(ring, (longitude, latitude)) for ring in borders)


def _within(ring: Ring, point: Point) -> bool:
    """Is the number of edges that a ray to the east crosses odd?"""
    x, y = point
    odd = False
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            odd = not odd
    return odd


def _close(ring: Ring, point: Point) -> bool:
    return any(_distance(point, a, b) <= NEAR for a, b in pairwise(ring))


def _distance(point: Point, a: Point, b: Point) -> float:
    """From a point to a piece of border, in degrees."""
    (x, y), (x1, y1), (x2, y2) = point, a, b
    dx, dy = x2 - x1, y2 - y1
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else max(0.0, min(1.0, ((x - x1) * dx + (y - y1) * dy) / length))
    return float(((x - x1 - along * dx) ** 2 + (y - y1 - along * dy) ** 2) ** 0.5)
