"""Shapes of Hunan for figures: names, label points and extents, read once from assets/geo (it never changes)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parents[2] / "assets" / "geo"
CITIES_URL: Final = "/assets/geo/hunan_cities.geojson"
COUNTIES_URL: Final = "/assets/geo/hunan_counties.geojson"


@dataclass(frozen=True, slots=True)
class Extent:
    """A box in degrees: west, east, south, north."""

    west: float
    east: float
    south: float
    north: float


@dataclass(frozen=True, slots=True)
class Place:
    """A prefecture or county: code, names, label point (centre of the largest inscribed circle) and extent."""

    code: str
    name: str
    short: str
    parent: str
    longitude: float
    latitude: float
    extent: Extent


def _corners(node: Any) -> Iterator[tuple[float, float]]:
    if isinstance(node[0], (int, float)):
        yield node[0], node[1]
    else:
        for part in node:
            yield from _corners(part)


def _place(feature: dict[str, Any]) -> Place:
    about, points = feature["properties"], list(_corners(feature["geometry"]["coordinates"]))
    longitudes, latitudes = [p[0] for p in points], [p[1] for p in points]
    extent = Extent(min(longitudes), max(longitudes), min(latitudes), max(latitudes))
    x, y = about["label"]
    return Place(about["adcode"], about["name"], about["short"], about["parent"], x, y, extent)


@cache
def places(level: str) -> tuple[Place, ...]:
    """All places of a level, "cities" (14) or "counties" (122), ordered by code."""
    features = json.loads((FOLDER / f"hunan_{level}.geojson").read_text("utf-8"))["features"]
    return tuple(sorted((_place(feature) for feature in features), key=lambda place: place.code))


def counties_of(code: str) -> tuple[Place, ...]:
    """The counties of a prefecture; empty when the code is none."""
    return tuple(place for place in places("counties") if place.parent == code)


@cache
def named(code: str) -> str:
    """长沙 浏阳市 of a county's code; the code itself where the map does not know it (an economic zone, say)."""
    county = next((place for place in places("counties") if place.code == code), None)
    city = next((place for place in places("cities") if place.code == f"{code[:4]}00"), None)
    return " ".join(place.short for place in (city, county) if place) or code


def mercator(latitude: float) -> float:
    """Northing of a latitude in degrees of longitude at the equator."""
    return math.degrees(math.asinh(math.tan(math.radians(latitude))))


def latitude(northing: float) -> float:
    """The latitude of a northing; the inverse of `mercator`."""
    return math.degrees(math.atan(math.sinh(math.radians(northing))))


def around(extents: Sequence[Extent], aspect: float | None = None, margin: float = 0.04) -> Extent:
    """The box that holds all extents with a margin; grown to `aspect` (width ÷ height on a Mercator map) if given."""
    west, east = min(e.west for e in extents), max(e.east for e in extents)
    south, north = mercator(min(e.south for e in extents)), mercator(max(e.north for e in extents))
    width, height = (east - west) * (1 + 2 * margin), (north - south) * (1 + 2 * margin)
    if aspect is not None:
        width, height = max(width, height * aspect), max(height, width / aspect)
    x, y = (west + east) / 2, (south + north) / 2
    return Extent(x - width / 2, x + width / 2, latitude(y - height / 2), latitude(y + height / 2))
