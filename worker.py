"""The background process: what is due is derived from the tables each second or minute and done at least once.

Jobs stand in procrastinate's tables under a lock. One that was cut off is found by its worker's missing heartbeat and
dropped; since what is due is read from the trade's own tables, it is queued anew. Every job is one call of an act that
may be repeated: twice is as good as once.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import procrastinate
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError

from models import database, embedded, keys, settings, wording
from models.acts import circulars, commands, deductions, processes, settled, terminals, tickets, windows
from models.queries import accounts, rosters
from models.queries import circulars as papers
from models.queries import deductions as runs
from models.queries import settled as closed
from models.queries import tickets as silent
from models.rules.commands import Kind
from models.rules.instants import Month, Period, day_of, day_start
from models.rules.scope import PROCESS, Refused
from recognition import engine
from reports import circulars as typeset
from reports.fonts import fonts

SECOND, MINUTE, CUT_OFF = 1.0, 60, timedelta(seconds=30)
AGAIN = 20.0  # seconds before the same job is queued once more: time enough for it to show in the tables
log = logging.getLogger("worker")
for noisy in ("procrastinate", "weasyprint", "fontTools"):
    logging.getLogger(noisy).setLevel(logging.ERROR)
place = settings.load()
_queued: dict[str, float] = {}
app = procrastinate.App(connector=procrastinate.PsycopgConnector())


@app.task(name="typeset")
def set_paper(paper: int) -> None:
    """Typeset a queued paper from its frozen figures."""
    with database.reading() as (session, _):
        found, mark = papers.figures(session, PROCESS, paper), accounts.mark(session)
    if found is None or found[0].state not in ("queued", "rendering"):
        return
    row, area, ranking, before = found
    wanted = typeset.Paper(
        kind=row.kind, period=Period.parse(row.period), area=area, agency=wording.AGENCY, number=None, date=None,
        ranking=ranking, before=before if before.total.due else None, mark=mark,
    )  # fmt: skip
    try:
        circulars.advance(PROCESS, paper, 5)
        pdf = typeset.render(
            wanted, fonts(place.fonts_dir), lambda done, _: circulars.advance(PROCESS, paper, max(5, done))
        )
        circulars.finish(PROCESS, paper, pdf)
    except Exception as error:
        log.exception("paper %d failed", paper)
        circulars.fail(PROCESS, paper, f"{type(error).__name__}: {error}"[:300])


@app.task(name="extend")
def extend(project: int) -> None:
    """Make a project's coming windows."""
    windows.extend(PROCESS, project)


@app.task(name="settle", priority=-1)  # after papers, windows and outages
def settle(project: int) -> None:
    """Settle a project's closed months."""
    settled.settle(PROCESS, project)


@app.task(name="watch")
def watch() -> None:
    """Open outages of terminals that went silent."""
    terminals.watch(PROCESS)


@app.task(name="roster", priority=-1)
def roster(terminal: int) -> None:
    """Tell a terminal who joined and who left."""
    _unless_gone(lambda: commands.sync(PROCESS, terminal))


@app.task(name="count", priority=-1)
def count(terminal: int) -> None:
    """Ask a terminal how many records it holds of yesterday."""
    _unless_gone(lambda: commands.ask(PROCESS, terminal, Kind.SUM))


def _unless_gone(do: Callable[[], object]) -> None:
    """A terminal may have been disabled since its job was queued: then there is nothing to do."""
    with suppress(Refused):
        do()


@app.task(name="open_tickets")
def open_tickets() -> None:
    """Open tickets of terminals that have been silent too long."""
    tickets.open_due(PROCESS)


@app.task(name="run_month")
def run_month(year: int, month: int) -> None:
    """Draft a closed month's deductions."""
    deductions.run_month(PROCESS, Month(year, month), unless_run=True)


Jobs = list[tuple[str, dict[str, int]]]


def _papers(at: database.At) -> Jobs:
    return [("typeset", {"paper": p}) for p in papers.queued(at.session, PROCESS)]


def _windows(at: database.At) -> Jobs:
    return [("extend", {"project": p}) for p in windows.due(at)]


def _months(at: database.At) -> Jobs:
    return [("run_month", {"year": m.year, "month": m.number}) for m in runs.due(at.session, PROCESS, at.now)]


def _settled(at: database.At) -> Jobs:
    return [("settle", {"project": p}) for p in closed.due(at.session, PROCESS, at.now)]


def _outages(_: database.At) -> Jobs:
    return [("watch", {})]


def _rosters(at: database.At) -> Jobs:
    return [("roster", {"terminal": t}) for t in rosters.due(at.session, PROCESS, at.now)]


def _counts(at: database.At) -> Jobs:
    """From two in the morning on, when yesterday's records have come."""
    since = day_start(day_of(at.now)) + timedelta(hours=2)
    if at.now < since:
        return []
    return [("count", {"terminal": t}) for t in rosters.unsummed(at.session, PROCESS, at.now, since)]


def _tickets(at: database.At) -> Jobs:
    return [("open_tickets", {})] if silent.due(at.session, PROCESS, at.now) else []


MINUTELY = (_papers, _windows, _months, _settled, _outages, _tickets, _rosters, _counts)


def due(minutely: bool) -> Jobs:
    """What the tables say is due now. What cannot be asked is told and holds up nothing else; a lost database does."""
    jobs: Jobs = []
    for source in MINUTELY if minutely else (_papers,):
        try:
            with database.reading() as at:
                jobs += source(at)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("what is due is not known: %s", source.__name__)
    return jobs


async def defer(jobs: Jobs) -> None:
    """Queue jobs that are not queued yet; one in work is queued again behind itself and then finds nothing to do."""
    for name, given in jobs:
        key = f"{name} {sorted(given.values())}"
        if time.monotonic() - _queued.get(key, -AGAIN) < AGAIN:
            continue
        _queued[key] = time.monotonic()
        try:
            await app.configure_task(name, queueing_lock=key, lock=key).defer_async(**given)
        except procrastinate.exceptions.AlreadyEnqueued:
            continue


async def clear() -> None:
    """Drop what a killed worker left half done, so that its lock is free: what is still due is queued anew."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=CUT_OFF.total_seconds()):
        log.warning("job %s was cut off and begins anew: %s %s", job.id, job.task_name, job.task_kwargs)
        await app.job_manager.finish_job(job, status=procrastinate.jobs.Status.FAILED, delete_job=True)


async def clock() -> None:
    """Each second: papers; each minute: the rest, and a sign of life every fifteen seconds."""
    tick = 0
    while True:
        if tick % 15 == 0:
            await asyncio.to_thread(processes.beat, "worker")
            await clear()
        await defer(await asyncio.to_thread(due, tick % MINUTE == 0))
        tick += 1
        await asyncio.sleep(SECOND)


def end(error: BaseException | None) -> None:
    """Leave at once: every job may be repeated, and an orderly close could wait for a database that is gone."""
    if error is not None:
        log.error("the worker begins anew", exc_info=error)
    logging.shutdown()
    os._exit(0 if error is None else 1)


async def main() -> None:
    """Work until told to stop."""
    address = make_url(place.database_url or embedded.url("app", data_dir=place.data_dir))
    database.bind(address.render_as_string(hide_password=False), pool_size=4)
    keys.bind(place.key_dir)
    host = str(address.query.get("host") or address.host or "")
    conninfo = make_conninfo(
        dbname=address.database, user=address.username, password=address.password, host=host, port=address.port
    )
    connector = procrastinate.PsycopgConnector(conninfo=conninfo, max_size=4)
    with app.replace_connector(connector) as live:
        async with live.open_async():
            ticking = asyncio.create_task(clock())
            working = asyncio.create_task(
                live.run_worker_async(concurrency=1, delete_jobs="always", update_heartbeat_interval=5)
            )
            done, _ = await asyncio.wait([ticking, working], return_when=asyncio.FIRST_COMPLETED)
            end(next((error for task in done if (error := task.exception())), None))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    try:
        engine.check()
    except (ImportError, engine.WrongOpenCV) as wrong:
        log.error("recognition is off: %s", wrong)  # noqa: TRY400  the message says what to do, a trace would not
    if place.embedded:
        embedded.wait(data_dir=place.data_dir)
    asyncio.run(main())
