"""The table of protocols, and what every row of it must do."""

from datetime import UTC, datetime

import pytest

from ingest.protocols import table
from ingest.protocols.reading import Request, Verification, read_time, text_of
from models.rules.readings import Method

SEEN = [Verification("10000001", datetime(2026, 8, 20, 0, 5, tzinfo=UTC), Method.FACE)]


def digest(content: bytes) -> str:
    return f"{len(content):064x}"


@pytest.mark.parametrize("dialect", table.DIALECTS, ids=lambda dialect: dialect.name)
def test_a_simulated_terminal_knocks_at_its_own_door_and_is_understood(dialect: table.Dialect) -> None:
    request = dialect.module.encode_records("S1", SEEN)
    assert table.behind(request.path) is dialect
    decoded = dialect.module.decode(request, digest=digest)
    assert [(one.number, one.at, one.method) for one in decoded.readings] == [("10000001", SEEN[0].at, Method.FACE)]
    assert dialect.module.answer(decoded, first_contact=False).status == 200
    for sent in (dialect.module.encode_heartbeat("S1"), dialect.module.encode_handshake("S1")):
        assert table.behind(sent.path) is dialect
        assert dialect.module.decode(sent, digest=digest).serial == "S1"
    assert table.named(dialect.name) is dialect


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/iclock/cdata", "zkteco"),
        ("/ICLOCK/getrequest.aspx/", "zkteco"),
        ("/ingest/iclock/cdata", "zkteco"),
        ("/iclock", "zkteco"),
        ("/ingest/v1/records", "house"),
        ("/ingest/v1/heartbeat/", "house"),
        ("/ingest/uface/token/identify", "uface"),
        ("/ingest/dahua/token", "dahua"),
        ("/PictureHttpUpload/keepalive", "dahua"),
        ("/Device/Keepalive", "httpv2"),
        ("//people/DOWNLOADPEOPLELIST/", "httpv2"),
        ("/ingest/Record/UploadIdentifyRecord", "httpv2"),
        ("/ingest/hik", "hikvision"),
        ("/Ingest//hik/tokenOfOne", "hikvision"),
    ],
)
def test_a_path_leads_to_its_protocol(path: str, name: str) -> None:
    found = table.behind(path)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/iclocks/cdata",
        "/devices",
        "/people1",
        "/recording/x",
        "/ingest/v1/recordsets",
        "/ingest/hikes",
        "/ingest/v2/records",
        "",
    ],
)
def test_a_path_of_nobody_leads_nowhere(path: str) -> None:
    assert table.behind(path) is None


def test_parameters_and_headers_are_read_without_regard_to_case() -> None:
    request = Request.to("GET", "/iclock/cdata?sn=S1&Table=&x=%20a", {"content-TYPE": "text/plain"})
    assert (request.parameter("SN"), request.parameter("TABLE"), request.parameter("none")) == ("S1", "", "")
    assert request.header("Content-Type") == "text/plain"
    assert Request.to("GET", request.target, {}).query == request.query


def test_bytes_are_read_as_utf_8_and_else_as_gb18030() -> None:
    assert text_of("陈志峰".encode()) == text_of("陈志峰".encode("gb18030")) == "陈志峰"
    assert text_of(b"a\0b\tc") == "a\u2400b\tc"


def test_a_time_is_an_instant_in_whole_milliseconds() -> None:
    assert read_time("2026-08-20 08:05:00.1239") == datetime(2026, 8, 20, 0, 5, 0, 123000, tzinfo=UTC)
    assert read_time("1704096000123") == datetime(2024, 1, 1, 8, 0, 0, 123000, tzinfo=UTC)
    assert read_time("9999-12-31T23:59:59-12:00") is None
