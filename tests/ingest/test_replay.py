"""Every captured request over real HTTP: unknown terminals are held, and once they are claimed each record counts once.

What must be stored and answered stands beside each request in tests/ingest/samples.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from ingest.protocols import table
from ingest.protocols.reading import Request
from ingest.protocols.table import Secret
from models import database
from models.acts import people, terminals
from models.rules.scope import PROCESS
from tests import serving
from tests.cast import World, id_number
from tests.serving import Caller, Site, Told

FOLDER = Path(__file__).parent / "samples"
START = date(2020, 1, 1)  # before the oldest plausible record of the samples
REPEATS = {"027_zk_att_replay_same", "029_zk_att_trailing_slash", "030_zk_att_put"}
PROTOCOLS = {"zk-att": "zkteco", "zk-acc": "zkteco", "hik-isapi": "hikvision"}


@dataclass(frozen=True)
class Sample:
    """A captured request and what must become of it."""

    name: str
    told: dict[str, Any]
    body: bytes

    @property
    def dialect(self) -> table.Dialect:
        return table.named(PROTOCOLS.get(self.told["protocol"], self.told["protocol"]))

    @property
    def punches(self) -> list[dict[str, Any]]:
        listed = [one for one in self.told["server_must_store"]["records"] if one["kind"].startswith("punch")]
        if self.name in REPEATS:  # the file says how often its lines come, not which
            lines = {tuple(line.split("\t")[:2]) for line in self.body.decode().splitlines()}
            listed = [{"kind": "punch", "pin": pin, "device_time": time} for pin, time in sorted(lines)]
        return listed

    def serial(self) -> str:
        request = Request.to(self.told["method"], self.told["path"], self.told["headers"], self.body)
        return str(self.dialect.module.decode(request, digest=lambda _: "").serial)

    def send(self, caller: Caller, token: str = "") -> Told:
        path, headers = self.told["path"], self.told["headers"]
        if token:
            door = next(door for door in self.dialect.doors if path.startswith(door))
            path = path.replace(door, f"{door}/{token}", 1)
        kept = {name: value for name, value in headers.items() if name.lower() != "content-length"}
        return caller.ask(self.told["method"], path, self.body, **kept)


SAMPLES = [
    Sample(path.stem, json.loads(path.read_text("utf-8")), path.with_suffix(".body").read_bytes())
    for path in sorted(FOLDER.glob("[0-9]*.json"))
]
NAMED = [sample for sample in SAMPLES if sample.punches]
TOKENED = [sample for sample in NAMED if sample.dialect.secret is Secret.PATH]


@pytest.fixture(scope="module")
def world(bare: str) -> World:
    made = World()
    for project, unit in (("G107", "甲公司"), ("G108", "乙公司")):
        made.project(project, START)
        made.engage(unit, project)
    return made


@pytest.fixture(scope="module")
def site(bare: str, data_dir: Path, world: World) -> Iterator[Site]:
    with serving.serve(bare, data_dir) as served:
        yield served


Row = tuple[str, str, str]  # protocol, number, the device's time as it wrote it or as milliseconds


def told_time(one: dict[str, Any]) -> str:
    """What is expected of a record's time: held for ever where the device's clock is mad."""
    if one["kind"] == "punch_quarantined":
        return "mad"
    return str(one.get("device_time") or one.get("epoch_ms") or one["utc"] * 1000)


def wanted(samples: list[Sample]) -> set[Row]:
    """The punches that must be stored."""
    return {(sample.dialect.name, one["pin"], told_time(one)) for sample in samples for one in sample.punches}


def stored(verified: bool) -> set[Row]:
    """The readings that are."""
    query = text(
        "select t.protocol, r.number, case when r.at < '2018-01-01' then 'mad' "
        "when t.protocol in ('uface', 'dahua') then (extract(epoch from r.at) * 1000)::bigint::text "
        "else r.device_time end from reading r join terminal t on t.id = r.terminal_id where t.verified = :verified"
    )
    with database.reading() as (session, _):
        return {(protocol, number, time) for protocol, number, time in session.execute(query, {"verified": verified})}


def count(query: str) -> int:
    with database.reading() as (session, _):
        return int(session.scalar(text(query)) or 0)


def test_what_unknown_terminals_say_is_answered_and_held_and_nothing_else_is(site: Site) -> None:
    caller = site.caller()
    refused = [
        sample.name for sample in SAMPLES if sample.send(caller).status != sample.told["server_must_answer"]["status"]
    ]
    assert refused == []
    assert stored(verified=False) == wanted(TOKENED)
    assert stored(verified=True) == wanted([sample for sample in NAMED if sample not in TOKENED])
    assert count("select count(*) from punch") == 0


def claim(world: World, protocol: str, serial: str, unit: str, project: str, token: str = "") -> int:
    """Register a terminal and admit it; returns what was released."""
    made = terminals.register(
        PROCESS, protocol=protocol, serial=serial, unit=world.units[unit], area="430181", token=token or None
    )
    terminals.serve(PROCESS, made, world.projects[project], START)
    return terminals.admit(PROCESS, made)


def map_numbers(world: World, unit: str) -> int:
    """Give each number of an admitted terminal to a person of its own; returns what was released."""
    query = text(
        "select distinct r.terminal_id, r.number from reading r join terminal t on t.id = r.terminal_id "
        "where t.admitted is not null and not exists (select from punch p where p.reading_id = r.id) order by 1, 2"
    )
    with database.reading() as (session, _):
        found = session.execute(query).all()
    lines = [people.Line("张三", id_number(500 + len(world.people) + k), "C1", START) for k in range(len(found))]
    entered = people.enter_form(PROCESS, world.engagements[unit], lines)
    for one in entered:
        world.people[one.number] = one.person
    return sum(
        people.map_released(PROCESS, one.person, number, terminal, START)[1]
        for one, (terminal, number) in zip(entered, found, strict=True)
    )


def test_once_claimed_and_mapped_each_held_record_is_a_punch_once(site: Site, world: World) -> None:
    held = {(sample.dialect.name, sample.serial()) for sample in NAMED if sample not in TOKENED}
    assert sum(claim(world, *key, "甲公司", "G107") for key in sorted(held)) == 0  # nobody bears the numbers yet
    released = map_numbers(world, "甲公司")
    plausible = count(
        "select count(*) from reading r join terminal t on t.id = r.terminal_id where t.verified "
        "and r.at >= '2017-12-31 16:00+00' and r.at <= r.received + interval '10 minutes'"
    )
    assert released == plausible == count("select count(*) from punch") > 40
    assert count("select count(*) from (select reading_id from punch group by 1 having count(*) > 1) twice") == 0
    assert map_numbers(world, "甲公司") == 0


def test_the_same_requests_again_add_nothing_and_tokens_let_the_others_in(site: Site, world: World) -> None:
    before, caller = count("select count(*) from punch"), site.caller()
    tokens = {key_of(sample): f"token-of-{k}" for k, sample in enumerate(TOKENED)}
    for key, token in tokens.items():
        claim(world, *key, "乙公司", "G108", token)
    end = time.monotonic() + 10
    while not all(known(site, sample) for sample in TOKENED) and time.monotonic() < end:
        time.sleep(0.1)
    for sample in SAMPLES:
        token = tokens[key_of(sample)] if sample in TOKENED else ""
        assert sample.send(caller, token).status == sample.told["server_must_answer"]["status"]
    assert stored(verified=True) == wanted(NAMED)
    assert count("select count(*) from punch") == before
    assert map_numbers(world, "乙公司") == len({row for row in wanted(TOKENED) if row[2] != "mad"})


def key_of(sample: Sample) -> tuple[str, str]:
    """Protocol and serial; many a terminal tells no name, and has one on its plate."""
    return sample.dialect.name, sample.serial() or "ON-ITS-PLATE"


def known(site: Site, sample: Sample) -> bool:
    """Do the doors know this terminal by now?"""
    return site.server.extensions["doors"].register.find(*key_of(sample)) is not None


def test_the_windows_hold_what_counts(world: World) -> None:
    assert world.people
    assert count("select sum(punches) from attendance_window") == count(
        "select count(*) from punch where method in (1, 2)"
    )
