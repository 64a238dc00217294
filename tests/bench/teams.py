"""Who holds which post when, and what keeps them away: people, badges, appointments, absences of a made-up province."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import accumulate

from ingest.cast import TEAMS, person_name
from models import keys
from models.acts.people import ALWAYS, FIRST_NUMBER
from models.rules.identity import id_check
from tests.bench.registers import Registers, Site

WEIGHTS = {"contractor": 15, "supervisor": 11, "laboratory": 7}  # people an engagement of each kind
HALF = timedelta(hours=12)
FOREVER = 1 << 30  # a day that never comes
LENGTHS = (1, 2, 2, 3, 3, 4, 5, 7, 10, 14)  # days of a leave


@dataclass(slots=True)
class Seat:
    """A person in an engagement: on post on the days [first, end) of each spell; the terminals they use."""

    person: int
    engagement: int
    section: int | None
    site: Site
    spells: list[tuple[int, int]]
    machines: tuple[int, ...]
    away: list[tuple[int, int]] = field(default_factory=list)  # leaves; halts are the generator's to look up


@dataclass(slots=True)
class Halt:
    """A stoppage, pause or fault: whom it covers (None: all) and its days [first, end)."""

    kind: str
    project: int | None
    section: int | None
    engagement: int | None
    first: int
    end: int

    def covers(self, seat: Seat) -> bool:
        if self.engagement is not None:
            return self.engagement == seat.engagement
        if self.section is not None:
            return self.section == seat.section
        return self.project in (None, seat.site.id)


class Teams:
    """Adds people, badges, appointments and absences to the registers; `seats` and `halts` are what punches need."""

    def __init__(self, made: Registers) -> None:
        self.made, self.chance, self.ring = made, made.chance, keys.current()
        self.seats: list[Seat] = []
        self.halts: list[Halt] = []
        size, successors = made.size, made.size.people // 40
        self._replaced = set(self.chance.sample(range(size.special, size.people - successors), successors))
        self._number = 0
        for engagement, count in self._counts(size.people - successors).items():
            for place in range(count):
                self._post(engagement, place)
        for seat in self.seats:
            self._leaves(seat)
        self._stop()

    def _counts(self, seats: int) -> dict[int, int]:
        """How many seats each engagement has: the special project's as asked for, all others by weight."""
        special, others = self._teams(self.made.sites[:1]), self._teams(self.made.sites[1:])
        wanted = self.made.size.special
        return _shared(special, wanted) | _shared(others, seats - wanted)

    def _teams(self, sites: list[Site]) -> dict[int, int]:
        kinds = ((e, self.made.engagements[e][0]) for site in sites for e in site.engagements)
        return {e: WEIGHTS[kind] for e, kind in kinds if kind in WEIGHTS}

    def _post(self, engagement: int, place: int) -> None:
        """One seat, held by one person or by two one after the other, from the first days of the project on."""
        kind, _, site = self.made.engagements[engagement]
        posts, end = TEAMS[kind], site.closes or FOREVER
        post = posts[place] if place < len(posts) else posts[3 + place % (len(posts) - 3)]
        special = site is self.made.sites[0]
        first = site.opens + (0 if special else self.chance.choice((0, 0, 0, 0, 3, 5)))
        if self._number in self._replaced:
            handed = self.chance.randint(first + 1, max(first + 1, min(end, self.made.horizon) - 1))
            self._hold(self._person(), engagement, post, [(first, handed)])
            first = handed
        self._hold(self._person(), engagement, post, self._spells(first, special=special))
        self._number += 1

    def _spells(self, first: int, *, special: bool) -> list[tuple[int, int]]:
        """Most stay; a few leave for some days and come back, are gone, or know their last day or a first to come."""
        lot, horizon = 1.0 if special else self.chance.random(), self.made.horizon
        day = self.chance.randint(first + 1, max(first + 1, horizon - 12))
        if lot < 0.01:
            return [(first, day), (day + self.chance.randint(1, 9), FOREVER)]
        if lot < 0.015:
            return [(first, day)]
        if lot < 0.02:
            return [(first, horizon + self.chance.randint(1, 12))]
        return [(max(first, horizon + 4), FOREVER)] if lot < 0.022 else [(first, FOREVER)]

    def _person(self) -> int:
        serial, ring = len(self.made.rows["person"]), self.ring
        number = id_number(serial)
        person = self.made.add(
            "person", person_name(self.chance), ring.seal(number.encode(), about=b"person.id_number"),
            ring.blind(number), ring.seal(f"139{serial:08d}".encode(), about=b"person.phone"), self.made.first,
        )  # fmt: skip
        self.made.add("badge", str(FIRST_NUMBER + serial), person, f"[{ALWAYS.isoformat()},)")
        return person

    def _hold(self, person: int, engagement: int, post: str, spells: list[tuple[int, int]]) -> None:
        kind, section, site = self.made.engagements[engagement]
        self._appoint(person, engagement, post, spells)
        lot, others = self.chance.random(), [e for e in site.engagements if self.made.engagements[e][0] == kind]
        if lot < 0.01 and (higher := TEAMS[kind][0]) != post:  # acts for the head of the team for some days
            begin = spells[0][0] + self.chance.randint(0, 20)
            self._appoint(person, engagement, higher, [(begin, begin + self.chance.randint(1, 9))])
        elif lot > 0.995 and site is not self.made.sites[0] and (more := [e for e in others if e != engagement]):
            # the same post in another section
            self._appoint(person, more[0], post, spells)
        own = self.made.own[engagement] or [m for e in site.engagements for m in self.made.own[e]]
        machines = tuple(own[(person + turn) % len(own)] for turn in range(3))
        self.seats.append(Seat(person, engagement, section, site, spells, machines))

    def _appoint(self, person: int, engagement: int, post: str, spells: list[tuple[int, int]]) -> None:
        kind = self.made.engagements[engagement][0]
        for first, end in spells:
            early = HALF if person % 7 == 3 else timedelta(0)  # the half day is asked for nothing
            during = self.made.range(first, end if end < FOREVER else None, early)
            self.made.add("appointment", engagement, kind, person, post, during, self.made.first)

    def _leaves(self, seat: Seat) -> None:
        """One or two a person in half a year; one in a hundred was revoked and keeps nobody away."""
        first = seat.spells[0][0]
        for _ in range(self.chance.choice((0, 1, 1, 2, 2)) * max(1, (self.made.horizon - first) // 180)):
            begin = self.chance.randint(first, max(first, self.made.horizon + 5))
            end = begin + self.chance.choice(LENGTHS)
            revoked = self.chance.random() < 0.01
            self._absent("leave", begin, end, person=seat.person, reason="年休假", revoked=revoked)
            if not revoked:
                seat.away.append((begin, end))

    def _stop(self) -> None:
        """Stoppages of projects, sections and engagements, a pause of all, faults of terminals."""
        size = self.made.size
        first, last = self.made.horizon - size.days, self.made.horizon
        kinds = ["project"] * max(1, size.projects // 16) + ["section"] * max(1, size.projects // 20)
        for part in [*kinds, *["engagement"] * max(1, size.projects // 27), *["fault"] * max(1, size.projects // 50)]:
            site = self.chance.choice(self.made.sites[1:])
            engagement = self.chance.choice(site.engagements[1:])
            section = self.made.engagements[site.engagements[1]][1]
            begin = self.chance.randint(first, last)
            end = begin + (self.chance.randint(1, 3) if part == "fault" else self.chance.randint(4, 25))
            self._halt(Halt(
                "fault" if part == "fault" else "stoppage", site.id, section if part == "section" else None,
                engagement if part == "engagement" else None, begin, end,
            ))  # fmt: skip
        middle = (first + last) // 2
        self._halt(Halt("pause", None, None, None, middle, middle + max(2, size.days // 26)))

    def _halt(self, halt: Halt) -> None:
        self.halts.append(halt)
        self._absent(
            halt.kind, halt.first, halt.end, reason="停工",
            project=halt.project, section=halt.section, engagement=halt.engagement,
        )  # fmt: skip

    def _absent(
        self, kind: str, first: int, end: int, *, reason: str, person: int | None = None, project: int | None = None,
        section: int | None = None, engagement: int | None = None, revoked: bool = False,
    ) -> None:  # fmt: skip
        approved = self.made.day(first) - timedelta(hours=15)
        self.made.add(
            "absence", kind, person, project, section, engagement, self.made.range(first, end), reason, approved, 2,
            approved + timedelta(hours=1) if revoked else None,
        )  # fmt: skip


def _shared(weights: dict[int, int], total: int) -> dict[int, int]:
    """Parts of a total by weight, whole numbers that add up to it."""
    whole, parts, given = sum(weights.values()), {}, 0
    for key, upto in zip(weights, accumulate(weights.values()), strict=True):
        parts[key] = total * upto // whole - given
        given += parts[key]
    return parts


def id_number(serial: int) -> str:
    """A well-formed identity number of the unassigned region 439999, unlike any other serial's up to 38,000."""
    born = f"{1962 + serial // 1000:04d}{1 + serial % 12:02d}{1 + serial % 28:02d}"
    first = f"439999{born}{serial % 1000:03d}"
    return first + id_check(first)
