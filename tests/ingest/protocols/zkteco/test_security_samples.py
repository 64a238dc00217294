"""Every documented request of ZKTeco's security push: what it says, and what it must be answered."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingest.protocols import zkteco
from ingest.protocols.reading import Decoded, EventName, Kind, Request, text_of

SAMPLES = Path(__file__).parents[2] / "samples"
NAMES = [path.stem for path in sorted(SAMPLES.glob("*_zkacc_*.json"))]


def digest(content: bytes) -> str:
    return hmac.digest(b"key", content, hashlib.sha256).hex()


def sample(name: str) -> tuple[Request, dict[str, Any]]:
    told = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    body = (SAMPLES / f"{name}.body").read_bytes()
    return Request.to(told["method"], told["path"], told["headers"], body), told


def decode(request: Request) -> Decoded:
    return zkteco.decode(request, digest=digest)


def counted(decoded: Decoded, line: int, wanted: dict[str, Any]) -> bool:
    return [str(one.number) for one in decoded.numbered if one.line == line] == [wanted["index"]]


def punch(decoded: Decoded, wanted: dict[str, Any]) -> bool:
    return any(
        (one.number, one.device_time, one.verify) == (wanted["pin"], wanted["device_time"], wanted["verify"])
        and counted(decoded, one.line, wanted)
        for one in decoded.readings
    )


def device_event(decoded: Decoded, wanted: dict[str, Any]) -> bool:
    return any(
        (str(one.code), one.device_time, one.values[0], one.values[2])
        == (wanted["event"], wanted["device_time"], wanted["pin"], wanted["verify"])
        and counted(decoded, one.line, wanted)
        for one in decoded.events
    )


def photo(decoded: Decoded, wanted: dict[str, Any]) -> bool:
    taken = re.sub(r"\D", "", wanted.get("device_time", ""))
    held = [(one.name, one.values[0], one.device_time) for one in decoded.events]
    cut = [(one.kind, one.number) for one in decoded.personal]
    return (EventName.PICTURE_HELD, wanted["pin"], taken) in held and ("picture", wanted["pin"]) in cut


def device_user(decoded: Decoded, wanted: dict[str, Any]) -> bool:
    held = [(one.name, one.values[0]) for one in decoded.events]
    cut = [(one.kind, one.number, text_of(one.content)) for one in decoded.personal]
    return (EventName.PERSON_HELD, wanted["pin"]) in held and ("name", wanted["pin"], wanted["name"]) in cut


def device_state(decoded: Decoded, _: dict[str, Any]) -> bool:
    return decoded.kind is Kind.EVENTS and [one.name for one in decoded.events] == [EventName.ALARM]


def device_options(decoded: Decoded, _: dict[str, Any]) -> bool:
    return decoded.kind is Kind.OPTIONS and {"model", "firmware", "ip"} <= decoded.facts.keys()


SAYS: dict[str, Callable[[Decoded, dict[str, Any]], bool]] = {
    "punch": punch,
    "device_event": device_event,
    "face_photo": photo,
    "photo": photo,
    "device_user": device_user,
    "device_state": device_state,
    "device_options": device_options,
}


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_says_what_must_be_stored_and_no_more(name: str) -> None:
    request, told = sample(name)
    decoded, wanted = decode(request), told["server_must_store"]["records"]
    assert [record for record in wanted if not SAYS[record["kind"]](decoded, record)] == [], decoded
    assert len(decoded.readings) == sum(record["kind"] == "punch" for record in wanted)
    assert len(decoded.numbered) == sum("index" in record for record in wanted)
    assert (decoded.refusals, decoded.serial) == ((), request.parameter("SN"))


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_answered_in_the_exact_words(name: str) -> None:
    request, told = sample(name)
    answer = zkteco.answer(decode(request), first_contact=False)
    wanted, text = told["server_must_answer"], answer.body.decode()
    assert (answer.status, answer.content_type) == (wanted["status"], wanted["content_type"])
    if wanted["body"].startswith("RegistryCode"):
        assert re.fullmatch(r"RegistryCode=\w{1,32}", text)
    elif wanted["body"].startswith("config block"):
        keys = {line.partition("=")[0] for line in text.splitlines()}
        assert set(wanted["body"].removeprefix("config block: ").split()) <= keys
    else:
        assert text == wanted["body"]


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_s_record_part_says_the_same_without_the_persons(name: str) -> None:
    request, _ = sample(name)
    decoded = decode(request)
    again = decode(replace(request, body=decoded.record_part))
    assert replace(again, personal=()) == replace(decoded, personal=())
    assert again.personal == ()
    assert not any(one.content in decoded.record_part for one in decoded.personal)
