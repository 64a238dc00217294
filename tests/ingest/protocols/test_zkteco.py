"""ZKTeco: what the samples do not show, and what must hold for any bytes."""

import gzip
import hashlib
import hmac
import io
import json
import tarfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.protocols import zkteco
from ingest.protocols.reading import TAMPER, WHOLE_BODY, Decoded, EventName, Kind, Request, Verification, text_of
from models.rules.readings import Method, Reading

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 3


def digest(content: bytes) -> str:
    return hmac.digest(b"key", content, hashlib.sha256).hex()


def upload(body: bytes, table: str = "ATTLOG", **query: str) -> Request:
    return Request("POST", "/iclock/cdata", (("SN", "S1"), ("table", table), *query.items()), {}, body)


def decode(body: bytes, table: str = "ATTLOG", **query: str) -> Decoded:
    return zkteco.decode(upload(body, table, **query), digest=digest)


def only(decoded: Decoded) -> Reading:
    assert (len(decoded.readings), decoded.refusals) == (1, ()), decoded
    return decoded.readings[0]


# --- attendance lines


def test_wall_time_is_taken_at_the_terminal_s_offset() -> None:
    request = upload(b"7\t2026-08-20 08:05:00\t255\t15")
    assert only(zkteco.decode(request, digest=digest)).at == datetime(2026, 8, 20, 0, 5, tzinfo=UTC)
    assert only(zkteco.decode(request, offset_minutes=330, digest=digest)).at == datetime(
        2026, 8, 20, 2, 35, tzinfo=UTC
    )


def test_unix_time_is_utc_whatever_the_offset() -> None:
    request = upload(b"789\t1704096000\t0\t1\t0")
    assert only(zkteco.decode(request, offset_minutes=60, digest=digest)).at == datetime(2024, 1, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stated", "hour"), [("32400", 23), ("0", 0), ("", 0), ("-3600", 9), ("17", 0), ("999999", 0), ("x", 0)]
)
def test_a_line_s_own_time_offset_holds_where_it_is_a_time_zone(stated: str, hour: int) -> None:
    reading = only(decode(f"7\t2026-08-20 08:00:00\t0\t15\t0\t0\t0\t0\t36.5\t0\t{stated}\t".encode()))
    assert reading.at.hour == hour


@pytest.mark.parametrize(
    "text",
    ["2026-08-20T08:05:00", "2026/8/20 8:05:00", "2026-08-20 08:05", "2026-08-20 08:05:00.000", "2026-08-20T00:05:00Z",
     "2026-08-20T09:05:00+09:00"],
)  # fmt: skip
def test_odd_ways_of_writing_a_time_are_read(text: str) -> None:
    reading = only(decode(f"7\t{text}\t0\t15".encode()))
    assert (reading.at, reading.device_time) == (datetime(2026, 8, 20, 0, 5, tzinfo=UTC), text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30 08:00:00",
        "2026-08-20 24:00:00",
        "2026-08-20",
        "0000-00-00 00:00:00",
        "0001-01-01 00:00:00",
        "now",
        "²⁰²⁶-08-20 08:00:00",
    ],
)
def test_a_time_that_cannot_be_read_is_refused_not_guessed(text: str) -> None:
    decoded = decode(f"7\t{text}\t0\t15".encode())
    assert decoded.readings == ()
    assert [(one.line, one.text) for one in decoded.refusals] == [(0, f"7\t{text}\t0\t15")]
    assert "time" in decoded.refusals[0].reason
    assert zkteco.answer(decoded, first_contact=False).body == b"OK: 1"


def test_an_implausible_time_is_still_a_reading() -> None:
    assert only(decode(b"7\t2000-01-01 00:00:00\t255\t15")).at == datetime(1999, 12, 31, 16, tzinfo=UTC)
    assert only(decode(b"7\t2099-01-01 00:00:00\t255\t15")).at.year == 2098


@pytest.mark.parametrize(
    ("code", "method"),
    [
        *[(str(code), Method.FACE_AND) for code in (16, 17, 18, 19, 20)],
        *[(code, Method.UNKNOWN) for code in ("0", "", "face")],
        *[(code, Method.OTHER) for code in ("5", "6", "7", "101", "200")],
        ("15", Method.FACE),
        ("1", Method.FINGERPRINT),
        ("3", Method.PASSWORD),
        ("4", Method.CARD),
        ("21", Method.VEIN),
        ("25", Method.PALM),
    ],
)
def test_a_verify_code_means_a_method(code: str, method: Method) -> None:
    assert only(decode(f"7\t2026-08-20 08:05:00\t255\t{code}".encode())).method is method


def test_two_columns_are_enough_for_a_reading() -> None:
    reading = only(decode(b"7\t2026-08-20 08:05:00"))
    assert (reading.status, reading.verify, reading.method) == ("", "", Method.UNKNOWN)


def test_leading_zeros_of_a_number_count() -> None:
    assert only(decode(b"0090\t2026-08-20 08:05:00\t255\t15")).number == "0090"


def test_an_id_before_the_number_is_believed_only_in_tagged_lines() -> None:
    assert only(decode(b"ATTLOG 7\t1001\t2026-08-12 08:47:37\t0\t15")).number == "1001"
    assert only(decode(b"ATTLOG 1001 2026-08-12 08:47:37 0 15")).number == "1001"
    assert decode(b"7\t1001\t2026-08-12 08:47:37\t0\t15").readings == ()


def test_the_table_may_stand_in_the_first_line() -> None:
    request = Request(
        "PUT", "/iclock/cdata/", (("sn", "S1"),), {}, b"\r\nTABLE=ATTLOG\r\n7\t2026-08-20 08:05:00\t0\t15\r\n"
    )
    decoded = zkteco.decode(request, digest=digest)
    assert (only(decoded).line, decoded.acknowledge, decoded.serial, decoded.kind) == (0, 1, "S1", Kind.RECORDS)
    assert zkteco.answer(decoded, first_contact=False).body == b"OK: 1"


def test_a_failed_check_of_an_identity_card_is_no_attendance() -> None:
    line = "7\t2026-08-20 08:05:00\t{}\t1\t0\t0\t0\t110101199003071234\t1"
    failed, passed = decode(line.format(1).encode()), decode(line.format(0).encode())
    assert failed.readings == ()
    assert "verification failed" in failed.refusals[0].reason
    assert only(passed).method is Method.FACE  # these terminals number their methods otherwise
    for decoded in (failed, passed):
        assert [(one.kind, one.content) for one in decoded.personal] == [("id_card", b"110101199003071234")]
        assert b"110101199003071234" not in decoded.record_part
        assert not any("110101199003071234" in one.text for one in decoded.refusals)


def test_a_number_with_control_characters_is_refused_and_its_text_can_be_stored() -> None:
    decoded = decode(b"00\x0090\t2026-08-20 08:05:00\t0\t15\n8\t2026-08-20 08:05:00\t0\t15")
    assert [one.number for one in decoded.readings] == ["8"]
    assert decoded.readings[0].line == 1
    assert "\0" not in decoded.refusals[0].text


def test_what_stands_for_a_cut_part_is_never_a_number() -> None:
    decoded = decode(b"hmac:00ff:12\t2026-08-20 08:05:00\t0\t15")
    assert decoded.readings == ()
    assert "cut" in decoded.refusals[0].reason


def test_a_packed_upload_is_unpacked() -> None:
    line = b"7\t2026-08-20 08:05:00\t255\t15\n"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo("attlog.txt")
        member.size = len(line)
        archive.addfile(member, io.BytesIO(line))
    for packed in (buffer.getvalue(), gzip.compress(line)):
        decoded = decode(packed, ContentType="tgz")
        assert (only(decoded).number, decoded.acknowledge, decoded.record_part) == ("7", 1, line)
    broken = decode(buffer.getvalue()[:40])
    assert [one.line for one in broken.refusals] == [WHOLE_BODY]


# --- the terminal's log and the persons it holds


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


# --- facts, results


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


# --- answers


def handshake() -> Decoded:
    return zkteco.decode(zkteco.encode_handshake("S1"), digest=digest)


def test_first_contact_asks_for_everything_and_later_contact_resumes() -> None:
    first = zkteco.answer(handshake(), first_contact=True).body.decode().split("\n")
    later = zkteco.answer(handshake(), first_contact=False, stamp="812").body.decode().split("\n")
    unknown = zkteco.answer(handshake(), first_contact=False).body.decode().split("\n")
    families = ("ATTLOGStamp", "Stamp", "OPERLOGStamp", "OpStamp", "ATTPHOTOStamp", "PhotoStamp", "BIODATAStamp")
    assert {f"{name}=0" for name in families} <= set(first)
    assert {"ATTLOGStamp=812", "Stamp=812", "OpStamp=9999"} <= set(later)
    assert {"ATTLOGStamp=9999", "Stamp=9999"} <= set(unknown)


def test_the_option_block_is_the_one_terminals_understand() -> None:
    told = zkteco.answer(handshake(), first_contact=False).body.decode().split("\n")
    assert told[0] == "GET OPTION FROM: S1"
    assert told[-1] == ""
    assert all("=" in line for line in told[1:-1])
    words = "TransFlag=TransData AttLog\tOpLog\tAttPhoto\tEnrollUser\tChgUser\tUserPic\tBioPhoto"
    assert {"TimeZone=8", "Realtime=1", "Encrypt=0", "Delay=30", "PushOptionsFlag=1", words} <= set(told)


def test_commands_are_handed_out_at_a_poll_only() -> None:
    commands = [("11", "INFO"), ("12", "DATA UPDATE USERINFO PIN=1\tName=张三")]
    poll = zkteco.decode(zkteco.encode_heartbeat("S1"), digest=digest)
    told = zkteco.answer(poll, first_contact=False, commands=commands, encoding="gb18030").body
    assert told == "C:11:INFO\nC:12:DATA UPDATE USERINFO PIN=1\tName=张三".encode("gb18030")
    assert zkteco.answer(poll, first_contact=False).body == b"OK"
    assert zkteco.answer(decode(b""), first_contact=False, commands=commands).body == b"OK: 0"


@pytest.mark.parametrize("text", ["CLEAR LOG", "clear data", "SHELL ls", "DATA DELETE ATTLOG", "INFO\nC:9:CLEAR LOG"])
def test_a_command_that_wipes_records_is_never_handed_out(text: str) -> None:
    poll = zkteco.decode(zkteco.encode_heartbeat("S1"), digest=digest)
    with pytest.raises(ValueError, match="command 11"):
        zkteco.answer(poll, first_contact=False, commands=[("11", text)])


def test_a_serial_cannot_add_lines_to_the_answer() -> None:
    request = Request.to("GET", "/iclock/cdata?SN=S1%0AEncrypt=1&options=all", {})
    told = zkteco.answer(zkteco.decode(request, digest=digest), first_contact=False).body
    assert told.startswith(b"GET OPTION FROM: S1Encrypt=1\n")


# --- for any bytes

PRINTED = st.text(st.characters(codec="gb18030", exclude_categories=("C", "Z")), min_size=1, max_size=12)


def lines(pattern: str, *parts: st.SearchStrategy[str], encoding: str = "utf-8") -> st.SearchStrategy[bytes]:
    return st.tuples(*parts).map(lambda told: pattern.format(*told).encode(encoding))


WORDS = ["", "\r", "TABLE=ATTLOG", "A" * 80, "OPLOG 21\t0\t2026-08-20 08:05:00\t1"]
TAGS = st.sampled_from(["USER", "FP", "IDCARD", "NEW", ""])
DAYS, CODES = st.integers(10, 32).map(str), st.integers(-2, 30).map(str)
LINES = st.one_of(
    st.binary(max_size=60),
    lines("{}\t2026-08-{} 08:05:00\t255\t{}\t0\t{}\t\r", PRINTED, DAYS, CODES, PRINTED),
    lines("{} 2026-08-20 08:05:00 {} 15", PRINTED, PRINTED),
    lines("Name={}\t2026-08-20 08:05:00\tCard={}", PRINTED, PRINTED, encoding="gb18030"),
    lines("ATTLOG {}\t{}\t2026-08-20 08:05:00\t0\t15\t0\t0\t0\t110101199003071234\t{}", PRINTED, PRINTED, PRINTED),
    lines("{}\t2026-08-20 08:05:00\t0\t1\t0\t0\t0\t110101199003071234\t{}", PRINTED, st.sampled_from(["0", "1"])),
    lines("{} PIN={}\tName={}\tPri=0", TAGS, PRINTED, PRINTED),
    st.sampled_from([JPEG, b"\x1f\x8b\x08", *(word.encode() for word in WORDS)]),
)
BODIES = st.lists(LINES, max_size=6).map(b"\n".join)
PATHS = st.sampled_from(["cdata", "cdata.aspx", "fdata", "devicecmd", "getrequest", "ping", "registry", "../x", ""])
TABLES = st.sampled_from(
    ["ATTLOG", "attlog", "OPERLOG", "USERINFO", "IDCARD", "ATTPHOTO", "options", "ERRORLOG", "x", ""]
)
ANY = settings(max_examples=200, derandomize=True, deadline=None)


@ANY
@given(
    path=PATHS, table=TABLES, body=BODIES, query=st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3)
)
@example(path="cdata", table="ATTLOG", body=b"\x1f\x8b" + bytes(40), query={"SN": "\ud800"})
def test_any_bytes_give_a_decoded_and_an_answer(path: str, table: str, body: bytes, query: dict[str, str]) -> None:
    request = Request("POST", f"/iclock/{path}", (("table", table), *query.items()), {}, body)
    decoded = zkteco.decode(request, digest=digest)
    answer = zkteco.answer(decoded, first_contact=True)
    assert (answer.status, answer.content_type) == (200, "text/plain")
    for text in (decoded.serial, *(one.text for one in decoded.refusals), *(one.number for one in decoded.readings)):
        assert "\0" not in text
        text.encode()


@ANY
@given(body=BODIES.filter(lambda body: not body.startswith(b"\x1f\x8b")))
@example(body=b"Name=a b\t2026-01-01 00:00:00\t0\t1")
@example(body=b"\n\r\n \n")
def test_every_line_that_is_not_empty_is_acknowledged(body: bytes) -> None:
    lines = [line for line in (line.rstrip(b"\r") for line in body.split(b"\n")) if line]
    named = bool(lines) and lines[0].upper() == b"TABLE=ATTLOG"
    assert decode(body).acknowledge == len(lines) - named
    assert decode(body, "OPERLOG").acknowledge == len(lines) - named


@ANY
@given(body=BODIES, table=TABLES)
@example(body=b"7\t2026-08-20 08:05:00\t110101199003071234\t15\t0\t0\t0", table="ATTLOG")
def test_the_record_part_gives_the_same_readings(body: bytes, table: str) -> None:
    decoded = decode(body, table)
    assert decode(decoded.record_part, table).readings == decoded.readings


SECRET = st.builds("赵{}钱".format, st.text("甲乙丙丁子丑寅卯0123456789 ", min_size=2, max_size=8))
KEYS = st.sampled_from(["Name", "name", "Passwd", "Card", "ViceCard", "IDNum", "Content", "TMP", "Address", "ComKey"])


@ANY
@given(
    table=st.sampled_from(["OPERLOG", "USERINFO", "IDCARD", "BIODATA", "options", "NEW", "ATTLOG"]),
    path=st.sampled_from(["cdata", "devicecmd", "querydata"]),
    tag=st.sampled_from(["", "USER ", "USERPIC ", "BIODATA ", "IDCARD ", "NEW\t"]),
    fields=st.lists(st.tuples(KEYS, SECRET), min_size=1, max_size=4),
    between=st.sampled_from(["\t", " ", "&"]),
    encoding=st.sampled_from(["utf-8", "gb18030"]),
)
def test_a_personal_value_never_stays_in_the_record_part(
    table: str, path: str, tag: str, fields: list[tuple[str, str]], between: str, encoding: str
) -> None:
    told = between.join(["PIN=7", *(f"{key}={secret}" for key, secret in fields), "Grp=1"])
    body = f"{tag}{told}\r\n{told}".encode(encoding)
    request = replace(upload(body, table), path=f"/iclock/{path}")
    decoded = zkteco.decode(request, digest=digest)
    for _, secret in fields:
        assert secret.encode(encoding) not in decoded.record_part
        assert not any(secret in one.text for one in decoded.refusals)
        assert secret not in json.dumps(dict(decoded.facts), ensure_ascii=False)
        assert any(secret.encode(encoding) in one.content for one in decoded.personal)


@ANY
@given(
    seen=st.lists(
        st.builds(
            Verification,
            st.from_regex(r"[1-9][0-9]{0,7}", fullmatch=True),
            st.integers(0, 400_000_000).map(
                lambda seconds: datetime(2018, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
            ),
            st.sampled_from([Method.FACE, Method.CARD, Method.FINGERPRINT, Method.PALM, Method.OTHER, Method.UNKNOWN]),
        ),
        max_size=5,
    ),
    offset=st.sampled_from([480, 0, -210, 345]),
)
def test_what_a_simulated_terminal_saw_is_what_is_read(seen: list[Verification], offset: int) -> None:
    decoded = zkteco.decode(
        zkteco.encode_records("S1", seen, offset_minutes=offset), offset_minutes=offset, digest=digest
    )
    assert [Verification(one.number, one.at, one.method) for one in decoded.readings] == seen
    assert {(one.status, decoded.serial) for one in decoded.readings} <= {("255", "S1")}
    assert [one.line for one in decoded.readings] == list(range(len(seen)))


@pytest.mark.timeout(10)
@pytest.mark.parametrize("filling", [b"Name=x ", b",Name=x", b" =", b"PIN=1 ", b"A", b"\t", b"ID=1 ", b"2026-08-20 "])
@pytest.mark.parametrize("table", ["OPERLOG", "ATTLOG", "IDCARD", "options", "ATTPHOTO"])
def test_a_crafted_line_as_long_as_a_body_takes_no_more_than_its_length(filling: bytes, table: str) -> None:
    body = b"USER PIN=7 Pri=0 " + filling * (1_000_000 // len(filling))
    decoded = decode(body, table)
    assert decoded.acknowledge == (table not in ("options", "ATTPHOTO"))
    assert decode(body + b"\n" + filling, table).readings == ()
