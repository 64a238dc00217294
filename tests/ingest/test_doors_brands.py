"""Doors of Uface, Dahua and HTTPv2 terminals over real HTTP: what is acknowledged is stored, and as whose."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from ingest.protocols import table
from ingest.protocols.reading import Request, Verification
from models import database
from models.acts import terminals
from models.rules.instants import day_of, epoch_ms
from models.rules.scope import PROCESS
from tests import serving
from tests.cast import World
from tests.serving import Caller, Site, Told

SAMPLES = Path(__file__).parent / "samples"
TOKEN = "tokenOfThisOne"
SERIALS = {"uface": "84E0F42000010002", "dahua": "24:52:6a:00:00:02", "httpv2": "FC-8200H12345679"}
SECRET = ("dahua", "uface")  # their terminals are known by the token in their address
TAKEN = {"uface": '{"result":1,"success":true}', "dahua": "OK", "httpv2": '{"Success":1}'}


@pytest.fixture(scope="module")
def world(bare: str) -> World:
    since = day_of(database.now()) - timedelta(days=7)
    made = World()
    made.project("G107", since)
    made.engage("甲公司", "G107")
    made.person("张三", "甲公司", "C1", since)
    for protocol, serial in SERIALS.items():
        token = f"{TOKEN}-{protocol}" if protocol in SECRET else None
        number = terminals.register(
            PROCESS, protocol=protocol, serial=serial, unit=made.units["甲公司"], area="430181", token=token
        )
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


def kept(protocol: str) -> tuple[int, int, int]:
    """How many readings are the terminal's own, how many are held apart, how many became punches."""
    serial = SERIALS[protocol]
    query = "select count(*) from {} r join terminal t on t.id = r.terminal_id where t.serial = :s {}"
    own, held = (value(query.format("reading", f"and t.verified = {proven}"), s=serial) for proven in (True, False))
    return int(own), int(held), int(value(query.format("punch", ""), s=serial))


def until(holds: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.05)
    return held


def send(caller: Caller, asked: Request) -> Told:
    told = caller.ask(asked.method, asked.target, asked.body, **{"Content-Type": asked.header("Content-Type")})
    assert int(told.headers["content-length"]) == len(told.body)
    assert not {"location", "set-cookie", "content-encoding"} & told.headers.keys()
    return told


def record(world: World, protocol: str, seconds: float) -> Request:
    """A face of 张三 so many seconds ago, as a terminal of the brand sends it to its own address."""
    at: datetime = (database.now() - timedelta(seconds=seconds)).replace(microsecond=0)
    dialect = table.named(protocol)
    asked = dialect.module.encode_records(SERIALS[protocol], [Verification(world.numbers["张三"], at)])
    return dialect.with_token(asked, f"{TOKEN}-{protocol}")


@pytest.mark.parametrize("protocol", SERIALS)
def test_a_record_is_taken_in_the_brand_s_words_stored_once_and_counted(
    caller: Caller, world: World, protocol: str
) -> None:
    asked = record(world, protocol, 60)
    told = [send(caller, asked) for _ in range(3)]
    assert [(one.status, one.text) for one in told] == [(200, TAKEN[protocol])] * 3
    assert kept(protocol) == (1, 0, 1)


@pytest.mark.parametrize("protocol", SECRET)
@pytest.mark.parametrize("token", ["guessed", f"{TOKEN}-nobody", TOKEN.upper()])
def test_without_its_own_token_a_record_is_taken_and_held(
    caller: Caller, world: World, protocol: str, token: str
) -> None:
    before, asked = kept(protocol), record(world, protocol, 200 + 10 * len(token))
    asked = replace(asked, path=asked.path.replace(f"{TOKEN}-{protocol}", token))
    assert send(caller, asked).text == TAKEN[protocol]
    assert kept(protocol) == (before[0], before[1] + 1, before[2])


def test_no_token_is_kept_or_shown(caller: Caller, world: World) -> None:
    for protocol in SECRET:
        send(caller, record(world, protocol, 900))
    assert value("select count(*) from request where path || query || headers ilike :token", token=f"%{TOKEN}%") == 0
    assert value("select count(*) from request where path = '/ingest/uface/identify'") > 0


@pytest.mark.parametrize(
    "path",
    ["/Record/UploadIdentifyRecord", "/ingest/Record/UploadIdentifyRecord", "/record/uploadidentifyrecord/",
     "//RECORD//UploadIdentifyRecord"],
)  # fmt: skip
def test_records_at_firmware_s_own_paths_are_stored_however_they_are_written(
    caller: Caller, world: World, path: str
) -> None:
    before = kept("httpv2")
    asked = replace(record(world, "httpv2", 2000 + 100 * before[0]), path=path)
    assert send(caller, asked).text == TAKEN["httpv2"]
    assert kept("httpv2") == (before[0] + 1, 0, before[2] + 1)


def test_a_picture_and_a_name_do_not_reach_the_raw_requests(caller: Caller, world: World) -> None:
    at = epoch_ms(database.now()) - 700_000
    told = {"deviceKey": SERIALS["uface"], "personId": world.numbers["张三"], "time": str(at), "type": "face_0",
            "imgBase64": "/9j/4AAQSkZJRgABAQ" * 30, "name": "张三丰"}  # fmt: skip
    address = f"/ingest/uface/{TOKEN}-uface/identify"
    assert caller.json(address, told).status == 200
    assert caller.form(address, {**told, "time": str(at - 5000)}).status == 200
    bodies = "select string_agg(convert_from(body, 'UTF8'), '|') from request where body like '%hmac:%'"
    stored = value(bodies)
    assert stored.count("sha256:") >= 2
    assert not any(secret in stored for secret in ("SkZJRg", "张三丰", "%E5%BC%A0", "\\u5f20"))


@pytest.mark.parametrize("protocol", SERIALS)
def test_a_heartbeat_is_heard_and_not_kept(caller: Caller, world: World, protocol: str) -> None:
    count, asked = value("select count(*) from request"), database.now()
    dialect = table.named(protocol)
    beat = dialect.with_token(dialect.module.encode_heartbeat(SERIALS[protocol]), f"{TOKEN}-{protocol}")
    assert send(caller, beat).status == 200
    query = (
        "select count(*) from terminal_state s join terminal t on t.id = s.terminal_id "
        "where t.serial = :s and t.verified and s.last_seen > :asked"
    )
    assert until(lambda: value(query, s=SERIALS[protocol], asked=asked) == 1, 3)
    assert value("select count(*) from request") == count


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "path",
    ["/Device/Keepalive", "/People/DownloadPeopleList", "/Record/Nothing", "/device", "/ingest/uface",
     "/ingest/uface/a/b", "/ingest/dahua/a/keepalive", "/PictureHttpUpload/keepalive",
     "/EventHttpUpload/keepalive?next=//evil.example"],
)  # fmt: skip
def test_whatever_is_asked_of_these_doors_the_answer_is_200(caller: Caller, method: str, path: str) -> None:
    told = caller.ask(method, path)
    assert told.status == 200
    assert told.headers["content-type"].split(";")[0] in ("application/json", "text/plain")
    assert not {"location", "set-cookie"} & told.headers.keys()


@pytest.mark.parametrize("path", ["/devices", "/people-list", "/recordings", "/ingest/devices", "/persons/Device"])
def test_an_address_that_only_resembles_a_door_is_closed(caller: Caller, path: str) -> None:
    assert "Success" not in caller.get(path).text


NAMES = [path.stem for path in sorted(SAMPLES.glob("*.json")) if path.stem.split("_")[1] in SERIALS]


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_sent_byte_for_byte_is_answered_as_it_must_be(caller: Caller, world: World, name: str) -> None:
    told = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    headers = {key: given for key, given in told["headers"].items() if key != "Content-Length"}
    answer = caller.ask(told["method"], told["path"], (SAMPLES / f"{name}.body").read_bytes(), **headers)
    wanted = told["server_must_answer"]
    assert (answer.status, answer.text) == (wanted["status"], wanted["body"])
    assert wanted["content_type"] in ("any", answer.headers["content-type"])
    assert "location" not in answer.headers
