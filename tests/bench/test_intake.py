"""What a push costs through HTTP, beside what PostgreSQL and the bare server can do at all, in turns in one run.

32 connections, generator and database on the same processors; terminals are looked up, raw bodies kept, windows moved.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from random import Random
from statistics import median

import numpy as np
import psycopg2
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from ingest.cast import MAKES
from ingest.line import Line, written
from ingest.muster import muster
from ingest.protocols import table
from ingest.protocols.reading import Verification
from ingest.simulator import Simulated
from models import database, embedded, founding
from tests.bench import copying
from tests.platform import Running, empty, platform

CONNECTIONS, ROUNDS, SECONDS = 32, 3, 6.0
BATCH, BATCHERS = 500, 4
PGBENCH = """
\\set ago random(1, 1468800000000)
insert into reading (at, terminal_id, number, status, verify, method, device_time, received, request_id, line)
values (now() - interval '2 days' - :ago * interval '1 microsecond', 1, '10000001', '255', '15', 1, '', now(), 1, 0);
"""


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with platform() as served:
        yield served


Timed = tuple[float, float]  # a second, p99 in seconds


async def asked(base: str, words: Sequence[Iterator[bytes]], seconds: float) -> Timed:
    """Each sequence of requests on a connection of its own, one after the other, for a time."""
    took: list[float] = []
    end = time.perf_counter() + seconds

    async def ask(requests: Iterator[bytes]) -> None:
        line = Line(base)
        try:
            while (began := time.perf_counter()) < end:
                answer = await line.ask(next(requests))
                assert answer.status == 200, answer
                took.append(time.perf_counter() - began)
        finally:
            line.hang_up()

    await asyncio.gather(*(ask(requests) for requests in words))
    took.sort()
    return len(took) / seconds, took[int(len(took) * 0.99)]


class Pushes:
    """Requests of a population, no two records alike."""

    def __init__(self, terminals: Sequence[Simulated], days: int) -> None:
        self.terminals, self.days, self.made = terminals, days, 0

    def records(self, terminal: Simulated, count: int) -> list[Verification]:
        """Of the last days, spread over people and time."""
        end = database.now().replace(microsecond=0) - timedelta(minutes=5)
        made = range(self.made, self.made + count)
        self.made += count
        span = self.days * 86_400
        return [Verification(terminal.numbers[k % 60], end - timedelta(seconds=(k * 7919) % span)) for k in made]

    def of(self, terminal: Simulated, count: int) -> bytes:
        dialect = table.named(terminal.protocol)
        request = dialect.module.encode_records(terminal.serial, self.records(terminal, count))
        return written(dialect.with_token(request, terminal.token), keep=True)

    def stream(self, first: int, count: int, most: int) -> Iterator[bytes]:
        """At most so many requests of `count` records, of one terminal after another from `first` on, made now."""
        each = (self.terminals[k % len(self.terminals)] for k in range(first, first + most))
        return iter([self.of(terminal, count) for terminal in each])


def beats(terminals: Sequence[Simulated], first: int) -> Iterator[bytes]:
    words = [written(table.named(t.protocol).module.encode_heartbeat(t.serial), keep=True) for t in terminals]
    return cycle(words[first:] + words[:first])


def pgbench(data_dir: Path, script: Path) -> float:
    """Single-row commits a second into the same table, prepared, with as many clients."""
    at = make_url(embedded.url("app", data_dir=data_dir))
    program = founding.wheel() / "bin" / "pgbench"
    order = [str(program), "-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "2", "-T", str(int(SECONDS))]
    env = os.environ | {"PGPASSWORD": at.password or ""}
    where = ["-h", str(at.query["host"]), "-U", str(at.username), "-f", str(script), str(at.database)]
    told = subprocess.run([*order, *where], env=env, check=True, capture_output=True, text=True, timeout=120).stdout
    found = re.search(r"tps = ([0-9.]+)", told)
    assert found, told
    return float(found[1])


def copy(data_dir: Path, rows: int, turn: int) -> float:
    """Rows a second of a binary COPY into the same table, no duplicates looked for."""
    ms = np.int64(database.now().timestamp() * 1000) - 86_400_000 - turn * 10_000_000 - np.arange(rows)
    sheaves, month = copying.Sheaves(), copying.month_of(int(ms[0]))
    sheaves.add("reading", month, {
        "at": copying.instant(ms), "terminal_id": np.ones(rows, ">i8"), "number": np.full(rows, b"10000001"),
        "status": np.full(rows, b"255"), "verify": np.full(rows, b"15"), "method": np.ones(rows, ">i2"),
        "device_time": np.full(rows, b"2026-11-23 08:00:00"), "received": copying.instant(ms),
        "request_id": np.ones(rows, ">i8"), "line": np.zeros(rows, ">i4"),
    })  # fmt: skip
    (lot,) = sheaves.lots()
    at = make_url(embedded.url("app", data_dir=data_dir))
    line = psycopg2.connect(host=at.query["host"], user=at.username, password=at.password, dbname=at.database)
    with line, line.cursor() as cursor:
        began = time.perf_counter()
        cursor.copy_expert(f"copy reading ({', '.join(lot.columns)}) from stdin (format binary)", io.BytesIO(lot.rows))
    line.commit()
    spent = time.perf_counter() - began
    line.close()
    return rows / spent


@pytest.mark.bench
@pytest.mark.timeout(1800)
def test_what_a_push_costs_beside_the_limits_of_this_machine(running: Running, tmp_path: Path) -> None:
    terminals = muster(100, MAKES[0], 25, Random(1))
    pushes, folder = Pushes(terminals, 20), running.data_dir
    (script := tmp_path / "single.sql").write_text(PGBENCH)
    found: dict[str, list[Timed]] = {}

    def note(name: str, timed: Timed) -> None:
        found.setdefault(name, []).append(timed)

    with empty() as nothing:
        for turn in range(ROUNDS):
            for name, base, streams in (
                ("single", running.base, [pushes.stream(3 * k, 1, 900) for k in range(CONNECTIONS)]),
                ("heartbeat", running.base, [beats(terminals, 3 * k) for k in range(CONNECTIONS)]),
                ("empty", nothing, [beats(terminals, 3 * k) for k in range(CONNECTIONS)]),
                ("backlog", running.base, [pushes.stream(25 * k, BATCH, 120) for k in range(BATCHERS)]),
            ):
                note(name, asyncio.run(asked(base, streams, SECONDS)))
            note("pgbench", (pgbench(folder, script), 0.0))
            note("copy", (copy(folder, 100_000, turn), 0.0))
    rate = {name: median(each for each, _ in timed) for name, timed in found.items()}
    late = {name: median(p99 for _, p99 in timed) * 1e3 for name, timed in found.items()}
    print(
        f"\nmedians of {ROUNDS} turns, {CONNECTIONS} connections ({BATCHERS} for the backlog, {BATCH} records a push)"
    )
    for name, times, unit, limit, goal in (
        ("single", 1, "pushes/s", "pgbench", 0.3),
        ("backlog", BATCH, "rows/s", "copy", 0.4),
        ("heartbeat", 1, "requests/s", "empty", 0.6),
    ):
        ours = rate[name] * times
        print(
            f"{name:<10}{ours:9,.0f} {unit:<11} p99 {late[name]:6.0f} ms   {limit} {rate[limit]:9,.0f}/s"
            f"   ratio {ours / rate[limit]:.2f} (goal {goal})"
        )
    print(sizes())
    with database.reading() as (session, _):
        twice = session.scalar(text("select count(*) - count(distinct (at, reading_id)) from punch"))
    assert twice == 0


def sizes() -> str:
    """Bytes a record with all indexes: reading and punch; raw bodies and rollups apart."""
    query = text(
        "select left(relname, 7), sum(pg_total_relation_size(oid)) from pg_class "
        "where relkind = 'r' and relname ~ '^(reading|punch|request)_[0-9]' group by 1"
    )
    with database.reading() as (session, _):
        size = {name: float(total) for name, total in session.execute(query)}
        count = {name: session.scalar(text(f"select count(*) from {name}")) or 1 for name in ("reading", "punch")}
        rollup = session.scalar(text("select pg_total_relation_size('attendance_window')")) or 0
    return (
        f"bytes: reading {size['reading'] / count['reading']:.0f} + punch {size['punch_2'] / count['punch']:.0f}"
        f"; raw requests {size['request'] / count['punch']:.0f} a punch, windows {rollup / count['punch']:.0f}"
    )
