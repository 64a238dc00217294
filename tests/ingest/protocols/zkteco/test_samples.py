"""Every captured or documented request of ZKTeco terminals: what it says, and what it must be answered."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingest.protocols import zkteco
from ingest.protocols.reading import Decoded, EventName, Kind, Request, text_of

SAMPLES = Path(__file__).parents[2] / "samples"
NAMES = [path.stem for path in sorted(SAMPLES.glob("*_zk_*.json"))]
# The same four lines again: they list nothing new to store.
REPEATS = {"027_zk_att_replay_same", "029_zk_att_trailing_slash", "030_zk_att_put"}


def digest(content: bytes) -> str:
    return hmac.digest(b"key", content, hashlib.sha256).hex()


def sample(name: str) -> tuple[Request, dict[str, Any]]:
    told = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    body = (SAMPLES / f"{name}.body").read_bytes()
    return Request.to(told["method"], told["path"], told["headers"], body), told


def held(name: EventName, **values: str) -> Callable[[Decoded, dict[str, str]], bool]:
    """Whether an event says that the terminal holds what the sample lists: values are keys of the sample."""

    def found(decoded: Decoded, wanted: dict[str, str]) -> bool:
        expected = (wanted["pin"], *(wanted[key] for key in values.values() if key in wanted))
        return any(one.name is name and one.values[: len(expected)] == expected for one in decoded.events)

    return found


def punch(decoded: Decoded, wanted: dict[str, str]) -> bool:
    return any(
        (one.number, one.device_time, one.status, one.verify)
        == (wanted["pin"], wanted["device_time"], wanted["status"], wanted["verify"])
        for one in decoded.readings
    )


def oplog(decoded: Decoded, wanted: dict[str, Any]) -> bool:
    return any(
        (str(one.code), one.operator, one.device_time, list(one.values))
        == (wanted["op"], wanted["operator"], wanted["device_time"], wanted["objects"])
        and one.at is not None
        for one in decoded.events
    )


def device_user(decoded: Decoded, wanted: dict[str, str]) -> bool:
    cut = {(one.kind, one.number, text_of(one.content)) for one in decoded.personal}
    personal = {(kind, wanted["pin"], wanted[kind]) for kind in ("name", "card") if kind in wanted}
    return held(EventName.PERSON_HELD, pri="pri")(decoded, wanted) and personal <= cut


def idcard(decoded: Decoded, wanted: dict[str, str]) -> bool:
    cut = {(one.kind, one.number, text_of(one.content)) for one in decoded.personal}
    return held(EventName.ID_CARD_READ)(decoded, wanted) and ("name", wanted["pin"], wanted["name"]) in cut


def template(decoded: Decoded, wanted: dict[str, str]) -> bool:
    cut = any((one.kind, one.number) == ("template", wanted["pin"]) for one in decoded.personal)
    return held(EventName.TEMPLATE_HELD, fid="fid", type="type")(decoded, wanted) and cut


def picture(decoded: Decoded, wanted: dict[str, str]) -> bool:
    return any((one.kind, one.number) == ("picture", wanted["pin"]) for one in decoded.personal)


def device_error(decoded: Decoded, wanted: dict[str, str]) -> bool:
    return any(
        (one.name, one.values) == (EventName.DEVICE_ERROR, (wanted["code"], wanted["cmd_id"])) for one in decoded.events
    )


def command_result(decoded: Decoded, wanted: dict[str, str]) -> bool:
    return any(
        (one.command, str(one.code), one.text) == (wanted["id"], wanted["ret"], wanted["cmd"])
        for one in decoded.results
    )


def device_options(decoded: Decoded, wanted: dict[str, str]) -> bool:
    return wanted["kind"] == "device_options" and {"model", "mac"} <= decoded.facts.keys()


SAYS: dict[str, Callable[[Decoded, dict[str, Any]], bool]] = {
    "punch": punch,
    "oplog": oplog,
    "device_user": device_user,
    "idcard": idcard,
    "template": template,
    "user_photo": picture,
    "face_photo": picture,
    "photo": picture,
    "device_error": device_error,
    "command_result": command_result,
    "device_options": device_options,
}


def acceptable(wanted: dict[str, Any], serial: str, told: str) -> bool:
    accepted = [wanted["body"], *wanted["also_acceptable"]]
    if wanted["body"].startswith("GET OPTION"):
        return told.startswith(f"GET OPTION FROM: {serial}\n") or told in accepted
    if wanted["body"].startswith("OK or"):
        return told == "OK" or told.startswith("GET OPTION FROM: ")
    return told in accepted or (wanted["body"] == "OK..." and told.startswith("OK"))


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_says_what_must_be_stored(name: str) -> None:
    request, told = sample(name)
    decoded = zkteco.decode(request, digest=digest)
    wanted = told["server_must_store"]["records"]
    missing = [record for record in wanted if not SAYS[record["kind"]](decoded, record)]
    assert not missing, decoded
    assert decoded.serial == request.parameter("sn")


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_brings_no_punch_that_it_does_not_list(name: str) -> None:
    request, told = sample(name)
    punches = {
        (one.number, one.device_time, one.status, one.verify) for one in zkteco.decode(request, digest=digest).readings
    }
    listed = {
        (one["pin"], one["device_time"], one["status"], one["verify"])
        for one in told["server_must_store"]["records"]
        if one["kind"] == "punch"
    }
    assert len(punches) == 4 if name in REPEATS else punches == listed


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_answered_in_the_exact_words(name: str) -> None:
    request, told = sample(name)
    decoded = zkteco.decode(request, digest=digest)
    answer = zkteco.answer(decoded, first_contact=False, stamp="1")
    wanted = told["server_must_answer"]
    assert (answer.status, answer.content_type) == (wanted["status"], wanted["content_type"])
    assert acceptable(wanted, decoded.serial, answer.body.decode()), answer


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_s_record_part_says_the_same_without_the_persons(name: str) -> None:
    request, _ = sample(name)
    decoded = zkteco.decode(request, digest=digest)
    again = zkteco.decode(replace(request, body=decoded.record_part), digest=digest)
    assert (again.readings, again.events, again.results, again.facts) == (
        decoded.readings,
        decoded.events,
        decoded.results,
        decoded.facts,
    )
    assert again.personal == ()
    for personal in decoded.personal:
        assert personal.replacement.encode() in decoded.record_part
        # A number that is also the name stays as number; gender 1 is a digit that stands elsewhere too.
        elsewhere = text_of(personal.content) == personal.number or len(personal.content) < 2
        assert elsewhere or personal.content not in decoded.record_part


def lines_of(name: str) -> Iterator[bytes]:
    return (line for line in sample(name)[0].body.replace(b"\r", b"").split(b"\n") if line)


@pytest.mark.parametrize("name", [name for name in NAMES if "_att_" in name])
def test_every_line_of_a_sample_is_a_reading_or_a_refusal(name: str) -> None:
    request, _ = sample(name)
    decoded = zkteco.decode(request, digest=digest)
    assert decoded.kind is Kind.RECORDS
    assert decoded.acknowledge == len(list(lines_of(name)))
    if name != "046_zk_att_binary":  # a picture is refused as a whole
        places = [one.line for one in decoded.readings] + [one.line for one in decoded.refusals]
        assert sorted(places) == list(range(decoded.acknowledge))
