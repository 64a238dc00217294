"""Is a terminal there, and is it sound? Pure: what is known of it and an instant give lights.

Thresholds follow device servers in the field (protocol notes, chapter 5): online up to max(2 min, 3 periods),
late up to 10 min (no alarm), offline after.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

ONLINE_AT_LEAST = timedelta(minutes=2)
LATE_UNTIL = timedelta(minutes=10)
CLOCK_OFF_MS = 60_000
CLOCK_WRONG_MS = 5 * 60_000
QUIET, MUTE = timedelta(days=3), timedelta(days=7)  # polls and no punches: 72 hours are a window
SLOW = timedelta(hours=1)  # a command that waits longer than this is late
# How often a terminal is expected to speak, by its protocol.
PERIODS: Final[Mapping[str, timedelta]] = {
    "zkteco": timedelta(seconds=30),
    "hikvision": timedelta(seconds=30),
    "httpv2": timedelta(seconds=30),
    "uface": timedelta(seconds=60),
    "house": timedelta(seconds=60),
}
USUAL: Final = timedelta(seconds=30)


class Light(StrEnum):
    """What the map shows of a terminal: colour, shape and word each time."""

    ONLINE = "online"
    LATE = "late"
    OFFLINE = "offline"
    NEVER = "never"
    DISABLED = "disabled"


def light(last_seen: datetime | None, now: datetime, period: timedelta = timedelta(seconds=30)) -> Light:
    """The light of an admitted terminal at an instant."""
    if last_seen is None:
        return Light.NEVER
    gap = now - last_seen
    if gap <= max(ONLINE_AT_LEAST, 3 * period):
        return Light.ONLINE
    return Light.LATE if gap <= LATE_UNTIL else Light.OFFLINE


def period(protocol: str) -> timedelta:
    """How often a terminal of this protocol is expected to speak."""
    return PERIODS.get(protocol, USUAL)


class Soundness(StrEnum):
    """What one of a terminal's five lights says."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    UNKNOWN = "unknown"


def contact(of: Light) -> Soundness:
    """Contact: does it speak?"""
    known = {Light.ONLINE: Soundness.GOOD, Light.LATE: Soundness.WARN, Light.OFFLINE: Soundness.BAD}
    return known.get(of, Soundness.UNKNOWN)


def data(last_seen: datetime | None, last_punch: datetime | None) -> Soundness:
    """Data: does it bring punches while it speaks? Silence itself is the other light's matter."""
    if last_seen is None:
        return Soundness.UNKNOWN
    if last_punch is None:
        return Soundness.WARN
    gap = last_seen - last_punch
    return Soundness.BAD if gap > MUTE else Soundness.WARN if gap > QUIET else Soundness.GOOD


def clock(skew_ms: int | None) -> Soundness:
    """Clock: beyond a minute it is to be set, beyond five it is an alarm."""
    if skew_ms is None:
        return Soundness.UNKNOWN
    off = abs(skew_ms)
    return Soundness.BAD if off > CLOCK_WRONG_MS else Soundness.WARN if off > CLOCK_OFF_MS else Soundness.GOOD


def sync(oldest: datetime | None, failed: int, now: datetime, able: bool) -> Soundness:
    """Synchronisation: commands that failed lately, or wait too long. Unknown where the protocol takes none."""
    if not able:
        return Soundness.UNKNOWN
    if failed:
        return Soundness.BAD
    return Soundness.WARN if oldest is not None and now - oldest > SLOW else Soundness.GOOD


def loss(gaps: int, tampered: int) -> Soundness:
    """Loss: records that are missing, or somebody tampered with the terminal."""
    return Soundness.BAD if gaps or tampered else Soundness.GOOD
