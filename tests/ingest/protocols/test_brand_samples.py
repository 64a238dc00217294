"""Every captured or documented request of the smaller brands: what it says, and what it must be answered."""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingest.protocols import dahua, httpv2, table, uface
from ingest.protocols.reading import Decoded, EventName, Kind, Request
from ingest.protocols.table import Translator
from models.rules.instants import epoch_ms

SAMPLES = Path(__file__).parents[1] / "samples"
MODULES: dict[str, Translator] = {"dahua": dahua, "httpv2": httpv2, "uface": uface}
NAMES = [path.stem for path in sorted(SAMPLES.glob("*.json")) if path.stem.split("_")[1] in MODULES]


def digest(content: bytes) -> str:
    return hmac.digest(b"key", content, hashlib.sha256).hex()


def sample(name: str) -> tuple[Translator, Request, dict[str, Any]]:
    told = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    body = (SAMPLES / f"{name}.body").read_bytes()
    return MODULES[told["protocol"]], Request.to(told["method"], told["path"], told["headers"], body), told


def punch(decoded: Decoded, wanted: dict[str, Any]) -> bool:
    at = wanted["epoch_ms"] if "epoch_ms" in wanted else wanted["utc"] * 1000
    return any(
        (one.number, epoch_ms(one.at)) == (wanted["pin"], at)
        and one.verify == str(wanted.get("method", one.verify))
        and one.device_time in str(at)
        for one in decoded.readings
    )


def device_event(decoded: Decoded, wanted: dict[str, Any]) -> bool:
    return wanted["status"] == 0 and any(one.name is EventName.VERIFICATION_FAILED for one in decoded.events)


def heartbeat(decoded: Decoded, _: dict[str, Any]) -> bool:
    return decoded.kind is Kind.HEARTBEAT and decoded.serial != ""


SAYS: dict[str, Callable[[Decoded, dict[str, Any]], bool]] = {
    "punch": punch,
    "device_event": device_event,
    "heartbeat": heartbeat,
}


def test_every_protocol_is_tried_with_captured_bytes() -> None:
    """Those beside the brands of this file have a folder or a test of their own."""
    own = {path.name.removeprefix("test_").removesuffix(".py") for path in Path(__file__).parent.iterdir()}
    assert {dialect.name for dialect in table.DIALECTS} - set(MODULES) <= own, "put the module into MODULES"


def test_each_brand_has_a_sample() -> None:
    assert {name.split("_")[1] for name in NAMES} == set(MODULES)


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_says_what_must_be_stored_and_no_punch_beside_it(name: str) -> None:
    module, request, told = sample(name)
    decoded = module.decode(request, digest=digest)
    wanted = told["server_must_store"]["records"]
    assert [record for record in wanted if not SAYS[record["kind"]](decoded, record)] == []
    assert len(decoded.readings) == sum(record["kind"] == "punch" for record in wanted)
    assert decoded.refusals == ()


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_answered_in_the_exact_words(name: str) -> None:
    module, request, told = sample(name)
    answer = module.answer(module.decode(request, digest=digest), first_contact=False)
    wanted = told["server_must_answer"]
    assert answer.status == wanted["status"]
    assert wanted["content_type"] in ("any", answer.content_type)
    assert answer.body.decode() == wanted["body"]


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_s_record_part_says_the_same_without_the_persons(name: str) -> None:
    module, request, _ = sample(name)
    decoded = module.decode(request, digest=digest)
    again = module.decode(replace(request, body=decoded.record_part), digest=digest)
    assert (again.serial, again.readings, again.events, again.facts, again.personal) == (
        decoded.serial,
        decoded.readings,
        decoded.events,
        decoded.facts,
        (),
    )
    for personal in decoded.personal:
        assert personal.replacement.encode() in decoded.record_part
        assert personal.content not in decoded.record_part


def test_pictures_names_and_cards_of_the_samples_are_cut() -> None:
    kinds = {name: {one.kind for one in module.decode(request, digest=digest).personal}
             for name in NAMES for module, request, _ in [sample(name)]}  # fmt: skip
    assert kinds == {
        "128_dahua_face_entry": {"name", "picture"},
        "129_dahua_face_denied": {"name"},
        "131_dahua_eventmanager_stream": {"card"},
        "132_httpv2_keepalive_trailing_comma": set(),
        "134_uface_identify": {"picture"},
    }
