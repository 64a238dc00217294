"""The demonstration's past: ninety days of vendors' bytes through the same decoders and acts as real pushes.

Leave, a stoppage, silences with late backlog, one bad unit, one person who left and was never exited, one slow clock.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from random import Random

from ingest.founding import LAG, LAGGARD, SILENT, Founder, Machine, Member, Province, open_accounts
from ingest.protocols import table
from ingest.protocols.reading import Verification
from models import database
from models.acts import attendance, circulars, processes, requests, terminals, windows
from models.acts.terminals import Contact
from models.queries import accounts
from models.rules.instants import Period, day_of, day_start
from models.rules.readings import Arrival
from models.rules.scope import PROCESS, Role, Scope

SEED = 20180430  # the day of the notice's series
BATCH = 128  # lines a backlog comes in
LATE = timedelta(seconds=2)


def build(days: int, say: Callable[[str], None]) -> None:
    """Build the province and its past up to now, once: a marked database is left as it is."""
    with database.reading() as (session, now):
        if accounts.mark(session) is not None:
            return
    processes.mark(PROCESS, "demonstration")
    with database.history() as past:
        start = day_of(now) - timedelta(days=days)
        past.go(day_start(start))
        say("registers: projects, units, people, terminals")
        made = Founder(start, Random(SEED)).province()
        logins = open_accounts(made)
        story = Story(made, days, now)
        for number in range(days + 1):
            day = start + timedelta(days=number)
            past.go(min(max(day_start(day) + timedelta(hours=9), day_start(start)), now))
            story.decide(number)
            past.go(min(day_start(day) + timedelta(hours=23, minutes=59), now))
            story.live(number, day)
            if number % 10 == 0:
                say(f"day {number} of {days}")
        past.go(now)
        story.contacts()
        for project in made.projects:  # what the worker would have done each day
            windows.extend(PROCESS, project)
    centre = Scope(logins["centre"], Role.TECH_CENTRE)
    circulars.ask(centre, "circular", str(Period.quarter_of(now).previous()))


class Story:
    """What happens, day by day."""

    def __init__(self, made: Province, days: int, now: datetime) -> None:
        self.made, self.days, self.now, self.chance = made, days, now, Random(SEED + 1)
        self.held: dict[str, list[Verification]] = defaultdict(list)
        self.last: dict[str, datetime] = {}
        self.silences = self._silences()
        self.gone = made.members[17].person  # left on day 55, never exited: he stays the one judged
        self.left = max(0, days - 35)

    def _silences(self) -> dict[str, tuple[int, int]]:
        """Terminals without a line, from day to day; the last two still are."""
        serials = [machine.serial for machine in self.made.machines]
        spans = ((20, 24), (41, 47), (60, 63), (self.days - 2, self.days + 1), (self.days, self.days + 1))
        chosen = (serials[4], serials[13], serials[22], serials[SILENT[0]], serials[SILENT[1]])
        return {serial: span for serial, span in zip(chosen, spans, strict=True) if span[0] >= 0}

    def decide(self, number: int) -> None:
        """Leave and stoppages approved on this day, at nine in the morning."""
        day = self.made.start + timedelta(days=number)
        if number % 3 == 1:
            member = self.chance.choice(self.made.members)
            last = day + timedelta(days=self.chance.choice((3, 4, 6, 8)))
            requests.approve_leave(
                PROCESS, member.person, day + timedelta(days=1), last, self.chance.choice(("年休假", "事假", "病假"))
            )
        if number == self.days // 3:
            project = self.made.projects[5]
            requests.approve_halt(
                PROCESS,
                "stoppage",
                project,
                day + timedelta(days=1),
                day + timedelta(days=12),
                "连续强降雨，业主批准停工",
            )

    def live(self, number: int, day: date) -> None:
        """The day's pushes, those of terminals without a line when it is back."""
        seen: dict[str, list[Verification]] = defaultdict(list)
        machines = {machine.serial: machine for machine in self.made.machines}
        for member in self.made.members:
            for machine, verification in self._day(member, number, day):
                seen[machine.serial].append(verification)
        arrivals: list[Arrival] = []
        for serial, verifications in seen.items():
            silent = self._silent(serial, number)
            if silent:
                self.held[serial] += verifications
            else:
                arrivals += [_push(machines[serial], [v], v.at + LATE) for v in verifications]
        for serial in [s for s in self.held if not self._silent(s, number)]:
            arrivals += self._backlog(machines[serial], day)
        arrivals = [arrival for arrival in arrivals if arrival.received <= self.now]
        arrivals.sort(key=lambda arrival: arrival.received)
        for arrival in arrivals:
            self.last[arrival.serial] = max(reading.at for reading in arrival.readings)
        for low in range(0, len(arrivals), 400):
            attendance.intake(PROCESS, arrivals[low : low + 400])

    def _silent(self, serial: str, number: int) -> bool:
        span = self.silences.get(serial)
        return span is not None and span[0] <= number < span[1]

    def _backlog(self, machine: Machine, day: date) -> list[Arrival]:
        """Everything a terminal kept, in batches, within a minute of its return at noon."""
        kept = sorted(self.held.pop(machine.serial), key=lambda v: v.at)
        back = day_start(day) + timedelta(hours=12)
        return [
            _push(machine, kept[low : low + BATCH], back + timedelta(seconds=low // BATCH))
            for low in range(0, len(kept), BATCH)
        ]

    def _day(self, member: Member, number: int, day: date) -> Iterator[tuple[Machine, Verification]]:
        """A person's punches of a day: in the morning, sometimes again in the evening."""
        leaving = member.person == self.gone and number >= self.left
        if leaving or self.chance.random() > member.habit * (0.75 if day.weekday() == 6 else 1):
            return
        machine = self.chance.choice(member.machines)
        morning = day_start(day) + timedelta(hours=7, seconds=self.chance.randint(0, 5400))
        yield machine, Verification(member.number, self._clock(machine, morning))
        if self.chance.random() < 0.25:
            evening = day_start(day) + timedelta(hours=17, minutes=30, seconds=self.chance.randint(0, 3600))
            yield machine, Verification(member.number, self._clock(machine, evening))

    def _clock(self, machine: Machine, at: datetime) -> datetime:
        return at - LAG if machine is self.made.machines[LAGGARD] else at

    def contacts(self) -> None:
        """When each terminal was heard: all the time but for its silence; with the skew of its clock."""
        first = day_start(self.made.start)
        for machine in self.made.machines:
            span = self.silences.get(machine.serial)
            skew = LAG // timedelta(milliseconds=1) if machine is self.made.machines[LAGGARD] else 1500
            key, last = (machine.protocol, machine.serial, True), self.last.get(machine.serial)
            if span is None:
                terminals.seen(PROCESS, [Contact(key, self.now, first, last, skew)])
                continue
            began = min(first + timedelta(days=span[0], hours=6), self.now - timedelta(minutes=40))
            terminals.seen(PROCESS, [Contact(key, began, first, last, skew)])
            if span[1] <= self.days:
                back = first + timedelta(days=span[1], hours=12)
                terminals.seen(PROCESS, [Contact(key, self.now, back, last, skew)])


def _push(machine: Machine, verifications: list[Verification], received: datetime) -> Arrival:
    """What the machine's own bytes say, as intake would get it at an instant of the past."""
    dialect = table.named(machine.protocol)
    request = dialect.module.encode_records(machine.serial, verifications)
    decoded = dialect.module.decode(request, digest=lambda content: hashlib.sha256(content).hexdigest())
    return Arrival(
        protocol=machine.protocol,
        serial=machine.serial,
        received=received,
        method=request.method,
        path=request.path,
        query="&".join(f"{key}={value}" for key, value in request.query),
        headers="\n".join(f"{key}: {value}" for key, value in request.headers.items()),
        body=decoded.record_part,
        digest=hashlib.sha256(request.body).digest(),
        readings=decoded.readings,
        refusals=decoded.refusals,
    )
