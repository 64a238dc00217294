"""The cast of the whole province, as its founder enters it: the right size and places, nobody real, nobody twice."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

import pytest

from ingest.cast import ordinal
from ingest.demonstration import SEED
from ingest.founding import Founder
from ingest.habits import BAD
from ingest.protocols import table
from ingest.province import LAGGARD, SILENT, Province
from ingest.sites import CITIES, SITES
from models import settings
from models.acts import people, places, terminals, units, windows
from models.rules.identity import valid_id_number, valid_uscc

START, DAYS = date(2026, 8, 25), 90
POSTS = {"C1", "C2", "C3", "C4", "C5", "C6", "C7", "S1", "S2", "S3", "S5", "S6", "S7", "L1", "L2", "L3"}


class Register:
    """Acts that note what they were asked and give numbers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.numbers = count(1)
        for module, name in (
            *((places, "enter_project"), (places, "enter_section"), (units, "enter_unit"), (units, "engage")),
            *((terminals, "register"), (terminals, "serve"), (terminals, "admit"), (windows, "extend")),
        ):
            monkeypatch.setattr(module, name, self._noting(name))
        monkeypatch.setattr(people, "enter_form", self._form)

    def _noting(self, name: str) -> Any:
        def act(_: object, *given: Any, **named: Any) -> int:
            number = next(self.numbers)
            self.asked[name].append({"made": number, "given": given, **named})
            return number

        return act

    def _form(self, _: object, engagement: int, lines: Sequence[people.Line]) -> list[people.Entered]:
        self.asked["line"] += [{"engagement": engagement, "line": line} for line in lines]
        return [people.Entered(next(self.numbers), "1", next(self.numbers)) for _ in lines]


@pytest.fixture(scope="module")
def entered() -> tuple[Register, Province]:
    with pytest.MonkeyPatch.context() as patch:
        register = Register(patch)
        return register, Founder(START, DAYS, datetime(2026, 11, 23, tzinfo=UTC), Random(SEED)).province(SITES)


def inside(ring: Sequence[tuple[float, float]], x: float, y: float) -> bool:
    """Crossings of a ray to the north, odd in number inside."""
    odd = False
    for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (x0 <= x) != (x1 <= x) and y < y0 + (y1 - y0) * (x - x0) / (x1 - x0):
            odd = not odd
    return odd


def test_it_has_the_size_of_a_province(entered: tuple[Register, Province]) -> None:
    register, made = entered
    sizes = {name: len(asked) for name, asked in register.asked.items()}
    assert (sizes["enter_project"], sizes["enter_unit"], sizes["register"]) == (44, 120, 150)
    assert 1200 <= len(made.members) <= 1250
    assert {LAGGARD, *SILENT} <= {machine.number for machine in made.machines}


def test_every_prefecture_has_two_to_five_projects(entered: tuple[Register, Province]) -> None:
    found = Counter(asked["area"][:4] for asked in entered[0].asked["enter_project"])
    assert set(found) == set(CITIES)
    assert len(found) == 14
    assert set(found.values()) <= {2, 3, 4, 5}
    assert {asked["kind"] for asked in entered[0].asked["enter_project"]} == {"highway", "waterway"}


@pytest.mark.parametrize("act", ["enter_project", "register"])
def test_each_project_and_terminal_stands_in_its_county(entered: tuple[Register, Province], act: str) -> None:
    counties = json.loads((settings.ROOT / "assets/geo/hunan_counties.geojson").read_text(encoding="utf-8"))
    shapes = {feature["properties"]["adcode"]: feature["geometry"] for feature in counties["features"]}
    for asked in entered[0].asked[act]:
        shape, (lon, lat) = shapes[asked["area"]], asked["point"]
        parts = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        assert sum(inside(ring, lon, lat) for part in parts for ring in part) % 2 == 1, asked
        assert not any(inside(ring, lon + 3, lat) for part in parts for ring in part)  # the test can fail


def test_each_project_has_its_units_and_each_unit_its_work(entered: tuple[Register, Province]) -> None:
    asked = entered[0].asked
    kinds: dict[int, set[str]] = defaultdict(set)
    for engagement in asked["engage"]:
        kinds[engagement["given"][0]].add(engagement["given"][2])
    assert len(kinds) == len(SITES)
    assert set(map(frozenset, kinds.values())) == {frozenset({"owner", "contractor", "supervisor", "laboratory"})}
    assert {e["given"][1] for e in asked["engage"]} == {unit["made"] for unit in asked["enter_unit"]}
    assert {e["given"][3] for e in asked["engage"] if e["given"][2] == "contractor"} == {
        section["made"] for section in asked["enter_section"]
    }
    sums = [section["given"][2] for section in asked["enter_section"]]
    assert len(set(sums)) > len(sums) // 2
    assert all(isinstance(total, Decimal) and total > 0 for total in sums)


def test_the_bad_unit_works_in_one_place_only(entered: tuple[Register, Province]) -> None:
    asked, made = entered[0].asked, entered[1]
    assert [e["given"][1] for e in asked["engage"]].count(made.contractors[0]) == 1
    assert len({m.engagement for m in made.members if m.habit is BAD}) == 1


def test_units_and_people_are_told_apart_and_none_is_real(entered: tuple[Register, Province]) -> None:
    named = [unit["given"] for unit in entered[0].asked["enter_unit"]]
    assert all("示范" in name and valid_uscc(code) and code[2:8] == "439999" for name, code in named)
    assert len({name for name, _ in named}) == len({code for _, code in named}) == len(named)
    lines = [asked["line"] for asked in entered[0].asked["line"]]
    assert all(valid_id_number(line.id_number, START) and line.id_number[:6] == "439999" for line in lines)
    assert len({line.id_number for line in lines}) == len({line.phone for line in lines}) == len(lines)


def test_every_post_of_the_form_is_held_and_none_in_a_tunnel_under_water(entered: tuple[Register, Province]) -> None:
    register, made = entered
    assert {member.post for member in made.members} == POSTS
    kinds = {asked["made"]: asked["kind"] for asked in register.asked["enter_project"]}
    wet = {member.post for member in made.members if kinds[member.works.project] == "waterway"}
    assert not wet & {"C6", "S6"}


def test_terminals_are_of_several_makes_and_a_project_buys_one(entered: tuple[Register, Province]) -> None:
    asked = entered[0].asked
    makes = {terminal["brand"]: terminal["protocol"] for terminal in asked["register"]}
    assert len(makes) == 5
    assert makes["ZKTeco"] == "zkteco"
    assert makes["汉王"] == "house"  # its own protocol is not built: it pushes through our JSON
    assert set(makes.values()) <= {dialect.name for dialect in table.DIALECTS}
    models = {terminal["made"]: (terminal["brand"], terminal["model"]) for terminal in asked["register"]}
    bought: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for service in asked["serve"]:
        bought[service["given"][1]].add(models[service["given"][0]])
    assert {len(found) for found in bought.values()} == {1}
    assert Counter(Counter(service["given"][0] for service in asked["serve"]).values())[2] == 1  # the owner's, for two


def test_projects_begin_on_different_days_and_one_is_handed_over(entered: tuple[Register, Province]) -> None:
    works = entered[1].works
    assert len({one.since for one in works}) > 8
    assert [one for one in works if one.until <= DAYS]
    assert all(m.works.since <= m.since < m.until == m.works.until for m in entered[1].members)


def test_the_same_seed_makes_the_same_province(entered: tuple[Register, Province]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        again = Register(patch)
        Founder(START, DAYS, datetime(2026, 11, 23, tzinfo=UTC), Random(SEED)).province(SITES)
    assert again.asked == entered[0].asked


def test_numbers_are_written_in_words() -> None:
    assert [ordinal(n) for n in (1, 9, 10, 11, 20, 46)] == ["一", "九", "十", "十一", "二十", "四十六"]
