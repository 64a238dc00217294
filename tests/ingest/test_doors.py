"""The terminals' doors over real HTTP: what is acknowledged is stored, and every answer is one that firmware takes."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from ingest.admission import FRESH_SECONDS
from models import database
from models.acts import arrivals, terminals
from models.rules.instants import day_of, local
from models.rules.scope import PROCESS
from tests import serving
from tests.cast import World
from tests.conftest import superuser
from tests.serving import Caller, Site, Told

MAX_BODY = 65_536
TOKEN = "a-terminal-s-own-token"
BAD = "66666666"  # a number that the database is made to refuse


@pytest.fixture(scope="module")
def world(bare: str) -> World:
    since = day_of(database.now()) - timedelta(days=7)
    made = World()
    made.project("G107", since)
    made.engage("甲公司", "G107")
    for name in ("张三", "李四"):
        made.person(name, "甲公司", "C1", since)
    for serial in ("A1", "A2", "A3", "A4"):
        made.terminal(serial, "甲公司", "G107", since)
    house = terminals.register(
        PROCESS, protocol="house", serial="H1", unit=made.units["甲公司"], area="430181", token=TOKEN
    )
    terminals.admit(PROCESS, house)
    terminals.serve(PROCESS, house, made.projects["G107"], since)
    return made


@pytest.fixture(scope="module")
def site(bare: str, data_dir: Path, world: World) -> Iterator[Site]:
    with serving.serve(bare, data_dir, MAX_BODY=str(MAX_BODY)) as served:
        yield served


@pytest.fixture
def caller(site: Site) -> Caller:
    return site.caller()


def value(query: str, **given: Any) -> Any:
    with database.reading() as (session, _):
        return session.scalar(text(query), given)


def readings(serial: str, verified: bool = True) -> int:
    query = "select count(*) from reading r join terminal t on t.id = r.terminal_id where serial = :s and verified = :v"
    return int(value(query, s=serial, v=verified))


def punches(serial: str) -> int:
    return int(
        value("select count(*) from punch p join terminal t on t.id = p.terminal_id where serial = :s", s=serial)
    )


def line(number: str, ago: float) -> str:
    """A record as a face terminal writes it, so many seconds ago."""
    at: datetime = database.now() - timedelta(seconds=ago)
    return f"{number}\t{local(at):%Y-%m-%d %H:%M:%S}\t255\t15" + "\t0" * 6 + "\t\r\n"


def plain(told: Told, status: int = 200) -> str:
    """The text of an answer that every firmware understands."""
    assert told.status == status
    assert told.headers["content-type"].startswith("text/plain")
    assert int(told.headers["content-length"]) == len(told.body)
    assert not {"location", "set-cookie", "transfer-encoding", "content-encoding"} & told.headers.keys()
    return told.text


def push(caller: Caller, serial: str, *lines: str) -> Told:
    return caller.ask("POST", f"/iclock/cdata?SN={serial}&table=ATTLOG&Stamp=9999", "".join(lines).encode())


def until(holds: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.05)
    return held


def test_the_first_handshake_asks_for_everything_and_a_later_one_for_what_is_new(caller: Caller) -> None:
    target = "/iclock/cdata?SN=A4&options=all&language=83&pushver=2.4.1"
    block = plain(caller.get(target)).splitlines()
    assert block[0] == "GET OPTION FROM: A4"
    assert {"ATTLOGStamp=0", "Stamp=0", "Realtime=1", "TimeZone=8"} <= set(block)
    assert until(lambda: "ATTLOGStamp=9999" in plain(caller.get(target)), FRESH_SECONDS + 3)


def test_a_record_of_a_registered_terminal_is_acknowledged_stored_and_counted(caller: Caller, world: World) -> None:
    told = push(caller, "A1", line(world.numbers["张三"], 60), line("77777777", 61))
    assert plain(told) == "OK: 2"
    assert (readings("A1"), punches("A1")) == (2, 1)  # nobody bears the second number
    assert value("select sum(punches) from attendance_window where person_id = :p", p=world.people["张三"]) == 1


def test_the_same_batch_eight_times_at_once_is_stored_once(site: Site, world: World) -> None:
    batch = [line(world.numbers["李四"], 600 + k) for k in range(50)]
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: push(site.caller(), "A2", *batch), range(8)))
    assert [plain(answer) for answer in told] == ["OK: 50"] * 8
    assert (readings("A2"), punches("A2")) == (50, 50)
    assert value("select sum(punches) from attendance_window where person_id = :p", p=world.people["李四"]) == 50


def test_an_unknown_serial_is_answered_and_its_records_are_held(caller: Caller, world: World) -> None:
    assert plain(push(caller, "STRANGE", line(world.numbers["张三"], 90))) == "OK: 1"
    assert (readings("STRANGE"), punches("STRANGE")) == (1, 0)
    assert value("select admitted is null from terminal where serial = 'STRANGE'")


def test_a_body_cut_short_is_refused_and_nothing_of_it_is_stored(site: Site, world: World) -> None:
    before = readings("A1"), value("select count(*) from request")
    body = line(world.numbers["张三"], 120).encode()
    head = f"POST /iclock/cdata?SN=A1&table=ATTLOG HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body) + 400}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as cut:
        cut.sendall(head.encode() + body)
        cut.shutdown(socket.SHUT_WR)
        answer = b""
        while more := cut.recv(65_536):
            answer += more
    assert answer.split(b" ")[1] == b"400"
    assert (readings("A1"), value("select count(*) from request")) == before


def test_a_body_that_is_too_large_is_refused_in_plain_words(caller: Caller, world: World) -> None:
    before = readings("A1")
    many = [line(world.numbers["张三"], 5000 + k) for k in range(MAX_BODY // 40)]
    assert "fewer records" in plain(push(caller, "A1", *many), 413)
    assert readings("A1") == before


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"])
@pytest.mark.parametrize(
    "path",
    ["/iclock", "/iclock/", "/iclock/nobody/knows", "/iclock/cdata.aspx", "/iclock/cdata/", "/iclock//cdata",
     "/ICLOCK/CData", "/ingest/iclock/ping", "/iclock/nobody?SN=A1&next=//evil.example"],
)  # fmt: skip
def test_whatever_is_asked_of_a_zkteco_door_the_answer_is_200_and_plain(caller: Caller, method: str, path: str) -> None:
    told = caller.ask(method, path)
    assert told.status == 200
    assert told.headers["content-type"].startswith("text/plain")
    assert told.headers["content-length"].isdigit()
    assert not {"location", "set-cookie"} & told.headers.keys()


@pytest.mark.parametrize("path", ["/iclock/cdata.aspx", "/iclock/cdata/", "/iclock//cdata", "/ICLOCK/cdata"])
def test_records_at_an_oddly_written_address_are_stored(caller: Caller, world: World, path: str) -> None:
    before = readings("A3")
    body = line(world.numbers["张三"], 3000 + 60 * before).encode()  # never the same second
    assert plain(caller.ask("POST", f"{path}?SN=A3&table=ATTLOG", body)) == "OK: 1"
    assert readings("A3") == before + 1


def test_a_body_without_a_serial_is_kept(caller: Caller, world: World) -> None:
    body = line(world.numbers["张三"], 150)
    assert plain(caller.ask("POST", "/iclock/cdata?table=ATTLOG", body.encode())) == "OK: 1"
    query = "select q.body from request q join terminal t on t.id = q.terminal_id where t.serial = '(none)'"
    assert bytes(value(query)) == body.encode()
    assert (readings("(none)"), punches("(none)")) == (1, 0)


def hand_in(caller: Caller, number: str, ago: float, **headers: str) -> Told:
    at = local(database.now() - timedelta(seconds=ago)).isoformat(timespec="seconds")
    record = {"number": number, "time": at, "method": "face"}
    return caller.json("/ingest/v1/records", {"serial": "H1", "records": [record]}, **headers)


def test_our_own_json_counts_with_the_right_token_only(caller: Caller, world: World) -> None:
    number = world.numbers["张三"]
    assert hand_in(caller, number, 200, Authorization=f"Bearer {TOKEN}").text == '{"received": 1, "refused": []}'
    assert (readings("H1"), readings("H1", False), punches("H1")) == (1, 0, 1)
    for ago, headers in ((210, {}), (220, {"Authorization": "Bearer guessed"})):
        told = hand_in(caller, number, ago, **headers)
        assert (told.status, told.text) == (200, '{"received": 1, "refused": []}')
    assert (readings("H1"), readings("H1", False), punches("H1")) == (1, 2, 1)
    assert value("select count(*) from terminal where serial = 'H1' and admitted is not null and not verified") == 0


@pytest.mark.parametrize(
    ("body", "word"),
    [(b'{"serial": "H1", "records": [', "not JSON"), (b"[]", "object"), (b'{"serial": "H1"}', "records missing"),
     (b'{"records": []}', "serial missing"), (b"\xff\xfe", "UTF-8")],
)  # fmt: skip
def test_json_that_cannot_be_taken_is_refused_with_the_reason(caller: Caller, body: bytes, word: str) -> None:
    told = caller.ask("POST", "/ingest/v1/records", body, Authorization=f"Bearer {TOKEN}")
    assert told.status == 400
    assert word in told.text
    assert int(told.headers["content-length"]) == len(told.body)


def references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (word for key, word in part.items() if key == "$ref" and isinstance(word, str))
        yield from (found for child in part.values() for found in references(child))
    elif isinstance(part, list):
        yield from (found for child in part for found in references(child))


def test_the_contract_is_openapi_3_1_and_its_examples_are_taken(caller: Caller) -> None:
    contract = json.loads(caller.get("/ingest/v1/openapi.json").body)
    assert contract["openapi"].startswith("3.1.")
    assert contract["info"].keys() >= {"title", "version"}
    for reference in (found := list(references(contract))):
        part: Any = contract
        for step in reference.removeprefix("#/").split("/"):
            part = part[step]
    assert found
    for path, item in contract["paths"].items():
        operation = item["post"]
        assert all(answer["description"] for answer in operation["responses"].values())
        assert operation["requestBody"]["required"]
        example = operation["requestBody"]["content"]["application/json"]["example"]
        assert caller.json(path, example).status == 200


@contextmanager
def closed(data_dir: Path, name: str) -> Iterator[None]:
    """The database is away: nobody is connected, nobody may connect."""
    superuser(data_dir, f"alter database {name} allow_connections false")
    superuser(data_dir, f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'")
    try:
        yield
    finally:
        superuser(data_dir, f"alter database {name} allow_connections true")


def test_without_a_database_nothing_is_acknowledged_and_afterwards_all_works_again(
    caller: Caller, world: World, bare: str, data_dir: Path
) -> None:
    before, record = readings("A1"), line(world.numbers["张三"], 300)
    with closed(data_dir, bare):
        for _ in range(2):
            told = push(caller, "A1", record)
            assert "send again" in plain(told, 503)
            assert told.headers["retry-after"] == "60"
    assert plain(push(caller, "A1", record)) == "OK: 1"
    assert readings("A1") == before + 1


def test_a_missing_right_is_no_reading_s_fault_and_acknowledges_nothing(
    caller: Caller, world: World, bare: str, data_dir: Path
) -> None:
    before, record = readings("A1"), line(world.numbers["张三"], 310)
    superuser(data_dir, "revoke insert on reading from app", bare)
    try:
        assert "send again" in plain(push(caller, "A1", record), 503)
    finally:
        superuser(data_dir, "grant insert on reading to app", bare)
    assert plain(push(caller, "A1", record)) == "OK: 1"
    assert (readings("A1"), value("select count(*) from refusal where text like :n", n="%" + record[:20])) == (
        before + 1,
        0,
    )


def refuse(data_dir: Path, bare: str, code: str) -> None:
    """From now on the database refuses readings of the number BAD with this error."""
    superuser(
        data_dir,
        "create or replace function refuse_one() returns trigger language plpgsql as $$ begin if new.number = "
        f"'{BAD}' then raise exception 'not this one' using errcode = '{code}'; end if; return new; end $$; "
        "create or replace trigger refuse_one before insert on reading for each row execute function refuse_one()",
        bare,
    )


@pytest.mark.parametrize(
    "code", ["53100", "40P01", "57014", "57P01"], ids=["disk full", "deadlock", "slow", "shutdown"]
)
def test_what_passes_by_is_no_reading_s_fault_and_acknowledges_nothing(
    caller: Caller, world: World, bare: str, data_dir: Path, code: str
) -> None:
    refuse(data_dir, bare, code)
    before = value("select count(*) from refusal")
    assert "send again" in plain(push(caller, "A1", line(BAD, 330)), 503)
    assert value("select count(*) from refusal") == before


def test_a_reading_that_cannot_be_recorded_is_quarantined_and_blocks_nobody(
    site: Site, world: World, bare: str, data_dir: Path
) -> None:
    refuse(data_dir, bare, "P0001")
    before = readings("A3")
    lines = [line(world.numbers["李四"], 4000 + k) for k in range(5)]
    lines[2:2] = [line(BAD, 4100), "this is no record\r\n"]
    with ThreadPoolExecutor(4) as pool:
        others = [pool.submit(push, site.caller(), "A3", line(world.numbers["李四"], 4200 + k)) for k in range(3)]
        told = push(site.caller(), "A3", *lines)
        assert [plain(other.result()) for other in others] == ["OK: 1"] * 3
    assert plain(told) == "OK: 7"
    assert readings("A3") == before + 8
    with database.reading() as (session, _):
        kept = session.execute(text("select text, reason from refusal order by id")).all()
    assert [said for said, reason in kept if "not this one" in reason and said.startswith(BAD)]
    assert "this is no record" in [said for said, _ in kept]
    assert plain(push(site.caller(), "A3", *lines)) == "OK: 7"  # again: nothing new, nothing refused to the others
    assert readings("A3") == before + 8


def last_seen(serial: str) -> datetime | None:
    found: datetime | None = value(
        "select s.last_seen from terminal_state s join terminal t on t.id = s.terminal_id where t.serial = :s", s=serial
    )
    return found


def test_a_heartbeat_is_on_record_within_seconds(caller: Caller) -> None:
    asked = database.now()
    assert plain(caller.get("/iclock/getrequest?SN=A2")) == "OK"
    assert until(lambda: (last_seen("A2") or asked) > asked, 10)


def test_a_register_full_of_strangers_turns_only_strangers_away(
    site: Site, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "MAX_UNKNOWN", 0)
    before, asked = readings("A1"), database.now()
    with ThreadPoolExecutor(8) as pool:
        flood = [pool.submit(push, site.caller(), f"FLOOD{k}", line("1", k)) for k in range(12)]
        known = [pool.submit(push, site.caller(), "A1", line(world.numbers["张三"], 900 + k)) for k in range(12)]
        assert [plain(answer.result()) for answer in known] == ["OK: 1"] * 12
        assert {answer.result().status for answer in flood} == {503}
    site.caller().get("/iclock/getrequest?SN=FLOOD")
    site.caller().get("/iclock/getrequest?SN=A1")
    assert until(lambda: (last_seen("A1") or asked) > asked, 3)
    assert (readings("A1"), readings("FLOOD0")) == (before + 12, 0)
