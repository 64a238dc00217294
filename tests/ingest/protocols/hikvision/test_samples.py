"""Every captured or documented request of Hikvision terminals: what it says, and what it must be answered."""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingest.protocols import hikvision
from ingest.protocols.reading import Decoded, Kind, Request, text_of
from models.rules.readings import Method

SAMPLES = Path(__file__).parents[2] / "samples"
NAMES = [path.stem for path in sorted(SAMPLES.glob("*_hik_*.json"))]
METHODS = {75: Method.FACE, 38: Method.FINGERPRINT, 1: Method.CARD}


def digest(content: bytes) -> str:
    return hmac.digest(b"key", content, hashlib.sha256).hex()


def sample(name: str) -> tuple[Request, dict[str, Any]]:
    told = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    body = (SAMPLES / f"{name}.body").read_bytes()
    return Request.to(told["method"], told["path"], told["headers"], body), told


def counted(decoded: Decoded, line: int, wanted: dict[str, Any]) -> bool:
    told = [str(one.number) for one in decoded.numbered if one.line == line]
    return told == [str(wanted["serialNo"])] if "serialNo" in wanted else True


def punch(decoded: Decoded, wanted: dict[str, Any]) -> bool:
    pictures = sum(one.kind == "picture" and one.number == wanted["pin"] for one in decoded.personal)
    return pictures >= wanted.get("pictures", 0) and any(
        (one.number, one.device_time, one.verify, one.method, one.status)
        == (
            wanted["pin"],
            wanted["device_time"],
            str(wanted["sub"]),
            METHODS[wanted["sub"]],
            wanted.get("attendance", one.status),
        )
        and counted(decoded, one.line, wanted)
        for one in decoded.readings
    )


def quarantined(decoded: Decoded, wanted: dict[str, Any]) -> bool:
    """The decoder reads it; that its time cannot be true is the rule's to say."""
    return any(one.number == wanted["pin"] and one.at.year == 1970 for one in decoded.readings)


def device_event(decoded: Decoded, wanted: dict[str, Any]) -> bool:
    return any(wanted.get("sub", one.code) == one.code and counted(decoded, one.line, wanted) for one in decoded.events)


def heartbeat(decoded: Decoded, _: dict[str, Any]) -> bool:
    return decoded.kind is Kind.HEARTBEAT and decoded.events == ()


SAYS: dict[str, Callable[[Decoded, dict[str, Any]], bool]] = {
    "punch": punch,
    "punch_quarantined": quarantined,
    "device_event": device_event,
    "heartbeat": heartbeat,
}


def decode(name: str) -> Decoded:
    return hikvision.decode(sample(name)[0], digest=digest)


def test_there_are_samples_of_every_form() -> None:
    assert len(NAMES) >= 20
    assert {name.split("_")[2] for name in NAMES} == {"json", "mp", "xml"}


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_says_what_must_be_stored(name: str) -> None:
    decoded, wanted = decode(name), sample(name)[1]["server_must_store"]["records"]
    assert [record for record in wanted if not SAYS[record["kind"]](decoded, record)] == [], decoded
    assert decoded.refusals == ()


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_brings_nothing_that_it_does_not_list(name: str) -> None:
    decoded, wanted = decode(name), sample(name)[1]["server_must_store"]["records"]
    kinds = [record["kind"] for record in wanted]
    assert len(decoded.readings) == kinds.count("punch") + kinds.count("punch_quarantined")
    assert len(decoded.events) == kinds.count("device_event")


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_answered_with_a_receipt(name: str) -> None:
    answer = hikvision.answer(decode(name))
    assert (answer.status, answer.content_type) == (sample(name)[1]["server_must_answer"]["status"], "text/plain")


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_s_record_part_says_the_same_without_the_persons(name: str) -> None:
    request, decoded = sample(name)[0], decode(name)
    again = hikvision.decode(replace(request, body=decoded.record_part), digest=digest)
    assert replace(again, personal=()) == replace(decoded, personal=())
    assert again.personal == ()
    for personal in decoded.personal:
        assert personal.replacement.encode() in decoded.record_part
        short = len(personal.content) < 3  # a card number 11 stands in other numbers too
        assert short or (personal.content not in decoded.record_part)
        assert short or text_of(personal.content) not in "".join(one.text for one in decoded.refusals)


@pytest.mark.parametrize(
    ("name", "serial"),
    [
        ("101_hik_json_https_punch", "GA6820584"),
        ("097_hik_json_checkin_fp", "a4:d5:c2:24:dd:74"),
        ("099_hik_json_issue177", ""),
        ("121_hik_json_gateway_wrapper", "IDX-UNKNOWN"),
        ("116_hik_xml_pir", "c6:e6:61:0a:46:37"),
        ("119_hik_xml_videoloss_bad_dt", "3c:1b:f8:09:88:85"),
    ],
)
def test_a_terminal_is_known_by_its_serial_number_else_by_its_network_card(name: str, serial: str) -> None:
    assert decode(name).serial == serial


def test_the_gap_between_two_samples_of_one_terminal_shows() -> None:
    first, later = decode("097_hik_json_checkin_fp"), decode("098_hik_json_door_unlocked")
    assert first.serial == later.serial
    (heard,), (now,) = first.numbered, later.numbered
    assert (heard.number, now.before, now.number) == (139, 158, 159)
