"""A point lies in its county, in no other, and near a border in both."""

from __future__ import annotations

import pytest

from models.rules import ground


@pytest.mark.parametrize(
    ("area", "point", "held"),
    [
        ("430181", (113.6, 28.2), True),  # 浏阳
        ("430281", (113.6, 28.2), False),
        ("430102", (113.6, 28.2), False),
        ("430181", (0.0, 0.0), False),
        ("430181", (float("inf"), 28.2), False),
        ("430199", (113.6, 28.2), True),  # a zone that the map does not know: anywhere in its prefecture
        ("430199", (113.4, 27.7), False),
        ("990000", (113.6, 28.2), False),
    ],
)
def test_a_county_holds_its_own_points(area: str, point: tuple[float, float], held: bool) -> None:
    assert ground.holds(area, *point) is held


def test_every_corner_of_a_border_is_near_enough() -> None:
    for ring in ground.rings("430181"):
        assert all(ground.holds("430181", x, y) for x, y in ring[::10])
