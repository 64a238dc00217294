"""The embedded PostgreSQL: it starts after whatever happened, lets in only whom it should, and leaves nothing."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2
import pytest
from sqlalchemy import make_url

from models import cluster, embedded, founding, settings
from models.cluster import Cluster, NotRunning

ROOT_RUNS = os.geteuid() == 0


@contextmanager
def folder(*parts: str) -> Iterator[Path]:
    """A folder that the server's own user can reach (pytest's tmp_path is closed to it when root tests)."""
    base = Path(tempfile.mkdtemp(prefix="lvyue-test-"))
    base.chmod(0o711)
    try:
        yield base.joinpath(*parts)
    finally:
        shutil.rmtree(base)


@pytest.fixture
def place() -> Iterator[Path]:
    with folder("data") as at:
        yield at


@pytest.fixture(scope="module")
def founded() -> Iterator[Path]:
    """A folder with a database in it, copied for each test that only needs one: founding takes a second."""
    with folder("data") as at:
        with embedded.serve(at, fsync=False):
            pass
        yield at


@pytest.fixture
def data(founded: Path, place: Path) -> Path:
    subprocess.run(["cp", "-a", founded, place], check=True)
    return place


def start(data_dir: Path) -> subprocess.Popen[bytes]:
    order = [sys.executable, "-m", "models.embedded", "--no-fsync"]
    server = subprocess.Popen(
        order, cwd=settings.ROOT, env=os.environ | {"DATA_DIR": str(data_dir)}, stderr=subprocess.DEVNULL
    )
    embedded.wait(60, data_dir=data_dir)
    return server


def stop(server: subprocess.Popen[bytes]) -> int:
    server.send_signal(signal.SIGINT)
    return server.wait(30)


def ask(data_dir: Path, order: str, *, role: str = "owner", database: str = cluster.DATABASE) -> Any:
    address = embedded.url(role, database, data_dir=data_dir).replace("+psycopg2", "")
    with closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(order)
            return cursor.fetchone()[0] if cursor.description else None


def processes(data_dir: Path) -> list[int]:
    """Servers whose command line names this folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().split(b"\0")
        except OSError:
            continue
        if os.fsencode(data_dir / "pgdata") in words:
            found.append(int(file.parent.name))
    return found


def until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


def test_a_new_folder_gets_a_checked_utf8_database_that_knows_chinese(founded: Path) -> None:
    with embedded.serve(founded, fsync=False):
        assert ask(founded, "SHOW data_checksums") == "on"
        assert ask(founded, "SHOW timezone") == "UTC"
        assert ask(founded, "SHOW listen_addresses") == ""
        assert ask(founded, "SHOW synchronous_commit") == "on"
        assert ask(founded, "SELECT datlocale FROM pg_database WHERE datname = 'lvyue'") == "C.UTF-8"
        assert ask(founded, "SELECT cardinality(show_trgm('考勤'))") > 0
        assert (
            ask(founded, "SELECT count(*) FROM pg_extension WHERE extname IN ('btree_gist','pg_stat_statements')") == 2
        )
        assert ask(founded, "SHOW fsync") == "off"


def test_the_server_keeps_its_promise_to_the_disk_unless_told_otherwise(data: Path) -> None:
    with embedded.serve(data):
        assert ask(data, "SHOW fsync") == "on"
        assert ask(data, "SHOW full_page_writes") == "on"


def test_what_was_committed_is_there_after_a_kill(data: Path) -> None:
    first = start(data)
    ask(data, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    first.kill()  # not waited for: it stays a zombie while the next one starts
    second = start(data)
    assert Path(f"/proc/{first.pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    assert ask(data, "SELECT count(*) FROM kept") == 1000
    first.wait()
    assert stop(second) == 0


def test_a_process_number_that_another_program_got_is_no_server(data: Path) -> None:
    owner = (data / "pgdata").stat()
    as_owner: dict[str, Any] = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if ROOT_RUNS else {}
    with subprocess.Popen(["sleep", "60"], cwd="/", **as_owner) as stranger:
        left = f"{stranger.pid}\n{data}/pgdata\n1700000000\n5432\n{data}/run\n\n  1234567 98304\nready\n"
        (data / "pgdata" / "postmaster.pid").write_text(left)
        (data / "run" / ".s.PGSQL.5432.lock").write_text(left)
        with embedded.serve(data, fsync=False):
            assert ask(data, "SELECT 1") == 1
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize("left", ["", "12", "\n\n", "x\ny\n"])
def test_a_truncated_file_of_the_last_server_does_not_hinder_the_next(data: Path, left: str) -> None:
    (data / "pgdata" / "postmaster.pid").write_text(left)
    with embedded.serve(data, fsync=False):
        assert ask(data, "SELECT 1") == 1


def test_two_starts_at_once_give_one_server_and_the_second_takes_over(place: Path) -> None:
    order = [sys.executable, "-m", "models.embedded", "--no-fsync"]
    env = os.environ | {"DATA_DIR": str(place)}
    both = [
        subprocess.Popen(order, cwd=settings.ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for _ in range(2)
    ]
    embedded.wait(60, data_dir=place)
    first = cluster.postmaster(Cluster(place))
    assert processes(place) == [first]
    winner, waiting = sorted(both, key=lambda p: p.pid != first)
    assert waiting.poll() is None
    assert stop(winner) == 0
    assert until(lambda: cluster.postmaster(Cluster(place)) == waiting.pid)
    embedded.wait(20, data_dir=place)
    assert stop(waiting) == 0
    assert b"waiting for it to end" in (waiting.stdout.read() if waiting.stdout else b"")
    for process in both:
        process.stdout.close() if process.stdout else None


def test_blocks_that_serve_at_once_share_a_server_until_the_last_one_ends(data: Path) -> None:
    story = (
        "import sys, time; from pathlib import Path; from models import embedded, cluster\n"
        "at = Path(sys.argv[1])\n"
        "with embedded.serve(at, fsync=False):\n"
        "    before = cluster.postmaster(cluster.Cluster(at)); time.sleep(float(sys.argv[2]))\n"
        "    assert embedded.running(at) and cluster.postmaster(cluster.Cluster(at)) == before\n"
    )
    with subprocess.Popen([sys.executable, "-c", story, data, "0.5"], cwd=settings.ROOT) as short:
        assert until(lambda: embedded.running(data))
        long = subprocess.run([sys.executable, "-c", story, data, "2"], cwd=settings.ROOT, check=False)
        assert (long.returncode, short.wait(20)) == (0, 0)
    assert processes(data) == []


@pytest.mark.parametrize("parts", [("a b's", "data"), ("综合 监管", "data"), ("d" * 60, "e" * 60), ("a,b", "c;d")])
def test_any_folder_will_do(parts: tuple[str, ...]) -> None:
    with folder(*parts) as at:
        made = [p for p in reversed(at.relative_to(tempfile.gettempdir()).parents) if p.parts]
        for part in made:
            Path(tempfile.gettempdir(), part).mkdir(mode=0o711, exist_ok=True)
        with embedded.serve(at, fsync=False):
            assert ask(at, "SELECT current_user::text") == "owner"
            assert str(make_url(embedded.url("app", data_dir=at)).query["host"]) == str(Cluster(at).sockets)
            assert stat.S_IMODE(Cluster(at).sockets.stat().st_mode) == 0o700
        if Cluster(at).sockets.parent != at:
            shutil.rmtree(Cluster(at).sockets)


def test_stopping_leaves_no_process_and_no_socket(data: Path) -> None:
    with embedded.serve(data, fsync=False):
        assert len(processes(data)) == 1
        assert embedded.running(data)
    assert processes(data) == []
    assert list((data / "run").iterdir()) == []
    assert not embedded.running(data)


def test_a_stop_does_not_wait_for_idle_connections(data: Path) -> None:
    server = start(data)
    with closing(psycopg2.connect(embedded.url("app", data_dir=data).replace("+psycopg2", ""))):
        assert stop(server) == 0
    assert processes(data) == []


def test_the_server_ends_with_the_process_that_started_it(data: Path) -> None:
    story = (
        "import os, sys, signal; from pathlib import Path; from models import embedded\n"
        "with embedded.serve(Path(sys.argv[1]), fsync=False): os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", story, data], cwd=settings.ROOT, check=False).returncode == -9
    assert until(lambda: processes(data) == [])


def test_roles_have_no_more_rights_than_they_need(founded: Path) -> None:
    with embedded.serve(founded, fsync=False):
        for role in ("app", "sealer", "owner"):
            assert ask(founded, "SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles "
                                f"WHERE rolname = '{role}'", role=role) is False  # fmt: skip
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                ask(founded, "SELECT rolpassword FROM pg_authid", role=role)
        for role, other in (("app", "owner"), ("app", "sealer"), ("sealer", "owner"), ("owner", "postgres")):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                ask(founded, f'SET ROLE "{other}"', role=role)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(founded, "CREATE TABLE mine ()", role="app")
        ask(founded, "CREATE DATABASE scratch")
        ask(founded, "DROP DATABASE scratch")


@pytest.mark.parametrize("password", ["", "wrong", "owner's"])
def test_a_role_without_its_password_is_refused(founded: Path, password: str) -> None:
    with embedded.serve(founded, fsync=False):
        given = Cluster(founded).password("owner") if password == "owner's" else password
        host = quote(str(Cluster(founded).sockets), safe="")
        with pytest.raises(psycopg2.OperationalError, match=r"authentication failed|no password supplied"):
            psycopg2.connect(f"postgresql://app:{given}@/lvyue?host={host}")


def test_passwords_differ_and_are_private(founded: Path) -> None:
    files = list((founded / "secrets").iterdir())
    assert sorted(f.name for f in files) == ["app", "owner", "sealer"]
    assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}
    assert len({f.read_text() for f in files}) == 3
    assert stat.S_IMODE((founded / "secrets").stat().st_mode) == 0o700
    assert stat.S_IMODE((founded / "pgdata").stat().st_mode) == 0o700


def test_only_the_servers_own_user_and_who_started_it_are_superuser(founded: Path) -> None:
    with embedded.serve(founded, fsync=False):
        assert ask(founded, "SELECT current_user::text", role="postgres") == "postgres"
        names = {line.split('"')[1] for line in (founded / "conf" / "pg_ident.conf").read_text().splitlines()}
        owner = pwd.getpwuid((founded / "pgdata").stat().st_uid).pw_name
        assert names == {owner, pwd.getpwuid(os.geteuid()).pw_name}


@pytest.mark.skipif(not ROOT_RUNS, reason="only root can become somebody else")
def test_other_users_reach_neither_socket_nor_passwords(founded: Path) -> None:
    with embedded.serve(founded, fsync=False):
        assert (founded / "pgdata").stat().st_uid != 0
        as_nobody: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": [], "cwd": "/"}
        for order in (["ls", str(founded / "run" / ".s.PGSQL.5432")], ["cat", str(founded / "secrets" / "app")]):
            done = subprocess.run(order, check=False, capture_output=True, text=True, **as_nobody)
            assert done.returncode != 0
            assert "ermission denied" in done.stderr


@pytest.mark.skipif(not ROOT_RUNS, reason="PostgreSQL refuses root only")
def test_root_is_told_which_folder_is_closed_and_its_mode_stays() -> None:
    with folder("private", "data") as at:
        at.parent.mkdir(mode=0o700)
        with pytest.raises(NotRunning, match=r"private is closed to the user .* another DATA_DIR"), embedded.serve(at):
            pass
        assert stat.S_IMODE(at.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(not ROOT_RUNS, reason="only root's programs can be closed to the server's user")
def test_programs_out_of_the_servers_reach_are_copied_once(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with folder("venv") as venv:
        wheel = founding.wheel()
        shutil.copytree(wheel.parent, venv / wheel.parent.name)
        shutil.copytree(f"{wheel.parent}.libs", venv / f"{wheel.parent.name}.libs")
        venv.chmod(0o700)
        monkeypatch.setattr(founding, "wheel", lambda: venv / wheel.parent.name / wheel.name)
        _, programs = founding.prepare(Cluster(place))
        made = programs.stat().st_ino
        assert programs.is_relative_to(place / "pgsql")
        assert founding.prepare(Cluster(place))[1].stat().st_ino == made


def test_lost_passwords_are_made_anew(data: Path) -> None:
    shutil.rmtree(data / "secrets")
    with embedded.serve(data, fsync=False):
        assert ask(data, "SELECT current_user::text", role="sealer") == "sealer"


def test_data_of_another_version_is_not_touched(data: Path) -> None:
    (data / "pgdata" / "PG_VERSION").write_text("17\n")
    with pytest.raises(NotRunning, match="of PostgreSQL 17"), embedded.serve(data):
        pass


def test_a_half_made_database_is_made_again(place: Path) -> None:
    (place / "pgdata.draft" / "base").mkdir(parents=True)
    place.chmod(0o711)
    with embedded.serve(place, fsync=False):
        assert ask(place, "SELECT 1") == 1


def test_waiting_for_a_server_that_nobody_starts_ends_with_a_sentence(data: Path, place: Path) -> None:
    began = time.monotonic()
    with pytest.raises(NotRunning, match="does not answer"):
        embedded.wait(0.3, data_dir=data)
    with pytest.raises(NotRunning, match="no database"):
        embedded.wait(0.1, data_dir=place / "nowhere")
    assert time.monotonic() - began < 5


def test_waiting_lasts_as_long_as_recovery_makes_progress(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    at_work = iter(range(10**6))
    recovery = "the database system is starting up"
    monkeypatch.setattr(embedded, "_problem", lambda _: recovery if time.monotonic() - began < 1 else None)
    monkeypatch.setattr(embedded, "_labour", lambda _: next(at_work))
    embedded.wait(0.2, data_dir=data)
    monkeypatch.setattr(embedded, "_labour", lambda _: 7)
    monkeypatch.setattr(embedded, "_problem", lambda _: recovery)
    with pytest.raises(NotRunning, match="starting up"):
        embedded.wait(0.2, data_dir=data)


def test_labour_counts_the_servers_processes(data: Path) -> None:
    with embedded.serve(data, fsync=False):
        before = embedded._labour(Cluster(data))
        ask(data, "SELECT count(*) FROM generate_series(1, 3000000)")
        assert embedded._labour(Cluster(data)) >= before
        assert before > 0


def test_a_password_that_is_not_this_servers_is_said_at_once(data: Path) -> None:
    with embedded.serve(data, fsync=False):
        secret = data / "secrets" / "app"
        right = secret.read_text()
        secret.write_text("0" * 48)
        with pytest.raises(NotRunning, match="not this server's"):
            embedded.wait(data_dir=data)
        secret.write_text(right)
