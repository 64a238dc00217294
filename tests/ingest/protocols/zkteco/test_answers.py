"""What a ZKTeco terminal is answered."""

import hashlib
import hmac

import pytest

from ingest.protocols import zkteco
from ingest.protocols.reading import Decoded, Request


def digest(content: bytes) -> str:
    return hmac.digest(b"key", content, hashlib.sha256).hex()


def upload(body: bytes, table: str = "ATTLOG", **query: str) -> Request:
    return Request("POST", "/iclock/cdata", (("SN", "S1"), ("table", table), *query.items()), {}, body)


def decode(body: bytes, table: str = "ATTLOG", **query: str) -> Decoded:
    return zkteco.decode(upload(body, table, **query), digest=digest)


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
