"""ZKTeco's log, persons, pictures, facts and command results."""

import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from ingest.protocols import zkteco
from ingest.protocols.reading import TAMPER, Decoded, EventName, Kind, Request, text_of

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 3


def digest(content: bytes) -> str:
    return hmac.digest(b"key", content, hashlib.sha256).hex()


def upload(body: bytes, table: str = "ATTLOG", **query: str) -> Request:
    return Request("POST", "/iclock/cdata", (("SN", "S1"), ("table", table), *query.items()), {}, body)


def decode(body: bytes, table: str = "ATTLOG", **query: str) -> Decoded:
    return zkteco.decode(upload(body, table, **query), digest=digest)


@pytest.mark.parametrize(
    ("code", "name"),
    [(13, EventName.DATA_PURGED), (21, EventName.CLOCK_SET), (22, EventName.FACTORY_RESET),
     (23, EventName.RECORDS_DELETED), (24, EventName.ADMINS_CLEARED)],
)  # fmt: skip
def test_tampering_is_named(code: int, name: EventName) -> None:
    (event,) = decode(f"OPLOG {code}\t14\t2026-08-20 08:05:00\t0\t0\t0\t0".encode(), "OPERLOG").events
    assert (event.name, event.code, event.operator) == (name, code, "14")
    assert event.at == datetime(2026, 8, 20, 0, 5, tzinfo=UTC)
    assert name in TAMPER


def test_an_event_whose_time_cannot_be_read_is_kept() -> None:
    (event,) = decode(b"OPLOG 21\t0\t2026-99-99 08:05:00\t0", "OPERLOG").events
    assert (event.name, event.at, event.device_time) == (EventName.CLOCK_SET, None, "2026-99-99 08:05:00")


def test_an_operation_without_code_is_refused_and_counted() -> None:
    decoded = decode(b"OPLOG x\t0\t2026-08-20 08:05:00\nOPLOG 4\t0\t2026-08-20 08:05:00", "OPERLOG")
    assert [one.line for one in decoded.refusals] == [0]
    assert [one.line for one in decoded.events] == [1]
    assert zkteco.answer(decoded, first_contact=False).body == b"OK: 2"


def test_a_template_over_several_lines_is_cut_to_its_end() -> None:
    first, second = b"QUJD" * 19, b"REVG" * 5 + b"RA=="
    decoded = decode(
        b"FP PIN=7\tFID=6\tSize=1\tValid=1\tTMP=" + first + b"\n" + second + b"\nUSER PIN=8\tPri=14", "OPERLOG"
    )
    assert [(one.kind, one.number, one.content) for one in decoded.personal] == [
        ("template", "7", first),
        ("template", "7", second),
    ]
    assert (decoded.refusals, decoded.acknowledge) == ((), 3)
    assert first not in decoded.record_part
    assert second not in decoded.record_part
    assert decoded.events[1].values == ("8", "14")


def test_a_line_we_do_not_know_among_persons_is_cut_whole() -> None:
    decoded = decode("登记 张三 13900001111".encode(), "OPERLOG")
    assert [one.kind for one in decoded.personal] == ["unread"]
    assert "张三" not in text_of(decoded.record_part)
    assert "张三" not in decoded.refusals[0].text


def test_a_long_part_has_a_plain_digest_and_a_short_one_a_keyed_digest() -> None:
    content = b"QUJD" * 100
    decoded = decode(b"USER PIN=7\tName=Li\nUSERPIC PIN=7\tSize=400\tContent=" + content, "OPERLOG")
    name, picture = decoded.personal
    assert name.replacement == f"hmac:{digest(b'Li')}:2"
    assert picture.replacement == f"sha256:{hashlib.sha256(content).hexdigest()}:400"


def test_names_hold_spaces_also_in_lines_without_tabs() -> None:
    decoded = decode(b"USER PIN=7 Name=Johny Deep Card=12345 Grp=1", "OPERLOG")
    assert (decoded.personal[0].kind, decoded.personal[0].content) == ("name", b"Johny Deep")
    assert b"12345" not in decoded.record_part
    assert decoded.events[0].values[0] == "7"


def test_a_picture_s_head_stays_and_tells_whose_and_when() -> None:
    head = b"PIN=20240805124825-1156.jpg\nSN=S1\nsize=780\nCMD=uploadphoto\0"
    decoded = decode(head + JPEG, "ATTPHOTO")
    (picture,) = decoded.personal
    assert (picture.kind, picture.number, picture.content) == ("picture", "1156", JPEG)
    assert decoded.record_part == head + picture.replacement.encode()
    assert decoded.facts["picture_time"] == "20240805124825"
    assert zkteco.answer(decoded, first_contact=False).body == b"OK"


def test_a_citizen_s_number_in_a_picture_s_name_is_cut() -> None:
    decoded = decode(b"PIN=20240805124825-0-1156-110101199003071234.jpg\tSN=S1\0" + JPEG, "ATTPHOTO")
    assert decoded.facts["picture_number"] == "1156"
    assert b"110101199003071234" not in decoded.record_part


def test_info_is_counted_from_the_address() -> None:
    request = Request.to("GET", "/iclock/getrequest?SN=S1&INFO=Ver%208.0,b2,41,3,1804,10.0.0.9,12,40,12,39,11110", {})
    decoded = zkteco.decode(request, digest=digest)
    assert decoded.kind is Kind.POLL
    wanted = {"firmware": "Ver 8.0,b2", "users": "41", "attlogs": "1804", "ip": "10.0.0.9", "faces": "39"}
    assert wanted.items() <= decoded.facts.items()


def test_a_comma_inside_an_option_stays() -> None:
    decoded = decode(
        b"~DeviceName=SenseFace 2A,~OEMVendor=ZKTECO CO., LTD.,FWVersion=Z-1,ComKey=1234,UserCount=2", "options"
    )
    wanted = {"model": "SenseFace 2A", "oemvendor": "ZKTECO CO., LTD.", "firmware": "Z-1", "users": "2"}
    assert wanted.items() <= decoded.facts.items()
    assert b"ComKey=1234" not in decoded.record_part


def test_an_option_cannot_pass_for_a_fact_of_the_request() -> None:
    decoded = decode(b"table=ATTLOG\nstamp=5", "options", Stamp="7")
    assert (decoded.facts["table"], decoded.facts["stamp"]) == ("OPTIONS", "7")


def test_several_results_in_one_report_are_told_apart() -> None:
    body = b"\n".join(
        [
            b"ID=11&Return=0&CMD=DATA+UPDATE+USERINFO",
            b"ID=12&Return=-1002&CMD=LOG",
            b"ID=13\nReturn=x\nCMD=GetFile\nContent=a\nb",
            b"ID=14&Return=3&CMD=CHECK",
        ]
    )
    request = Request("POST", "/iclock/devicecmd", (("SN", "S1"),), {}, body)
    decoded = zkteco.decode(request, digest=digest)
    assert [(one.command, one.code, one.text) for one in decoded.results] == [
        ("11", 0, "DATA UPDATE USERINFO"),
        ("12", -1002, "LOG"),
        ("13", None, "GetFile"),
        ("14", 3, "CHECK"),
    ]
    assert [(one.kind, one.content) for one in decoded.personal] == [("content", b"a\nb")]
