"""kill -9 of the web server, then of the database, while terminals push: what was acknowledged is stored once."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from http.client import HTTPException
from pathlib import Path

import pytest
from sqlalchemy import text

from ingest.protocols import zkteco
from ingest.protocols.reading import Verification
from ingest.simulator import send
from models import database, embedded, keys, settings
from models.acts import accounts, attendance, circulars, processes
from models.rules.instants import Period
from models.rules.scope import PROCESS, Role, Scope
from tests.cast import World

PUSHES, PUSHERS = 2000, 8
TODAY = database.now().replace(microsecond=0)

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ready(base: str, seconds: float = 120) -> float:
    """Wait for /readyz; returns how long it took."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        try:
            with urllib.request.urlopen(f"{base}/readyz", timeout=5) as answer:  # noqa: S310  our own address
                if answer.status == 200:
                    return time.monotonic() - begun
        except OSError:
            time.sleep(0.2)
    raise AssertionError("never ready")


def children(parent: int, word: str) -> list[int]:
    """Processes of a parent whose command line holds a word."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            after = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(after[1]) == parent and word in (folder / "cmdline").read_bytes().decode(errors="replace"):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, int, Path]]:
    """The platform as `make serve` starts it, in a folder of its own: address, supervisor's pid, folder."""
    folder = Path(tempfile.mkdtemp(prefix="lvyue-kill-"))
    folder.chmod(0o711)
    port = free_port()
    env = os.environ | {
        "DATA_DIR": str(folder / "data"), "PORT": str(port), "HOST": "127.0.0.1", "EMBEDDED": "true",
        "SIMULATE": "false",
        "PATH": f"{settings.ROOT}/.venv/bin:{os.environ['PATH']}",
    }  # fmt: skip
    subprocess.run(["flask", "--app", "wsgi", "upgrade"], cwd=settings.ROOT, env=env, check=True, timeout=120)
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            ["supervisord", "-c", "supervisord.conf"], cwd=settings.ROOT, env=env, stdout=subprocess.PIPE, stderr=log
        )
        reader = threading.Thread(target=lambda: [log.write(line) for line in running.stdout or ()], daemon=True)
        reader.start()
        try:
            ready(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}", running.pid, folder / "data"
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(60)
            reader.join(10)
            assert running.stdout
            running.stdout.close()


@pytest.fixture(scope="module")
def world(served: tuple[str, int, Path]) -> World:
    _, _, data = served
    database.bind(embedded.url("app", data_dir=data))
    keys.bind(data / "keys")
    attendance.forget_months()
    processes.mark(PROCESS, "scratch")
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


def wait_for(terminals: Terminals, count: int) -> None:
    while len(terminals.acknowledged) < count:
        time.sleep(0.02)


def test_every_acknowledged_reading_is_stored_once_after_kill_9_of_web_and_of_db(
    served: tuple[str, int, Path], world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    base, supervisor, _ = served
    terminals = Terminals(base, world)
    with ThreadPoolExecutor(PUSHERS) as pool:
        pushing = [pool.submit(terminals.live, which) for which in range(PUSHERS)]
        wait_for(terminals, PUSHES // 4)
        for pid in children(supervisor, "gunicorn"):
            os.kill(pid, signal.SIGKILL)
        wait_for(terminals, PUSHES // 2)
        for pid in children(supervisor, "postgres"):
            os.kill(pid, signal.SIGKILL)
        for done in pushing:
            done.result()
    back = ready(base)
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


def test_a_paper_is_finished_once_after_kill_9_of_the_worker(served: tuple[str, int, Path], world: World) -> None:
    _, supervisor, _ = served
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
            for pid in children(supervisor, "worker.py"):
                os.kill(pid, signal.SIGKILL)
                killed = True
        if found not in {"queued", "rendering"}:
            break
        time.sleep(0.02)
    assert killed
    assert found == "ready"
