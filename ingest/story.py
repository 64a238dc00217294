"""What terminals see and push in the demonstration, day by day: punches by habit and season, silences with backlog."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from ingest import seasons
from ingest.decisions import Decisions
from ingest.habits import PRESSED_DAYS, comes
from ingest.protocols.reading import Verification
from ingest.province import LAG, LAGGARD, SILENT, Machine, Member, Province
from ingest.sites import CITIES
from models.acts.terminals import Contact
from models.rules.instants import day_start

BATCH = 128  # lines a backlog comes in
LATE = timedelta(seconds=2)  # what a push takes
THRIFTY, SLOT = 3, timedelta(minutes=30)  # every third terminal pushes what it has by the half hour
APART, LENGTH = 12, (2, 5)  # days between two silences, days that one lasts
BACK = timedelta(hours=12)  # of the day on which a line is there again


@dataclass(frozen=True, slots=True)
class Push:
    """One request to come: from which terminal, with which records, received when."""

    machine: Machine
    records: tuple[Verification, ...]
    received: datetime


class Story:
    """The demonstration's punches. Told in order, from day 0 on; a day after the decisions of the day before."""

    def __init__(self, made: Province, now: datetime, decisions: Decisions, chance: Random) -> None:
        self.made, self.days, self.now, self.decisions, self.chance = made, decisions.days, now, decisions, chance
        self.silences = self._silences()
        self.kept: dict[Machine, list[Verification]] = defaultdict(list)
        self.latest: dict[int, int] = {}  # the day number of people's last punch
        self.heard: dict[Machine, datetime] = {}  # terminals' last punches that arrived

    def _silences(self) -> dict[Machine, tuple[int, int]]:
        """Terminals without a line, from a day number to before another; the last two still are."""
        others = [machine for machine in self.made.machines if machine.number not in (*SILENT, LAGGARD)]
        starts = range(self.chance.randint(2, 4), self.days - LENGTH[1], APART)
        chosen = zip(self.chance.sample(others, min(len(starts), len(others))), starts, strict=False)
        silent = {machine: (start, start + self.chance.randint(*LENGTH)) for machine, start in chosen}
        still = [machine for machine in self.made.machines if machine.number in SILENT]
        return silent | {m: (max(0, self.days - back), self.days + 1) for m, back in zip(still, (2, 0), strict=False)}

    def pushes(self, number: int) -> list[Push]:
        """What arrives on a day, by the instant of arrival: each punch at once, or when its terminal is back."""
        day = self.made.start + timedelta(days=number)
        seen: dict[Machine, list[Verification]] = defaultdict(list)
        for member, share in self._people(number, day):
            for machine, verification in self._punches(member, number, day, share):
                seen[machine].append(verification)
        made: list[Push] = []
        for machine, records in seen.items():
            if self._silent(machine, number):
                self.kept[machine] += records
            else:
                made += self._sent(machine, records)
        for machine in [machine for machine in self.kept if not self._silent(machine, number)]:
            made += self._backlog(machine, day)
        made = sorted((push for push in made if push.received <= self.now), key=lambda push: push.received)
        for push in made:
            self.heard[push.machine] = max(record.at for record in push.records)
        return made

    def _sent(self, machine: Machine, records: list[Verification]) -> Iterator[Push]:
        """Each record at once; where the line is paid by the byte, what came together each half hour."""
        if machine.number % THRIFTY != THRIFTY - 1:
            yield from (Push(machine, (record,), record.at + self._slow(machine) + LATE) for record in records)
            return
        slots: dict[datetime, list[Verification]] = defaultdict(list)
        for record in sorted(records, key=lambda record: record.at):
            at = record.at + self._slow(machine)
            slots[at + SLOT - (at - day_start(self.made.start)) % SLOT].append(record)
        yield from (Push(machine, tuple(slot), end + LATE) for end, slot in slots.items())

    def _people(self, number: int, day: date) -> Iterator[tuple[Member, float]]:
        """Who is there, and what share of them comes: by calendar and weather; where works stand still, a watch."""
        share = seasons.turnout(day)
        wet = {spell.weather for spell in self.decisions.spells if spell.first <= number <= spell.last}
        stopped = self.decisions.stopped(number)
        for member in self.made.members:
            watch = member.works.project not in stopped or self.chance.random() < seasons.WATCH
            if watch and self.decisions.there(member, number):
                yield member, share * (seasons.RAIN if CITIES[member.works.city].weather in wet else 1.0)

    def _punches(self, member: Member, number: int, day: date, share: float) -> Iterator[tuple[Machine, Verification]]:
        """A person's punches of a day: in the morning, sometimes again in the evening."""
        chance, idle = self.chance, number - self.latest.get(member.person, member.since - 1)
        pressed = idle > PRESSED_DAYS or self.decisions.off(member, number + 1)
        if chance.random() >= comes(member.habit, pressed, share):
            return
        self.latest[member.person] = number
        machine = chance.choice(member.machines)
        yield machine, self._seen(machine, member, day, 7 * 3600 + chance.randrange(5400))
        if chance.random() < member.habit.evening:
            yield machine, self._seen(machine, member, day, 17 * 3600 + 1800 + chance.randrange(3600))

    def _seen(self, machine: Machine, member: Member, day: date, seconds: int) -> Verification:
        return Verification(member.number, day_start(day) + timedelta(seconds=seconds) - self._slow(machine))

    def _slow(self, machine: Machine) -> timedelta:
        return LAG if machine.number == LAGGARD else timedelta(0)

    def _silent(self, machine: Machine, number: int) -> bool:
        first, back = self.silences.get(machine, (0, 0))
        return first <= number < back

    def _backlog(self, machine: Machine, day: date) -> list[Push]:
        """Everything a terminal kept, in batches, within a minute of its return at noon."""
        kept = sorted(self.kept.pop(machine), key=lambda record: record.at)
        back = day_start(day) + BACK
        batches = [tuple(kept[low : low + BATCH]) for low in range(0, len(kept), BATCH)]
        return [Push(machine, batch, back + timedelta(seconds=k)) for k, batch in enumerate(batches)]

    def contacts(self) -> tuple[list[Contact], list[Contact]]:
        """When terminals were heard: all the time but for a silence, before and after it; with their clocks' skew."""
        first, before, after = day_start(self.made.start), list[Contact](), list[Contact]()
        for machine in self.made.machines:
            key, skew = (
                (machine.protocol, machine.serial, True),
                1500 + self._slow(machine) // timedelta(milliseconds=1),
            )
            last, silence = self.heard.get(machine), self.silences.get(machine)
            if silence is None:
                before.append(Contact(key, self.now, first, last, skew))
                continue
            gone = first + timedelta(days=silence[0], hours=6)
            before.append(Contact(key, min(gone, self.now - timedelta(minutes=40)), first, last, skew))
            if silence[1] <= self.days:
                after.append(Contact(key, self.now, first + timedelta(days=silence[1]) + BACK, last, skew))
        return before, after
