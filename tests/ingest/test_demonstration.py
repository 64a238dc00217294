"""The demonstration: vendors' bytes through decoders and acts, the same each time, and never twice."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from ingest import cli, demonstration
from models import database
from models.acts import windows
from models.database import transaction

COUNTS = {"project": 10, "unit": 30, "terminal": 40}


@pytest.fixture(scope="module")
def built(bare: str) -> list[str]:
    said: list[str] = []
    demonstration.build(9, said.append)
    return said


def number(query: str) -> int:
    with database.reading() as (session, _):
        return int(session.scalar(text(query)) or 0)


def test_it_has_the_size_of_a_small_province(built: list[str]) -> None:
    assert {table: number(f"select count(*) from {table}") for table in COUNTS} == COUNTS
    assert number("select count(*) from person") >= 300


def test_its_window_facts_equal_a_recount(built: list[str]) -> None:
    query = "select md5(string_agg(w::text, '|' order by engagement_id, person_id, k)) from attendance_window w"
    with database.reading() as (session, _):
        before = session.scalar(text(query))
        projects = list(session.scalars(text("select id from project")))
    for project in projects:
        with transaction() as at:
            windows.recount(at, project)
    with database.reading() as (session, _):
        assert session.scalar(text(query)) == before


def test_every_punch_came_as_a_request_in_vendors_bytes(built: list[str]) -> None:
    assert number("select count(*) from punch") > 1000
    assert (
        number("select count(*) from reading r where not exists (select from request q where q.id = r.request_id)") == 0
    )
    assert number("select count(*) from request where body like '%255%' and path = '/iclock/cdata'") > 1000
    assert number("select count(*) from request where path = '/ingest/v1/records'") > 50


def test_no_number_or_code_is_a_real_one(built: list[str]) -> None:
    assert number("select count(*) from unit where substr(uscc, 3, 6) <> '439999'") == 0


def test_building_it_again_changes_nothing(built: list[str]) -> None:
    before = number("select count(*) from event")
    demonstration.build(9, lambda _: None)
    assert number("select count(*) from event") == before


def test_the_simulator_knows_its_living_terminals(built: list[str]) -> None:
    population = cli.population()
    assert len(population) == 38
    assert all(terminal.numbers for terminal in population)
    assert {terminal.protocol for terminal in population} == {"zkteco", "house"}
