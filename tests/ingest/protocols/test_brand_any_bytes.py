"""What must hold for any bytes that come to the doors of the smaller brands."""

import gzip
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.protocols import dahua, httpv2, uface
from ingest.protocols.reading import Request, Verification
from ingest.protocols.table import Translator
from models.rules.readings import Method

MODULES: list[Translator] = [dahua, httpv2, uface]
PATHS = ["/ingest/uface/t/identify", "/ingest/uface/t/task", "/ingest/dahua/t", "/ingest/dahua/t/keepalive",
         "/Record/UploadIdentifyRecord", "/Record/UploadSystemRecord", "/Device/UploadWorkSetting", "/Device/Keepalive",
         "/People/PushPeople", "/People/DownloadPeopleListResult", "/x"]  # fmt: skip
TYPES = ["multipart/form-data; boundary=b", "multipart/x-mixed-replace", "application/json", "text/plain", ""]
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF"
CLAIM = {"userid": "7", "personid": "7", "recorddate": 1718616771, "time": "1577936040000", "utc": 1700000000,
         "recordtype": 3, "type": "face_0", "status": 1, "code": "AccessControl", "action": "Pulse"}  # fmt: skip


def digest(content: bytes) -> str:
    return hmac.digest(b"key", content, hashlib.sha256).hex()


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(
    [*CLAIM.values(), 25, 2, "face_2", "hmac:00:2", "STRANGERBABY", "\ud800", "1\0", "Code=a;action=b", "\r\n--b\r\n"]
)  # fmt: skip
NAMES = st.sampled_from(
    [*CLAIM, "UserID", "personId", "SN", "deviceKey", "PhysicalAddress", "Events", "Data", "Records", "FailCount",
     "event", "taskNo", "personCount", "Name", "imgBase64", "CardNo", "RecNo", "RecordID", "DeletList", "ImageInfo"]
) | st.text(max_size=4)  # fmt: skip
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=16
)
CLAIMS = st.dictionaries(NAMES, JSON, max_size=4).map(lambda told: {**CLAIM, **told})
OBJECTS = st.one_of(
    JSON,
    CLAIMS,
    st.lists(CLAIMS, max_size=3),
    st.lists(CLAIMS, max_size=3).map(lambda told: {"SN": "A", "RecordType": 2, "Records": told}),
    st.lists(CLAIMS, max_size=3).map(lambda told: {"Events": [{**one, "Data": one} for one in told], "Time": "x"}),
)
TEXTS = OBJECTS.map(lambda told: json.dumps(told).encode()) | OBJECTS.map(
    lambda told: json.dumps(told, ensure_ascii=False).encode("gb18030", "replace").replace(b"}", b",}")
)
LINES = st.tuples(NAMES, st.text(max_size=6)).map(lambda told: f"Events[0].{told[0]}={told[1]}".encode())
PIECES = st.one_of(
    TEXTS,
    TEXTS.map(gzip.compress),
    TEXTS.map(lambda told: b"Code=AccessControl;action=Pulse;index=0;data=" + told),
    CLAIMS.map(lambda told: "&".join(f"{name}={value}" for name, value in told.items()).encode("utf-8", "replace")),
    st.lists(LINES, max_size=5).map(lambda told: b"\r\n".join([b"Events[0].UserID=7", *told])),
    st.binary(max_size=30),
    st.sampled_from([JPEG, b"Heartbeat", b" A", b"7", b"\r\n--b\r\n", b"--b--", b"\x1f\x8b", b"", b"0"]),
)
HEADS = st.sampled_from(
    ["SN", "RecordDetail", "recordJson", "Detail", "ResultJson", "Photo", "PushType", "UserID", "x"]
)
PARTS = st.lists(st.tuples(HEADS, PIECES), max_size=4).map(
    lambda told: (
        b"".join(
            f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + one + b"\r\n"
            for name, one in told
        )
        + b"--b--\r\n"
    )
)
BODIES = PIECES | PARTS | PARTS.map(gzip.compress) | st.lists(PIECES, max_size=3).map(b"".join)
ANY = settings(max_examples=80, derandomize=True, deadline=None)


@pytest.mark.parametrize("module", MODULES, ids=["dahua", "httpv2", "uface"])
@ANY
@given(body=BODIES, path=st.sampled_from(PATHS), content_type=st.sampled_from(TYPES))
@example(body=b'{"a":"x","a":"","personId":"7","type":"face_0","time":"1577936040000"}', path="/x", content_type="")
@example(
    body=b'Code=AccessControl;action=Pulse;data={"UserID":"7","Status":1,"UTC":1700000000,"CardNo":"9",'
    b'"Type":"\\u0043ode=AccessControl;action=Pulse"}',
    path="/x",
    content_type="",
)
@example(
    body=b'--b\r\nContent-Disposition: x; name="RecordDetail"\r\n\r\n'
    + gzip.compress(b'{"RecordType":3,\r\n--b\r\nContent-Disposition: x; name="SN"\r\n\r\n"UserID":"7"}')
    + b"\r\n--b--",
    path="/Record/UploadIdentifyRecord",
    content_type="multipart/form-data; boundary=b",
)
def test_any_bytes_give_a_decoded_an_answer_and_the_same_again(
    module: Translator, body: bytes, path: str, content_type: str
) -> None:
    request = Request("POST", path, (), {"Content-Type": content_type}, body)
    decoded = module.decode(request, digest=digest)
    assert module.answer(decoded, first_contact=True).status == 200
    assert len(decoded.readings) + sum(one.line >= 0 for one in decoded.refusals) == decoded.acknowledge
    again = module.decode(replace(request, body=decoded.record_part), digest=digest)
    assert (again.readings, again.serial) == (decoded.readings, decoded.serial)
    texts = [decoded.serial, *(one.text for one in decoded.refusals), *decoded.facts.values()]
    texts += [text for one in decoded.readings for text in (one.number, one.device_time, one.status, one.verify)]
    texts += [text for one in decoded.events for text in (one.device_time, *one.values)]
    texts += [text for one in decoded.results for text in (one.command, one.text)]
    assert not any("\0" in text for text in texts)
    for text in texts:
        text.encode()


SECRETS = st.builds("赵{}钱".format, st.text("甲乙丙丁子丑寅卯0123456789", min_size=2, max_size=8))
PERSONAL = st.sampled_from(
    ["Name", "name", "CardName", "CardNo", "CardNum", "IdentityCard", "imgBase64", "base64", "data", "idcardNum", "Job",
     "Password", "pass", "FaceFeature", "feature", "Photo", "CitizenIDNo", "phone", "Department", "deviceName"]
)  # fmt: skip


def told_by(module: Translator, fields: dict[str, str], packed: bool) -> Request:
    """A good record of the brand with these fields beside its own."""
    good = module.encode_records("S1", [Verification("7", datetime(2026, 8, 20, 0, 5, tzinfo=UTC))])
    text = json.dumps(fields, ensure_ascii=packed)[1:-1].encode()
    if module is uface:
        return replace(good, body=good.body + "".join(f"&{name}={told}" for name, told in fields.items()).encode())
    return replace(good, body=good.body.replace(b'"UserID"', text + b', "UserID"'))


@pytest.mark.parametrize("module", MODULES, ids=["dahua", "httpv2", "uface"])
@ANY
@given(fields=st.dictionaries(PERSONAL, SECRETS, min_size=1, max_size=4), packed=st.booleans())
def test_a_personal_value_never_stays_in_the_record_part(
    module: Translator, fields: dict[str, str], packed: bool
) -> None:
    decoded = module.decode(told_by(module, fields, packed), digest=digest)
    assert [one.number for one in decoded.readings] == ["7"]
    assert {one.number for one in decoded.personal} == {"7"}
    for secret in fields.values():
        assert any(secret in one.content.decode() for one in decoded.personal)
        assert secret.encode() not in decoded.record_part
        assert json.dumps(secret)[1:-1].encode() not in decoded.record_part


@pytest.mark.parametrize("module", MODULES, ids=["dahua", "httpv2", "uface"])
@ANY
@given(
    seen=st.lists(
        st.builds(
            Verification,
            st.from_regex(r"[1-9][0-9]{0,7}", fullmatch=True),
            st.integers(0, 400_000_000).map(
                lambda seconds: datetime(2018, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
            ),
            st.sampled_from([Method.FACE, Method.CARD, Method.FINGERPRINT, Method.PASSWORD, Method.OTHER]),
        ),
        max_size=4,
    ),
    offset=st.sampled_from([480, 0, -210, 345]),
)
def test_what_a_simulated_terminal_saw_is_what_is_read(
    module: Translator, seen: list[Verification], offset: int
) -> None:
    request = module.encode_records("S1", seen, offset_minutes=offset)
    decoded = module.decode(request, offset_minutes=offset, digest=digest)
    assert [Verification(one.number, one.at, one.method) for one in decoded.readings] == seen
    assert [one.line for one in decoded.readings] == list(range(len(seen)))
    assert (decoded.record_part, decoded.personal) == (request.body, ())
    assert decoded.serial == "S1" or not seen


@pytest.mark.parametrize("module", MODULES, ids=["dahua", "httpv2", "uface"])
@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "filling",
    [b"Code=a;action=b;data={", b'Code=a;action=b;data={"', b"Events[0].X=y\n", b"x\n", b"--b\r\n\r\n{}\r\n", b'{"a":',
     b'"', b",", b"a=1&", b"[", b'{"Events":[{},', b"Code=",
     b'--b\r\nContent-Disposition: x; name="RecordDetail"\r\n\r\n{}\r\n']
)  # fmt: skip
def test_a_crafted_body_takes_no_more_than_its_length(module: Translator, filling: bytes) -> None:
    for start in (b"", b'{"a":"', b"Events[0].UserID=1\n", b"--b\r\n\r\n"):
        body = start + filling * (250_000 // len(filling))
        request = Request("POST", "/Record/UploadIdentifyRecord", (), {"Content-Type": "multipart/x; boundary=b"}, body)
        assert module.decode(request, digest=digest).readings == ()


def test_a_packed_body_that_swells_is_not_unpacked_beyond_reason() -> None:
    body = gzip.compress(b'{"SN":"' + b"A" * (64 << 20) + b'"}')
    decoded = httpv2.decode(Request("POST", "/Device/Keepalive", (), {}, body), digest=digest)
    assert (decoded.serial, len(decoded.refusals)) == ("", 1)
