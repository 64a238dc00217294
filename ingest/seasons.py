"""The year on a building site: weekends, holidays, the pause at Spring Festival, spells of rain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

# 正月初一, from the official calendar
SPRING_FESTIVALS = (
    date(2018, 2, 16), date(2019, 2, 5), date(2020, 1, 25), date(2021, 2, 12), date(2022, 2, 1), date(2023, 1, 22),
    date(2024, 2, 10), date(2025, 1, 29), date(2026, 2, 17), date(2027, 2, 6), date(2028, 1, 26), date(2029, 2, 13),
    date(2030, 2, 3),
)  # fmt: skip
BEFORE, AFTER = timedelta(days=9), timedelta(days=15)  # the pause: 腊月二十 or so to 正月十六
NOTICE = 6  # days before its begin on which a pause is approved
SATURDAY, SUNDAY, HOLIDAY, RAIN = 0.93, 0.8, 0.7, 0.62  # how many of those who would come do
WATCH = 0.03  # how many are there while works stand still
WET_MONTHS = (4, 5, 6, 7)
SPELL, APART = (2, 5), (9, 20)  # days that rain lasts, days between two spells
POUR, STOPPED, STOPPAGE = 4, 0.5, 10  # from how many days on rain stops a project, how often it does, days it stands


@dataclass(frozen=True, slots=True)
class Spell:
    """Rain over a part of the province, day numbers inclusive."""

    weather: str
    first: int
    last: int

    @property
    def pours(self) -> bool:
        return self.last - self.first + 1 >= POUR


def pauses(first: date, last: date) -> list[tuple[date, date]]:
    """The Spring Festival pauses, inclusive, of which something lies within [first, last]."""
    spans = ((new_year - BEFORE, new_year + AFTER) for new_year in SPRING_FESTIVALS)
    return [(begin, end) for begin, end in spans if begin <= last and end >= first]


def holiday(day: date) -> bool:
    """Labour Day and the National Day's week, when works go on with fewer people."""
    return (day.month, day.day) in {(5, 1), (5, 2), (5, 3)} or (day.month == 10 and day.day <= 7)


def rain(start: date, days: int, regions: Iterable[str], chance: Random) -> list[Spell]:
    """Spells of rain over each region; nearer to each other in the wet months."""
    spells = []
    for region in sorted(set(regions)):
        number = chance.randint(3, APART[1])
        while number <= days:
            wet = (start + timedelta(days=number)).month in WET_MONTHS
            spell = Spell(region, number, number + chance.randint(*SPELL) - 1)
            spells.append(spell)
            number = spell.last + chance.randint(*APART) // (2 if wet else 1)
    return spells


def turnout(day: date) -> float:
    """How many of those who would come on a dry working day do, by the calendar."""
    if holiday(day):
        return HOLIDAY
    return {5: SATURDAY, 6: SUNDAY}.get(day.weekday(), 1.0)
