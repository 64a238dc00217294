"""The cast of most tests: two cities, an owner, a neighbour and a stranger, and a small world made by acts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from models.acts import people, places, terminals, units
from models.rules.identity import id_check, uscc_check
from models.rules.instants import from_wall, whole_ms
from models.rules.readings import Arrival, Method, Reading
from models.rules.scope import PROCESS, Role, Scope

LEADER = Scope(1, Role.LEADER)
CITY = Scope(2, Role.CITY_BUREAU, area="430100")  # 长沙: the territory of the first project
NEIGHBOUR = Scope(3, Role.CITY_BUREAU, area="430200")  # 株洲
STRANGER = Scope(4, Role.UNIT, unit=999_999)
SUPPORT = Scope(5, Role.SUPPORT)


def id_number(serial: int) -> str:
    """A well-formed identity number of an unassigned region, so that no real person is hit."""
    first = f"439999{1960 + serial % 40}0{1 + serial % 9}1{serial % 10}{serial % 1000:03d}"
    return first + id_check(first)


def uscc(serial: int) -> str:
    """A well-formed unified social credit code of an unassigned division."""
    first = f"91439999{serial:09d}"
    return first + uscc_check(first)


def wall(text: str) -> datetime:
    """The UTC instant of a wall-clock text at +08:00."""
    return from_wall(datetime.fromisoformat(text))


@dataclass
class World:
    """Ids of what was built, by the name given."""

    projects: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    engagements: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    terminals: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    appointments: dict[str, int] = field(default_factory=dict)

    def project(
        self, name: str, start: date, area: str = "430181", kind: str = "highway", handover: date | None = None
    ) -> int:
        point = (113.6, 28.2) if area.startswith("4301") else (113.1, 27.8)
        made = places.enter_project(
            PROCESS, name=name, kind=kind, area=area, point=point, start=start, handover=handover
        )
        self.projects[name] = made
        owner = self.unit(f"{name}业主")
        units.engage(PROCESS, made, owner, "owner")
        return made

    def unit(self, name: str) -> int:
        if name not in self.units:
            self.units[name] = units.enter_unit(PROCESS, name, uscc(len(self.units) + 1))
        return self.units[name]

    def engage(self, name: str, project: str, kind: str = "contractor", section: int | None = None) -> int:
        made = units.engage(PROCESS, self.projects[project], self.unit(name), kind, section, Decimal(100))
        self.engagements[name] = made
        return made

    def person(self, name: str, engagement: str, post: str, start: date, until: date | None = None) -> int:
        if name not in self.people:
            serial = len(self.people) + 1
            self.people[name] = people.enter_person(PROCESS, name, id_number(serial))
            self.numbers[name] = str(people.FIRST_NUMBER + serial - 1)
        made = people.appoint(PROCESS, self.engagements[engagement], self.people[name], post, start, until)
        self.appointments[name] = made
        return self.people[name]

    def terminal(self, serial: str, unit: str, project: str, since: date, area: str = "430181") -> int:
        made = terminals.register(
            PROCESS, protocol="zkteco", serial=serial, unit=self.unit(unit), brand="ZKTeco", model="SenseFace 4A",
            area=area, place="项目部", point=(113.6, 28.2),
        )  # fmt: skip
        terminals.admit(PROCESS, made)
        terminals.serve(PROCESS, made, self.projects[project], since)
        self.terminals[serial] = made
        return made


def punch(number: str, at: datetime, line: int = 0, method: Method = Method.FACE) -> Reading:
    """A reading as a face terminal would send it."""
    return Reading(number, str(at), whole_ms(at), "255", "15", method, line)


def arrival(serial: str, *readings: Reading, received: datetime | None = None, protocol: str = "zkteco") -> Arrival:
    """A request with these readings, received a second after the newest unless said."""
    newest = max((r.at for r in readings), default=wall("2018-07-01T00:00:00"))
    body = "\n".join(f"{r.number}\t{r.device_time}" for r in readings).encode()
    return Arrival(
        protocol=protocol, serial=serial, received=received or newest + timedelta(seconds=1), method="POST",
        path="/iclock/cdata", query="table=ATTLOG", headers="", body=body, digest=hashlib.sha256(body).digest(),
        readings=tuple(readings),
    )  # fmt: skip
