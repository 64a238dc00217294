"""The platform as `make serve` starts it, in a folder of its own with real durability, and a population that pushes."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from models import database, embedded, keys, settings
from models.acts import attendance, processes
from models.rules.scope import PROCESS


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(address: str) -> bool:
    """Is it there, and well?"""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310  our own address
            return bool(answer.status == 200)
    except OSError:
        return False


def wait_for(address: str, seconds: float = 120) -> float:
    """Wait until it is there and well; returns how long that took."""
    began = time.monotonic()
    while not answers(address):
        assert time.monotonic() < began + seconds, f"{address} never answered"
        time.sleep(0.2)
    return time.monotonic() - began


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


@dataclass(frozen=True)
class Running:
    """A platform that runs: its address, its supervisor's number, its data."""

    base: str
    supervisor: int
    data_dir: Path


@contextmanager
def platform() -> Iterator[Running]:
    """Start it on a scratch database that this process is bound to as well; nothing is left behind."""
    folder, port = Path(tempfile.mkdtemp(prefix="lvyue-load-")), free_port()
    folder.chmod(0o711)
    data = folder / "data"
    env = os.environ | {
        "DATA_DIR": str(data), "PORT": str(port), "HOST": "127.0.0.1", "EMBEDDED": "true", "SIMULATE": "false",
        "PATH": f"{settings.ROOT}/.venv/bin:{os.environ['PATH']}",
    }  # fmt: skip
    subprocess.run(["flask", "--app", "wsgi", "upgrade"], cwd=settings.ROOT, env=env, check=True, timeout=120)
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            ["supervisord", "-c", "supervisord.conf"], cwd=settings.ROOT, env=env, stdout=log, stderr=log
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz")
            database.bind(embedded.url("app", data_dir=data))
            keys.bind(data / "keys")
            attendance.forget_months()
            processes.mark(PROCESS, "scratch")
            yield Running(f"http://127.0.0.1:{port}", running.pid, data)
        finally:
            database.engine().dispose()
            running.send_signal(signal.SIGINT)
            running.wait(60)
    shutil.rmtree(folder, ignore_errors=True)


EMPTY = """
async def app(scope, receive, send):
    if scope["type"] == "http":
        await receive()
        head = [(b"content-type", b"text/plain"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"OK"})
"""


@contextmanager
def empty() -> Iterator[str]:
    """The same server with the same settings before an application that only says OK; its address."""
    folder, port = Path(tempfile.mkdtemp(prefix="lvyue-empty-")), free_port()
    (folder / "empty.py").write_text(EMPTY)
    env = os.environ | {"PORT": str(port), "HOST": "127.0.0.1", "DATA_DIR": str(folder), "PYTHONPATH": str(folder)}
    order = [f"{settings.ROOT}/.venv/bin/gunicorn", "--config", "python:ingest.server", "empty:app"]
    with subprocess.Popen(order, cwd=settings.ROOT, env=env, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}/")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(30)
    shutil.rmtree(folder, ignore_errors=True)
