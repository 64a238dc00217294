"""What a ranking says, before it has words."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

from reports import findings
from tests.reports.samples import ranking


def test_units_that_share_a_place_stand_together_and_likes_are_not_ranked() -> None:
    @dataclasses.dataclass(frozen=True)
    class Row:
        place: int | None

    def ends(*numbers: int) -> tuple[list[int | None], list[int | None]]:
        first, last = findings.ends([Row(number) for number in numbers], 3)
        return [row.place for row in first], [row.place for row in last]

    assert ends(1, 2, 3, 4, 5, 6, 7) == ([1, 2, 3], [5, 6, 7])
    assert ends(1, 1, 1, 1, 5, 6, 7) == ([1, 1, 1, 1], [5, 6, 7])
    assert ends(1, 2, 3) == ([1], [3])
    assert ends(1, 1, 1, 1) == ([], [])
    assert ends(1) == ([], [])


def test_a_unit_in_a_low_band_is_never_praised() -> None:
    poor = tuple(row._replace(band="D") for row in ranking(9).units)
    found = findings.find(dataclasses.replace(ranking(9), units=poor), None, 3)
    assert found.best_units == ()
    assert found.low == found.ranked


def test_the_cities_praised_are_not_under_the_average_and_those_blamed_are() -> None:
    found = findings.find(ranking(), None, 3)
    mean = findings.shown(ranking().total.attendance)
    assert mean is not None
    assert len(found.praised) == len(found.blamed) == 3
    assert all((findings.shown(row.tally.attendance) or 0) >= mean for row in found.praised)
    assert all((findings.shown(row.tally.attendance) or 100) < mean for row in found.blamed)


def test_the_heaviest_units_are_listed_most_first_with_all_that_share_the_last_place() -> None:
    def listed(*points: str) -> list[str]:
        rows = [ranking(1).units[0]._replace(name=str(i), points=Decimal(p)) for i, p in enumerate(points)]
        return [str(row.points) for row in findings.heaviest(rows)]

    assert listed(*"1" * 10, "0") == [], "the ranking itself is short"
    assert listed(*"123456789", "10", "11") == ["11", "10", *"98765432"]
    assert listed("9", *"2" * 11) == ["9", *"2" * 11]
    assert listed("9", "8", *"2" * 30) == ["9", "8"], "so many alike are no front"
    assert listed(*"2" * 30) == []
