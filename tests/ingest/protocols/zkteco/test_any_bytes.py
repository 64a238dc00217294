"""What must hold for any bytes that come to the doors of ZKTeco terminals."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.protocols import zkteco
from ingest.protocols.personal import Scissors
from ingest.protocols.reading import Decoded, Request, Verification
from ingest.protocols.zkteco import records
from models.rules.readings import Method

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 3


def digest(content: bytes) -> str:
    return hmac.digest(b"key", content, hashlib.sha256).hex()


def upload(body: bytes, table: str = "ATTLOG", **query: str) -> Request:
    return Request("POST", "/iclock/cdata", (("SN", "S1"), ("table", table), *query.items()), {}, body)


def decode(body: bytes, table: str = "ATTLOG", **query: str) -> Decoded:
    return zkteco.decode(upload(body, table, **query), digest=digest)


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


COLUMN = st.one_of(st.from_regex(rb"[0-9_]{0,3}", fullmatch=True), st.sampled_from([b"0", b"", b"255", b"1", b"x"]))


@ANY
@given(
    number=st.one_of(st.from_regex(rb"[0-9_]{1,25}", fullmatch=True), st.binary(max_size=3)),
    day=st.from_regex(rb"[0-2][09][0-9]{2}-[01][0-9]-[0-3][0-9]", fullmatch=True),
    hour=st.from_regex(rb"[0-2][0-9]:[0-6][0-9]:[0-6][0-9]", fullmatch=True),
    others=st.lists(COLUMN, max_size=12),
    offset=st.sampled_from([480, 0, -210, 345]),
)
def test_the_short_way_through_an_ordinary_line_ends_where_the_long_one_does(
    number: bytes, day: bytes, hour: bytes, others: list[bytes], offset: int
) -> None:
    line = b"\t".join([number, day + b" " + hour, *others])
    if (seen := records.ordinary(line, 7, offset)) is not None:
        assert records.record(line, 7, offset) == seen
        assert records.cut(line, Scissors(digest), readable=True) == line


def test_the_lines_of_a_real_terminal_are_ordinary() -> None:
    assert records.ordinary(b"10000001\t2026-11-22 08:00:00\t255\t15" + b"\t0" * 6 + b"\t", 0, 480) is not None
