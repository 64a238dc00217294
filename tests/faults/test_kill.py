"""kill -9 of the web server, then of the database, while terminals push: what was acknowledged is stored once."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from http.client import HTTPException

import pytest
from sqlalchemy import text

from ingest.protocols import zkteco
from ingest.protocols.reading import Verification
from ingest.simulator import send
from models import database
from models.acts import accounts, circulars
from models.rules.instants import Period
from models.rules.scope import PROCESS, Role, Scope
from tests.cast import World
from tests.platform import Running, children, platform, wait_for

PUSHES, PUSHERS = 2000, 8
TODAY = database.now().replace(microsecond=0)

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    with platform() as running:
        yield running


@pytest.fixture(scope="module")
def world(served: Running) -> World:
    assert served.data_dir.is_dir()  # its database is the one that this process works on
    made = World()
    start = (TODAY - timedelta(days=20)).date()
    made.project("G107", date(start.year, start.month, start.day))
    made.engage("甲公司", "G107")
    for number in range(20):
        made.person(f"人员{number}", "甲公司", "C7", start)
    for number in range(PUSHERS):
        made.terminal(f"K{number}", "甲公司", "G107", start)
    return made


class Terminals:
    """Terminals that keep a record until it is acknowledged and send it again until then."""

    def __init__(self, base: str, world: World) -> None:
        self.base, self.numbers = base, list(world.numbers.values())
        self.acknowledged: list[tuple[str, str, datetime]] = []
        self.failures = 0

    def live(self, which: int) -> None:
        for index in range(which, PUSHES, PUSHERS):
            number = self.numbers[index % len(self.numbers)]
            at = TODAY - timedelta(seconds=600 * index + 1)
            request = zkteco.encode_records(f"K{which}", [Verification(number, at)])
            while not self._acknowledged(request):
                self.failures += 1
                time.sleep(0.3)
            self.acknowledged.append((f"K{which}", number, at))

    def _acknowledged(self, request: object) -> bool:
        try:
            status, body = send(self.base, request, timeout=20)  # type: ignore[arg-type]
        except (OSError, ValueError, HTTPException):  # refused, or the answer was cut off
            return False
        return status == 200 and body.strip() == b"OK: 1"


def until(terminals: Terminals, count: int) -> None:
    while len(terminals.acknowledged) < count:
        time.sleep(0.02)


def test_every_acknowledged_reading_is_stored_once_after_kill_9_of_web_and_of_db(
    served: Running, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    terminals = Terminals(served.base, world)
    with ThreadPoolExecutor(PUSHERS) as pool:
        pushing = [pool.submit(terminals.live, which) for which in range(PUSHERS)]
        until(terminals, PUSHES // 4)
        for pid in children(served.supervisor, "gunicorn"):
            os.kill(pid, signal.SIGKILL)
        until(terminals, PUSHES // 2)
        for pid in children(served.supervisor, "postgres"):
            os.kill(pid, signal.SIGKILL)
        for done in pushing:
            done.result()
    back = wait_for(f"{served.base}/readyz")
    with database.reading() as (session, _):
        rows = session.execute(
            text(
                "select t.serial, r.number, r.at, count(*) from reading r "
                "join terminal t on t.id = r.terminal_id group by 1, 2, 3"
            )
        ).all()
        punches = session.scalar(text("select count(*) from punch"))
        counted = session.scalar(text("select sum(punches) from attendance_window"))
    stored = {(serial, number, at): n for serial, number, at, n in rows}
    with capsys.disabled():
        print(f"\n{len(terminals.acknowledged)} acknowledged, {terminals.failures} refused, ready {back:.1f} s after")
    assert terminals.failures > 0
    assert [key for key in terminals.acknowledged if stored.get(key) != 1] == []
    assert len(stored) == punches == PUSHES
    assert counted == PUSHES


def test_a_paper_is_finished_once_after_kill_9_of_the_worker(served: Running, world: World) -> None:
    accounts.open_account(PROCESS, login="centre", name="中心", role=Role.TECH_CENTRE, password="Hunan-2018-Lvyue")
    with database.reading() as (session, now):
        account = session.scalar(text("select id from account where login = 'centre'"))
    paper = circulars.ask(Scope(account, Role.TECH_CENTRE), "circular", str(Period.quarter_of(now).previous()))
    state = text("select state, progress from circular where id = :paper")
    killed, begun = False, time.monotonic()
    while time.monotonic() - begun < 120:
        with database.reading() as (session, _):
            found, _progress = session.execute(state, {"paper": paper}).one()
        if found == "rendering" and not killed:
            for pid in children(served.supervisor, "worker.py"):
                os.kill(pid, signal.SIGKILL)
                killed = True
        if found not in {"queued", "rendering"}:
            break
        time.sleep(0.02)
    assert killed
    assert found == "ready"
