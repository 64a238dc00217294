"""Points, scores, bands and places."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models.rules import credit, parameters
from models.rules.deductions import Missed, deduct
from models.rules.instants import Month

JULY, LAW = Month(2018, 7), parameters.law()
D = Decimal


@pytest.mark.parametrize(
    ("tier", "windows", "rule", "points"),
    [(1, 1, "A01", "0.5"), (1, 10, "A01", "5"), (1, 11, "A01", "5"), (2, 3, "A02", "0.9"), (3, 9, "A03", "1.8"),
     (4, 10, "A04", "1"), (4, 12, "A04", "1")],
)  # fmt: skip
def test_points_per_missed_window_up_to_the_months_cap(tier: int, windows: int, rule: str, points: str) -> None:
    (line,) = deduct([Missed(1, 2, JULY, tier, windows)], LAW)
    assert (line.rule, line.points) == (rule, D(points))


def test_the_cap_holds_for_a_month_however_its_windows_are_told() -> None:
    whole = deduct([Missed(1, 2, JULY, 1, 12)], LAW)
    assert deduct([Missed(1, 2, JULY, 1, 1)] * 12, LAW) == whole
    assert len(deduct([Missed(1, 2, JULY, 1, 12), Missed(1, 2, JULY.next(), 1, 12)], LAW)) == 2


@pytest.mark.parametrize(
    ("kind", "score", "band"),
    [("contractor", "95", "AA"), ("contractor", "94.99", "A"), ("contractor", "75", "B"), ("contractor", "59.99", "D"),
     ("supervisor", "95", "A"), ("supervisor", "95.01", "AA"), ("supervisor", "70", "C"), ("laboratory", "60", "D")],
)  # fmt: skip
def test_bands_keep_their_open_and_closed_ends(kind: str, score: str, band: str) -> None:
    assert credit.band(D(score), LAW.bands(kind)) == band


def test_ties_share_a_place_and_the_next_is_skipped() -> None:
    placed = credit.places([3, 1, 2, 2, 9], key=lambda n: n, ranked=lambda n: n < 9)
    assert placed == [(1, 1), (2, 2), (2, 2), (4, 3), (None, 9)]


def test_a_score_is_weighted_by_contract_sum_and_never_below_zero() -> None:
    assert credit.score(D(100), [D("120")]) == D("0.00")
    assert credit.weighted([(D(3), D(100)), (D(1), D(90))]) == D("97.50")
    assert credit.weighted([(D(0), D(100)), (D(0), D(90))]) == D("95.00")
