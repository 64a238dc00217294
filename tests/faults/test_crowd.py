"""A month of backlog from two hundred terminals while five hundred others push live: nothing lost, nothing twice.

Once in peace; once with cut lines, short bodies and batches sent twice, the database restarted twice and web processes
killed three times.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ingest.cast import MAKES
from ingest.crowd import Crowd, Pusher, backlog_of, summary
from ingest.muster import muster
from models import database
from tests.platform import Running, children, platform, wait_for

DAYS, PUNCHES = 30, 6000  # of the backlog of each terminal
BACKLOGS, LIVE, EVERY = 200, 500, 10.0  # terminals; seconds between the live pushes of one
BLOWS = ((20, "db"), (35, "web"), (50, "db"), (60, "web"), (70, "web"))  # seconds after the start, what is killed

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with platform() as served:
        yield served


def stored(pusher: Pusher) -> list[tuple[str, datetime]]:
    query = text(
        "select r.number, r.at from reading r join terminal t on t.id = r.terminal_id where t.serial = :serial"
    )
    with database.reading() as (session, _):
        return [(number, at) for number, at in session.execute(query, {"serial": pusher.terminal.serial})]


def punches(pushers: Sequence[Pusher]) -> tuple[int, int]:
    """Punches of these terminals, and what the windows of their people say."""
    query = text("select count(*) from punch p join terminal t on t.id = p.terminal_id where t.serial = any(:serials)")
    windows = text(
        "select coalesce(sum(w.punches), 0) from attendance_window w where w.project_id in (select s.project_id "
        "from service s join terminal t on t.id = s.terminal_id where t.serial = any(:serials))"
    )
    keys = {"serials": [pusher.terminal.serial for pusher in pushers]}
    with database.reading() as (session, _):
        return session.scalar(query, keys) or 0, int(session.scalar(windows, keys) or 0)


async def strike(running: Running) -> None:
    """Kill what is to be killed, when it is to be."""
    began = time.monotonic()
    for at, what in BLOWS:
        await asyncio.sleep(max(0.0, began + at - time.monotonic()))
        if what == "db":
            for number in children(running.supervisor, "postgres"):
                os.kill(number, signal.SIGINT)
        else:
            for parent in children(running.supervisor, "gunicorn"):
                for number in children(parent, "gunicorn")[:1]:
                    os.kill(number, signal.SIGKILL)


async def storm(crowd: Crowd, backlogs: Sequence[Pusher], live: Sequence[Pusher], running: Running | None) -> None:
    """Backlogs until they are empty, the others live meanwhile."""
    done = False

    async def empty() -> None:
        nonlocal done
        await asyncio.gather(*(crowd.empty(pusher) for pusher in backlogs))
        done = True

    lives = (crowd.live(pusher, EVERY, lambda: done) for pusher in live)
    blows = [strike(running)] if running else []
    await asyncio.gather(empty(), *lives, *blows)


@pytest.mark.parametrize("chaos", [False, True], ids=["in peace", "with chaos, restarts and kills"])
def test_what_was_acknowledged_is_stored_once_and_who_punches_now_does_not_wait(
    running: Running, chaos: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = Random(2 if chaos else 1)
    pushers = [Pusher(each) for each in muster(BACKLOGS + LIVE, MAKES[0], DAYS + 2, chance)]
    backlogs, live = pushers[:BACKLOGS], pushers[BACKLOGS:]
    for pusher in backlogs:
        pusher.kept.extend(backlog_of(pusher.terminal, DAYS, PUNCHES, chance))
    began = time.monotonic()
    crowd = Crowd(running.base, chance, 0.05 if chaos else 0.0)
    asyncio.run(storm(crowd, backlogs, live, running if chaos else None))
    spent = time.monotonic() - began
    if chaos:
        wait_for(f"{running.base}/readyz")
        with suppress(SQLAlchemyError), database.reading() as (session, _):  # connections of before the restart
            session.execute(text("select 1"))
    with capsys.disabled():
        print(f"\nbacklogs: {summary(backlogs, spent)}\nlive:     {summary(live, spent)}")
    for pusher in pushers:
        kept = stored(pusher)
        assert len(kept) == len(set(kept))
        assert set(kept) == {(each.number, each.at.replace(microsecond=0)) for each in pusher.acknowledged}
    readings = sum(len({(each.number, each.at.replace(microsecond=0)) for each in p.acknowledged}) for p in pushers)
    assert punches(pushers) == (readings, readings)
    took = sorted(each for pusher in live for each in pusher.took)
    if not chaos:
        assert took[int(len(took) * 0.99)] < 1.0
