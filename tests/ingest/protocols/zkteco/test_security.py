"""ZKTeco security push: registration, events in any order, and what must hold for any bytes."""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.protocols import zkteco
from ingest.protocols.reading import Decoded, EventName, Kind, Request, Verification
from ingest.protocols.zkteco import registry, security
from models.rules.readings import Method


def digest(content: bytes) -> str:
    return hmac.digest(b"key", content, hashlib.sha256).hex()


def decode(request: Request, offset: int = 480) -> Decoded:
    return zkteco.decode(request, offset_minutes=offset, digest=digest)


def upload(body: bytes, table: str = "rtlog", **query: str) -> Decoded:
    return decode(Request("POST", "/iclock/cdata", (("SN", "S1"), ("table", table), *query.items()), {}, body))


def told(request: Request, *, first_contact: bool = False) -> str:
    return zkteco.answer(decode(request), first_contact=first_contact).body.decode()


def test_a_terminal_is_registered_with_the_same_code_each_time_and_nobody_else_s() -> None:
    assert told(registry.encode_handshake("S1"), first_contact=True) == "OK"
    code = told(registry.encode_registry("S1"), first_contact=True)
    known = told(registry.encode_handshake("S1")).splitlines()
    assert known[:2] == ["registry=ok", code]
    assert {"PushProtVer=3.0.1", "Realtime=1", "TransTables=User Transaction"} <= set(known)
    pushed = told(Request("GET", "/iclock/push", (("SN", "S1"),))).splitlines()
    assert known[2:] == pushed
    assert told(registry.encode_registry("S2")) != code
    assert code.removeprefix("RegistryCode=") not in "".join(pushed)


@pytest.mark.parametrize(
    ("target", "headers", "security_push"),
    [
        ("/iclock/cdata?SN=S1&options=all&pushver=3.0.1&DeviceType=acc", {}, True),
        ("/iclock/cdata?SN=S1&options=all&DeviceType=ACC", {}, True),
        ("/iclock/cdata?SN=S1&options=all&pushver=3.1.2", {"Connection": "starting"}, True),
        ("/iclock/cdata?SN=S1&options=all&pushver=3.1.2", {"Accept": "application/push"}, True),
        ("/iclock/cdata?SN=S1&options=all&pushver=3.1.2", {}, False),
        ("/iclock/cdata?SN=S1&options=all&pushver=3.1.2&DeviceType=att", {"Connection": "starting"}, False),
        ("/iclock/cdata?SN=S1&options=all&pushver=2.4.1", {"Connection": "starting"}, False),
    ],
)
def test_each_handshake_tells_which_push_is_spoken(target: str, headers: dict[str, str], security_push: bool) -> None:
    answer = told(Request.to("GET", target, headers))
    assert answer.startswith("registry=ok\n" if security_push else "GET OPTION FROM: S1\n")


def test_no_body_can_make_itself_an_answer() -> None:
    body = b"security=push,tablename=x,registrycode=mine,sessionid=mine,~DeviceName=F20"
    for table in ("options", "rtlog", ""):
        decoded = upload(body, table)
        assert not {"security", "tablename", "registrycode", "sessionid"} & decoded.facts.keys()
        assert zkteco.answer(decoded, first_contact=False).body == b"OK"


LINE = {"time": "2026-08-20 09:15:32", "pin": "1001", "cardno": "13344001", "eventaddr": "1", "event": "0",
        "inoutstatus": "0", "verifytype": "15", "index": "21"}  # fmt: skip


def line(**changed: str) -> bytes:
    return "\t".join(f"{key}={value}" for key, value in (LINE | changed).items()).encode()


@given(order=st.permutations(list(LINE)))
@settings(max_examples=50, derandomize=True, deadline=None)
def test_an_event_is_read_whatever_the_order_of_its_fields(order: list[str]) -> None:
    decoded = upload("\t".join(f"{key}={LINE[key]}" for key in order).encode())
    (reading,) = decoded.readings
    assert (reading.number, reading.at) == ("1001", datetime(2026, 8, 20, 1, 15, 32, tzinfo=UTC))
    assert (reading.status, reading.verify, reading.method) == ("0", "15", Method.FACE)
    assert [(one.line, one.number) for one in decoded.numbered] == [(0, 21)]
    assert [(one.kind, one.number, one.content) for one in decoded.personal] == [("card", "1001", b"13344001")]
    assert b"13344001" not in decoded.record_part


@pytest.mark.parametrize(
    ("verify", "method"),
    [
        ("15", Method.FACE), ("1", Method.FINGERPRINT), ("4", Method.CARD), ("25", Method.PALM), ("200", Method.OTHER),
        ("0000000000000010", Method.FACE), ("0000101000000011", Method.FACE_AND),
        ("0000000000010000", Method.FINGERPRINT), ("0000100000000000", Method.CARD),
        ("0000001000000000", Method.PASSWORD), ("0000000000001000", Method.PALM),
        ("0000000001000000", Method.OTHER), ("0000000000000000", Method.UNKNOWN), ("", Method.UNKNOWN),
    ],
)  # fmt: skip
def test_a_verification_is_read_as_a_number_or_as_bits(verify: str, method: Method) -> None:
    assert [one.method for one in upload(line(verifytype=verify)).readings] == [method]


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"pin": "0"}, EventName.UNKNOWN), ({"pin": ""}, EventName.UNKNOWN),
        ({"event": "27"}, EventName.VERIFICATION_FAILED), ({"event": "21"}, EventName.VERIFICATION_FAILED),
        ({"event": "24"}, EventName.ANTI_PASSBACK), ({"event": "101"}, EventName.DURESS),
        ({"event": "100"}, EventName.ALARM), ({"event": "200"}, EventName.DOOR_OPENED),
        ({"event": "206"}, EventName.POWER_ON), ({"event": "4008"}, EventName.UNKNOWN),
    ],
)  # fmt: skip
def test_whatever_is_no_pass_of_a_person_is_a_line_of_the_log(changed: dict[str, str], name: EventName) -> None:
    decoded = upload(line(**changed))
    assert (decoded.readings, decoded.refusals, [one.name for one in decoded.events]) == ((), (), [name])


@pytest.mark.parametrize("changed", [{"time": "2026-13-01 00:00:00"}, {"event": ""}, {"pin": "1" * 65}])
def test_a_line_that_cannot_be_read_is_refused_and_the_others_count(changed: dict[str, str]) -> None:
    decoded = upload(line(**changed) + b"\r\n" + line(index="22") + b"\n")
    assert [one.line for one in decoded.refusals] == [0]
    assert [one.line for one in decoded.readings] == [1]
    assert "13344001" not in decoded.refusals[0].text
    assert decoded.acknowledge == 2


@pytest.mark.parametrize("route", ["cdata", "querydata"])
def test_transactions_asked_for_later_are_the_same_records(route: str) -> None:
    seconds = ((26 * 12 + 7) * 31 + 19) * 86400 + (9 * 60 + 15) * 60 + 32
    body = "transaction cardno=0\tpin=1001\tverified=15\tdoorid=1\teventtype=0\tinoutstate=0\tindex=21"
    body += f"\ttime_second={seconds}"
    query = (("SN", "S1"), ("table", "tabledata"), ("tablename", "transaction"), ("count", "1"))
    decoded = decode(Request("POST", f"/iclock/{route}", query, {}, body.encode()))
    (at_once,), (later,) = upload(line()).readings, decoded.readings
    assert (later.number, later.at, later.status, later.verify, later.method) == (
        *(at_once.number, at_once.at, at_once.status, at_once.verify),
        at_once.method,
    )
    assert later.device_time == str(seconds)
    assert zkteco.answer(decoded, first_contact=False).body == b"transaction=1"
    assert zkteco.answer(upload(line(), "transaction"), first_contact=False).body == b"OK"


def test_a_quiet_state_is_a_sign_of_life_and_an_alarm_is_a_line_of_the_log() -> None:
    quiet = upload(b"time=2026-08-20 09:00:00\tsensor=01\trelay=00\talarm=0000000000000000", "rtstate")
    assert (quiet.kind, quiet.events) == (Kind.HEARTBEAT, ())
    loud = upload(b"time=2026-08-20 09:00:00\tsensor=01\trelay=00\talarm=0200000000000000", "rtstate")
    assert (loud.kind, loud.events[0].values) == (Kind.EVENTS, ("0200000000000000", "01", "00"))


@pytest.mark.parametrize(
    ("table", "body", "kind", "secret"),
    [
        ("templatev10", "templatev10 size=8\tuid=4\tpin=4\tfingerid=7\tvalid=1\ttemplate=QUJD\nREVG\tresverd=\tendtag=",
         EventName.TEMPLATE_HELD, "QUJD"),
        ("identitycard", "identitycard pin=4\tSN_Num=261212\tID_Num=110101199003071234\tName=张三丰\tGender=1",
         EventName.ID_CARD_READ, "张三丰"),
        ("user", "user uid=1\tcardno=13344001\tpin=4\tpassword=8642\tname=张三丰\tprivilege=14", EventName.PERSON_HELD,
         "8642"),
        ("userpic", "userpic pin=4\tfilename=4.jpg\tsize=8\tcontent=QUJDREVG", EventName.PICTURE_HELD, "QUJDREVG"),
    ],
)  # fmt: skip
def test_what_a_terminal_holds_is_told_without_the_persons(table: str, body: str, kind: EventName, secret: str) -> None:
    decoded = upload(body.encode(), "tabledata", tablename=table, count="1")
    assert [(one.name, one.values[0]) for one in decoded.events][:1] == [(kind, "4")]
    assert secret.encode() not in decoded.record_part
    assert any(secret.encode() in one.content and one.number == "4" for one in decoded.personal)
    assert zkteco.answer(decoded, first_contact=False).body == f"{table}=1".encode()


def test_a_table_s_rows_are_counted_never_more_than_arrived() -> None:
    for told_count, answered in (("9", b"user=2"), ("1", b"user=1"), ("", b"user=2"), ("x", b"user=2")):
        decoded = upload(b"user pin=1\tname=\nuser pin=2\tname=\n", "tabledata", tablename="user", count=told_count)
        assert zkteco.answer(decoded, first_contact=False).body == answered


def test_no_table_name_can_add_lines_to_the_answer() -> None:
    decoded = upload(b"x pin=1", "tabledata", tablename="us\ner=1\r\nOK")
    assert zkteco.answer(decoded, first_contact=False).body == b"user1OK=1"


def test_records_are_never_told_to_be_deleted() -> None:
    poll = decode(zkteco.encode_heartbeat("S1"))
    with pytest.raises(ValueError, match="DATA"):
        zkteco.answer(poll, first_contact=False, commands=[("1", "DATA DELETE transaction *")])


WORDS = st.sampled_from(["0", "1", "27", "1001", "2026-08-20 09:15:32", "", "张三", "9" * 20, "0000000000000010"])
KEYS = st.sampled_from(
    ["time", "time_second", "pin", "event", "eventtype", "verifytype", "index", "cardno", "name", "x"]
)
FIELDS = st.lists(st.tuples(KEYS, WORDS), max_size=8).map(lambda told: "\t".join(f"{key}={word}" for key, word in told))
BODIES = st.lists(FIELDS.map(str.encode) | st.binary(max_size=30) | st.just(line()), max_size=5).map(b"\n".join)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    body=BODIES,
    route=st.sampled_from(["cdata", "querydata", "registry", "push"]),
    table=st.sampled_from(["rtlog", "rtstate", "transaction", "tabledata", ""]),
    tablename=st.sampled_from(["user", "ATTPHOTO", "transaction", "options", "errorlog", "new", ""]),
)
@example(body=line(time_second="9" * 15, time=""), route="cdata", table="rtlog", tablename="")
def test_any_bytes_give_a_decoded_an_answer_and_the_same_readings_again(
    body: bytes, route: str, table: str, tablename: str
) -> None:
    query = (("SN", "S1"), ("table", table), ("tablename", tablename))
    request = Request("POST", f"/iclock/{route}", query, {}, body)
    decoded = decode(request)
    answer = zkteco.answer(decoded, first_contact=True)
    assert (answer.status, answer.content_type) == (200, "text/plain")
    again = decode(replace(request, body=decoded.record_part))
    assert (again.readings, again.numbered) == (decoded.readings, decoded.numbered)
    for text in (*(one.text for one in decoded.refusals), *(one.number for one in decoded.readings)):
        assert "\0" not in text
        text.encode()


@settings(max_examples=100, derandomize=True, deadline=None)
@given(
    seen=st.lists(
        st.builds(
            Verification,
            st.from_regex(r"[1-9][0-9]{0,7}", fullmatch=True),
            st.integers(0, 400_000_000).map(
                lambda seconds: datetime(2018, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
            ),
            st.sampled_from([Method.FACE, Method.CARD, Method.FINGERPRINT, Method.OTHER]),
        ),
        max_size=5,
    ),
    offset=st.sampled_from([480, 0, -210, 345]),
)
def test_what_a_simulated_terminal_saw_is_what_is_read(seen: list[Verification], offset: int) -> None:
    decoded = decode(security.encode_rtlog("S1", seen, offset_minutes=offset), offset)
    assert [Verification(one.number, one.at, one.method) for one in decoded.readings] == seen
    assert [one.line for one in decoded.numbered] == list(range(len(seen)))
    assert zkteco.answer(decoded, first_contact=False).body == b"OK"
