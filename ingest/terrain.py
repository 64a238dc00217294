"""Points inside counties: where the demonstration's projects and terminals stand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Any

from models import settings

Point = tuple[float, float]  # longitude, latitude, WGS84
BORDER = 0.012  # degrees that a project keeps from the county's border, where it can


class Counties:
    """The counties' polygons and label points, by division code."""

    def __init__(self) -> None:
        text = (settings.ROOT / "assets/geo/hunan_counties.geojson").read_text(encoding="utf-8")
        features = json.loads(text)["features"]
        self._rings = {f["properties"]["adcode"]: _rings(f["geometry"]) for f in features}
        self._labels: dict[str, Point] = {f["properties"]["adcode"]: tuple(f["properties"]["label"]) for f in features}

    def holds(self, code: str, point: Point) -> bool:
        """Does the county hold the point? A ray to the east crosses its rings an odd number of times."""
        return sum(_crossed(ring, point) for ring in self._rings[code]) % 2 == 1

    def site(self, code: str, chance: Random) -> Point:
        """A place for a project: anywhere in the county, off its border."""
        return self._near(code, self._labels[code], 0.25, chance, BORDER)

    def beside(self, code: str, point: Point, chance: Random) -> Point:
        """A place for a terminal: within a few kilometres of the project, in its county."""
        return self._near(code, point, 0.03, chance, 0.0)

    def _near(self, code: str, point: Point, spread: float, chance: Random, margin: float) -> Point:
        while True:
            lon, lat = (round(middle + chance.uniform(-spread, spread), 5) for middle in point)
            spots = [(lon + east, lat + north) for east in (-margin, 0, margin) for north in (-margin, 0, margin)]
            if all(self.holds(code, spot) for spot in spots):
                return lon, lat
            spread, margin = spread * 0.97, margin * 0.97  # a narrow county is met nearer to its middle


def _rings(geometry: dict[str, Any]) -> list[Sequence[Point]]:
    parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [ring for part in parts for ring in part]


def _crossed(ring: Sequence[Point], point: Point) -> int:
    lon, lat = point
    return sum(
        (a[1] > lat) != (b[1] > lat) and lon < a[0] + (lat - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
        for a, b in pairwise(ring)
    )
