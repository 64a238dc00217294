"""Is a terminal there? Pure: last contact, its expected period and an instant give a light.

Thresholds follow device servers in the field (protocol notes, chapter 5): online up to max(2 min, 3 periods),
late up to 10 min (no alarm), offline after.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

ONLINE_AT_LEAST = timedelta(minutes=2)
LATE_UNTIL = timedelta(minutes=10)
CLOCK_WRONG_MS = 5 * 60_000


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
