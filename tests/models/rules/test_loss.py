"""Gaps as rules, and the filling of one under any order of arrival."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.rules.loss import Counts, Mark, Missing, Told, fell, fill, hear, joined, worth

AT = datetime(2018, 7, 1, tzinfo=UTC)


@given(st.permutations(range(11, 20)))
def test_a_gap_is_filled_in_whatever_order_its_records_come(order: list[int]) -> None:
    open_gaps = [Missing(10, 19)]
    for place, number in enumerate(order):
        left = len(order) - place
        assert sum(gap.high - gap.low for gap in open_gaps) == left
        (inside,) = (gap for gap in open_gaps if fill(gap, number) is not None)
        open_gaps = [gap for gap in open_gaps if gap != inside] + (fill(inside, number) or [])
    assert open_gaps == []


def test_what_was_heard_first_misses_nothing_before_it() -> None:
    assert hear(None, Told(500, 499, False, AT)).missing is None


def test_a_late_smaller_number_is_no_new_count() -> None:
    last = Mark(10, AT)
    later = AT + timedelta(hours=1)
    assert hear(last, Told(3, 2, True, later)).restarted is False
    assert hear(last, Told(3, 2, False, AT - timedelta(hours=1))).mark == last
    assert hear(last, Told(3, 2, False, later)).restarted is True


def test_only_a_known_fall_of_records_is_a_fall() -> None:
    held = Counts(5, 100, None)
    assert fell(held, Counts(5, 90, None)) == Missing(90, 100)
    assert fell(held, joined(held, Counts(4, None, None))) is None
    assert fell(None, held) is None
    assert not worth(held, held, timedelta(minutes=59))
    assert worth(held, held, timedelta(hours=1))
