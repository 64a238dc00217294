"""Dahua terminals and those of its OEM brands: events in every way they are written, keep-alives, answers."""

import hashlib
import hmac
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.protocols import dahua
from ingest.protocols.reading import WHOLE_BODY, Decoded, EventName, Kind, Request
from models.rules.readings import Method

AT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256))
DATA = {"UserID": "10000001", "Method": 15, "Status": 1, "ErrorCode": 0, "Type": "Entry", "Door": 0, "UTC": 1700000000,
        "ImageInfo": [{"Height": 640, "Type": 1}], "SnapPath": "/var/tmp/a.jpg"}  # fmt: skip
SECRET = {"CardName": "张三", "CardNo": "12EA3004", "CitizenIDNo": "33108119000000000", "ImageEncode": "iVBORw0KGgo=",
          "QRCodeStr": "4225090077657|2", "Alias": "老张"}  # fmt: skip
MAC = "24:52:6a:00:00:01"
DOTTED = (
    b"Events[0].Alive=100\r\nEvents[0].CardName=PERSON\r\nEvents[0].CardNo=12EA3004\r\nEvents[0].CreateTime=1700000000\r\n"
    b"Events[0].EventBaseInfo.Action=Pulse\r\nEvents[0].EventBaseInfo.Code=AccessControl\r\n"
    b"Events[0].ImageInfo[0].Type=1\r\nEvents[0].Method=15\r\nEvents[0].Status=1\r\nEvents[0].Type=Exit\r\n"
    b"Events[0].UTC=1700000000\r\nEvents[0].UserID=29559\r\nEvents[1].Code=DoorStatus\r\nEvents[1].Data.Status=Open\r\n"
)


def digest(content: bytes) -> str:
    return hmac.digest(b"key", content, hashlib.sha256).hex()


def ask(body: bytes, content_type: str = "application/json", place: str = "events") -> Request:
    return Request("POST", f"/ingest/dahua/token/{place}", (), {"Content-Type": content_type}, body)


def info(*events: dict[str, Any], **top: Any) -> bytes:
    return json.dumps({"Events": list(events), "Time": "15-11-2023 06:13:20", **top}, ensure_ascii=False).encode()


def event(data: dict[str, Any] = DATA, **other: Any) -> dict[str, Any]:
    return {"Action": "Pulse", "Code": "AccessControl", "Data": data, "Index": 0, "PhysicalAddress": MAC, **other}


def mixed(*contents: tuple[str, bytes]) -> Request:
    parts = (
        b"--myboundary\r\nContent-Type: " + kind.encode() + b"\r\n\r\n" + text + b"\r\n" for kind, text in contents
    )
    return ask(b"".join(parts) + b"--myboundary--\r\n", "multipart/mixed; boundary=myboundary")


def decode(request: Request | bytes) -> Decoded:
    decoded = dahua.decode(request if isinstance(request, Request) else ask(request), digest=digest)
    answer = dahua.answer(decoded)
    assert (answer.status, answer.body, answer.content_type) == (200, b"OK", "text/plain")
    return decoded


@pytest.mark.parametrize(
    "request_",
    [
        ask(info(event())),
        mixed(("text/plain", info(event())), ("image/jpeg", JPEG)),
        mixed(("image/jpeg", JPEG), ("application/json", info(event()))),
        mixed(("", info(event()))),
        ask(b'Code=AccessControl;action=Pulse;index=0;data={"UserID":"10000001","Method":15,"Status":1,"UTC":1700000000,'
            b'"Type":"Entry",}', "text/plain"),
        ask(DOTTED.replace(b"29559", b"10000001").replace(b"Exit", b"Entry"), "text/plain"),
    ],
    ids=["json", "multipart", "picture first", "no type", "attached stream", "a line a field"],
)  # fmt: skip
def test_a_person_let_in_is_a_reading_however_it_is_written(request_: Request) -> None:
    decoded = decode(request_)
    (reading,) = decoded.readings
    assert (decoded.kind, decoded.acknowledge, decoded.refusals) == (Kind.RECORDS, 1, ())
    assert (reading.number, reading.at, reading.device_time) == ("10000001", AT, "1700000000")
    assert (reading.status, reading.verify, reading.method, reading.line) == ("Entry", "15", Method.FACE, 0)
    again = decode(replace(request_, body=decoded.record_part))
    assert (again.readings, again.events, again.personal) == (decoded.readings, decoded.events, ())


def test_the_network_card_names_the_terminal() -> None:
    decoded = decode(info(event()))
    assert (decoded.serial, dict(decoded.facts)) == (MAC, {"mac": MAC})
    assert decode(info(event(PhysicalAddress=""), DeviceID="x")).serial == ""


@pytest.mark.parametrize(
    ("code", "method"),
    [
        (0, Method.PASSWORD),
        (1, Method.CARD),
        (2, Method.CARD),
        (6, Method.FINGERPRINT),
        (10, Method.FINGERPRINT),
        (15, Method.FACE),
        ("15", Method.FACE),
        (14, Method.OTHER),
        (21, Method.OTHER),
        (None, Method.UNKNOWN),
    ],
)
def test_the_method_is_told_by_its_code(code: object, method: Method) -> None:
    assert decode(info(event(DATA | {"Method": code}))).readings[0].method is method


@pytest.mark.parametrize(
    ("told", "at"),
    [
        ({"UTC": 1700000000}, AT),
        ({"UTC": 1700028800, "RealUTC": 1700000000}, AT),
        ({"UTC": 0, "RealUTC": 0, "CreateTime": 1700000000}, AT),
        ({"UTC": None}, AT),  # the wall time of the whole, at the terminal's offset
        ({"UTC": "", "Time": "2023-11-15 06:13:20"}, AT),
    ],
)
def test_time_is_the_true_utc_or_else_wall_time(told: dict[str, Any], at: datetime) -> None:
    top = {"Time": told.pop("Time")} if "Time" in told else {}
    assert decode(info(event({**DATA, **told}), **top)).readings[0].at == at


def test_wall_time_is_taken_at_the_terminal_s_offset() -> None:
    request = ask(info(event(DATA | {"UTC": 0})))
    assert dahua.decode(request, offset_minutes=540, digest=digest).readings[0].at.hour == 21


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (event(DATA | {"Status": 0, "UserID": "", "ErrorCode": 16}), EventName.VERIFICATION_FAILED),
        (event(DATA | {"Status": 0}), EventName.VERIFICATION_FAILED),
        (event({"UserID": "1", "UTC": 1700000000}), EventName.VERIFICATION_FAILED),
        (event(DATA | {"Method": 4, "UserID": ""}), EventName.DOOR_OPENED),
        (event(DATA | {"Method": 5, "UserID": ""}), EventName.DOOR_OPENED),
        (event(Action="Start"), EventName.UNKNOWN),
        (event({"Status": "Open", "UTC": 1700000000}, Code="DoorStatus"), EventName.DOOR_OPENED),
        (event({"Status": "Close", "UTC": 1700000000}, Code="DoorStatus"), EventName.UNKNOWN),
        (event({"UTC": 1700000000}, Code="BreakIn"), EventName.ALARM),
        (event(DATA, Code="Duress"), EventName.DURESS),
        (event({"UTC": 1700000000}, Code="TimeChange"), EventName.CLOCK_SET),
        (event({"UTC": 1700000000}, Code="Upgrade"), EventName.UNKNOWN),
    ],
)
def test_all_else_is_the_terminal_s_own_log(told: dict[str, Any], name: EventName) -> None:
    decoded = decode(info(told))
    assert (decoded.readings, decoded.refusals, decoded.acknowledge) == ((), (), 0)
    assert [(one.name, one.at) for one in decoded.events] == [(name, AT)]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [({"UserID": ""}, "number missing"), ({"UserID": "1" * 70}, "too long"), ({"UserID": "1\n2"}, "unreadable")],
)
def test_an_event_that_cannot_be_read_is_refused_alone(wrong: dict[str, Any], reason: str) -> None:
    decoded = decode(info(event(DATA | wrong), event()))
    assert [one.line for one in decoded.readings] == [1]
    assert [(one.line, reason in one.reason) for one in decoded.refusals] == [(0, True)]
    assert decoded.acknowledge == 2


def test_an_event_without_any_time_is_refused() -> None:
    assert "time" in decode(info(event(DATA | {"UTC": 0}), Time="soon")).refusals[0].reason


def test_what_is_personal_is_cut_wherever_it_stands() -> None:
    for request in (ask(info(event(DATA | SECRET))), mixed(("text/plain", info(event(DATA | SECRET))))):
        decoded = decode(request)
        kinds = ["name", "card", "id_card", "picture", "card", "unread"]
        assert [(one.kind, one.number) for one in decoded.personal] == [(kind, "10000001") for kind in kinds]
        assert [one.content.decode() for one in decoded.personal] == list(SECRET.values())
        found = re.search(rb"\{.*\}", decoded.record_part)
        assert found
        text = json.dumps(json.loads(found[0]), ensure_ascii=False)
        assert not any(value in text for value in SECRET.values())
        assert '"ImageInfo": [{"Height": 640, "Type": 1}]' in text


def test_a_line_a_field_is_cut_line_by_line() -> None:
    decoded = decode(ask(DOTTED + b"and more\r\n", "text/plain"))
    assert [(one.kind, one.number) for one in decoded.personal] == [
        ("name", "29559"),
        ("card", "29559"),
        ("unread", ""),
    ]
    assert not any(secret in decoded.record_part for secret in (b"PERSON", b"12EA3004", b"more"))
    assert [(one.number, one.status) for one in decoded.readings] == [("29559", "Exit")]
    assert [(one.name, one.line) for one in decoded.events] == [(EventName.DOOR_OPENED, 1)]


def test_several_events_of_the_stream_are_read_each() -> None:
    one = b'Code=AccessControl;action=Pulse;index=0;data={"UserID":"%d","Method":1,"Status":1,"UTC":1700000000}\r\n\r\n'
    body = one % 1 + b"Code=NTPAdjustTime;action=Pulse;index=0\r\n" + one % 2 + b"Code=X;action=Stop;index=0;data={no"
    decoded = decode(ask(body, "text/plain"))
    assert [(one.number, one.line) for one in decoded.readings] == [("1", 0), ("2", 2)]
    assert [one.line for one in decoded.events] == [1, 3]
    assert [one.line for one in decoded.refusals] == [WHOLE_BODY]
    assert decode(ask(decoded.record_part, "text/plain")).readings == decoded.readings


def test_a_picture_is_laid_to_the_person_of_the_event_before_it() -> None:
    decoded = decode(mixed(("text/plain", info(event())), ("image/jpeg", JPEG)))
    assert [(one.kind, one.number, one.content) for one in decoded.personal] == [("picture", "10000001", JPEG)]
    assert JPEG not in decoded.record_part
    assert decode(mixed(("image/jpeg", JPEG))).kind is Kind.PICTURE


def test_a_record_number_is_kept() -> None:
    assert [(one.line, one.number) for one in decode(info(event(DATA | {"RecNo": 17}))).numbered] == [(0, 17)]


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "/ingest/dahua/token/keepalive"),
        Request("POST", "/ingest/dahua/token/KeepAlive/", (), {}, b'{"time": 1}'),
        ask(b"Heartbeat\r\n", "text/plain"),
        mixed(("text/plain", b"Heartbeat")),
        ask(b""),
    ],
)
def test_a_keep_alive_is_a_heartbeat(request_: Request) -> None:
    decoded = decode(request_)
    assert (decoded.readings, decoded.events, decoded.refusals) == ((), (), ())
    assert decoded.kind is Kind.HEARTBEAT


@pytest.mark.parametrize("body", [b"\xff\xd8", b"<xml/>", b"[1]", b'{"Events":', b"Code=", b"--x"])
def test_what_cannot_be_read_is_kept_as_a_whole(body: bytes) -> None:
    decoded = decode(body)
    assert ([one.line for one in decoded.refusals], decoded.readings) == ([WHOLE_BODY], ())
    assert [one.content for one in decoded.personal] == [body]


def test_an_event_of_another_terminal_is_refused() -> None:
    decoded = decode(info(event(), event(PhysicalAddress="24:52:6a:00:00:02"), event(PhysicalAddress="")))
    assert (decoded.serial, [one.line for one in decoded.readings]) == (MAC, [0, 2])
    assert [(one.line, "another terminal" in one.reason) for one in decoded.refusals] == [(1, True)]


def test_a_file_s_name_that_names_a_person_is_cut() -> None:
    head = 'Content-Disposition: form-data; name="file"; filename="张三_331081199001011234.jpg"\r\n\r\n'.encode()
    body = b"--myboundary\r\n\r\n" + info(event()) + b"\r\n--myboundary\r\n" + head + JPEG + b"\r\n--myboundary--\r\n"
    decoded = decode(ask(body, "multipart/form-data; boundary=myboundary"))
    assert ([one.number for one in decoded.readings], len(decoded.personal)) == (["10000001"], 3)
    assert not any(secret in decoded.record_part for secret in ("张三".encode(), b"331081199001011234", JPEG))


def test_too_many_events_at_once_are_refused_as_a_whole() -> None:
    decoded = decode(info(*[event()] * 1001))
    assert (decoded.readings, [one.line for one in decoded.refusals]) == ((), [WHOLE_BODY])
    assert len(decode(info(*[event()] * 1000)).readings) == 1000
