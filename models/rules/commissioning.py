"""When is a terminal commissioned (安装调试)? Pure: what was heard of it gives steps, the list on site its gaps.

五(一): 考勤机安装设置是否成功，以数据能够成功传回省级平台为准. 附件3 says where and how high it hangs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from models.rules import parameters
from models.rules.registration import reason

CLOCK_MS: Final = 60_000  # a clock is right within a minute
TELLING: Final = ("zkteco",)  # protocols whose terminals tell of themselves; no other is waited for
TOLD: Final = ("model", "firmware", "users", "faces", "attlogs")


class Step(StrEnum):
    """What must have happened, in the order in which it comes."""

    REGISTERED = "registered"
    CONTACT = "contact"
    FACTS = "facts"
    CLOCK = "clock"
    PUNCH = "punch"
    CONFIRMED = "confirmed"


class Point(StrEnum):
    """What is looked at on site."""

    LIGHT = "light"
    NETWORK = "network"
    POWER = "power"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of a terminal: `punched` is the arrival of its first genuine punch by face."""

    protocol: str
    registered: datetime | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    skew_ms: int | None = None
    punched: datetime | None = None
    admitted: datetime | None = None


class Stage(NamedTuple):
    """A step, whether it is done, and when it was, where that is kept."""

    step: Step
    done: bool
    at: datetime | None


def stages(heard: Heard) -> tuple[Stage, ...]:
    """All steps of a terminal; one that its protocol cannot show is left out."""
    told = any(heard.facts.get(name) for name in TOLD)
    first = min((at for at in (heard.first_seen, heard.punched) if at is not None), default=None)
    all_of_them = (
        Stage(Step.REGISTERED, heard.registered is not None, heard.registered),
        Stage(Step.CONTACT, heard.last_seen is not None, first),
        Stage(Step.FACTS, told, None),
        Stage(Step.CLOCK, heard.skew_ms is not None and abs(heard.skew_ms) <= CLOCK_MS, None),
        Stage(Step.PUNCH, heard.punched is not None, heard.punched),
        Stage(Step.CONFIRMED, heard.admitted is not None, heard.admitted),
    )
    return tuple(one for one in all_of_them if one.step is not Step.FACTS or told or heard.protocol in TELLING)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The list filled on site: height in metres, what is ticked, and a note for what is not."""

    height: float | None
    ticked: frozenset[Point] = frozenset()
    notes: Mapping[Point, str] = field(default_factory=dict)

    def note(self, point: Point) -> str:
        """What is said of a point, "" when that is too little or too much."""
        return reason(self.notes.get(point, ""))


def heights(day: date) -> tuple[int, int]:
    """Lowest and highest bottom of a terminal above the floor, in centimetres."""
    low, high = parameters.law().of_terminals("mount_height", day)
    return int(low), int(high)


def centimetres(height: float | None) -> int | None:
    """Metres as whole centimetres; None of what is no height."""
    return round(height * 100) if height is not None and math.isfinite(height) and 0 < height < 10 else None


def problems(sheet: Sheet, day: date) -> list[str]:
    """What the list still lacks: "height", and each point that is neither ticked nor explained."""
    low, high = heights(day)
    tall = centimetres(sheet.height)
    wrong = [] if tall is not None and low <= tall <= high else ["height"]
    return wrong + [point.value for point in Point if point not in sheet.ticked and not sheet.note(point)]


def missing(stages: tuple[Stage, ...]) -> list[str]:
    """The steps that have not come yet."""
    return [stage.step.value for stage in stages if not stage.done]
