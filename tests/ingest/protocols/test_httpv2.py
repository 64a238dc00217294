"""HTTPv2 face terminals: keep-alive, verifications, the terminal's log, settings and persons, and the answers."""

import gzip
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.protocols import httpv2
from ingest.protocols.reading import WHOLE_BODY, Decoded, EventName, Kind, Request
from models.rules.readings import Method

AT = datetime(2024, 6, 17, 9, 32, 51, tzinfo=UTC)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\r\n--no boundary\r\n" + bytes(range(256))
DETAIL = {"RecordID": 120, "RecordType": 3, "RecordDate": 1718616771, "UserID": "10000001", "Code": "", "IsEntry": 1,
          "BodyTemp": 365, "PhotoLen": 40363}  # fmt: skip
PERSON = {"Name": "张三", "IdentityCard": "33108119000000000", "Job": "开发", "Department": "销售部",
          "CardNum": "13344001", "QRCode": "Q-77"}  # fmt: skip
EMPTY = {"Name": "", "IdentityCard": "", "CardNum": "0"}
BOUNDARY = "--------------------------506873351428002157394455"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


def digest(content: bytes) -> str:
    return hmac.digest(b"key", content, hashlib.sha256).hex()


def post(path: str, body: bytes, content_type: str = "application/json") -> Request:
    return Request("POST", path, (), {"Content-Type": content_type}, body)


def decode(path: str, told: Any) -> Decoded:
    body = told if isinstance(told, bytes) else json.dumps(told, ensure_ascii=False).encode()
    return httpv2.decode(post(path, body), digest=digest)


def upload(*parts: tuple[str, bytes], path: str = "/Record/UploadIdentifyRecord") -> Request:
    """Multipart as the document prints it: the packed part says so in its head."""
    body = b""
    for name, content in parts:
        body += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n'.encode()
        body += b"Content-Encoding: gzip\r\n" if content.startswith(b"\x1f\x8b") else b""
        body += b"\r\n" + content + b"\r\n"
    return post(path, body + f"--{BOUNDARY}--\r\n".encode(), FORM)


def records(*details: Any, photo: bytes = JPEG) -> Decoded:
    told = [one if isinstance(one, bytes) else json.dumps(one, ensure_ascii=False).encode() for one in details]
    parts = [("SN", b" FC-8380T12345678"), *(("RecordDetail", one) for one in told), ("Photo", photo)]
    return httpv2.decode(upload(*parts), digest=digest)


def answered(decoded: Decoded) -> Any:
    answer = httpv2.answer(decoded)
    assert (answer.status, answer.content_type) == (200, "application/json")
    return json.loads(answer.body)


def test_a_verification_is_a_reading() -> None:
    decoded = records(DETAIL | EMPTY)
    (reading,) = decoded.readings
    assert (decoded.serial, decoded.kind, decoded.acknowledge) == ("FC-8380T12345678", Kind.RECORDS, 1)
    assert (reading.number, reading.at, reading.device_time) == ("10000001", AT, "1718616771")
    assert (reading.status, reading.verify, reading.method, reading.line) == ("1", "3", Method.FACE, 0)
    assert [(one.line, one.number) for one in decoded.numbered] == [(0, 120)]
    assert [(one.kind, one.number, one.content) for one in decoded.personal] == [("picture", "10000001", JPEG)]
    assert answered(decoded) == {"Success": 1}


@pytest.mark.parametrize("name", ["RecordDetail", "recordJson", "recorddetail"])
@pytest.mark.parametrize("packed", [False, True])
def test_the_detail_may_be_packed_and_is_named_in_two_ways(name: str, packed: bool) -> None:
    text = json.dumps(DETAIL | PERSON).encode()
    request = upload(("SN", b"A"), (name, gzip.compress(text) if packed else text), ("pic", JPEG))
    decoded = httpv2.decode(request, digest=digest)
    assert [(one.number, one.at) for one in decoded.readings] == [("10000001", AT)]
    again = httpv2.decode(replace(request, body=decoded.record_part), digest=digest)
    assert (again.readings, again.personal, again.serial) == (decoded.readings, (), "A")


def test_a_body_packed_as_a_whole_is_read() -> None:
    request = upload(("SN", b"A"), ("RecordDetail", json.dumps(DETAIL).encode()))
    decoded = httpv2.decode(replace(request, body=gzip.compress(request.body)), digest=digest)
    assert [one.number for one in decoded.readings] == ["10000001"]
    beat = httpv2.decode(post("/Device/Keepalive", gzip.compress(b'{"SN":"A",}')), digest=digest)
    assert (beat.serial, beat.kind) == ("A", Kind.HEARTBEAT)


@pytest.mark.parametrize("content", [gzip.compress(b"0" * (5 << 20)), gzip.compress(b"{}")[:-4], b"\x1f\x8b\x08"],
                         ids=["swells", "cut off", "broken"])  # fmt: skip
def test_what_cannot_be_unpacked_is_kept_packed_and_acknowledged(content: bytes) -> None:
    decoded = records(content)
    assert [(one.line, one.reason) for one in decoded.refusals] == [(0, "RecordDetail is no JSON object")]
    assert [one.content for one in decoded.personal] == [content, JPEG]
    assert answered(decoded) == {"Success": 1}
    whole = httpv2.decode(post("/Device/Keepalive", content), digest=digest)
    assert ([one.line for one in whole.refusals], whole.personal[0].content) == ([WHOLE_BODY], content)


def test_names_cards_and_identity_cards_are_cut() -> None:
    decoded = records(DETAIL | PERSON)
    kinds = ["name", "id_card", "unread", "unread", "card", "unread", "picture"]
    assert [(one.kind, one.number) for one in decoded.personal] == [(kind, "10000001") for kind in kinds]
    assert [one.content.decode() for one in decoded.personal[:-1]] == list(PERSON.values())
    part = decoded.record_part
    assert not any(value.encode() in part or json.dumps(value).encode() in part for value in (*PERSON.values(), "JFIF"))


@pytest.mark.parametrize(
    ("code", "method"),
    [
        (1, Method.CARD),
        (2, Method.FINGERPRINT),
        (3, Method.FACE),
        (5, Method.FACE_AND),
        (6, Method.FACE_AND),
        (7, Method.CARD),
        (8, Method.FACE_AND),
        (10, Method.PASSWORD),
        (14, Method.FACE_AND),
        (29, Method.UNKNOWN),
        (32, Method.OTHER),
        (36, Method.PALM),
        (37, Method.FACE_AND),
        (41, Method.PALM),
        (47, Method.FACE_AND),
        (77, Method.OTHER),
    ],
)
def test_the_type_tells_the_method(code: int, method: Method) -> None:
    (reading,) = records(DETAIL | {"RecordType": code}).readings
    assert (reading.method, reading.verify) == (method, str(code))


@pytest.mark.parametrize("code", [*range(15, 29), 30, 31, 33, 34, 35, 44, 45, 48, 49])
def test_what_is_no_passed_verification_is_no_punch(code: int) -> None:
    decoded = records(DETAIL | {"RecordType": code})
    assert (decoded.readings, decoded.refusals, decoded.acknowledge) == ((), (), 0)
    assert [(one.code, one.at) for one in decoded.events] == [(code, AT)]
    assert answered(decoded) == {"Success": 1}


def test_a_card_s_number_in_the_place_of_the_person_s_is_cut() -> None:
    decoded = records(DETAIL | {"RecordType": 25, "UserID": "13344001"})
    assert [(one.kind, one.number, one.content) for one in decoded.personal] == [
        ("card", "", b"13344001"),
        ("picture", "", JPEG),
    ]
    assert b"13344001" not in decoded.record_part
    assert decoded.events[0].name is EventName.DOOR_OPENED


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"UserID": "0"}, "number missing"),
        ({"UserID": None}, "number missing"),
        ({"RecordDate": 0}, "time cannot be read"),
        ({"RecordDate": "soon"}, "time cannot be read"),
        ({"UserID": "1" * 99}, "too long"),
    ],
)
def test_a_record_that_cannot_be_read_is_acknowledged_and_kept(wrong: dict[str, Any], reason: str) -> None:
    decoded = records(DETAIL | wrong)
    assert decoded.readings == ()
    assert [(one.line, reason in one.reason, "120" in one.text) for one in decoded.refusals] == [(0, True, True)]
    assert (decoded.acknowledge, answered(decoded)) == (1, {"Success": 1})  # else it blocks those behind it for ever


def test_the_person_s_code_stands_in_where_no_user_is_named() -> None:
    assert records(DETAIL | {"UserID": "0", "Code": "A-7"}).readings[0].number == "A-7"


@pytest.mark.parametrize("detail", [b"no json", b"[1]", b""])
def test_a_detail_that_is_no_object_is_refused(detail: bytes) -> None:
    decoded = records(detail or b" ")
    assert decoded.readings == ()
    assert decoded.refusals
    assert answered(decoded) == {"Success": 1}


def test_an_upload_without_any_detail_is_kept() -> None:
    decoded = httpv2.decode(upload(("SN", b"A"), ("Photo", JPEG)), digest=digest)
    assert ([one.reason for one in decoded.refusals], decoded.serial) == (["no RecordDetail"], "A")
    assert JPEG not in decoded.record_part


def test_keep_alive_is_answered_with_every_flag_down() -> None:
    decoded = decode("/device/keepalive/", {"SN": "A", "AlarmStatus": "fire"})
    assert (decoded.kind, decoded.serial) == (Kind.HEARTBEAT, "A")
    flags = ("AddPeople", "DeletePeople", "SyncParameter", "Remote", "UploadWorkParameter")
    assert answered(decoded) == {"Success": 1, **dict.fromkeys(flags, 0)}


@pytest.mark.parametrize(
    ("path", "kind", "told"),
    [
        ("/People/DownloadPeopleList", Kind.POLL, {"Success": 1, "PeopleCount": 0, "PeopleList": []}),
        ("/People/DeletePeopleList", Kind.POLL, {"Success": 1, "DeleteAll": 0, "DeleteCount": 0, "DeleteList": []}),
        ("/Device/RemoteCommand", Kind.POLL, {"Success": 1}),
        ("/Device/DownloadWorkSetting", Kind.POLL, {"Success": 1}),
        ("/Device/RequestAuthorization", Kind.OTHER, {"Success": 0}),
        ("/Device/Whatever", Kind.OTHER, {"Success": 1}),
        ("/ingest/People/DownloadPeopleList", Kind.POLL, {"Success": 1, "PeopleCount": 0, "PeopleList": []}),
    ],
)
def test_polls_are_told_that_nothing_waits(path: str, kind: Kind, told: dict[str, Any]) -> None:
    decoded = decode(path, {"SN": "A", "Limit": 100})
    assert (decoded.kind, decoded.serial, decoded.personal) == (kind, "A", ())
    assert answered(decoded) == told


def test_settings_tell_facts_and_keep_no_password() -> None:
    told = {
        "DeviceSN": "FC-8190H24052799",
        "DoorSensorAlarmTimegroup": {"Week1": "", "Week2": "00:00-23:59"},
        "AlarmClocks": [{"Num": 1, "Clock": "00:00"}],
        "PasswordAlarm_Password": "778899",
        "MenuPassword": "4711",
        "RTSPUser": "root",
        "WIFIAPPassword": "geheim",
        "WiredIP": "192.168.1.103",
        "WiredMAC": "7E-87-16-C1-E6-51",
        "ServerAddress": "47.92.31.75",
        "ShortMessage": "你好",
        "FirmwareVerson": "8.46",
        "PeopleStorageInfo": {"Person": {"Max": 20000, "Current": 41}, "Face": {"Max": 20000, "Current": 40}},
        "RecordStorageInfo": {"VerifyRecord": {"Max": 1000000, "Current": 1804}},
    }
    decoded = decode("/Device/UploadWorkSetting", told)
    assert (decoded.serial, decoded.kind, decoded.refusals) == ("FC-8190H24052799", Kind.OPTIONS, ())
    assert dict(decoded.facts) == {
        "table": "uploadworksetting",
        "firmware": "8.46",
        "mac": "7E-87-16-C1-E6-51",
        "ip": "192.168.1.103",
        "users": "41",
        "faces": "40",
        "attlogs": "1804",
    }
    kept = json.loads(decoded.record_part)
    assert kept["DoorSensorAlarmTimegroup"] == told["DoorSensorAlarmTimegroup"]
    assert kept["AlarmClocks"] == told["AlarmClocks"]
    assert not any(secret in str(kept) for secret in ("778899", "4711", "root", "geheim", "你好", "47.92"))


def test_the_terminal_s_log_is_events() -> None:
    told = {
        "SN": "A",
        "RecordType": 2,
        "Records": [{"RecordID": k, "RecordType": k, "RecordDate": 1718616771} for k in (28, 44, 30, 16, 20, 34)],
    }
    decoded = decode("/Record/UploadSystemRecord", told)
    assert (decoded.kind, decoded.personal, answered(decoded)) == (Kind.EVENTS, (), {"Success": 1})
    assert [(one.name, one.code, one.line, one.at) for one in decoded.events] == [
        (EventName.POWER_ON, 28, 0, AT),
        (EventName.RECORDS_DELETED, 44, 1, AT),
        (EventName.DATA_PURGED, 30, 2, AT),
        (EventName.DURESS, 16, 3, AT),
        (EventName.ALARM, 20, 4, AT),
        (EventName.UNKNOWN, 34, 5, AT),
    ]
    doors = decode("/Record/UploadSystemRecord", told | {"RecordType": 1, "Records": [{"RecordType": 1}]})
    assert [(one.name, one.at) for one in doors.events] == [(EventName.DOOR_OPENED, None)]


def test_a_person_pushed_by_the_terminal_leaves_but_the_number() -> None:
    detail = {"UserID": "7", "Name": "张三", "Password": "2222", "FaceFeature": "QUJD", "AccessType": 1,
              "Fingerprints": [{"Num": 1, "Data": "abcd"}]}  # fmt: skip
    request = upload(("SN", b"A"), ("PushType", b"3"), ("Detail", gzip.compress(json.dumps(detail).encode())),
                     ("Photo", JPEG), ("UserID", b"7"), path="/People/PushPeople")  # fmt: skip
    decoded = httpv2.decode(request, digest=digest)
    assert [(one.name, one.values) for one in decoded.events] == [(EventName.PERSON_DELETED, ("7", ""))]
    assert [(one.kind, one.number) for one in decoded.personal] == [
        (kind, "7") for kind in ("name", "password", "template", "template", "picture")
    ]
    assert not any(secret in decoded.record_part for secret in (b"2222", b"QUJD", b"abcd", b"\\u5f20"))


def test_results_of_lists_of_persons_are_read() -> None:
    failed = [{"UserID": "7", "ErrorCode": 20, "RepeatID": "3", "ErrMsg": "张三"}]
    decoded = decode("/People/DownloadPeopleListResult", {"SN": "A", "SuccessCount": 16, "FailCount": failed})
    assert (decoded.kind, answered(decoded)) == (Kind.RESULT, {"Success": 1})
    assert [(one.command, one.code) for one in decoded.results] == [("downloadpeoplelistresult", 16), ("7", -20)]
    assert "张三" not in json.dumps(json.loads(decoded.record_part), ensure_ascii=False)
    deleted = decode("/People/DeletePeopleListResult", b'{"SN":"A","DeleteCount":2,"DeleteAll":0,"DeletList":[1,2]}')
    assert [(one.command, one.code) for one in deleted.results] == [("deletepeoplelistresult", 2)]
    assert (deleted.personal, b"[1,2]" in deleted.record_part) == ((), True)


def test_a_snapshot_is_a_picture() -> None:
    decoded = httpv2.decode(upload(("SN", b"A"), ("Photo", JPEG), path="/Device/UploadSnapshoot"), digest=digest)
    assert (decoded.kind, [one.kind for one in decoded.personal]) == (Kind.PICTURE, ["picture"])
