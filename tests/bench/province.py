"""The large database that benchmarks use: `make province SIZE=1m|10m`, built once and kept beside the platform's.

Its clock stands still: its data end at 00:00 of the day on which it was loaded, and that instant (`anchor`) is what
benchmarks ask for. The same registers and the same met windows in both sizes; ten times the punches in one.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from models import database, embedded, keys, migrations, settings
from models.acts import bulk
from models.rules import parameters
from models.rules.instants import day_of, day_start
from models.rules.scope import PROCESS
from tests.bench.clock import Clock
from tests.bench.habits import plan
from tests.bench.punches import Days
from tests.bench.registers import SEED, Registers, Size
from tests.bench.teams import Teams

SIZES = {"tiny": (Size(3, 60, 20, 14, 30, 20, 60), True), "1m": (Size(), False), "10m": (Size(), True)}
SOURCES = (
    *("tests/bench/registers.py", "tests/bench/teams.py", "tests/bench/habits.py", "tests/bench/punches.py"),
    *("models/acts/bulk.py", "models/acts/bare.py", "models/acts/facts.py", "models/acts/tallies.py"),
    "models/migrations/versions/*.*",
)


def name_of(size: str) -> str:
    """The database of a size, by the digest of all that it is made by: schema, generator, seed, law."""
    files = sorted(path for pattern in SOURCES for path in settings.ROOT.glob(pattern))
    made_by = hashlib.sha256(f"{SEED} {SIZES[size]} {parameters.law().digest}".encode())
    for path in files:
        made_by.update(path.read_bytes())
    return f"province_{size}_{made_by.hexdigest()[:8]}"


def anchor(session: Session) -> datetime:
    """The instant at which the data end."""
    query = text("select subject ->> 'as_of' from event where act = 'load in bulk'")
    return datetime.fromisoformat(session.scalars(query).one())


def fill(size: str, end: datetime, *, say: Any) -> dict[str, int]:
    """Load a province whose data end at `end` into the database that is bound, as its owner."""
    extent, several = SIZES[size]
    made = Registers(extent, end)
    teams = Teams(made)
    days = Days(made, teams, plan(made, teams, several=several))
    say(f"registers: {len(made.rows['person'])} people, {len(made.rows['project'])} projects")

    return bulk.load(PROCESS, _ahead(chain(made.lots(), days.lots())), end, say)


def _ahead(lots: Iterator[bulk.Lot]) -> Iterator[bulk.Lot]:
    """The next lot is made while the server takes this one."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, lots, None)
        while (lot := coming.result()) is not None:
            coming = pool.submit(next, lots, None)
            yield lot


def command(name: str, order: sql.Composed | sql.SQL, data_dir: Path) -> list[tuple[Any, ...]]:
    """One order outside a transaction, as the owner."""
    at = make_url(embedded.url("owner", name, data_dir=data_dir))
    line = psycopg2.connect(
        dbname=at.database, host=at.query["host"], user=at.username, password=at.password, application_name="province"
    )
    line.autocommit = True
    with closing(line), line.cursor() as driver:
        driver.execute(order)
        return driver.fetchall() if driver.description else []


def exists(name: str, data_dir: Path) -> bool:
    found = command("lvyue", sql.SQL("select datname from pg_database"), data_dir)
    return (name,) in found


def build(size: str, data_dir: Path) -> str:
    """Make the database of a size unless it is there; returns its name. A draft of a killed run is made anew."""
    name, draft = name_of(size), f"{name_of(size)}_draft"
    if exists(name, data_dir):
        return name
    say = Clock(data_dir)
    command("lvyue", sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(draft)), data_dir)
    command("lvyue", sql.SQL("create database {}").format(sql.Identifier(draft)), data_dir)
    owner = embedded.url("owner", draft, data_dir=data_dir)
    migrations.upgrade(owner)
    say("empty database")
    engine = database.bind(owner)
    with database.reading() as (_, now):
        end = day_start(day_of(now))
    rows = fill(size, end, say=say)
    engine.dispose()
    say("committed")
    command(draft, sql.SQL("vacuum (analyze)"), data_dir)
    say("vacuum, statistics")
    order = sql.SQL("alter database {} rename to {}").format(sql.Identifier(draft), sql.Identifier(name))
    command("lvyue", order, data_dir)
    say.total(f"in all, {rows['punch']:,} punches")
    report(name, rows, data_dir)
    return name


PARTS = """
select coalesce(i.inhparent, c.oid)::regclass::text,
       sum(pg_table_size(c.oid))::bigint, sum(pg_indexes_size(c.oid))::bigint
from pg_class c left join pg_inherits i on i.inhrelid = c.oid and c.relispartition
where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace group by 1 having sum(pg_table_size(c.oid)) > 1e6
order by 2 desc
"""


def report(name: str, rows: dict[str, int], data_dir: Path) -> None:
    """Rows and bytes by table, bytes a punch."""
    for table, heap, indexes in command(name, sql.SQL(PARTS), data_dir):
        size = f"{heap / 1e6:8.1f} MB + indexes {indexes / 1e6:8.1f} MB"
        each = f"  = {(heap + indexes) / rows[table]:6.1f} bytes a row" if rows.get(table) else ""
        print(f"province: {table:<18} {rows.get(table, 0):>11,} rows  {size}{each}")


@contextmanager
def served() -> Iterator[Path]:
    """The embedded server, with this installation's keys; nobody fills another PostgreSQL with a province."""
    place = settings.load()
    if not place.embedded:
        sys.exit("province: only for the embedded PostgreSQL; unset DATABASE_URL")
    with embedded.serve(place.data_dir):
        keys.bind(place.key_dir)
        yield place.data_dir


def main() -> None:
    words = argparse.ArgumentParser(prog="province", description="build the large database of the benchmarks, once")
    words.add_argument("--size", choices=[*SIZES], default="1m")
    words.add_argument("--drop", action="store_true", help="remove the databases of this size instead, old ones too")
    asked = words.parse_args()
    with served() as data_dir:
        if asked.drop:
            for (name,) in command("lvyue", sql.SQL("select datname from pg_database"), data_dir):
                if name.startswith(f"province_{asked.size}_"):
                    command("lvyue", sql.SQL("drop database {}").format(sql.Identifier(name)), data_dir)
                    print(f"province: {name} dropped")
            return
        name = build(asked.size, data_dir)
        database.bind(embedded.url("app", name, data_dir=data_dir))
        with database.reading() as (session, _):
            print(f"province: database {name} in {data_dir}, its clock stands at {anchor(session).isoformat()}")


if __name__ == "__main__":
    main()
