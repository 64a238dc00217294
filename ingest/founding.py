"""Entering the demonstration's registers, from projects to accounts, through the same acts as real ones."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from ingest.cast import CITIES, SITES, SIZES, TEAMS, Site, id_number, person_name, unit_name, uscc
from models import settings
from models.acts import accounts, people, places, terminals, units
from models.rules.scope import PROCESS, Role

SILENT = (30, 37)  # the numbers of terminals that have no line at the end of the demonstration's past
SERIALS = ("PYA82630", "UF82630")  # how its serial numbers begin
LAGGARD, LAG = 9, timedelta(minutes=7)  # the number of the terminal whose clock is slow, and by how much
MODELS = (("ZKTeco", "SenseFace 4A", "zkteco"), ("ZKTeco", "SpeedFace-V5L", "zkteco"), ("宇泛", "Uface 5", "house"))


@dataclass(frozen=True, slots=True)
class Machine:
    """A terminal of the demonstration as its simulator knows it."""

    serial: str
    protocol: str
    project: int
    token: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A person as the simulator knows them: number, habit (share of days with a punch), the terminals they use."""

    person: int
    number: str
    engagement: int
    appointment: int
    project: int
    habit: float
    machines: tuple[Machine, ...]


@dataclass
class Province:
    """What was entered."""

    start: date
    projects: list[int] = field(default_factory=list)
    machines: list[Machine] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    owners: dict[str, int] = field(default_factory=dict)
    contractors: list[int] = field(default_factory=list)


def token_of(serial: str) -> str:
    """The token of a demonstration terminal: known to its simulator, worth nothing elsewhere."""
    return f"demo-token-{serial[-5:]}"


class Founder:
    """Enters the registers; `chance` makes it the same each time."""

    def __init__(self, start: date, chance: Random) -> None:
        self.chance, self.made = chance, Province(start)
        self._units: dict[str, int] = {}
        counties = json.loads((settings.ROOT / "assets/geo/hunan_counties.geojson").read_text(encoding="utf-8"))
        self._points = {f["properties"]["adcode"]: f["properties"]["label"] for f in counties["features"]}

    def province(self) -> Province:
        """Everything but the past."""
        for number, site in enumerate(SITES):
            self._site(number, site)
        return self.made

    def _unit(self, kind: str, city: str, number: int) -> int:
        name = unit_name(kind, city, number)
        if name not in self._units:
            self._units[name] = units.enter_unit(PROCESS, name, uscc(len(self._units) + 1, kind == "owner"))
        return self._units[name]

    def _site(self, number: int, site: Site) -> None:
        start = self.made.start + timedelta(days=site.after)
        point = self._near(self._points[site.area], 0.02)
        project = places.enter_project(
            PROCESS, name=site.name, kind=site.kind, area=site.area, point=point, start=start
        )
        self.made.projects.append(project)
        city = CITIES[site.area[:4]]
        owner = self._unit("owner", city, int(site.kind == "waterway"))
        units.engage(PROCESS, project, owner, "owner")
        self.made.owners.setdefault(site.area[:4], owner)
        machines = [self._machine(project, owner, site, start, point, "业主项目部")]
        for section in range(1, site.sections + 1):
            machines += self._contractor(number, section, site, project, start, point)
        supervisor = self._unit("supervisor", city, number % 8)
        machines.append(self._machine(project, supervisor, site, start, point, "总监办"))
        self._team(
            units.engage(PROCESS, project, supervisor, "supervisor"), "supervisor", project, start, machines[-1:]
        )
        laboratory = self._unit("laboratory", city, number % 6)
        self._team(units.engage(PROCESS, project, laboratory, "laboratory"), "laboratory", project, start, machines[:1])

    def _contractor(
        self, number: int, section: int, site: Site, project: int, start: date, point: tuple[float, float]
    ) -> list[Machine]:
        made = places.enter_section(
            PROCESS, project, f"第{section}合同段", Decimal(self.chance.randint(60, 400)) * 1_000_000
        )
        unit = self._unit("contractor", CITIES[site.area[:4]], (number * 2 + section - 1) % 13)
        self.made.contractors.append(unit)
        engagement = units.engage(
            PROCESS, project, unit, "contractor", made, Decimal(self.chance.randint(60, 400)) * 1_000_000
        )
        machines = [self._machine(project, unit, site, start, point, f"第{section}合同段项目部")]
        if number % 3 == 0:
            machines.append(self._machine(project, unit, site, start, point, f"第{section}合同段拌合站"))
        self._team(engagement, "contractor", project, start, machines, bad=unit == self.made.contractors[0])
        return machines

    def _machine(
        self, project: int, unit: int, site: Site, start: date, point: tuple[float, float], place: str
    ) -> Machine:
        number = len(self.made.machines)
        brand, model, protocol = MODELS[2 if number % 9 == 8 else number % 2]
        serial = f"{SERIALS[protocol == 'house']}{number:05d}"
        machine = Machine(serial, protocol, project, token_of(serial))
        terminal = terminals.register(
            PROCESS,
            protocol=protocol,
            serial=machine.serial,
            unit=unit,
            brand=brand,
            model=model,
            area=site.area,
            place=place,
            point=self._near(point, 0.03),
            token=machine.token if protocol == "house" else None,
        )
        terminals.serve(PROCESS, terminal, project, start)
        terminals.admit(PROCESS, terminal)
        self.made.machines.append(machine)
        return machine

    def _team(
        self, engagement: int, kind: str, project: int, start: date, machines: list[Machine], *, bad: bool = False
    ) -> None:
        for post in TEAMS[kind][: SIZES[kind]]:
            serial = len(self.made.members)
            person = people.enter_person(
                PROCESS, person_name(self.chance), id_number(self.chance, serial), f"1390000{serial:04d}"
            )
            appointment = people.appoint(
                PROCESS, engagement, person, post, start + timedelta(days=self.chance.choice((0, 0, 0, 0, 2, 5)))
            )
            number = str(people.FIRST_NUMBER + serial)
            self.made.members.append(
                Member(person, number, engagement, appointment, project, self._habit(bad), tuple(machines))
            )

    def _habit(self, bad: bool) -> float:
        """Most punch on two days of three, some seldom; the bad unit's people hardly ever."""
        if bad:
            return self.chance.choice((0.1, 0.2, 0.3))
        return self.chance.choice((0.9, 0.85, 0.8, 0.8, 0.75, 0.7, 0.7, 0.65, 0.6, 0.35))

    def _near(self, point: list[float] | tuple[float, float], spread: float) -> tuple[float, float]:
        return (
            round(point[0] + self.chance.uniform(-spread, spread), 5),
            round(point[1] + self.chance.uniform(-spread, spread), 5),
        )


def open_accounts(made: Province) -> dict[str, int]:
    """One account a role, with one-click entry; returns their ids by login."""
    city = "430100"
    rows = (
        ("leader", "省厅领导", Role.LEADER, None, None),
        ("centre", "厅科技信息中心", Role.TECH_CENTRE, None, None),
        ("bureau", "长沙市交通运输局", Role.CITY_BUREAU, city, None),
        ("agency", "长沙市质安机构", Role.CITY_AGENCY, city, None),
        ("owner", "长沙示范公路建设服务中心", Role.OWNER, None, made.owners["4301"]),
        ("unit", "示范路桥第一工程有限公司", Role.UNIT, None, made.contractors[0]),
        ("support", "技术支持", Role.SUPPORT, None, None),
        ("security", "安全管理员", Role.SECURITY, None, None),
    )
    return {
        login: accounts.open_account(
            PROCESS, login=login, name=name, role=role, password=PASSWORD, area=area, unit=unit, demonstration=True
        )
        for login, name, role, area, unit in rows
    }


PASSWORD = "Hunan-2018-Lvyue"  # noqa: S105 - of demonstration accounts, which exist in marked databases only
