"""The registers of a made-up province of any size, the same each time: projects, units, terminals.

Days are counted from the first day of the data. Nothing in it is real: credit codes are those of ingest.cast.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from ingest.cast import uscc
from models import settings
from models.acts.bulk import Lot
from tests.bench.copying import text_lot

Row = tuple[Any, ...]
MODELS = (("ZKTeco", "SenseFace 4A", "zkteco"), ("ZKTeco", "SpeedFace-V5L", "zkteco"), ("宇泛", "Uface 5", "house"))
SEED = 20180430
COLUMNS = {
    "account": ("id", "login", "name", "role", "created"),
    "unit": ("id", "name", "uscc"),
    "project": (*("id", "name", "kind", "area", "longitude", "latitude", "supervised_from", "handed_over"),),
    "section": ("id", "project_id", "name", "contract_sum"),
    "engagement": ("id", "project_id", "section_id", "unit_id", "kind", "contract_sum"),
    "terminal": (
        *("id", "protocol", "serial", "brand", "model", "unit_id", "area", "place", "longitude", "latitude"),
        *("first_seen", "admitted", "admitted_by", "disabled", "disabled_by", "disabled_reason"),
    ),
    "service": ("id", "terminal_id", "project_id", "during"),
    "person": ("id", "name", "id_number", "id_index", "phone", "entered"),
    "badge": ("id", "number", "person_id", "during"),
    "appointment": ("id", "engagement_id", "kind", "person_id", "post", "during", "entered"),
    "absence": (
        *("id", "kind", "person_id", "project_id", "section_id", "engagement_id", "during", "reason"),
        *("approved", "approved_by", "revoked"),
    ),
}


@dataclass(frozen=True, slots=True)
class Size:
    """How large a province is. Its first project has `special` people on post for `special_days`."""

    projects: int = 400
    people: int = 20_000
    units: int = 1_600
    terminals: int = 2_000
    days: int = 180
    special: int = 300
    special_days: int = 360


@dataclass(slots=True)
class Site:
    """A project: first day of supervision, day after the last (None: goes on), its engagements, its terminals."""

    id: int
    area: str
    point: tuple[float, float]
    opens: int
    closes: int | None
    engagements: list[int] = field(default_factory=list)  # the owner's first


class Registers:
    """All rows by table, in `rows`. People and absences are added by tests.bench.teams."""

    def __init__(self, size: Size, end: datetime) -> None:
        self.size, self.end, self.chance = size, end, Random(SEED)
        self.first = end - timedelta(days=size.special_days)  # day 0
        self.horizon = size.special_days  # the day after the last
        self.rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}
        self.sites: list[Site] = []
        self.engagements: dict[int, tuple[str, int | None, Site]] = {}  # kind, section, project
        self.own: dict[int, list[int]] = defaultdict(list)  # engagement → terminals
        self._turns: Counter[str] = Counter()
        self._counties()
        for login in ("centre", "agency"):
            self.add("account", login, login, "tech_centre", self.first)
        self._units()
        for number in range(size.projects):
            self._project(number)
        self._terminals()

    def lots(self) -> Iterator[Lot]:
        for table, columns in COLUMNS.items():
            yield text_lot(table, columns, self.rows[table])

    def day(self, number: int) -> datetime:
        """00:00 of a day."""
        return self.first + timedelta(days=number)

    def range(self, first: int, end: int | None, early: timedelta = timedelta(0)) -> str:
        """From 00:00 of the first day, or some hours before it, to 00:00 of the day `end`."""
        return f"[{(self.day(first) - early).isoformat()},{self.day(end).isoformat() if end is not None else ''})"

    def add(self, table: str, *values: Any) -> int:
        number = len(self.rows[table]) + 1
        self.rows[table].append((number, *values))
        return number

    def _near(self, point: tuple[float, float], spread: float) -> tuple[float, float]:
        return tuple(round(at + self.chance.uniform(-spread, spread), 5) for at in point)  # type: ignore[return-value]

    def _counties(self) -> None:
        """Counties in an order in which every prefecture comes early."""
        path = settings.ROOT / "assets/geo/hunan_counties.geojson"
        found = [f["properties"] for f in json.loads(path.read_text(encoding="utf-8"))["features"]]
        self.chance.shuffle(found)
        turn: dict[str, int] = defaultdict(int)
        order = []
        for place in found:
            turn[place["parent"]] += 1
            order.append((turn[place["parent"]], place["parent"], place["adcode"], place["name"], place["label"]))
        self.counties = [(code, name, (label[0], label[1])) for _, _, code, name, label in sorted(order)]

    def _units(self) -> None:
        """One unit in 12 owns, the others build, supervise, test."""
        share = {"owner": 0.08, "contractor": 0.47, "supervisor": 0.23, "laboratory": 0.22}
        words = {"owner": "建设中心", "contractor": "路桥公司", "supervisor": "监理公司", "laboratory": "检测公司"}
        self.units: dict[str, list[int]] = {kind: [] for kind in share}
        counts = {kind: max(1, round(self.size.units * part)) for kind, part in share.items()}
        counts["contractor"] += self.size.units - sum(counts.values())
        for kind, count in counts.items():
            for number in range(count):
                serial = len(self.rows["unit"]) + 1
                name = f"示范第{number + 1}{words[kind]}"
                self.units[kind].append(self.add("unit", name, uscc(serial, kind == "owner")))

    def _project(self, number: int) -> None:
        code, county, label = self.counties[number % len(self.counties)]
        kind = "waterway" if number % 7 == 3 else "highway"
        opens, closes = self._supervision(number)
        point = self._near(label, 0.02)
        title = f"{county}示范{number + 1}号{'航道' if kind == 'waterway' else '公路'}工程"
        until = self.day(closes) if closes else None
        site = Site(self.add("project", title, kind, code, *point, self.day(opens), until), code, point, opens, closes)
        self.sites.append(site)
        self._engage(site, "owner", None, self.units["owner"][number % len(self.units["owner"])])
        for section in range(1, (3, 1, 2)[number % 3] + 1):
            part = self.add("section", site.id, f"第{section}合同段", self.chance.randint(60, 400) * 1_000_000)
            self._engage(site, "contractor", part)
        for other in ("supervisor", "laboratory"):
            self._engage(site, other, None)

    def _supervision(self, number: int) -> tuple[int, int | None]:
        """The special project from day 0; most from the start of the days, at any phase of three; some later."""
        if number == 0:
            return 0, None
        late = self.chance.randint(9, self.size.days // 2) if self.chance.random() < 0.08 else number % 3
        closes = self.horizon - self.chance.randint(1, self.size.days // 5) if number % 41 == 2 else None
        return self.horizon - self.size.days + late, closes

    def _engage(self, site: Site, kind: str, section: int | None, unit: int | None = None) -> None:
        """Units of a kind one after the other: each gets work before any gets more."""
        chosen = unit or self.units[kind][self._turns[kind] % len(self.units[kind])]
        self._turns[kind] += 1
        made = self.add("engagement", site.id, section, chosen, kind, self.chance.randint(20, 300) * 1_000_000)
        self.engagements[made] = (kind, section, site)
        site.engagements.append(made)

    def _terminals(self) -> None:
        """One each owner, which serves all its projects; then one each engagement of contractors and supervisors, until
        there are as many as asked for.
        """
        owned: dict[int, list[Site]] = defaultdict(list)
        for site in self.sites:
            owned[self._unit(site.engagements[0])].append(site)
        for sites in owned.values():
            self._terminal(sites[0].engagements[0], sites)
        places = [e for e, (kind, _, _) in self.engagements.items() if kind in ("contractor", "supervisor")]
        for number in range(self.size.terminals - len(owned)):
            engagement = places[number % len(places)]
            self._terminal(engagement, [self.engagements[engagement][2]])

    def _unit(self, engagement: int) -> int:
        return int(self.rows["engagement"][engagement - 1][3])

    def _terminal(self, engagement: int, serves: list[Site]) -> None:
        number = len(self.rows["terminal"])
        brand, model, protocol = MODELS[2 if number % 9 == 8 else number % 2]
        site, since = serves[0], self.day(min(site.opens for site in serves))
        disabled = self.day(self.horizon - 2) if number % 170 == 169 else None
        made = self.add(
            "terminal", protocol, f"PROV{number:06d}", brand, model, self._unit(engagement), site.area, "项目部",
            *self._near(site.point, 0.03), since, since, 0, *((disabled, 0, "拆除") if disabled else (None, None, "")),
        )  # fmt: skip
        self.own[engagement].append(made)
        for served in serves:
            self.add("service", made, served.id, self.range(served.opens, None))
