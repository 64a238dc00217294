"""Doors of other brands over real HTTP: a token in the address, and the security push beside the attendance push."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from ingest.protocols import hikvision, table
from ingest.protocols.reading import Request, Verification
from ingest.protocols.zkteco import registry, security
from models import database
from models.acts import terminals
from models.rules.instants import day_of
from models.rules.readings import Method
from models.rules.scope import PROCESS
from tests import serving
from tests.cast import World
from tests.serving import Caller, Site, Told

TOKENS = {"FY0597362": "tokenOfTheFirst", "GS7020902": "tokenOfTheSecond", "NAMELESS1": "tokenOfTheThird"}
HIK = table.named("hikvision")


@pytest.fixture(scope="module")
def world(bare: str) -> World:
    since = day_of(database.now()) - timedelta(days=7)
    made = World()
    made.project("G107", since)
    made.engage("甲公司", "G107")
    made.person("张三", "甲公司", "C1", since)
    made.terminal("ACC1", "甲公司", "G107", since)
    for serial, token in TOKENS.items():
        unit = made.units["甲公司"]
        number = terminals.register(PROCESS, protocol="hikvision", serial=serial, unit=unit, area="430181", token=token)
        terminals.admit(PROCESS, number)
        terminals.serve(PROCESS, number, made.projects["G107"], since)
    return made


@pytest.fixture(scope="module")
def site(bare: str, data_dir: Path, world: World) -> Iterator[Site]:
    with serving.serve(bare, data_dir) as served:
        yield served


@pytest.fixture
def caller(site: Site) -> Caller:
    return site.caller()


def value(query: str, **given: Any) -> Any:
    with database.reading() as (session, _):
        return session.scalar(text(query), given)


def kept(serial: str) -> tuple[int, int, int]:
    """How many readings are the terminal's own, how many are held apart under its serial, how many became punches."""
    query = "select count(*) from {} r join terminal t on t.id = r.terminal_id where t.serial = :s {}"
    own, held = (value(query.format("reading", f"and t.verified = {proven}"), s=serial) for proven in (True, False))
    return int(own), int(held), int(value(query.format("punch", ""), s=serial))


def until(holds: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.05)
    return held


def ago(seconds: float) -> datetime:
    return (database.now() - timedelta(seconds=seconds)).replace(microsecond=0)


def send(caller: Caller, asked: Request) -> Told:
    told = caller.ask(asked.method, asked.target, asked.body, **{"Content-Type": asked.header("Content-Type")})
    assert told.headers["content-type"].startswith("text/plain")
    assert int(told.headers["content-length"]) == len(told.body)
    assert not {"location", "set-cookie"} & told.headers.keys()
    return told


def event(world: World, serial: str, at: datetime) -> Request:
    """A face pass of 张三; without a serial the body names no terminal, as many do."""
    asked = hikvision.encode_records(serial, [Verification(world.numbers["张三"], at)])
    if serial:
        return asked
    bare = asked.body.replace(b'\t"shortSerialNumber": ""\n', b"").replace(b'\t"shortSerialNumber": "",\n', b"")
    return Request("POST", asked.path, (), {"Content-Type": "multipart/form-data; boundary=MIME_boundary"}, bare)


def push(caller: Caller, world: World, serial: str, token: str, seconds: float) -> Told:
    asked = event(world, serial, ago(seconds))
    return send(caller, HIK.with_token(asked, token) if token else asked)


def test_a_terminal_that_names_itself_not_is_known_by_its_address(caller: Caller, world: World) -> None:
    assert push(caller, world, "", TOKENS["NAMELESS1"], 60).text == "OK"
    assert kept("NAMELESS1") == (1, 0, 1)


def test_the_same_event_again_is_answered_and_stored_once(caller: Caller, world: World) -> None:
    asked = HIK.with_token(event(world, "FY0597362", ago(90)), TOKENS["FY0597362"])
    assert [send(caller, asked).status for _ in range(3)] == [200] * 3
    assert kept("FY0597362") == (1, 0, 1)


@pytest.mark.parametrize("token", ["", "guessed", "TOKENOFTHESECOND"])
def test_without_its_own_token_what_is_said_is_held(caller: Caller, world: World, token: str) -> None:
    before = kept("GS7020902")
    assert push(caller, world, "GS7020902", token, 500 + 20 * len(token)).text == "OK"
    assert kept("GS7020902") == (before[0], before[1] + 1, before[2])


def test_of_a_nameless_terminal_without_a_token_all_is_held_together(caller: Caller, world: World) -> None:
    assert push(caller, world, "", "", 120).status == 200
    assert kept("(none)") == (0, 1, 0)


def test_a_token_whose_body_names_another_terminal_is_held_and_alarmed(
    caller: Caller, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    before, owner = kept("ZZ0000001"), kept("FY0597362")
    with caplog.at_level(logging.WARNING):
        assert push(caller, world, "ZZ0000001", TOKENS["FY0597362"], 130).status == 200
    assert kept("ZZ0000001") == (before[0], before[1] + 1, 0)
    assert kept("FY0597362") == owner
    assert "ZZ0000001 speaks with the token of hikvision FY0597362" in caplog.text
    query = (
        "select facts ->> 'token_of' from terminal_state s join terminal t on t.id = s.terminal_id where serial = :s"
    )
    assert until(lambda: value(query, s="ZZ0000001") == "FY0597362", 3)


def test_an_oddly_written_address_leads_to_the_same_terminal_and_no_token_is_kept(caller: Caller, world: World) -> None:
    before, token = kept("GS7020902"), TOKENS["GS7020902"]
    for number, path in enumerate(("/Ingest/HIK/{}/", "//ingest//hik//{}", "/ingest/hik/{}/event?x=1")):
        asked = event(world, "GS7020902", ago(200 + 20 * number))
        told = caller.ask("PUT", path.format(token), asked.body, Content_Type=asked.header("Content-Type"))
        assert (told.status, told.text) == (200, "OK")
    assert kept("GS7020902") == (before[0] + 3, before[1], before[2] + 3)
    assert value("select count(*) from request where path || query || headers ilike '%token%'") == 0
    assert value("select count(*) from request where path = '/ingest/hik/event'") == 1


def test_a_heartbeat_is_heard_and_not_kept(caller: Caller, world: World) -> None:
    count, asked = value("select count(*) from request"), database.now()
    for serial in ("GS7020902", "NAMELESS1"):
        beat = HIK.with_token(hikvision.encode_heartbeat(serial), TOKENS[serial])
        assert send(caller, beat).status == 200
    query = (
        "select count(*) from terminal_state s join terminal t on t.id = s.terminal_id "
        "where t.serial in ('GS7020902', 'NAMELESS1') and t.verified and s.last_seen > :asked"
    )
    assert until(lambda: value(query, asked=asked) == 2, 3)
    assert value("select count(*) from request") == count


def test_a_clock_of_1970_is_kept_and_does_not_count(caller: Caller, world: World) -> None:
    before = kept("FY0597362")
    at = datetime.fromisoformat("1970-01-01T08:00:12+08:00")
    asked = HIK.with_token(event(world, "FY0597362", at), TOKENS["FY0597362"])
    assert send(caller, asked).status == 200
    assert kept("FY0597362") == (before[0] + 1, before[1], before[2])


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/ingest/hik", "/ingest/hik/", "/ingest/hik/unknown", "/ingest/hik/a/b/c?d=//e"])
def test_whatever_is_asked_of_the_door_the_answer_is_200(caller: Caller, method: str, path: str) -> None:
    told = caller.ask(method, path)
    assert told.status == 200
    assert not {"location", "set-cookie"} & told.headers.keys()


def test_a_terminal_of_the_security_push_registers_itself_and_its_events_count(caller: Caller, world: World) -> None:
    code = send(caller, registry.encode_registry("ACC1")).text
    assert code.startswith("RegistryCode=")
    assert send(caller, Request("POST", "/iclock/push", (("SN", "ACC1"),))).text.startswith("ServerVersion=")
    passed = [Verification(world.numbers["张三"], ago(300)), Verification("0", ago(299), Method.CARD)]
    asked = security.encode_rtlog("ACC1", passed)
    assert [send(caller, asked).text for _ in range(2)] == ["OK", "OK"]
    assert kept("ACC1") == (1, 0, 1)
    handshake = registry.encode_handshake("ACC1")
    assert until(lambda: send(caller, handshake).text.startswith(f"registry=ok\n{code}\n"), 6)


def test_a_terminal_switched_to_attendance_is_still_the_same(caller: Caller, world: World) -> None:
    zkteco, before = table.named("zkteco").module, kept("ACC1")
    assert send(caller, zkteco.encode_handshake("ACC1")).text.startswith("GET OPTION FROM: ACC1\n")
    asked = zkteco.encode_records("ACC1", [Verification(world.numbers["张三"], ago(400))])
    assert send(caller, asked).text == "OK: 1"
    assert kept("ACC1") == (before[0] + 1, 0, before[2] + 1)
