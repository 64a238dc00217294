"""Entering the demonstration's registers, from projects to accounts, through the same acts as real ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from ingest import cast
from ingest.cast import MAKES, SIZES, TEAMS, TUNNEL, Make
from ingest.habits import BAD, drawn
from ingest.province import Machine, Member, Province, Works, token_of
from ingest.sites import CITIES, Site
from ingest.terrain import Counties, Point
from models.acts import accounts, people, places, terminals, units, windows
from models.rules.scope import PROCESS, Role

PASSWORD = "Hunan-2018-Lvyue"  # noqa: S105 - of demonstration accounts, which exist in marked databases only
AHEAD = timedelta(days=15)  # how far beyond the present the worker keeps windows


@dataclass(frozen=True, slots=True)
class Ground:
    """A project that is being entered: where it lies, from when, and which make of terminal it bought."""

    site: Site
    works: Works
    point: Point
    start: date
    make: Make
    model: str


@dataclass(frozen=True, slots=True)
class Team:
    """An engagement whose people are to be entered: the terminals they use, the contract's sum in yuan."""

    engagement: int
    kind: str
    total: Decimal
    machines: tuple[Machine, ...]
    bad: bool = False


class Founder:
    """Enters the registers; `chance` makes it the same each time."""

    def __init__(self, start: date, days: int, now: datetime, chance: Random) -> None:
        self.made, self.days, self.reach, self.chance = Province(start), days, now + AHEAD, chance
        self._counties, self._units, self._turns = Counties(), dict[str, int](), Counter[str]()
        self._offices: dict[tuple[int, str], Machine] = {}  # owners' terminals by county
        self._bought: dict[tuple[str, str], tuple[Make, str]] = {}  # make and model by county and kind of project

    def province(self, sites: Sequence[Site]) -> Province:
        """Everything but the past."""
        for site in sites:
            self._site(self._ground(site))
        return self.made

    def _ground(self, site: Site) -> Ground:
        since, point = int(self.days * site.starts), self._counties.site(site.area, self.chance)
        until = int(self.days * site.ends) + 1 if site.ends else self.days + 2
        start = self.made.start + timedelta(days=since)
        project = places.enter_project(
            PROCESS,
            name=site.name,
            kind=site.kind,
            area=site.area,
            point=point,
            start=start,
            handover=self.made.start + timedelta(days=until - 1) if site.ends else None,
        )
        works = Works(project, site.area[:4], since, until)
        self.made.works.append(works)
        make = self.chance.choices(MAKES, [make.weight for make in MAKES])[0]
        bought = make, self.chance.choice(make.models)
        if site.hosted:  # with the terminal of the project before it in the county
            bought = self._bought[site.area, site.kind]
        self._bought[site.area, site.kind] = bought
        return Ground(site, works, point, start, *bought)

    def _site(self, ground: Ground) -> None:
        site, project, city = ground.site, ground.works.project, CITIES[ground.site.area[:4]].name
        owner = self._unit(cast.owner_name(city, site.kind), public=True)
        self.made.owners.setdefault(site.area[:4], owner)
        units.engage(PROCESS, project, owner, "owner")
        office = self._office(ground, owner)
        teams = [self._contractor(ground, number) for number in range(1, site.sections + 1)]
        total = sum((team.total for team in teams), Decimal(0))
        teams.append(self._adviser(ground, "supervisor", total * 2 / 100, None if site.sections > 1 else office))
        teams.append(self._adviser(ground, "laboratory", total / 200, office))
        for team in teams:  # people come last: what is entered before them has no windows to follow it
            self._people(ground, team)
            if team is teams[0]:
                windows.extend(PROCESS, project, self.reach)  # once, for whoever is entered later gets as many

    def _contractor(self, ground: Ground, number: int) -> Team:
        """A contract section with its contractor. The first of all is the bad one."""
        kind, project = ground.site.kind, ground.works.project
        total = Decimal(self.chance.randint(60, 400)) * 1_000_000
        section = places.enter_section(PROCESS, project, f"第{number}合同段", total)
        unit, bad = self._unit(cast.contractor_name(kind, self._turn(kind))), not self.made.contractors
        self.made.contractors.append(unit)
        engagement = units.engage(PROCESS, project, unit, "contractor", section, total)
        machines = [self._machine(ground, unit, f"第{number}合同段项目部")]
        if number == 1 and self._turn("plant") % 7 in (0, 3):
            machines.append(self._machine(ground, unit, f"第{number}合同段拌合站"))
        return Team(engagement, "contractor", total, tuple(machines), bad)

    def _adviser(self, ground: Ground, kind: str, total: Decimal, office: Machine | None) -> Team:
        """A unit that uses the owner's terminal (二(一)), or a supervisor with one of its own."""
        city = CITIES[ground.site.area[:4]].name
        first = not self._turn(f"{kind} {city}")
        unit = self._unit(cast.adviser_name(kind, city, 0 if first else 1 + self._turn(kind)))
        engagement = units.engage(PROCESS, ground.works.project, unit, kind, None, total)
        return Team(engagement, kind, total, (office or self._machine(ground, unit, "总监办"),))

    def _turn(self, what: str) -> int:
        """0, 1, 2, … of each thing that comes round."""
        self._turns[what] += 1
        return self._turns[what] - 1

    def _unit(self, name: str, *, public: bool = False) -> int:
        if name not in self._units:
            self._units[name] = units.enter_unit(PROCESS, name, cast.uscc(len(self._units) + 1, public))
        return self._units[name]

    def _office(self, ground: Ground, owner: int) -> Machine:
        """The owner's terminal: a new one, or that of its other project in the county, which serves this one too."""
        key = owner, ground.site.area
        if ground.site.hosted:
            terminals.serve(PROCESS, self._offices[key].terminal, ground.works.project, ground.start)
        else:
            self._offices[key] = self._machine(ground, owner, "业主项目部")
        return self._offices[key]

    def _machine(self, ground: Ground, unit: int, place: str) -> Machine:
        make, area = ground.make, ground.site.area
        serial = f"{make.serial}{len(self.made.machines):05d}"
        terminal = terminals.register(
            PROCESS,
            protocol=make.protocol,
            serial=serial,
            unit=unit,
            brand=make.brand,
            model=ground.model,
            area=area,
            place=place,
            point=self._counties.beside(area, ground.point, self.chance),
            token=token_of(serial, make.protocol) or None,
        )
        terminals.admit(PROCESS, terminal)
        terminals.serve(PROCESS, terminal, ground.works.project, ground.start)
        self.made.machines.append(machine := Machine(terminal, serial, make.protocol))
        return machine

    def _people(self, ground: Ground, team: Team) -> None:
        """A team's people as its form lists them; some come days later."""
        works, serial = ground.works, len(self.made.members)
        posts = [post for post in TEAMS[team.kind] if ground.site.kind == "highway" or post not in TUNNEL]
        posts = posts[: self.chance.randint(*SIZES[team.kind])]
        late = [min(self.chance.choice((0, 0, 0, 0, 2, 5)), works.until - works.since - 1) for _ in posts]
        lines = [
            people.Line(
                name=cast.person_name(self.chance),
                id_number=cast.id_number(self.chance, serial + k),
                post=post,
                start=ground.start + timedelta(days=late[k]),
                phone=f"1390000{serial + k:04d}",
            )
            for k, post in enumerate(posts)
        ]
        for line, day, entered in zip(lines, late, people.enter_form(PROCESS, team.engagement, lines), strict=True):
            habit = BAD if team.bad else drawn(self.chance, CITIES[works.city].lax)
            self.made.members.append(
                Member(
                    *(entered.person, entered.number, team.engagement, entered.appointment, line.post, works, habit),
                    *(team.machines, works.since + day, works.until),
                )
            )


def open_accounts(made: Province) -> dict[str, int]:
    """Accounts of each role, with one-click entry; returns their ids by login."""
    rows = (
        ("leader", "省厅领导", Role.LEADER, None, None),
        ("centre", "厅科技信息中心", Role.TECH_CENTRE, None, None),
        ("bureau", "长沙市交通运输局", Role.CITY_BUREAU, "430100", None),
        ("agency", "长沙市质安机构", Role.CITY_AGENCY, "430100", None),
        ("owner", "长沙示范公路建设服务中心", Role.OWNER, None, made.owners["4301"]),
        ("unit", "示范路桥第一工程有限公司", Role.UNIT, None, made.contractors[0]),
        ("support", "技术支持", Role.SUPPORT, None, None),
        ("security", "安全管理员", Role.SECURITY, None, None),
        ("yueyang", "岳阳市交通运输局", Role.CITY_BUREAU, "430600", None),
        ("huaihua", "怀化市交通运输局", Role.CITY_BUREAU, "431200", None),
        ("xiangxi", "湘西州交通运输局", Role.CITY_BUREAU, "433100", None),
    )
    return {
        login: accounts.open_account(
            PROCESS, login=login, name=name, role=role, password=PASSWORD, area=area, unit=unit, demonstration=True
        )
        for login, name, role, area, unit in rows
    }
