"""Commands over real HTTP: a poll brings them, its result ends them, who has none waiting costs no statement."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as hooks
from sqlalchemy import text

from ingest import outbox
from ingest.outbox import SECONDS
from models import database
from models.acts import commands
from models.rules.commands import Kind
from models.rules.instants import day_of
from models.rules.scope import PROCESS
from tests.cast import World
from tests.conftest import superuser
from tests.serving import Caller, Site


@pytest.fixture(scope="module")
def world(bare: str) -> World:
    since = day_of(database.now()) - timedelta(days=7)
    made = World()
    made.project("G107", since)
    made.engage("甲公司", "G107")
    made.person("张三", "甲公司", "C1", since)
    for serial in ("P1", "P2", "P3"):
        made.terminal(serial, "甲公司", "G107", since)
    return made


@pytest.fixture
def caller(world: World, site: Site) -> Caller:
    return site.caller()


def poll(caller: Caller, serial: str, query: str = "") -> bytes:
    told = caller.get(f"/iclock/getrequest?SN={serial}{query}")
    assert told.status == 200
    assert told.headers["content-type"].startswith("text/plain")
    assert int(told.headers["content-length"]) == len(told.body)
    return told.body


def until(holds: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.1)
    return held


def value(query: str, **given: Any) -> Any:
    with database.reading() as (session, _):
        return session.scalar(text(query), given)


def test_a_person_reaches_a_chinese_terminal_and_its_word_ends_the_command(caller: Caller, world: World) -> None:
    caller.get("/iclock/cdata?SN=P1&options=all&language=83&pushver=2.4.1&DeviceType=att")
    assert poll(caller, "P1") == b"OK"
    told = "select facts ->> 'language' from terminal_state where terminal_id = :t"
    assert until(lambda: value(told, t=world.terminals["P1"]) == "83", 5)
    assert commands.sync(PROCESS, world.terminals["P1"]) == (1, 0)
    heard: list[bytes] = []

    def told_something() -> bool:
        heard.append(poll(caller, "P1"))
        return heard[-1] != b"OK"

    assert until(told_something, SECONDS + 4)
    line = heard[-1].decode("gb2312")
    assert line.startswith("C:")
    assert f"PIN={world.numbers['张三']}\tName=张三\t" in line
    assert poll(caller, "P1") == b"OK"  # handed out once: the terminal is at work
    number = line.split(":")[1]
    assert caller.ask("POST", "/iclock/devicecmd?SN=P1", f"ID={number}&Return=0&CMD=DATA\n".encode()).text == "OK"
    assert value("select code from command where id = :c", c=int(number)) == 0
    again = caller.ask("POST", "/iclock/devicecmd?SN=P1", f"ID={number}&Return=-1&CMD=DATA\n".encode())
    assert again.text == "OK"
    assert value("select code from command where id = :c", c=int(number)) == 0


def test_a_log_with_tampering_is_stored_with_the_request_and_once(caller: Caller, world: World) -> None:
    body = b"OPLOG 23\t1\t2026-01-02 03:04:05\t0\t0\t0\t0\n"
    for _ in range(2):
        assert caller.ask("POST", "/iclock/cdata?SN=P3&table=OPERLOG&Stamp=1", body).text == "OK: 1"
    query = "select count(*) from terminal_event where terminal_id = :t and name = 'records_deleted'"
    assert value(query, t=world.terminals["P3"]) == 1


def test_polls_of_terminals_without_commands_ask_no_database(caller: Caller, world: World) -> None:
    commands.ask(PROCESS, world.terminals["P1"], Kind.INFO)
    poll(caller, "P2")
    time.sleep(SECONDS + 1)
    said: list[tuple[str, str]] = []

    def note(*given: Any) -> None:
        said.append((threading.current_thread().name, str(given[2])))

    engine = database.engine()
    hooks.listen(engine, "before_cursor_execute", note)
    for _ in range(20):
        assert poll(caller, "P2") == b"OK"
    hooks.remove(engine, "before_cursor_execute", note)
    assert not [words for _, words in said if "update command" in words.lower() or "for update" in words.lower()]
    by_polls = [name for name, _ in said if name not in ("outbox", "heartbeats")]
    assert len(by_polls) < 20  # the register is read anew now and then; no poll of its own


def test_a_database_that_cannot_tell_commands_leaves_a_poll_its_ok(
    caller: Caller, world: World, bare: str, data_dir: Path
) -> None:
    commands.ask(PROCESS, world.terminals["P2"], Kind.INFO)
    poll(caller, "P2")
    superuser(data_dir, "alter table command rename to away", bare)
    try:
        time.sleep(SECONDS + 1)
        assert poll(caller, "P1") == b"OK"  # it waited for commands when that was read last
    finally:
        superuser(data_dir, "alter table away rename to command", bare)
    assert until(lambda: poll(caller, "P2").startswith(b"C:"), SECONDS + 4)


def test_where_nobody_polls_nobody_is_asked_and_the_next_poll_begins_anew(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "SECONDS", 0.05)
    monkeypatch.setattr(outbox, "IDLE_SECONDS", 0.2)
    box = outbox.Outbox()
    assert not box.waits(1)
    assert box._process == os.getpid()
    end = time.monotonic() + 10
    while box._process and time.monotonic() < end:
        time.sleep(0.05)
    assert box._process == 0
    box.waits(1)
    assert box._process == os.getpid()
