"""Why a terminal was silent: ours before power, power before line, line before device; our own time counts nowhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.rules.outages import Cause, Silence, Span, cause, ours, share

T = datetime(2018, 7, 1, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return T + timedelta(minutes=minutes)


def span(begin: float, end: float) -> Span:
    return Span(at(begin), at(end))


def silent(terminal: int, begin: float, end: float) -> Silence:
    return Silence(terminal, span(begin, end))


def serving(*terminals: int, until: float = 1000) -> dict[int, Span]:
    return {terminal: span(0, until) for terminal in terminals}


def test_when_all_are_silent_it_is_ours_and_only_then() -> None:
    quiet = [silent(1, 100, 160), silent(2, 101, 150), silent(3, 100, 300)]
    assert ours(quiet, serving(1, 2, 3)) == (span(101, 150),)
    assert ours(quiet, serving(1, 2, 3, 4)) == ()


def test_one_that_was_silent_long_before_is_no_witness_against_us() -> None:
    quiet = [silent(1, 0.5, 900), *(silent(k, 100, 160) for k in (2, 3))]
    assert ours(quiet, serving(1, 2, 3)) == (span(100, 160),)


def test_two_silent_terminals_are_too_few_to_blame_us() -> None:
    assert ours([silent(1, 100, 160), silent(2, 100, 160)], serving(1, 2)) == ()


def test_what_was_not_in_service_says_nothing() -> None:
    quiet = [silent(k, 100, 160) for k in (1, 2, 3)]
    assert ours([*quiet, silent(9, 0, 500)], serving(1, 2, 3)) == (span(100, 160),)
    assert ours(quiet, {**serving(1, 2, 3), 4: span(130, 1000)}) == (span(100, 130),)


def test_a_stretch_that_others_come_and_go_in_is_one() -> None:
    quiet = [silent(k, 100, 160) for k in (1, 2, 3)]
    assert ours(quiet, {**serving(1, 2, 3), 4: span(0, 120), 5: span(0, 100)}) == (span(120, 160),)
    assert ours([*quiet, silent(4, 90, 300)], {**serving(1, 2, 3), 4: span(0, 120)}) == (span(100, 160),)


@pytest.mark.parametrize(
    ("others", "own", "powered", "expected"),
    [
        ([], [], False, Cause.DEVICE),
        ([silent(2, 101, 150)], [], False, Cause.LINE),
        ([silent(2, 99, 400)], [], False, Cause.LINE),
        ([silent(2, 104, 150)], [], False, Cause.DEVICE),
        ([silent(3, 100, 150)], [], False, Cause.DEVICE),  # no neighbour
        ([silent(2, 101, 150)], [], True, Cause.POWER),
        ([silent(2, 101, 150)], [span(102, 150)], True, Cause.OWN),
        ([silent(2, 101, 150)], [span(102, 140)], False, Cause.LINE),  # it stayed away after we were back
        ([], [span(200, 250)], False, Cause.DEVICE),  # ours came later
    ],
)
def test_the_cause_of_a_silence(others: list[Silence], own: list[Span], powered: bool, expected: Cause) -> None:
    neighbours = [frozenset({1, 2}), frozenset({1})]
    assert cause(silent(1, 100, 160), others, neighbours, own, powered=powered) is expected


def test_all_of_a_site_must_be_silent_before_its_line_is_blamed() -> None:
    neighbours = [frozenset({1, 2, 3})]
    assert cause(silent(1, 100, 160), [silent(2, 100, 160)], neighbours) is Cause.DEVICE
    assert cause(silent(1, 100, 160), [silent(2, 100, 160), silent(3, 102, 110)], neighbours) is Cause.LINE


def test_our_own_time_is_neither_heard_nor_in_service() -> None:
    heard, whole = share(span(0, 100), [span(-10, 10), span(50, 90)], [span(80, 120)])
    assert (heard, whole) == (timedelta(minutes=40), timedelta(minutes=80))
    assert share(span(0, 100), [], []) == (timedelta(minutes=100), timedelta(minutes=100))
    assert share(span(0, 100), [span(0, 100)], [span(0, 100)]) == (timedelta(0), timedelta(0))
