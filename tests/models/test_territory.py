"""Who works in two territories: each side is told its own part only."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from models import database
from models.acts import attendance
from models.acts import terminals as acts
from models.database import history
from models.queries import credit, lights, terminals, windows
from models.rules.instants import Period
from models.rules.scope import PROCESS, Role, Scope
from tests.cast import CITY, LEADER, NEIGHBOUR, World, arrival, punch, wall

START, AS_OF = date(2018, 7, 1), wall("2018-07-10T00:00:00")


@pytest.fixture(scope="module")
def world(scratch: str) -> World:
    """甲公司 works for two owners in two cities; 张三 holds a post in both and punches in each city on one day."""
    with history() as past:
        past.go(wall("2018-07-01T00:00:00"))
        made = World()
        made.project("长沙项目", START)
        made.project("株洲项目", START, area="430281")
        made.engagements["长沙"] = made.engage("甲公司", "长沙项目")
        made.engagements["株洲"] = made.engage("甲公司", "株洲项目")
        made.engagements["监理"] = made.engage("甲公司", "株洲项目", "supervisor")
        made.person("王五", "监理", "S1", START)
        for city in ("长沙", "株洲"):
            made.terminal(f"T-{city}", "甲公司", f"{city}项目", START, "430181" if city == "长沙" else "430281")
            made.person("张三", city, "C1", START)
        made.person("李四", "株洲", "C2", START)
        past.go(AS_OF)
        group = [
            arrival("T-长沙", punch(made.numbers["张三"], wall("2018-07-02T08:00:00"))),
            arrival("T-株洲", punch(made.numbers["张三"], wall("2018-07-03T08:00:00"))),
            arrival("T-株洲", punch(made.numbers["李四"], wall("2018-07-03T08:00:00"))),
        ]
        attendance.intake(PROCESS, group)
    return made


def serials(world: World, scope: Scope, city: str) -> list[str]:
    with database.reading() as (session, _):
        found = windows.why(session, scope, world.engagements[city], world.people["张三"], 0, AS_OF)
    assert found
    return [row.serial for row in found.punches]


def test_the_evidence_names_terminals_of_the_viewers_territory_only(world: World) -> None:
    assert serials(world, CITY, "长沙") == ["T-长沙", "***"]
    assert serials(world, NEIGHBOUR, "株洲") == ["***", "T-株洲"]
    assert serials(world, LEADER, "长沙") == ["T-长沙", "T-株洲"]


def test_a_ranking_tells_an_owner_its_own_projects_of_a_unit_that_works_elsewhere_too(world: World) -> None:
    owner = Scope(9, Role.OWNER, unit=world.units["长沙项目业主"])
    with database.reading() as (session, _):
        (row,) = credit.ranking(session, owner, Period.parse("2018-07"), AS_OF).units
        whole = credit.ranking(session, LEADER, Period.parse("2018-07"), AS_OF).units
    assert {(line.name, line.kind) for line in whole} == {("甲公司", "contractor"), ("甲公司", "supervisor")}
    assert {area for line in whole for area in line.areas} == {"430181", "430281"}
    assert (row.kind, row.areas) == ("contractor", ("430181",)), "nothing of its other work, nor where that is"
    assert [name for _, name in row.projects] == ["长沙项目"]


def test_a_unit_s_account_for_one_city_is_told_its_work_there_only(world: World) -> None:
    here = Scope(9, Role.UNIT, area="430100", unit=world.units["甲公司"])
    with database.reading() as (session, _):
        (row,) = credit.ranking(session, here, Period.parse("2018-07"), AS_OF).units
        everywhere = credit.ranking(session, replace(here, area=None), Period.parse("2018-07"), AS_OF).units
    assert (row.kind, row.areas, [name for _, name in row.projects]) == ("contractor", ("430181",), ["长沙项目"])
    assert {line.kind for line in everywhere} == {"contractor", "supervisor"}


def test_terminals_of_a_neighbour_s_project_are_not_counted(world: World) -> None:
    both = world.projects.values()
    with database.reading() as (session, _):
        assert set(lights.by_project(session, CITY, AS_OF, both)) == {world.projects["长沙项目"]}
        assert set(lights.by_project(session, LEADER, AS_OF, both)) == set(both)


def test_a_terminals_page_names_people_of_the_viewers_territory_only(world: World) -> None:
    # The terminal in 株洲 comes to serve the project in 长沙 as well: its page is open there too.
    acts.serve(PROCESS, world.terminals["T-株洲"], world.projects["长沙项目"], date(2018, 7, 8))
    with database.reading() as (session, _):
        seen = {r.number: r.person for r in terminals.records(session, CITY, world.terminals["T-株洲"])}
    assert seen == {world.numbers["张三"]: "张三", world.numbers["李四"]: "***"}
