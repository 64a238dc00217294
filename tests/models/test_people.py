"""People entered by their unit's form: all or none, numbered in order, their windows at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from models import database
from models.acts import people
from models.acts.units import BadCode
from models.database import history
from models.rules.instants import day_start
from models.rules.scope import PROCESS, Refused
from tests.cast import STRANGER, World, id_number

START = date(2018, 7, 2)


@pytest.fixture(scope="module")
def world(scratch: str) -> World:
    with history() as past:
        past.go(day_start(START))
        made = World()
        made.project("G106浏阳段", START)
        made.engage("甲路桥", "G106浏阳段")
        made.person("先到者", "甲路桥", "C7", START)
    return made


def rows(query: str) -> Sequence[Any]:
    with database.reading() as (session, _):
        return session.execute(text(query)).all()


def enter(world: World, *lines: people.Line) -> list[people.Entered]:
    with history() as past:
        past.go(day_start(START))
        return people.enter_form(PROCESS, world.engagements["甲路桥"], lines)


def test_a_form_makes_what_its_lines_one_by_one_would_make(world: World) -> None:
    one, two = enter(
        world,
        people.Line("张一", id_number(501), "C1", START, phone="13900000000"),
        people.Line("李二", id_number(502), "C2", date(2018, 7, 5), date(2018, 8, 31)),
    )
    with history() as past:
        past.go(day_start(START))
        alone = people.enter_person(PROCESS, "王三", id_number(503), "13900000000")
        people.appoint(PROCESS, world.engagements["甲路桥"], alone, "C3", START)
    assert int(two.number) == int(one.number) + 1
    query = "select k, starts, ends, post_ms, duty_ms, halt_ms from attendance_window where person_id = {} order by k"
    assert rows(query.format(one.person)) == rows(query.format(alone)) != []
    assert rows(query.format(two.person))[0].k == 1
    badges = dict(rows("select person_id, number from badge where terminal_id is null"))
    assert (badges[one.person], badges[two.person]) == (one.number, two.number)
    assert int(badges[alone]) == int(two.number) + 1
    held = rows(
        f"select person_id, post, upper_inf(during) from appointment where id in ({one[2]}, {two[2]}) order by 1"
    )
    assert held == [(one.person, "C1", True), (two.person, "C2", False)]


def test_a_wrong_line_is_named_and_nobody_is_entered(world: World) -> None:
    before = rows("select count(*) from person")
    good, wrong = id_number(510), id_number(511)[:-1] + "?"
    with pytest.raises(BadCode, match="line 2"):
        enter(world, people.Line("甲", good, "C1", START), people.Line("乙", wrong, "C2", START))
    with pytest.raises(IntegrityError):  # the same person twice
        enter(world, people.Line("甲", good, "C1", START), people.Line("甲", good, "C2", START))
    assert rows("select count(*) from person") == before


def test_a_form_of_another_unit_is_refused(world: World) -> None:
    with pytest.raises(Refused):
        people.enter_form(STRANGER, world.engagements["甲路桥"], [people.Line("甲", id_number(520), "C1", START)])
