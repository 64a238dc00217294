"""Our own JSON: what a vendor may send, what it is answered, and what must hold for any bytes."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.protocols import house
from ingest.protocols.reading import WHOLE_BODY, Answer, Decoded, Kind, Request, Verification
from models.rules.readings import Method

GOOD = {"number": "10000001", "time": "2026-08-20T08:05:00+08:00", "method": "face"}


def digest(content: bytes) -> str:
    return hmac.digest(b"key", content, hashlib.sha256).hex()


def decode(body: object, path: str = "records") -> Decoded:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return house.decode(Request("POST", f"/ingest/v1/{path}", (), {}, raw), digest=digest)


def records(*told: object) -> Decoded:
    return decode({"serial": "A1", "records": list(told)})


def answered(decoded: Decoded) -> tuple[int, dict[str, Any]]:
    answer: Answer = house.answer(decoded)
    assert answer.content_type == "application/json"
    return answer.status, json.loads(answer.body)


def test_a_record_is_a_reading() -> None:
    decoded = records(GOOD | {"direction": "in", "id": "e-17"})
    (reading,) = decoded.readings
    assert (decoded.serial, decoded.kind, reading.number, reading.line) == ("A1", Kind.RECORDS, "10000001", 0)
    assert reading.at == datetime(2026, 8, 20, 0, 5, tzinfo=UTC)
    assert (reading.device_time, reading.status, reading.verify) == (GOOD["time"], "in", "face")
    assert reading.method is Method.FACE
    assert answered(decoded) == (200, {"received": 1, "refused": []})


def test_local_wall_time_is_taken_at_the_terminal_s_offset() -> None:
    body = json.dumps({"serial": "A1", "records": [GOOD | {"time": "2026-08-20 08:05:00"}]}).encode()
    request = Request("POST", "/ingest/v1/records", (), {}, body)
    assert house.decode(request, digest=digest).readings[0].at.hour == 0
    assert house.decode(request, offset_minutes=540, digest=digest).readings[0].at.hour == 23


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"number": ""}, "number missing"),
        ({"number": "1\u0000"}, "number missing"),
        ({"number": True}, "number missing"),
        ({"time": "2026-02-30T08:00:00"}, "time cannot be read"),
        ({"time": None}, "time cannot be read"),
        ({"method": "manual_onsite"}, "method unknown: write one of face, "),
        ({"method": None}, "method unknown"),
        ({"direction": "x" * 41}, "direction"),
    ],
)
def test_a_record_that_cannot_be_read_is_refused_alone_and_says_how_to_write_it(
    wrong: dict[str, Any], told: str
) -> None:
    decoded = records(GOOD | wrong, GOOD, "no object")
    assert [one.line for one in decoded.readings] == [1]
    status, answer = answered(decoded)
    assert (status, answer["received"]) == (200, 3)
    assert [one["line"] for one in answer["refused"]] == [0, 2]
    assert answer["refused"][0]["reason"].startswith(told)
    assert "must be an object" in answer["refused"][1]["reason"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "not JSON at byte 0"),
        (b'{"serial": "A1",}', "not JSON at byte 1"),
        (b"\xc3\x28", "not UTF-8"),
        (b"[]", "must be an object"),
        (b'{"records": []}', "serial missing"),
        (b'{"serial": "A1"}', "records missing"),
        (b'{"serial": "A1", "serial": "A2", "records": []}', "stands twice"),
        (b'{"serial": "A1", "records": [NaN]}', "not finite"),
        (b'{"serial": "A1", "records": ' + b"[" * 5000, "not the JSON we take"),
        (b'{"serial": "A1", "records": ' + b"[" * 20 + b"]" * 20 + b"}", "nested too deeply"),
        (b"\xff\xd8\xff\xe0", "a picture"),
    ],
)
def test_a_body_that_is_not_ours_is_400_with_the_reason(body: bytes, told: str) -> None:
    decoded = decode(body)
    assert [one.line for one in decoded.refusals] == [WHOLE_BODY]
    assert (decoded.readings, decoded.acknowledge) == ((), 0)
    status, answer = answered(decoded)
    assert status == 400
    assert told in answer["error"]


def test_a_thousand_records_are_taken_and_one_more_is_413() -> None:
    assert len(records(*[GOOD] * 1000).readings) == 1000
    decoded = records(*[GOOD] * 1001)
    assert decoded.readings == ()
    status, answer = answered(decoded)
    assert status == 413
    assert "split" in answer["error"]


def test_members_we_do_not_know_are_cut_and_the_record_still_counts() -> None:
    told = records(GOOD | {"name": "张三丰", "photo": "QUJD" * 50, "extra": {"card": 13344001}})
    assert len(told.readings) == 1
    assert {one.content for one in told.personal} == {"张三丰".encode(), b"QUJD" * 50, b'{"card": 13344001}'}
    assert {one.number for one in told.personal} == {"10000001"}
    text = json.dumps(json.loads(told.record_part), ensure_ascii=False)
    assert not any(secret in text for secret in ("张三丰", "QUJD", "13344001"))
    assert decode(told.record_part).readings == told.readings
    assert decode(told.record_part).personal == ()


def test_a_record_part_without_strangers_is_the_body_byte_for_byte() -> None:
    body = b'{ "serial":"A1",\n "records" : [] }'
    assert decode(body).record_part == body


def test_a_heartbeat_tells_facts() -> None:
    decoded = decode({"serial": "A1", "users": 41, "records": 1804, "firmware": "2.1.0", "owner": "李四"}, "heartbeat")
    assert (decoded.kind, dict(decoded.facts)) == (
        Kind.HEARTBEAT,
        {"users": "41", "attlogs": "1804", "firmware": "2.1.0"},
    )
    assert b"hmac:" in decoded.record_part
    assert answered(decoded) == (200, {"received": 0, "refused": []})
    assert decode({"serial": "A1", "records": [{"name": "李四"}]}, "heartbeat").personal != ()


def resolved(contract: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    found: dict[str, Any] = contract["components"]["schemas"][node["$ref"].rsplit("/", 1)[1]]
    return found


def test_the_contract_s_examples_are_taken_and_its_answers_are_ours() -> None:
    contract = json.loads(json.dumps(house.openapi()))
    assert contract["openapi"].startswith("3.1")
    assert contract["components"]["securitySchemes"]["terminal"]["scheme"] == "bearer"
    for path, told in contract["paths"].items():
        content = told["post"]["requestBody"]["content"]["application/json"]
        decoded = decode(content["example"], path.rsplit("/", 1)[1])
        assert decoded.refusals == ()
        assert decoded.personal == ()
        assert set(content["example"]) == set(resolved(contract, content["schema"])["properties"])
        answers = told["post"]["responses"]
        assert answered(decoded)[1] == answers["200"]["content"]["application/json"]["example"]
        assert {"400", "413", "503"} <= answers.keys()
        assert set(answered(decode(b""))[1]) == set(contract["components"]["schemas"]["Error"]["properties"])


def test_the_contract_names_every_method_we_take() -> None:
    items = house.openapi()["components"]["schemas"]["Records"]["properties"]["records"]["items"]
    for word in items["properties"]["method"]["enum"]:
        assert records(GOOD | {"method": word}).readings[0].verify == word
    assert house.openapi()["components"]["schemas"]["Records"]["properties"]["records"]["maxItems"] == 1000


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(list(GOOD.values()))
)
KEYS = st.sampled_from(["serial", "records", "number", "time", "method", "direction", "id", "name"]) | st.text(
    max_size=4
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=20
)
RECORDS = st.lists(st.dictionaries(KEYS, JSON, max_size=4).map(lambda told: {**GOOD, **told}), max_size=3)
PAGES = st.builds(
    lambda told, rest: {**rest, "serial": "A1", "records": told}, RECORDS, st.dictionaries(KEYS, JSON, max_size=3)
)
BODIES = st.binary(max_size=80) | (JSON | PAGES).map(lambda told: json.dumps(told).encode())
ANY = settings(max_examples=200, derandomize=True, deadline=None)


@ANY
@given(body=BODIES, path=st.sampled_from(["records", "heartbeat"]))
@example(
    body=json.dumps({"serial": "A1", "records": [GOOD | {"id": 7}, {"x": "y"}]}).replace("7}", "1e999}").encode(),
    path="records",
)
@example(body=b'{"serial": "\\ud800A", "records": [{"number": "\\ud800"}]}', path="records")
@example(body=b'{"serial": "A1", "x": ' + b"9" * 5000 + b"}", path="heartbeat")
def test_any_bytes_give_a_decoded_an_answer_and_the_same_readings_again(body: bytes, path: str) -> None:
    decoded = decode(body, path)
    assert answered(decoded)[0] in (200, 400, 413)
    assert len(decoded.readings) + sum(one.line >= 0 for one in decoded.refusals) == decoded.acknowledge
    assert decode(decoded.record_part, path).readings == decoded.readings
    for text in (decoded.serial, *(one.text for one in decoded.refusals), *(one.number for one in decoded.readings)):
        assert "\0" not in text
        text.encode()


@ANY
@given(
    seen=st.lists(
        st.builds(
            Verification,
            st.from_regex(r"[0-9]{1,8}", fullmatch=True),
            st.integers(0, 400_000_000).map(
                lambda seconds: datetime(2018, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
            ),
            st.sampled_from([Method.FACE, Method.CARD, Method.PALM, Method.OTHER]),
        ),
        max_size=4,
    ),
    offset=st.sampled_from([480, 0, -210, 345]),
)
def test_what_a_simulated_terminal_saw_is_what_is_read(seen: list[Verification], offset: int) -> None:
    request = house.encode_records("A1", seen, offset_minutes=offset)
    decoded = house.decode(request, offset_minutes=offset, digest=digest)
    assert [Verification(one.number, one.at, one.method) for one in decoded.readings] == seen
    assert decoded.record_part == request.body


def test_a_simulated_heartbeat_is_one() -> None:
    for request in (house.encode_heartbeat("A1"), house.encode_handshake("A1")):
        decoded = house.decode(replace(request, path=request.path + "/"), digest=digest)
        assert (decoded.serial, decoded.kind, decoded.refusals) == ("A1", Kind.HEARTBEAT, ())
