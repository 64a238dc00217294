"""PostgreSQL of our own, where DATABASE_URL is not set: `python -m models.embedded` becomes the server."""

from __future__ import annotations

import ctypes
import fcntl
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

import psycopg2

from models import cluster, founding, settings
from models.cluster import DATABASE, SUPERUSER, Cluster, NotRunning

__all__ = ["NotRunning", "running", "serve", "url", "wait"]

_PR_SET_PDEATHSIG = 1
_STARTING = ("starting up", "not yet accepting connections", "in recovery mode", "shutting down")


def url(role: str, database: str = DATABASE, *, data_dir: Path | None = None) -> str:
    """Address for SQLAlchemy of a role (owner, app, sealer; postgres for the server's own user and root).

    Raises NotRunning while there is no database yet.
    """
    at = _cluster(data_dir)
    who = role if role == SUPERUSER else f"{role}:{at.password(role)}"
    return f"postgresql+psycopg2://{who}@/{database}?host={quote(str(at.sockets), safe='')}"


def running(data_dir: Path | None = None) -> bool:
    """Does the server answer? A real connection is made: files and process numbers outlive their server."""
    return _problem(_cluster(data_dir)) is None


def wait(timeout: float | None = None, *, data_dir: Path | None = None) -> None:
    """Return when the server answers. Raises NotRunning after `timeout` seconds without an answer or any progress."""
    at = _cluster(data_dir)
    since, labour = time.monotonic(), -1
    while problem := _problem(at):
        if any(word in problem for word in _STARTING) and (now := _labour(at)) != labour:
            since, labour = time.monotonic(), now  # recovery works on: patience begins anew
        if timeout is not None and time.monotonic() - since > timeout:
            raise NotRunning(f"The database in {at.data_dir} does not answer: {problem}")
        time.sleep(0.05)


@contextmanager
def serve(data_dir: Path | None = None, *, fsync: bool = True) -> Iterator[None]:
    """Have a server for the length of the block: the one that runs, else one of our own, stopped at the end.

    Others may join in their own blocks meanwhile; the end waits for them. Raises NotRunning with the server's words.
    """
    at = _cluster(data_dir)
    at.data_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    presence = _lock_file(at, "db.users")
    try:
        fcntl.flock(presence, fcntl.LOCK_SH)
        server = None if running(at.data_dir) else _spawn(at, fsync=fsync)
        try:
            _until_up(at, server)
            yield
        finally:
            if server:
                _stop(at, server, presence)
    finally:
        os.close(presence)


def main(words: list[str]) -> int:
    """Become the server of DATA_DIR; `--no-fsync` is for tests. Returns only if that cannot be."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # shells start background jobs with SIGINT ignored
    try:
        _become_server(_cluster(None), fsync="--no-fsync" not in words)
    except (NotRunning, settings.BadSetting, OSError) as problem:
        print(f"db: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 130


def _cluster(data_dir: Path | None) -> Cluster:
    return Cluster(data_dir.absolute() if data_dir else settings.load().data_dir)


def _problem(at: Cluster) -> str | None:
    """None if a connection works, else what stands against it."""
    try:
        address = url("app", data_dir=at.data_dir).replace("+psycopg2", "", 1)
        psycopg2.connect(address, connect_timeout=5).close()
    except (NotRunning, psycopg2.OperationalError) as error:
        problem = str(error).strip()
    else:
        return None
    if "authentication failed" in problem:
        raise NotRunning(f"The passwords in {at.data_dir / 'secrets'} are not this server's: {problem}")
    return problem


def _labour(at: Cluster) -> int:
    """Processor time of the server and its children so far, in ticks: it grows while recovery works."""
    server, total = str(cluster.postmaster(at)), 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, rest = stat.parent.name, stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if server in {number, rest[1]}:
            total += int(rest[11]) + int(rest[12])
    return total


def _lock_file(at: Cluster, name: str) -> int:
    return os.open(at.data_dir / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _spawn(at: Cluster, *, fsync: bool) -> subprocess.Popen[bytes]:
    order = [sys.executable, "-m", "models.embedded", *([] if fsync else ["--no-fsync"])]
    env = os.environ | {"DATA_DIR": str(at.data_dir)}
    with (at.data_dir / "db.log").open("wb") as log:
        return subprocess.Popen(
            order, cwd=settings.ROOT, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0
        )


def _until_up(at: Cluster, server: subprocess.Popen[bytes] | None) -> None:
    while _problem(at):
        if server and server.poll() is not None:
            words = (at.data_dir / "db.log").read_text(errors="replace").strip()
            raise NotRunning(f"PostgreSQL did not start. {words[-2000:]}")
        time.sleep(0.02)


def _stop(at: Cluster, server: subprocess.Popen[bytes], presence: int) -> None:
    """Stop our server when the last who joined has left; ours may be one that only waits for the lock."""
    if cluster.postmaster(at) == server.pid:
        fcntl.flock(presence, fcntl.LOCK_EX)
    server.send_signal(signal.SIGINT)
    try:
        server.wait(120)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)  # at once, as in a crash; the next start recovers
        server.wait()


def _become_server(at: Cluster, *, fsync: bool) -> NoReturn:
    parent = os.getppid()
    at.data_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    lock = _lock_file(at, "db.lock")
    _hold(at, lock)
    account, programs = founding.prepare(at)
    # The lock goes over to the server and all its processes: while one of them lives, nobody else starts.
    os.set_inheritable(lock, True)
    _become(account)
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)  # ends with whoever started it
    if os.getppid() != parent:
        raise NotRunning("The process that wanted the database is gone.")
    env = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    order = at.command(programs / "postgres", fsync=fsync)
    os.chdir("/")
    os.execve(order[0], order, env)  # noqa: S606  no shell is the point


def _hold(at: Cluster, lock: int) -> None:
    """Wait until no other server can be on this folder: neither one of ours nor one started by hand."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"db: another process runs the database in {at.data_dir}; waiting for it to end.", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    while number := cluster.postmaster(at):
        print(f"db: process {number} runs the database in {at.data_dir}; waiting for it to end.", flush=True)
        time.sleep(5)


def _become(account: pwd.struct_passwd) -> None:
    if os.geteuid() != 0:
        return
    print(f"db: PostgreSQL runs as {account.pw_name}, for it refuses root; web and worker stay root.", flush=True)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
