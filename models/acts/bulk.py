"""Loading a whole province at once: COPY into bare tables, keys and indexes after, rollups by SQL. For measurements.

Only a database without a mark and without a project takes it, and is marked `scratch` by it. The caller connects as
the owner of the tables. At the end constraints, indexes, guards and partitions are those of any other database.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select, text

from models.acts import bare, events, facts
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
        bare.count_on(connection, rows)
        with bare.bare(connection, "attendance_window"):
            rows["attendance_window"] = facts.derive(at, as_of)
            say("window facts")
        say("window facts: keys, indexes")
        facts.tally(at, as_of)
        say("tallies, strips, settled months")
        events.record(at, scope, "load in bulk", as_of=as_of.isoformat(), rows=rows)
        return rows


_PATIENT = text(
    "set local statement_timeout = 0; set local lock_timeout = 0; "
    "set local maintenance_work_mem = '512MB'; set local work_mem = '256MB'"
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
    """The newest month first: the look for each punch's reading goes along the ids and ends with the month's own."""
    if not months:
        return
    say("copied")
    for month in sorted({month for _, month in months}, reverse=True):
        for table in MONTHLY:
            if (table, month) in months:
                _join(connection, table, month)
    months.clear()
    say("months: keys, indexes, foreign keys")


def _take(connection: Connection, lot: Lot) -> None:
    """Frozen at once where the table was made just now: readers never have to look up whether a row is committed."""
    options = f"format {'binary' if lot.binary else 'text'}, freeze {'on' if lot.month else 'off'}"
    order = f"copy {_name(lot.table, lot.month)} ({', '.join(lot.columns)}) from stdin with ({options})"
    with cursor(connection) as driver:
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
    for _, words in bare.constraints(connection, table, "pu"):
        connection.execute(text(f"alter table {child} add {words}"))
    connection.execute(text(f"analyze {child}"))
    upper = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=month.tzinfo)
    bounds = f"for values from ('{month.isoformat()}') to ('{upper.isoformat()}')"
    attach = f"alter table {table} attach partition {child} {bounds}"
    tie = f"select tie('{child}')" if table == "punch" else "select"
    connection.exec_driver_sql(f"set local enable_hashjoin = off; {attach}; {tie}; set local enable_hashjoin = on")
    connection.execute(text("select guard(:child)"), {"child": child})
