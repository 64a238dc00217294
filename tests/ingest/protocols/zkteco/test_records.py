"""ZKTeco's attendance lines, as far as the captured ones do not show them."""

import gzip
import hashlib
import hmac
import io
import tarfile
from datetime import UTC, datetime

import pytest

from ingest.protocols import zkteco
from ingest.protocols.reading import WHOLE_BODY, Decoded, Kind, Request
from models.rules.readings import Method, Reading


def digest(content: bytes) -> str:
    return hmac.digest(b"key", content, hashlib.sha256).hex()


def upload(body: bytes, table: str = "ATTLOG", **query: str) -> Request:
    return Request("POST", "/iclock/cdata", (("SN", "S1"), ("table", table), *query.items()), {}, body)


def decode(body: bytes, table: str = "ATTLOG", **query: str) -> Decoded:
    return zkteco.decode(upload(body, table, **query), digest=digest)


def only(decoded: Decoded) -> Reading:
    assert (len(decoded.readings), decoded.refusals) == (1, ()), decoded
    return decoded.readings[0]


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
