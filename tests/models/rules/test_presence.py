"""A terminal's lights: contact, data, clock, synchronisation, loss, at their thresholds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest.protocols import table
from models.rules import presence
from models.rules.presence import Light, Soundness

NOW = datetime(2018, 7, 1, tzinfo=UTC)
GOOD, WARN, BAD, UNKNOWN = Soundness.GOOD, Soundness.WARN, Soundness.BAD, Soundness.UNKNOWN


@pytest.mark.parametrize(
    ("seconds", "period", "expected"),
    [(120, 30, Light.ONLINE), (121, 30, Light.LATE), (180, 60, Light.ONLINE), (181, 60, Light.LATE),
     (600, 30, Light.LATE), (601, 30, Light.OFFLINE)],
)  # fmt: skip
def test_contact_knows_how_often_a_protocol_speaks(seconds: int, period: int, expected: Light) -> None:
    assert presence.light(NOW - timedelta(seconds=seconds), NOW, timedelta(seconds=period)) is expected


def test_every_protocol_whose_period_is_told_is_one_that_there_is() -> None:
    assert set(presence.PERIODS) <= {dialect.name for dialect in table.DIALECTS}
    assert presence.period("morse") == presence.USUAL


@pytest.mark.parametrize(
    ("light", "expected"),
    [(Light.ONLINE, GOOD), (Light.LATE, WARN), (Light.OFFLINE, BAD), (Light.NEVER, UNKNOWN), (Light.DISABLED, UNKNOWN)],
)
def test_contact(light: Light, expected: Soundness) -> None:
    assert presence.contact(light) is expected


@pytest.mark.parametrize(
    ("seen", "days", "expected"),
    [(None, None, UNKNOWN), (NOW, None, WARN), (NOW, 3, GOOD), (NOW, 3.1, WARN), (NOW, 7.1, BAD)],
)
def test_data(seen: datetime | None, days: float | None, expected: Soundness) -> None:
    assert presence.data(seen, None if days is None else NOW - timedelta(days=days)) is expected


def test_a_terminal_off_line_for_weeks_is_silent_and_not_without_data() -> None:
    seen = NOW - timedelta(days=30)
    assert presence.data(seen, seen - timedelta(hours=1)) is GOOD


@pytest.mark.parametrize(
    ("ms", "expected"),
    [(None, UNKNOWN), (60_000, GOOD), (-60_000, GOOD), (60_001, WARN), (-300_000, WARN), (-300_001, BAD)],
)
def test_clock(ms: int | None, expected: Soundness) -> None:
    assert presence.clock(ms) is expected


@pytest.mark.parametrize(
    ("minutes", "failed", "able", "expected"),
    [(None, 0, True, GOOD), (60, 0, True, GOOD), (61, 0, True, WARN), (None, 1, True, BAD), (61, 1, False, UNKNOWN)],
)
def test_sync(minutes: int | None, failed: int, able: bool, expected: Soundness) -> None:
    oldest = None if minutes is None else NOW - timedelta(minutes=minutes)
    assert presence.sync(oldest, failed, NOW, able) is expected


@pytest.mark.parametrize(("gaps", "tampered", "expected"), [(0, 0, GOOD), (1, 0, BAD), (0, 1, BAD)])
def test_loss(gaps: int, tampered: int, expected: Soundness) -> None:
    assert presence.loss(gaps, tampered) is expected
