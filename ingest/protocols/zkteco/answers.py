"""The exact words a ZKTeco terminal waits for, and the bytes one sends (for the simulator)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

from ingest.protocols.reading import OFFSET_MINUTES, Answer, Decoded, Kind, Request, Verification, wall_text
from ingest.protocols.zkteco import registry
from models.rules.instants import BEIJING
from models.rules.readings import Method

_COUNTED = ("ATTLOG", "OPERLOG", "USERINFO", "BIODATA", "IDCARD")
# Resume marks, new names and old ones: firmwares read only their own family.
_ATTENDANCE_STAMPS = ("ATTLOGStamp", "Stamp")
_OTHER_STAMPS = (
    "OPERLOGStamp",
    "ATTPHOTOStamp",
    "BIODATAStamp",
    "IDCARDStamp",
    "ERRORLOGStamp",
    "OpStamp",
    "PhotoStamp",
)
_UP_TO_DATE = "9999"
# The words and not the bits: the order of the bits differs between firmwares.
_UPLOADS = "TransData AttLog\tOpLog\tAttPhoto\tEnrollUser\tChgUser\tUserPic\tBioPhoto"
_TOLD = "FWVersion,UserCount,TransactionCount,FPCount,FaceCount,FaceVersion,FaceFunOn,BioPhotoFun,BioDataFun,PhotoFunOn"
_OPTIONS = (
    "ErrorDelay=60",
    "Delay=30",
    "TransTimes=00:00;14:05",
    "TransInterval=1",
    f"TransFlag={_UPLOADS}",
    f"TimeZone={BEIJING.utcoffset(None) // timedelta(hours=1)}",
    "Realtime=1",
    "Encrypt=0",
    "EncryptFlag=0",
    "ServerVer=2.4.1",
    "PushProtVer=2.4.1",
    "PushOptionsFlag=1",
    f"PushOptions={_TOLD}",
    "MultiBioDataSupport=0:0:0:0:0:0:0:0:0:1",
    "MultiBioPhotoSupport=0:0:0:0:0:0:0:0:0:1",
)
# The terminal's buffer is the only copy of what is not yet acknowledged: nothing here may wipe it.
_FORBIDDEN = re.compile(
    r"\s*(?:CLEAR\b|SHELL\b|DATA\s+(?:DELETE|CLEAR)\s+(?:ATTLOG|ATTPHOTO|TRANSACTION)\b)", re.IGNORECASE
)
_HEADERS = {"User-Agent": "iClock Proxy/1.09", "Connection": "close", "Accept": "*/*"}
VERIFY = {
    Method.UNKNOWN: 0,
    Method.FINGERPRINT: 1,
    Method.PASSWORD: 3,
    Method.CARD: 4,
    Method.FACE: 15,
    Method.FACE_AND: 16,
    Method.VEIN: 21,
    Method.PALM: 25,
}


def answer(
    decoded: Decoded,
    *,
    first_contact: bool,
    stamp: str | None = None,
    commands: Sequence[tuple[str, str]] = (),
    encoding: str = "",
) -> Answer:
    """The answer, to be sent after the commit only; always 200 text/plain.

    `stamp` is the attendance stamp last received. `commands` are (id, text), handed out at a poll only. Without an
    `encoding` they are UTF-8, and GB2312 (in GB18030) for a terminal known to be set to Chinese (language 83).
    ValueError: a command that no terminal may ever get.
    """
    if "security" in decoded.facts:
        text = registry.told(decoded.facts, first_contact=first_contact)
    elif "tablename" in decoded.facts:  # security push: how many rows of the table arrived
        text = f"{decoded.facts['tablename']}={decoded.acknowledge}"
    elif decoded.kind is Kind.HANDSHAKE:
        text = option_block(decoded.serial, first_contact=first_contact, stamp=stamp)
    elif decoded.kind is Kind.POLL and commands:
        text = "\n".join(command_line(number, command) for number, command in commands)
    elif decoded.kind in (Kind.RECORDS, Kind.EVENTS) and decoded.facts.get("table") in _COUNTED:
        # A bare OK made one firmware send 128 lines 220 times; the count includes malformed and repeated lines.
        text = f"OK: {decoded.acknowledge}"
    else:
        text = "OK"
    chosen = encoding or ("gb18030" if decoded.kind is Kind.POLL and is_chinese(decoded.facts) else "utf-8")
    return Answer(200, text.encode(chosen, errors="replace"))


def is_chinese(facts: Mapping[str, str]) -> bool:
    """Is the terminal set to simplified Chinese? Then it reads and writes names in GB2312."""
    return facts.get("language") == "83"


def option_block(serial: str, *, first_contact: bool, stamp: str | None) -> str:
    """The answer to a handshake. At first contact stamp 0 asks for everything the terminal holds."""
    attendance, other = ("0", "0") if first_contact else (stamp or _UP_TO_DATE, _UP_TO_DATE)
    stamps = [f"{name}={attendance}" for name in _ATTENDANCE_STAMPS] + [f"{name}={other}" for name in _OTHER_STAMPS]
    return "\n".join([f"GET OPTION FROM: {serial}", *stamps, *_OPTIONS, ""])


def command_line(number: str, command: str) -> str:
    """`C:<id>:<command>`. ValueError: an id the protocol does not allow, several lines, or a wiping command."""
    if not re.fullmatch(r"[0-9A-Za-z]{1,16}", number):
        raise ValueError(f"command id {number!r}: write 1 to 16 letters or digits")
    if "\n" in command or "\r" in command:
        raise ValueError(f"command {number}: one line only")
    if _FORBIDDEN.match(command):
        raise ValueError(f"command {number}: {command.split(maxsplit=1)[0]} can wipe records that exist nowhere else")
    return f"C:{number}:{command}"


def encode_records(serial: str, records: Sequence[Verification], *, offset_minutes: int = OFFSET_MINUTES) -> Request:
    """An upload as a SenseFace 4A sends it: ten columns, a trailing HT, CRLF; status 255 = no in or out."""
    told = ((one.number, wall_text(one.at, offset_minutes), VERIFY.get(one.method, 200)) for one in records)
    body = "".join(f"{number}\t{time}\t255\t{verify}" + "\t0" * 6 + "\t\r\n" for number, time, verify in told).encode()
    headers = {**_HEADERS, "Content-Type": "text/plain", "Content-Length": str(len(body))}
    query = (("SN", serial), ("table", "ATTLOG"), ("Stamp", _UP_TO_DATE))
    return Request("POST", "/iclock/cdata", query, headers, body)


def encode_heartbeat(serial: str) -> Request:
    """A poll for commands, which is also the sign of life."""
    return Request("GET", "/iclock/getrequest", (("SN", serial),), _HEADERS)


def encode_results(serial: str, told: bytes) -> Request | None:
    """What a terminal reports that did all it was told in an answer to a poll; None when it was told nothing."""
    lines = [line.split(b":", 2) for line in told.split(b"\n") if line.startswith(b"C:") and line.count(b":") > 1]
    if not lines:
        return None
    body = b"".join(b"ID=%s&Return=0&CMD=%s\n" % (number, words.split(b" ", 1)[0]) for _, number, words in lines)
    headers = {**_HEADERS, "Content-Type": "text/plain", "Content-Length": str(len(body))}
    return Request("POST", "/iclock/devicecmd", (("SN", serial),), headers, body)


def encode_handshake(serial: str) -> Request:
    """The first request after power on; language 83 is simplified Chinese."""
    told = (
        ("options", "all"),
        ("language", "83"),
        ("pushver", "2.4.1"),
        ("DeviceType", "att"),
        ("PushOptionsFlag", "1"),
    )
    return Request("GET", "/iclock/cdata", (("SN", serial), *told), _HEADERS)
