"""Tables without their keys and indexes for a while, as a bulk load wants them; all read from the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text


def constraints(connection: Connection, table: str, kinds: str) -> list[tuple[str, str]]:
    """Names and definitions of a table's constraints: p primary key, u unique, f foreign key."""
    query = text(
        "select conname, pg_get_constraintdef(oid) from pg_constraint where conrelid = cast(:table as regclass) "
        "and position(cast(contype as text) in :kinds) > 0 order by position(cast(contype as text) in :kinds), conname"
    )
    return [(name, words) for name, words in connection.execute(query, {"table": table, "kinds": kinds})]


@contextmanager
def bare(connection: Connection, table: str) -> Iterator[None]:
    """A table without keys and indexes for the length of the block: what many rows come into is faster built after."""
    keys = constraints(connection, table, "puf")
    for name, _ in keys:
        connection.execute(text(f"alter table {table} drop constraint {name}"))
    query = "select indexname, indexdef from pg_indexes where schemaname = 'public' and tablename = :table"
    indexes = connection.execute(text(query), {"table": table}).all()
    for name, _ in indexes:
        connection.execute(text(f"drop index {name}"))
    yield
    for name, words in keys:
        connection.execute(text(f"alter table {table} add constraint {name} {words}"))
    for _, words in indexes:
        connection.execute(text(words))


def count_on(connection: Connection, tables: Iterable[str]) -> None:
    """Ids that come later follow those that were brought."""
    query = text(
        "select table_name, column_name from information_schema.columns "
        "where table_schema = 'public' and is_identity = 'YES' and table_name = any(:tables)"
    )
    for table, column in connection.execute(query, {"tables": list(tables)}).all():
        newest = f"(select max({column}) from {table})"  # noqa: S608 - names out of the catalogue
        connection.execute(text(f"select setval(pg_get_serial_sequence('{table}', '{column}'), {newest})"))
