"""What is approved in the demonstration: leave, pauses and stoppages, replacements; in time for the eve to be known."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from ingest import seasons
from ingest.cast import id_number, person_name
from ingest.habits import DAILY
from ingest.province import Member, Province, Works
from ingest.seasons import Spell
from ingest.sites import CITIES
from models.acts import people, requests
from models.rules.scope import PROCESS

LEAVES = 400  # people of whom one goes on leave every third day
REASONS = ("年休假", "年休假", "事假", "病假")
REPLACED = 30  # days between two replacements by the rules
HEADS = ("C1", "S1", "L1")
GONE = 35  # days before the end, on which a manager goes who is never exited
EVE = 2  # days from an approval to its first day: on the day between, people know
Days = tuple[int, int]  # day numbers, inclusive


class Decisions:
    """Approvals in their order, and what they mean for who is there: `away` by person, `idle` by project."""

    def __init__(self, made: Province, days: int, spells: list[Spell], chance: Random) -> None:
        self.made, self.days, self.spells, self.chance = made, days, spells, chance
        self.away: dict[int, Days] = {}
        self.idle: dict[int, list[Days]] = defaultdict(list)
        self.left: dict[int, int] = {}  # from which day number on people are gone

    def there(self, member: Member, number: int) -> bool:
        """Is the person at work on a day, as far as was decided?"""
        if not member.since <= number < min(member.until, self.left.get(member.person, member.until)):
            return False
        away = self.away.get(member.person)
        return away is None or not away[0] <= number <= away[1]

    def stopped(self, number: int) -> set[int]:
        """The projects that stand still on a day."""
        return {project for project, spans in self.idle.items() if any(a <= number <= b for a, b in spans)}

    def off(self, member: Member, number: int) -> bool:
        """Is a day known to be one without duty, so that people punch before it?"""
        spans = self.idle.get(member.works.project, ())
        return not self.there(member, number) or any(first <= number <= last for first, last in spans)

    def decide(self, number: int) -> None:
        """Everything that is approved on a day."""
        if number % 3 == 1:
            for _ in range(-(-len(self.made.members) // LEAVES)):
                self._leave(number)
        for first, last in seasons.pauses(self._day(number), self._day(self.days)):
            if number == max(0, (first - self.made.start).days - seasons.NOTICE):
                self._pause(first, last)
        for spell in self.spells:
            if number == spell.first + 1 and spell.pours and self.chance.random() < seasons.STOPPED:
                self._stoppage(number, spell)
        if number % REPLACED == REPLACED // 2:
            self._replace(number)
        if number == max(0, self.days - GONE):
            self._abandon(number)

    def _day(self, number: int) -> date:
        return self.made.start + timedelta(days=number)

    def _leave(self, number: int) -> None:
        member = self.chance.choice(self.made.members)
        first, last = number + EVE, number + EVE + self.chance.choice((2, 3, 5, 7))
        if member.appointment is None or not all(self.there(member, day) for day in (first, min(last, self.days))):
            return
        reason = self.chance.choice(REASONS)
        requests.approve_leave(PROCESS, member.person, self._day(first), self._day(last), reason)
        self.away[member.person] = first, last

    def _pause(self, first: date, last: date) -> None:
        span = (first - self.made.start).days, (last - self.made.start).days
        for works in self.made.works:
            self._halt("pause", works, span, "春节假期，全省统一暂停考勤")

    def _stoppage(self, number: int, spell: Spell) -> None:
        running = [w for w in self.made.works if CITIES[w.city].weather == spell.weather and w.since < number < w.until]
        if running:
            span = number + EVE, number + EVE + seasons.STOPPAGE - 1
            self._halt("stoppage", self.chance.choice(running), span, "连续强降雨，业主批准停工")

    def _halt(self, kind: str, works: Works, span: Days, reason: str) -> None:
        requests.approve_halt(PROCESS, kind, works.project, self._day(span[0]), self._day(span[1]), reason)
        self.idle[works.project].append(span)

    def _replace(self, number: int) -> None:
        """A replacement as the rules ask: the old one exited, the new one entered and appointed from the next day."""
        able = [m for m in self.made.members if m.post not in HEADS and m.appointment and self.there(m, number + 1)]
        old = self.chance.choice(able)
        serial, start = len(self.made.members), self._day(number + 1)
        name, identity = person_name(self.chance), id_number(self.chance, serial)
        assert old.appointment is not None
        people.end_appointment(PROCESS, old.appointment, self._day(number))
        (new,) = people.enter_form(PROCESS, old.engagement, [people.Line(name, identity, old.post, start)])
        self.left[old.person] = number + 1
        self.made.members.append(replace(old, **new._asdict(), habit=DAILY, since=number + 1))

    def _abandon(self, number: int) -> None:
        """A manager goes and is never exited: the old one stays the one judged, the new one's punches count nowhere."""
        managers = [m for m in self.made.members if m.post == "C1" and self.there(m, number)]
        old = managers[1]  # the first one's unit is the bad one
        serial = len(self.made.members)  # everyone entered is one of them
        person = people.enter_person(PROCESS, person_name(self.chance), id_number(self.chance, serial))
        badge = str(people.FIRST_NUMBER + serial)
        self.left[old.person] = number + 1
        self.made.members.append(
            replace(old, person=person, number=badge, appointment=None, habit=DAILY, since=number + 1)
        )
