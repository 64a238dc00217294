"""Window facts and states: against a brute-force reading written only here, and against their SQL twin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.duty import Span
from models.rules.windows import Facts, Held, Situation, State, facts, state

START = datetime(2018, 7, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
LENGTH = 72 * HOUR
hours = st.integers(-100, 700)
spans = st.lists(st.tuples(hours, st.integers(1, 300)), max_size=4).map(
    lambda items: tuple(Span(START + a * HOUR, START + (a + n) * HOUR) for a, n in items)
)
posts = st.lists(st.tuples(hours, st.integers(1, 300), st.integers(1, 4)), max_size=4).map(
    lambda items: tuple(Held(START + a * HOUR, START + (a + n) * HOUR, tier) for a, n, tier in items)
)
punches = st.lists(hours, max_size=20).map(lambda items: tuple(sorted(START + h * HOUR for h in items)))


def brute(situation: Situation, until: datetime) -> dict[int, tuple[int, int, int, int, int]]:
    """Hour by hour: k → (punches, post hours, duty hours, halt hours, highest tier)."""
    found: dict[int, tuple[int, int, int, int, int]] = {}
    for k in range(12):
        begin = START + k * LENGTH
        post = duty = halt = 0
        tiers: set[int] = set()
        for h in range(72):
            at = begin + h * HOUR

            def covers(group: Sequence[Span | Held], at: datetime = at) -> bool:
                return any(s.begin <= at < s.end for s in group)

            if situation.supervision.begin <= at < situation.supervision.end and covers(situation.appointments):
                post += 1
                tiers |= {held.tier for held in situation.appointments if held.begin <= at < held.end}
                halt += covers(situation.halts)
                duty += not covers(situation.halts) and not covers(situation.leaves)
        inside = sum(begin <= p < begin + LENGTH for p in situation.punches)
        if post and begin < until:
            found[k] = (inside, post, duty, halt, min(tiers))
    return found


@given(posts, spans, spans, punches, st.integers(1, 600))
def test_facts_equal_a_brute_force_reading(
    appointments: tuple[Held, ...],
    leaves: tuple[Span, ...],
    halts: tuple[Span, ...],
    seen: tuple[datetime, ...],
    end: int,
) -> None:
    situation = Situation(Span(START, START + end * HOUR), appointments, leaves, halts, seen)
    until = START + 12 * LENGTH
    got = {
        f.k: (f.punches, f.post_ms // 3_600_000, f.duty_ms // 3_600_000, f.halt_ms // 3_600_000, f.tier)
        for f in facts(situation, LENGTH, until)
    }
    assert got == brute(situation, until)


@given(posts, punches, st.randoms(use_true_random=False))
def test_order_and_repetition_of_spans_change_nothing(
    held: tuple[Held, ...], seen: tuple[datetime, ...], order: object
) -> None:
    shuffled = list(held + held)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    supervision, until = Span(START, START + 600 * HOUR), START + 12 * LENGTH
    first = list(facts(Situation(supervision, held, punches=seen), LENGTH, until))
    assert list(facts(Situation(supervision, tuple(shuffled), punches=seen), LENGTH, until)) == first


def window(post: int, duty: int, punched: int = 0, halt: int = 0) -> Facts:
    at = START if punched else None
    return Facts(0, START, START + LENGTH, punched, at, at, post * 3_600_000, duty * 3_600_000, halt * 3_600_000, 4)


@pytest.mark.parametrize(
    ("given_", "as_of", "expected"),
    [
        (window(0, 0), 100, State.NONE),
        (window(23, 23, 1), 100, State.NOT_DUE),
        (window(72, 23, 1), 100, State.EXCUSED),
        (window(72, 0, halt=72), 100, State.STOPPED),
        (window(72, 24, 1), 10, State.MET),
        (window(72, 24), 71, State.OPEN),
        (window(72, 24), 72, State.MISSED),
        (window(24, 24), 100, State.MISSED),
    ],
)
def test_states_in_the_order_not_due_excused_met_open_missed(given_: Facts, as_of: int, expected: State) -> None:
    assert state(given_, START + as_of * HOUR) is expected
