"""The migrated database is what the tables say, partitions apart; a second run changes nothing."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from models import database, embedded, migrations
from models.tables import metadata


def concerns(change: object) -> bool:
    """Is this a difference in a table of ours, not in a partition (its key, its index) or the queue's tables?"""
    flat = str(change)
    operation = change[0] if isinstance(change, tuple) else ""
    if operation == "remove_table":
        return False
    return not (operation in ("remove_fk", "remove_index") and "_default" in flat) and "procrastinate" not in flat


def test_the_migrated_database_is_what_the_tables_say(bare: str, data_dir: Path) -> None:
    engine = create_engine(embedded.url("owner", bare, data_dir=data_dir))
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    assert [change for change in found if concerns(change)] == []


def test_migrating_again_loses_no_row_and_stays_at_the_newest(bare: str, data_dir: Path) -> None:
    with database.reading() as (session, _):
        before = session.scalar(text("select count(*) from area")), session.scalar(text("select count(*) from post"))
    migrations.upgrade(embedded.url("owner", bare, data_dir=data_dir))
    with database.reading() as (session, _):
        assert before == (
            session.scalar(text("select count(*) from area")),
            session.scalar(text("select count(*) from post")),
        )
        assert migrations.current(session.connection()) == migrations.newest()


def test_a_month_is_made_once_and_guarded(bare: str) -> None:
    call = text("select ensure_month('punch', timestamptz '2018-07-15')")
    for _ in range(2):
        with database.transaction() as at:
            at.session.execute(call)
    query = "select count(*) from pg_trigger where tgrelid = 'punch_201807'::regclass and tgname = 'append_only'"
    with database.reading() as (session, _):
        assert session.scalar(text(query)) == 1


def test_every_append_only_table_has_a_salt_and_a_guard(bare: str) -> None:
    guarded = ("request", "reading", "punch", "refusal", "disqualification", "month_run", "deduction", "event",
               "terminal_event", "terminal_count", "commissioning")  # fmt: skip
    with database.reading() as (session, _):
        found = set(
            session.scalars(text("select tgrelid::regclass::text from pg_trigger where tgname = 'append_only'"))
        )
    assert set(guarded) <= found
    assert all("salt" in metadata.tables[name].columns for name in guarded)
