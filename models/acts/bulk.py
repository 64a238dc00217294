"""Loading a whole province at once: COPY into bare tables, keys and indexes after, rollups by SQL. For measurements.

Only a database without a mark and without a project takes it, and is marked `scratch` by it. The caller connects as
the owner of the tables. At the end constraints, indexes, guards and partitions are those of any other database.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select, text

from models.acts import events, facts
from models.database import cursor, transaction
from models.places import Project
from models.processes import Mark
from models.rules.scope import Permission, Refused, Scope

MONTHLY = ("request", "reading", "punch")  # in the order of their foreign keys


class Lot(NamedTuple):
    """Rows of one table as COPY takes them: text, or binary; of a table that is kept by months, of one month (UTC)."""

    table: str
    columns: Sequence[str]
    number: int  # of rows
    rows: bytes
    binary: bool = False
    month: datetime | None = None


def load(scope: Scope, lots: Iterable[Lot], as_of: datetime, say: Callable[[str], None]) -> dict[str, int]:
    """Load all lots and derive what is kept of them, as it stands at `as_of`; returns the rows by table.

    Lots bring their own ids, in the order of the foreign keys. Refused on a database that is in use.
    """
    scope.need(Permission.ADMINISTER)
    with transaction() as at:
        if at.session.scalar(select(Mark.kind)) or at.session.scalar(select(Project.id).limit(1)):
            raise Refused("this database is in use: a province is loaded into an empty one")
        at.session.add(Mark(kind="scratch", made=at.now))
        at.session.flush()
        connection = at.session.connection()
        connection.execute(_PATIENT)
        rows = _copy(connection, lots, say)
        _count_on(connection, rows)
        with _bare(connection, "attendance_window"):
            rows["attendance_window"] = facts.derive(at, as_of)
            say("window facts")
        say("window facts: keys, indexes")
        facts.tally(at)
        say("tallies and strips")
        events.record(at, scope, "load in bulk", as_of=as_of.isoformat(), rows=rows)
        return rows


_PATIENT = text(
    "select set_config('statement_timeout', '0', true), set_config('maintenance_work_mem', '512MB', true), "
    "set_config('work_mem', '256MB', true), set_config('lock_timeout', '0', true)"
)


def _copy(connection: Connection, lots: Iterable[Lot], say: Callable[[str], None]) -> Counter[str]:
    """Take all lots. Months become part of their tables once complete: before a lot of another kind follows."""
    rows: Counter[str] = Counter()
    months: set[tuple[str, datetime]] = set()
    for lot in lots:
        if lot.month is None:
            _join_all(connection, months, say)
        elif (lot.table, lot.month) not in months:
            months.add((lot.table, lot.month))
            _month(connection, lot.table, lot.month)
        _take(connection, lot)
        rows[lot.table] += lot.number
    _join_all(connection, months, say)
    return rows


def _join_all(connection: Connection, months: set[tuple[str, datetime]], say: Callable[[str], None]) -> None:
    """The newest month first: its ids are the highest, and whoever checks that each punch's reading is there stops at
    the month's end.
    """
    if months:
        say("copied")
    for table, month in sorted(months, key=lambda found: (found[1], -MONTHLY.index(found[0])), reverse=True):
        _join(connection, table, month)
    if months:
        say("months: keys, indexes, foreign keys")
    months.clear()


def _take(connection: Connection, lot: Lot) -> None:
    """Frozen at once where the table was made just now: readers never have to look up whether a row is committed."""
    words = [*(["format binary"] if lot.binary else []), *(["freeze"] if lot.month else [])]
    options = f" with ({', '.join(words)})" if words else ""
    with cursor(connection) as driver:
        order = f"copy {_name(lot.table, lot.month)} ({', '.join(lot.columns)}) from stdin{options}"
        driver.copy_expert(order, io.BytesIO(lot.rows), 1 << 20)


def _name(table: str, month: datetime | None) -> str:
    return f"{table}_{month:%Y%m}" if month else table


def _month(connection: Connection, table: str, month: datetime) -> None:
    """A month's table as ensure_month makes it, but for its indexes, and not yet a part of the whole."""
    like = "including defaults including constraints"
    connection.execute(text(f"create table {_name(table, month)} (like {table} {like})"))


def _join(connection: Connection, table: str, month: datetime) -> None:
    """Keys and indexes of a month's table; then it becomes a part of the whole, which checks its foreign keys."""
    child = _name(table, month)
    for _, words in _definitions(connection, table, "pu"):
        connection.execute(text(f"alter table {child} add {words}"))
    connection.execute(text(f"analyze {child}"))
    upper = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=month.tzinfo)
    bounds = f"for values from ('{month.isoformat()}') to ('{upper.isoformat()}')"
    connection.execute(text("set local enable_hashjoin = off"))  # along the keys the newest month ends soon
    connection.execute(text(f"alter table {table} attach partition {child} {bounds}"))
    connection.execute(text("set local enable_hashjoin = on"))
    connection.execute(text("select guard(:child)"), {"child": child})


def _definitions(connection: Connection, table: str, kinds: str) -> list[tuple[str, str]]:
    """Names and definitions of a table's constraints: p primary key, u unique, f foreign key."""
    query = text(
        "select conname, pg_get_constraintdef(oid) from pg_constraint where conrelid = cast(:table as regclass) "
        "and position(cast(contype as text) in :kinds) > 0 order by position(cast(contype as text) in :kinds), conname"
    )
    return [(name, words) for name, words in connection.execute(query, {"table": table, "kinds": kinds})]


@contextmanager
def _bare(connection: Connection, table: str) -> Iterator[None]:
    """A table without keys and indexes for the length of the block: what many rows come into is faster built after."""
    constraints = _definitions(connection, table, "puf")
    for name, _ in constraints:
        connection.execute(text(f"alter table {table} drop constraint {name}"))
    query = "select indexname, indexdef from pg_indexes where schemaname = 'public' and tablename = :table"
    indexes = connection.execute(text(query), {"table": table}).all()
    for name, _ in indexes:
        connection.execute(text(f"drop index {name}"))
    yield
    for name, words in constraints:
        connection.execute(text(f"alter table {table} add constraint {name} {words}"))
    for _, words in indexes:
        connection.execute(text(words))


def _count_on(connection: Connection, tables: Iterable[str]) -> None:
    """Ids that come later follow those that were brought."""
    query = text(
        "select table_name, column_name from information_schema.columns "
        "where table_schema = 'public' and is_identity = 'YES' and table_name = any(:tables)"
    )
    for table, column in connection.execute(query, {"tables": list(tables)}).all():
        newest = f"(select max({column}) from {table})"  # noqa: S608 - names out of the catalogue
        connection.execute(text(f"select setval(pg_get_serial_sequence('{table}', '{column}'), {newest})"))
