"""Hikvision events: what counts as a record, what is a line of the log, and what terminals get wrong."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.protocols import hikvision
from ingest.protocols.reading import TAMPER, WHOLE_BODY, Decoded, EventName, Kind, Request
from models.rules.readings import Method

OUTER = {
    "macAddress": "a4:d5:c2:24:dd:74",
    "dateTime": "2026-08-20T08:05:00+08:00",
    "eventType": "AccessControllerEvent",
}
INNER = {"majorEventType": 5, "subEventType": 75, "employeeNoString": "10000001", "serialNo": 9, "frontSerialNo": 8}
AT = datetime(2026, 8, 20, 0, 5, tzinfo=UTC)


def digest(content: bytes) -> str:
    return hmac.digest(b"key", content, hashlib.sha256).hex()


def decode(body: object, kind: str = "application/json", offset: int = 480) -> Decoded:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    request = Request("POST", "/ingest/hik", (), {"Content-Type": kind}, raw)
    return hikvision.decode(request, offset_minutes=offset, digest=digest)


def event(outer: dict[str, Any] | None = None, **inner: Any) -> dict[str, Any]:
    return OUTER | (outer or {}) | {"AccessControllerEvent": INNER | inner}


@pytest.mark.parametrize(
    ("minor", "method"),
    [(75, Method.FACE), (60, Method.FACE_AND), (105, Method.FACE_AND), (38, Method.FINGERPRINT), (1, Method.CARD),
     (101, Method.PASSWORD), (156, Method.OTHER)],
)  # fmt: skip
def test_a_pass_of_a_person_is_a_record_with_its_method(minor: int, method: Method) -> None:
    (reading,) = decode(event(subEventType=minor)).readings
    assert (reading.number, reading.at, reading.method, reading.verify) == ("10000001", AT, method, str(minor))


@pytest.mark.parametrize(
    ("inner", "name"),
    [
        ({"subEventType": 76}, EventName.VERIFICATION_FAILED),
        ({"subEventType": 21}, EventName.DOOR_OPENED),
        ({"subEventType": 22}, EventName.UNKNOWN),
        ({"majorEventType": 1, "subEventType": 1}, EventName.ALARM),
        ({"majorEventType": 3, "subEventType": 75}, EventName.UNKNOWN),
        ({"majorEventType": 3, "subEventType": 0x404}, EventName.CLOCK_SET),
        ({"majorEventType": 3, "subEventType": 0x40A}, EventName.FACTORY_RESET),
        ({"employeeNoString": ""}, EventName.UNKNOWN),
        ({"employeeNoString": "null"}, EventName.UNKNOWN),
        ({"employeeNoString": None}, EventName.UNKNOWN),
        ({"employeeNoString": "\0"}, EventName.UNKNOWN),
        ({"employeeNoString": "", "employeeNo": 0}, EventName.UNKNOWN),
    ],
)
def test_whatever_is_no_pass_of_a_person_is_a_line_of_the_log(inner: dict[str, Any], name: EventName) -> None:
    decoded = decode(event(**inner))
    assert (decoded.kind, decoded.readings, decoded.refusals) == (Kind.EVENTS, (), ())
    assert [one.name for one in decoded.events] == [name]
    assert (name in TAMPER) is (name in (EventName.CLOCK_SET, EventName.FACTORY_RESET))


@pytest.mark.parametrize("number", ["000015", "000015\0", " 000015 ", "A-7"])
def test_a_number_keeps_its_zeros_and_loses_hidden_nuls(number: str) -> None:
    assert decode(event(employeeNoString=number)).readings[0].number == number.strip(" \0")


def test_a_number_written_as_one_is_a_number() -> None:
    inner = {name: value for name, value in INNER.items() if name != "employeeNoString"} | {"employeeNo": 15}
    assert decode(OUTER | {"AccessControllerEvent": inner}).readings[0].number == "15"


@pytest.mark.parametrize(
    ("time", "hour", "minute"),
    [
        ("2026-08-20T08:05:00+08:00", 0, 5),
        ("2026-08-20T08:05:00Z", 8, 5),
        ("2026-08-20T08:05:00", 23, 5),  # at the terminal's own offset, here +09:00
        ("2026-08-20 08:05:00", 23, 5),
        ("2026-08-20T08:05:0000:00", 23, 5),  # the sign of the offset is lost
        ("2026-08-20T08:05:00:10:03", 23, 5),
        ("2026-08-20T08:05:00+8:00", 23, 5),
        ("2026-08-20T08:05:00+08:30", 23, 35),
    ],
)
def test_a_time_is_read_as_far_as_it_goes_and_its_text_is_kept(time: str, hour: int, minute: int) -> None:
    (reading,) = decode(event({"dateTime": time}), offset=540).readings
    assert (reading.at.hour, reading.at.minute, reading.device_time) == (hour, minute, time)


def test_a_time_that_cannot_be_read_is_refused_with_its_event() -> None:
    decoded = decode(event({"dateTime": "0000-00-00T00:00:00"}, name="张三丰"))
    (refusal,) = decoded.refusals
    assert (decoded.kind, decoded.acknowledge, refusal.line) == (Kind.RECORDS, 1, 0)
    assert "time" in refusal.reason
    assert "10000001" in refusal.text
    assert "张三丰" not in refusal.text


@pytest.mark.parametrize("kind", ["heartBeat", "HEARTBEAT", "Heartbeat"])
@pytest.mark.parametrize("state", ["active", "inactive"])
def test_a_heartbeat_is_one_whatever_its_capitals(kind: str, state: str) -> None:
    told = OUTER | {"eventType": kind, "eventState": state}
    xml = "".join(f"<{name}>{value}</{name}>" for name, value in told.items())
    for decoded in (decode(told), decode(f"<EventNotificationAlert>{xml}</EventNotificationAlert>".encode())):
        assert (decoded.kind, decoded.serial, decoded.events) == (Kind.HEARTBEAT, OUTER["macAddress"], ())


def test_an_empty_request_is_a_sign_of_life() -> None:
    assert (decode(b"").kind, decode(b" \r\n").refusals) == (Kind.HEARTBEAT, ())


ITEM = {"major": 5, "minor": 75, "time": OUTER["dateTime"], "employeeNoString": "10000001", "serialNo": 9}


@pytest.mark.parametrize(
    "body",
    [
        event(),
        {"root": event()},
        {"EventNotificationAlert": event()},
        {"eventnotificationalert": {name.upper(): value for name, value in event().items()}},
        {"root": {"EventNotificationAlert": [event()]}},
        [event()],
        {"AcsEvent": {"searchID": "1", "numOfMatches": 1, "InfoList": [ITEM]}},
        {"AcsEvent": {"InfoList": ITEM}},
        INNER | OUTER,
    ],
)
def test_an_event_is_found_in_whatever_it_is_wrapped(body: object) -> None:
    assert [(one.number, one.at, one.method) for one in decode(body).readings] == [("10000001", AT, Method.FACE)]
    assert [one.number for one in decode(body).numbered] == [9]


def test_a_list_of_events_gives_each_its_line() -> None:
    items = [ITEM | {"serialNo": 1}, ITEM | {"minor": 76, "serialNo": 2}, ITEM | {"time": "?", "serialNo": 3}]
    decoded = decode({"AcsEvent": {"InfoList": items}})
    assert [one.line for one in decoded.readings] == [0]
    assert [one.line for one in decoded.events] == [1]
    assert [one.line for one in decoded.refusals] == [2]
    assert [(one.line, one.number, one.before) for one in decoded.numbered] == [
        (0, 1, None),
        (1, 2, None),
        (2, 3, None),
    ]
    assert decoded.acknowledge == 2


def test_the_terminal_s_own_count_is_told() -> None:
    (at_once,) = decode(event(currentEvent=True)).numbered
    (late,) = decode(event(currentEvent=False, serialNo="10", frontSerialNo="7")).numbered
    assert (at_once.number, at_once.before, at_once.late) == (9, 8, False)
    assert (late.number, late.before, late.late) == (10, 7, True)
    assert decode(event(serialNo="x")).numbered == ()


def test_a_second_terminal_in_one_request_is_refused_and_not_laid_to_the_first() -> None:
    other = event({"macAddress": "a4:d5:c2:00:00:01"}, employeeNoString="2")
    decoded = decode([event(), other])
    assert [one.number for one in decoded.readings] == ["10000001"]
    assert ["another terminal" in one.reason for one in decoded.refusals] == [True]


XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<EventNotificationAlert version="2.0" xmlns="urn:x">'
    "<macAddress>a4:d5:c2:24:dd:74</macAddress><dateTime>2026-08-20T08:05:00+08:00</dateTime>"
    "<AccessControllerEvent><majorEventType>5</majorEventType><subEventType>75</subEventType>{}"
    "<employeeNoString>10000001</employeeNoString><serialNo>9</serialNo></AccessControllerEvent>"
    "</EventNotificationAlert>"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_an_event_in_xml_says_the_same(encoding: str) -> None:
    decoded = decode(XML.format("<name>张三丰&amp;李</name>").encode(encoding), "application/xml")
    assert [(one.number, one.at, one.method) for one in decoded.readings] == [("10000001", AT, Method.FACE)]
    assert [(one.kind, one.number, one.content) for one in decoded.personal] == [
        ("name", "10000001", "张三丰&李".encode())
    ]
    assert "张三丰".encode() not in decoded.record_part
    assert "张三丰".encode("gb18030") not in decoded.record_part
    assert decode(decoded.record_part, "application/xml").readings == decoded.readings


def test_xml_of_which_nothing_is_cut_is_kept_byte_for_byte() -> None:
    assert decode(XML.format("").encode()).record_part == XML.format("").encode()


@pytest.mark.parametrize(
    "aside", ["<!-- 张三丰 -->", '<mask who="张三丰">no</mask>', "张三丰", "<x><![CDATA[张三丰]]></x>", "<?x 张三丰?>"]
)
def test_what_stands_beside_the_elements_of_xml_is_not_kept(aside: str) -> None:
    decoded = decode(XML.format(aside).encode())
    assert len(decoded.readings) == 1
    assert "张三丰".encode() not in decoded.record_part


@pytest.mark.parametrize(
    "xml",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><root><employeeNoString>&b;</employeeNoString></root>',
        '<!doctype x SYSTEM "http://192.0.2.1/x.dtd"><root><employeeNoString>1</employeeNoString></root>',
        "<root>" * 9,
        "<root><a/>" + "<a/>" * 20_000,
    ],
)
def test_xml_that_wants_more_than_to_be_read_is_refused(xml: str) -> None:
    decoded = decode(xml.encode())
    assert (decoded.readings, decoded.events, [one.line for one in decoded.refusals]) == ((), (), [WHOLE_BODY])
    assert decoded.kind is Kind.OTHER


def test_an_entity_nobody_declared_stays_as_it_is_written() -> None:
    decoded = decode(XML.format("<label>&all; &#x41;</label>").encode())
    assert len(decoded.readings) == 1
    assert b"&all; &#x41;" in decoded.record_part


@pytest.mark.parametrize(
    "broken", ["</EventNotificationAlert>", "</AccessControllerEvent></EventNotificationAlert>"], ids=["root", "both"]
)
def test_xml_that_breaks_off_between_elements_is_read_as_far_as_it_goes(broken: str) -> None:
    assert len(decode(XML.format("").removesuffix(broken).encode()).readings) == 1


def test_members_we_do_not_know_are_cut_and_the_event_still_counts() -> None:
    inner: dict[str, Any] = {"name": "张三丰", "cardNo": "13344001", "QRCodeInfo": "q" * 9, "PictureURL": "http://x/张三丰.jpg",
             "FaceRect": {"x": 0.5}, "IDCardInfo": {"IDCardNo": "110101199003071234"}}  # fmt: skip
    decoded = decode(event(**inner))
    assert len(decoded.readings) == 1
    assert {(one.kind, one.number) for one in decoded.personal} == {
        (kind, "10000001") for kind in ("name", "card", "unread", "picture")
    }
    kept = json.loads(decoded.record_part)["AccessControllerEvent"]
    assert kept["FaceRect"] == {"x": 0.5}
    assert not any(secret in json.dumps(kept, ensure_ascii=False) for secret in ("张三丰", "13344001", "qqq", "110101"))


def test_a_picture_is_cut_whatever_it_is_called() -> None:
    jpeg = b"\xff\xd8\xff\xe0\0\x10JFIF\0\xff\xd9"
    for head in (b'Content-Disposition: form-data; name="Picture"; filename="\xe5\xbc\xa0.jpg"\r\n', b"",
                 b"Content-Type: image/jpeg\r\n"):  # fmt: skip
        body = b"--b\r\n\r\n" + json.dumps(event()).encode() + b"\r\n--b\r\n" + head + b"\r\n" + jpeg + b"\r\n--b--\r\n"
        decoded = decode(body, "multipart/form-data; boundary=b")
        assert len(decoded.readings) == 1
        assert ("picture", "10000001", jpeg) in [(one.kind, one.number, one.content) for one in decoded.personal]
        assert b"JFIF" not in decoded.record_part
        assert b"\xe5\xbc\xa0" not in decoded.record_part
        again = decode(decoded.record_part, "multipart/form-data; boundary=b")
        assert (again.readings, again.personal, again.refusals) == (decoded.readings, (), ())


def test_json_with_raw_control_bytes_or_a_comma_too_many_is_read() -> None:
    text = json.dumps(event(name="A")).replace('"A"', '"A\0\tB",').encode() + b"\0\0"
    decoded = decode(text)
    assert len(decoded.readings) == 1
    assert decode(decoded.record_part).readings == decoded.readings


@pytest.mark.parametrize("body", [b"hello", b'{"a": ', b"[]", b'["a"]', b"7", b"<", b"<>", b"\xff\xfe{\0}\0"])
def test_what_is_neither_is_refused_as_a_whole_and_kept_out_of_the_record_part(body: bytes) -> None:
    decoded = decode(body)
    assert (decoded.kind, [one.line for one in decoded.refusals]) == (Kind.OTHER, [WHOLE_BODY])
    assert [(one.kind, one.content) for one in decoded.personal] == [("unread", body)]
    assert hikvision.answer(decoded).status == 200
