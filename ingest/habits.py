"""How made-up people punch: who comes each day, who as the 72 hours ask, who when it suits them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Habit:
    """Chances of a punch on a working day: at leisure, after two days without one, and once more in the evening."""

    leisure: float
    pressed: float
    evening: float


DAILY = Habit(0.93, 0.98, 0.3)
DUTIFUL = Habit(0.2, 0.99, 0.05)
LAX = Habit(0.2, 0.42, 0.05)
BAD = Habit(0.08, 0.25, 0.0)
DAILY_SHARE = 0.06
PRESSED_DAYS = 2  # so many days without a punch press: the third is the last of 72 hours
URGENCY = 0.3  # how much of what keeps people away keeps those away who are pressed


def drawn(chance: Random, lax: float) -> Habit:
    """The habit of one of a city's people, of whom the share `lax` punch when it suits them."""
    easy, daily = chance.random() < lax, chance.random() < DAILY_SHARE  # always two: one city's share moves no other's
    return LAX if easy else DAILY if daily else DUTIFUL


def comes(habit: Habit, pressed: bool, share: float) -> float:
    """The chance of a punch on a day when `share` of those come who would on a dry working day."""
    return habit.pressed * (1 - URGENCY * (1 - share)) if pressed else habit.leisure * share
