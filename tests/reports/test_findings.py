"""What a ranking says, before it has words."""

from __future__ import annotations

import dataclasses

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
    poor = tuple(dataclasses.replace(row, band="D") for row in ranking(9).units)
    found = findings.find(dataclasses.replace(ranking(9), units=poor), None, 3)
    assert found.best_units == ()
    assert found.low == found.ranked
