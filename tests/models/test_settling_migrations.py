"""Migrations 0005 and 0006 on a database that is in use: what they derive is what acts derive, and ties hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from models import embedded
from models.database import cursor
from tests.cast import World
from tests.world import build

VERSIONS = Path(__file__).parents[2] / "models/migrations/versions"
BACK = """
do $$ declare child text; begin
    for child in select inhrelid::regclass::text from pg_inherits where inhparent = 'punch'::regclass loop
        execute format('alter table %I drop constraint %I', child, 'fk_' || child || '_reading_id_at');
    end loop;
end $$;
alter table punch add constraint fk_punch_reading_id_at foreign key (reading_id, at) references reading (id, at);
drop function tie(text);
alter table window_strip drop column posts;
drop function posts_held(bigint, bigint);
drop table settled_month;
"""
KEYS = (
    "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint "
    "where contype = 'f' and conrelid::regclass::text ~ '^(punch|settled_month)' order by 1, 2"
)
STRIPS = "select engagement_id, person_id, posts, encode(states, 'hex') from window_strip order by 1, 2"


def run(connection: Connection, script: str) -> None:
    with cursor(connection) as driver:
        driver.execute(script)


@pytest.fixture(scope="module")
def owner(bare: str, data_dir: Path) -> Iterator[tuple[Connection, World]]:
    world = build()
    engine = create_engine(embedded.url("owner", bare, data_dir=data_dir))
    with engine.connect() as connection:
        yield connection, world
    engine.dispose()


def test_a_database_with_rows_becomes_what_a_new_one_is(owner: tuple[Connection, World]) -> None:
    connection, _ = owner
    with connection.begin():
        before = [connection.execute(text(query)).all() for query in (KEYS, STRIPS)]
        run(connection, BACK)
        run(connection, (VERSIONS / "0003_months.sql").read_text(encoding="utf-8"))
        assert connection.execute(text(KEYS)).all() != before[0]
        for name in ("0005_settled", "0006_ties"):
            run(connection, (VERSIONS / f"{name}.sql").read_text(encoding="utf-8"))
        assert [connection.execute(text(query)).all() for query in (KEYS, STRIPS)] == before
        assert len(before[1]) == 16
        assert connection.scalar(text("select count(*) from punch"))


def test_a_punch_without_its_reading_is_refused(owner: tuple[Connection, World]) -> None:
    connection, world = owner
    query = (
        "insert into punch (person_id, at, reading_id, terminal_id, method, recorded) "
        "select person_id, at + interval '1 ms', reading_id, terminal_id, method, recorded from punch limit 1"
    )
    with pytest.raises(DBAPIError, match=r"fk_punch_2018\d\d_reading_id_at"), connection.begin():
        connection.execute(text(query))
    assert world.people
