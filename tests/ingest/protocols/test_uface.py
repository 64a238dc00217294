"""宇泛 Uface terminals: recognitions, heartbeats, registrations, alarms, and what each is answered."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from ingest.protocols import uface
from ingest.protocols.reading import WHOLE_BODY, Decoded, EventName, Kind, Request
from models.rules.readings import Method

AT = datetime(2020, 1, 2, 3, 34, tzinfo=UTC)
SEEN = {"deviceKey": "84E0F42000010001", "personId": "10000001", "time": "1577936040000", "type": "face_0"}


def digest(content: bytes) -> str:
    return hmac.digest(b"key", content, hashlib.sha256).hex()


def decode(told: Any, place: str = "identify") -> Decoded:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return uface.decode(Request("POST", f"/ingest/uface/token/{place}", (), {}, body), digest=digest)


def form(told: dict[str, str], place: str = "identify") -> Decoded:
    return decode(urlencode(told).encode(), place)


def answered(decoded: Decoded) -> Any:
    answer = uface.answer(decoded)
    assert (answer.status, answer.content_type) == (200, "application/json")
    return json.loads(answer.body)


@pytest.mark.parametrize(
    "told",
    [form(SEEN), decode(SEEN), form(SEEN, "anything"), decode({**SEEN, "time": 1577936040000.0})],
    ids=["form", "json", "another address", "a number as time"],
)
def test_a_recognition_is_a_reading_whatever_way_it_is_written(told: Decoded) -> None:
    (reading,) = told.readings
    assert (told.serial, told.kind, told.acknowledge) == (SEEN["deviceKey"], Kind.RECORDS, 1)
    assert (reading.number, reading.at, reading.device_time) == ("10000001", AT, "1577936040000")
    assert (reading.status, reading.verify, reading.method, reading.line) == ("", "face_0", Method.FACE, 0)
    assert answered(told) == {"result": 1, "success": True}


@pytest.mark.parametrize(
    ("word", "method"),
    [
        ("face_0", Method.FACE),
        ("face_1", Method.FACE),
        ("faceAndcard_0", Method.FACE_AND),
        ("idcard_0", Method.FACE_AND),
        ("faceAndQrCode_1", Method.FACE_AND),
        ("card_0", Method.CARD),
        ("cardAndPassword_0", Method.CARD),
        ("finger_1", Method.FINGERPRINT),
        ("password_0", Method.PASSWORD),
        ("qrCode_0", Method.OTHER),
        ("idNumber_0", Method.OTHER),
        ("iris_0", Method.OTHER),
        ("", Method.UNKNOWN),
    ],
)
def test_the_type_tells_the_method(word: str, method: Method) -> None:
    (reading,) = form(SEEN | {"type": word}).readings
    assert (reading.method, reading.verify) == (method, word)


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ({"type": "face_2", "personId": "STRANGERBABY"}, EventName.VERIFICATION_FAILED),
        ({"type": "face_2"}, EventName.VERIFICATION_FAILED),
        ({"type": "card_2"}, EventName.VERIFICATION_FAILED),
        ({"personId": "STRANGERBABY"}, EventName.VERIFICATION_FAILED),
        ({"type": "idcard_0", "personId": "IDCARD"}, EventName.VERIFICATION_FAILED),
        ({"type": "open_0", "personId": ""}, EventName.DOOR_OPENED),
        ({"type": "remoteDoor_0"}, EventName.DOOR_OPENED),
    ],
)
def test_who_was_not_recognised_did_not_punch(told: dict[str, str], name: EventName) -> None:
    decoded = form(SEEN | told)
    assert (decoded.readings, decoded.refusals, decoded.kind) == ((), (), Kind.RECORDS)
    assert [(one.name, one.at) for one in decoded.events] == [(name, AT)]
    assert answered(decoded) == {"result": 1, "success": True}


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"personId": ""}, "number missing"),
        ({"time": "yesterday"}, "time cannot be read"),
        ({"time": ""}, "time cannot be read"),
        ({"personId": "1" * 80}, "too long"),
        ({"personId": "10\x1f01", "type": "face_0\n1"}, "unreadable"),
    ],
)
def test_a_recognition_that_cannot_be_read_is_refused_with_its_reason_and_taken(
    wrong: dict[str, str], reason: str
) -> None:
    decoded = form(SEEN | wrong)
    assert decoded.readings == ()
    assert [(one.line, reason in one.reason) for one in decoded.refusals] == [(0, True)]
    assert decoded.acknowledge == 1
    assert answered(decoded) == {"result": 1, "success": True}  # it would be sent again for ever


def test_pictures_cards_and_identity_cards_are_cut_and_the_record_still_counts() -> None:
    secret = {
        "imgBase64": "/9j/" + "A" * 200,
        "data": '{"name":"张三","idNum":"33108119000000000"}',
        "idcardNum": "0380949491",
        "pass": "12345678",
        "deviceName": "东门",
        "name": "李四",
    }
    for decoded in (form(SEEN | secret), decode(SEEN | secret)):
        assert len(decoded.readings) == 1
        assert [(one.kind, one.number) for one in decoded.personal] == [
            (kind, "10000001") for kind in ("picture", "id_card", "card", "password", "unread", "name")
        ]
        assert {one.content.decode() for one in decoded.personal} == set(secret.values())
        assert not any(value.encode() in decoded.record_part for value in secret.values())
        again = decode(decoded.record_part)
        assert (again.readings, again.personal) == (decoded.readings, ())


def test_a_record_part_with_nothing_to_cut_is_the_body_byte_for_byte() -> None:
    body = b'{ "deviceKey":"A", "personId":"7", "time":"1577936040000", "type":"face_0", }'
    assert decode(body).record_part == body


def test_a_heartbeat_tells_counts_and_is_told_that_no_task_waits() -> None:
    beat = {"deviceKey": "A", "time": "1577936040000", "ip": "192.168.20.66", "personCount": "20", "faceCount": "19",
            "version": "3.6203", "companyName": "某公司"}  # fmt: skip
    decoded = form(beat, "")
    assert (decoded.kind, decoded.acknowledge, decoded.events) == (Kind.HEARTBEAT, 0, ())
    assert decoded.facts == {"users": "20", "faces": "19", "firmware": "3.6203", "ip": "192.168.20.66"}
    assert answered(decoded) == {"result": False, "success": True}
    assert form({"deviceKey": "A", "time": "1577936040000"}, "heartbeat").kind is Kind.HEARTBEAT


def test_who_asks_for_a_task_is_given_none() -> None:
    decoded = decode({"deviceKey": "A", "time": "1577936040000"}, "task")
    assert (decoded.kind, decoded.serial) == (Kind.POLL, "A")
    assert answered(decoded) == {"result": False, "success": True}


def test_a_task_s_result_is_read() -> None:
    decoded = decode({"deviceKey": "A", "taskNo": "create-1", "interfaceName": "person/create", "result": True})
    assert decoded.kind is Kind.RESULT
    assert [(one.command, one.code, one.text) for one in decoded.results] == [("create-1", 0, "person/create")]
    assert form({"deviceKey": "A", "taskNo": "2", "success": "false"}).results[0].code == -1


def test_a_registration_is_an_event_and_picture_and_template_are_cut() -> None:
    told = {"deviceKey": "A", "personId": "7", "time": "1577936040000", "imgPath": "/faceRegister/7.jpg"}
    told |= {"faceId": "f1", "base64": "/9j/AA", "feature": "QUJD", "featureKey": "k"}
    decoded = form(told, "register")
    assert [(one.name, one.values, one.at) for one in decoded.events] == [(EventName.ENROLLED, ("7", "f1"), AT)]
    assert [(one.kind, one.number) for one in decoded.personal] == [
        ("picture", "7"),
        ("template", "7"),
        ("template", "7"),
    ]
    assert (decoded.readings, answered(decoded)) == ((), {"result": 1, "success": True})


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (1, EventName.ALARM),
        (2, EventName.DOOR_OPENED),
        (4, EventName.ALARM),
        (8, EventName.DURESS),
        (3, EventName.UNKNOWN),
    ],
)
def test_an_alarm_is_an_event(code: int, name: EventName) -> None:
    event = {"eventType": code, "signalSource": 1}
    told = {"deviceKey": "A", "time": "1577936040000"}
    for decoded in (decode({**told, "event": event}), form({**told, "event": json.dumps(event)})):
        assert [(one.name, one.code, one.at) for one in decoded.events] == [(name, code, AT)]
        assert decoded.personal == ()


def test_an_alarm_that_names_a_person_is_cut() -> None:
    decoded = decode({"deviceKey": "A", "time": "1577936040000", "event": {"eventType": 1, "name": "张三"}})
    assert [one.kind for one in decoded.personal] == ["unread"]
    assert "张三" not in json.dumps(json.loads(decoded.record_part), ensure_ascii=False)


def test_several_recognitions_in_a_list_are_read_each() -> None:
    decoded = decode([SEEN, SEEN | {"personId": ""}, SEEN | {"personId": "2"}])
    assert [(one.number, one.line) for one in decoded.readings] == [("10000001", 0), ("2", 2)]
    assert ([one.line for one in decoded.refusals], decoded.acknowledge) == ([1], 3)


@pytest.mark.parametrize("body", [b"\xff\xd8\xff\xe0", b"5", b'["a"]', b"<xml/>", b"[" * 3000, b'"deviceKey"'])
def test_what_is_neither_form_nor_json_is_kept_as_a_whole(body: bytes) -> None:
    decoded = decode(body)
    assert [one.line for one in decoded.refusals] == [WHOLE_BODY]
    assert [(one.kind, one.content) for one in decoded.personal] == [("unread", body)]
    assert answered(decoded) == {"result": 1, "success": True}


def test_an_empty_request_says_nothing_and_the_address_may_name_the_terminal() -> None:
    decoded = uface.decode(Request("GET", "/ingest/uface/t/task", (("devicekey", "A"),)), digest=digest)
    assert (decoded.serial, decoded.kind, decoded.refusals, decoded.record_part) == ("A", Kind.POLL, (), b"")


def test_a_recognition_of_another_terminal_is_refused() -> None:
    decoded = decode([SEEN, SEEN | {"deviceKey": "B"}])
    assert (decoded.serial, [one.line for one in decoded.readings]) == (SEEN["deviceKey"], [0])
    assert [(one.line, "another terminal" in one.reason) for one in decoded.refusals] == [(1, True)]


def test_too_many_recognitions_at_once_are_refused_as_a_whole() -> None:
    assert len(decode([SEEN] * 1000).readings) == 1000
    assert [one.line for one in decode([SEEN] * 1001).refusals] == [WHOLE_BODY]
