"""What must hold for any bytes that come to the doors of Hikvision terminals."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.protocols import hikvision
from ingest.protocols.reading import Decoded, Request, Verification
from models.rules.readings import Method

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256))
FORM = "multipart/form-data; boundary=b"


def digest(content: bytes) -> str:
    return hmac.digest(b"key", content, hashlib.sha256).hex()


def decode(body: bytes, kind: str = "") -> Decoded:
    return hikvision.decode(Request("POST", "/ingest/hik", (), {"Content-Type": kind}, body), digest=digest)


NAMES = st.sampled_from(
    ["eventType", "AccessControllerEvent", "InfoList", "root", "majorEventType", "subEventType", "employeeNoString",
     "dateTime", "serialNo", "attendanceStatus", "name", "cardNo", "FaceRect", "macAddress", "shortSerialNumber", "x"]
)  # fmt: skip
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from([5, 75, "75", "2026-08-20T08:05:00+08:00", "heartBeat", "checkIn", "\ud800", "1" * 200]),
)  # fmt: skip
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6), max_leaves=20
)
EVENT = {"majorEventType": 5, "subEventType": 75, "employeeNoString": "1", "dateTime": "2026-08-20T08:05:00"}
EVENTS = st.dictionaries(NAMES, JSON, max_size=4).map(lambda told: json.dumps({"root": {**EVENT, **told}}).encode())
TAGS = st.tuples(NAMES, st.text(max_size=6)).map(lambda told: f"<{told[0]}>{told[1]}</{told[0]}>")
MARKUP = st.lists(
    st.one_of(
        TAGS, st.text(max_size=5), st.sampled_from(["<root>", "</root>", "<!--", "]]>", "<![CDATA[", "<a b='c'/>"])
    ),
    max_size=12,
).map(lambda told: "".join(["<root>", *told]).encode("utf-8", "replace"))  # fmt: skip
TEXTS = st.one_of(
    st.binary(max_size=40), JSON.map(lambda told: json.dumps(told).encode()), EVENTS, MARKUP, st.just(JPEG)
)
BODIES = st.one_of(
    TEXTS,
    st.lists(TEXTS, max_size=4).map(
        lambda parts: b"".join(b"--b\r\n\r\n" + one + b"\r\n" for one in parts) + b"--b--\r\n"
    ),
)
ANY = settings(max_examples=200, derandomize=True, deadline=None)


@ANY
@given(body=BODIES, kind=st.sampled_from(["", FORM, "application/json", "multipart/x", "application/xml"]))
@example(body=json.dumps({"root": EVENT | {"employeeNoString": "1" * 101}}).encode(), kind="")
@example(body=json.dumps({"root": EVENT | {"name": {"a": "\ud800"}}}).encode(), kind="")
@example(body=b"hmac:00:1", kind=FORM)
def test_any_bytes_give_a_decoded_an_answer_and_the_same_readings_again(body: bytes, kind: str) -> None:
    decoded = decode(body, kind)
    assert hikvision.answer(decoded).status == 200
    assert decode(decoded.record_part, kind).readings == decoded.readings
    assert len(decoded.readings) + sum(one.line >= 0 for one in decoded.refusals) == decoded.acknowledge
    for text in (
        *(decoded.serial, *decoded.facts.values(), *(one.text for one in decoded.refusals)),
        *(one.number for one in decoded.readings),
        *(value for one in decoded.events for value in (one.device_time, *one.values)),
    ):
        assert "\0" not in text
        text.encode()


SECRET = st.builds("赵{}钱".format, st.text("甲乙丙丁子丑寅卯0123456789 ", min_size=2, max_size=8))
PERSONAL = st.sampled_from(
    ["name", "cardNo", "QRCodeInfo", "pictureURL", "IDCardNo", "unlockRoomNo", "Extensions", "other"]
)


@ANY
@given(
    fields=st.dictionaries(PERSONAL, SECRET, min_size=1, max_size=4),
    form=st.sampled_from(["json", "list", "nested", "xml", "multipart"]),
    encoding=st.sampled_from(["utf-8", "gb18030"]),
)
def test_a_personal_value_never_stays_in_the_record_part(fields: dict[str, str], form: str, encoding: str) -> None:
    members = EVENT | fields
    told = json.dumps(members, ensure_ascii=False)
    text = {
        "json": json.dumps({"AccessControllerEvent": members}, ensure_ascii=False),
        "list": json.dumps({"AcsEvent": {"InfoList": [members, members]}}, ensure_ascii=False),
        "nested": json.dumps(EVENT | {"unknown": [[members]], "FaceRect": members}, ensure_ascii=False),
        "xml": "<root>" + "".join(f"<{name}>{value}</{name}>" for name, value in members.items()) + "</root>",
        "multipart": f'--b\r\nContent-Disposition: x; name="{fields}"\r\n\r\n{told}\r\n--b--\r\n',
    }[form]
    decoded = decode(text.encode(encoding), FORM if form == "multipart" else "")
    assert decoded.readings
    for secret in fields.values():
        assert secret.encode(encoding) not in decoded.record_part
        assert json.dumps(secret).encode()[1:-1] not in decoded.record_part
        assert any(
            secret.encode() in one.content or json.dumps(secret).encode()[1:-1] in one.content
            for one in decoded.personal
        )


@ANY
@given(
    seen=st.lists(
        st.builds(
            Verification,
            st.from_regex(r"[1-9][0-9]{0,7}", fullmatch=True),
            st.integers(0, 400_000_000).map(
                lambda seconds: datetime(2018, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
            ),
            st.sampled_from([Method.FACE, Method.FACE_AND, Method.CARD, Method.FINGERPRINT, Method.OTHER]),
        ),
        max_size=5,
    ),
    offset=st.sampled_from([480, 0, -210, 345]),
)
def test_what_a_simulated_terminal_saw_is_what_is_read(seen: list[Verification], offset: int) -> None:
    request = hikvision.encode_records("S1", seen, offset_minutes=offset)
    decoded = hikvision.decode(request, offset_minutes=offset, digest=digest)
    assert [Verification(one.number, one.at, one.method) for one in decoded.readings] == seen
    assert (decoded.serial, decoded.record_part) == ("S1" if seen else "", request.body)
    assert hikvision.decode(replace(request, headers={}), digest=digest).readings == decoded.readings


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "filling",
    [
        b"<a>",
        b"<a/>",
        b"<![CDATA[",
        b"<!--",
        b"&amp;",
        b'{"a":',
        b"[",
        b'"a",',
        b"--b\r\n",
        b"<a b=",
        b" ",
        b"\0",
        b"<",
    ],
)
@pytest.mark.parametrize("first", [b"<root>", b'{"root": [', b"--b\r\n\r\n", b""])
def test_a_crafted_body_takes_no_more_than_its_length(first: bytes, filling: bytes) -> None:
    decoded = decode(first + filling * (1_000_000 // len(filling)), FORM)
    assert decoded.readings == ()
