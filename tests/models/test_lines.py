"""Lines are a unit's own: it adds and ends them, others of the territory are told, a neighbour nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from models import database
from models.acts import lines as acts
from models.acts.lines import BadLine
from models.database import history
from models.queries import lines
from models.rules.scope import Refused, Role, Scope
from tests.cast import World, wall

START, NOW = date(2018, 7, 1), wall("2018-07-20T00:00:00")
CENTRE = Scope(21, Role.TECH_CENTRE)
HERE, FAR = (Scope(23, Role.SUPPORT, area=area) for area in ("430100", "430200"))


@pytest.fixture(scope="module")
def world(scratch: str) -> World:
    with history() as past:
        past.go(wall("2018-07-01T00:00:00"))
        made = World()
        made.project("长沙项目", START)
        made.project("株洲项目", START, area="430281")
        made.engage("甲公司", "长沙项目")
        made.engage("丙公司", "株洲项目")
    return made


def of(world: World, unit: str) -> Scope:
    return Scope(7, Role.UNIT, unit=world.units[unit])


def add(world: World, unit: str, **changed: Any) -> int:
    given: dict[str, Any] = {"operator": "telecom", "bandwidth_mbps": 100, "contract_end": date(2018, 8, 19), **changed}
    with history() as past:
        past.go(NOW)
        return acts.add(of(world, unit), **given)


def seen(scope: Scope) -> dict[int, int]:
    with database.reading() as (session, _):
        return {row.id: row.left for row in lines.listing(session, scope, NOW)}


def test_a_line_is_told_to_its_unit_and_territory_and_ended_by_the_unit_only(world: World) -> None:
    made = add(world, "甲公司", project=world.projects["长沙项目"], note="项目部专线")
    assert seen(of(world, "甲公司")) == seen(CENTRE) == seen(HERE) == {made: 30}
    assert seen(of(world, "丙公司")) == seen(FAR) == {}
    for other in (of(world, "丙公司"), CENTRE, HERE):
        with pytest.raises(Refused):
            acts.end(other, made)
    for _ in range(2):
        with history() as past:
            past.go(NOW)
            acts.end(of(world, "甲公司"), made)
    assert seen(CENTRE) == {}
    with database.reading() as (session, _):
        kept = session.execute(text("select upper(during), ended_by from line where id = :l"), {"l": made}).one()
        ends = session.scalar(text("select count(*) from event where act = 'end line'"))
    assert (kept[0], kept[1], ends) == (NOW + timedelta(milliseconds=1), 7, 1)


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"operator": "x"}, "operator"), ({"bandwidth_mbps": 0}, "bandwidth"), ({"bandwidth_mbps": 10**9}, "bandwidth"),
        ({"contract_end": date(9999, 12, 31)}, "contract_end"), ({"note": "a\0b"}, "note"),
        ({"note": "x" * 201}, "note"),
    ],
)  # fmt: skip
def test_a_line_that_lacks_something_is_not_taken(world: World, changed: dict[str, Any], wrong: str) -> None:
    with pytest.raises(BadLine, match=wrong):
        add(world, "甲公司", **changed)


def test_a_line_is_not_laid_to_another_s_project_nor_by_who_has_no_unit(world: World) -> None:
    with pytest.raises(Refused):
        add(world, "甲公司", project=world.projects["株洲项目"])
    for scope in (CENTRE, Scope(1, Role.LEADER), Scope(1, Role.SECURITY)):
        with pytest.raises(Refused):
            acts.add(scope, "telecom", 100, date(2018, 8, 19))
    with pytest.raises(Refused):
        seen(Scope(1, Role.LEADER))
