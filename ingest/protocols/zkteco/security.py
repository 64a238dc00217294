"""ZKTeco security push ("acc", push 3.x): what a terminal set up for doors uploads instead of attendance lines.

Source: the vendor's security PUSH protocol 4.8 (2024-01-07), its appendices 2 (events), 3 (verification) and 6 (time).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from ingest.protocols.personal import is_text
from ingest.protocols.reading import (
    OFFSET_MINUTES,
    Event,
    EventName,
    Numbered,
    Request,
    Verification,
    plain,
    read_time,
    text_of,
    wall_text,
)
from ingest.protocols.zkteco.answers import VERIFY
from ingest.protocols.zkteco.lines import number_of, pairs
from ingest.protocols.zkteco.records import METHODS, unfit
from ingest.protocols.zkteco.registry import headers
from models.rules.readings import Method, Reading

RECORD_TABLES = ("RTLOG", "TRANSACTION")  # as it happens; later, or asked for
STATE_TABLE = "RTSTATE"  # doors, relays and alarms, every few seconds

# Events of a person who passed: verified, in a free period, first or one of several, with card, password, server.
_PASSED = frozenset((0, 1, 2, 3, 14, 15, 16, 17, 18, 19, 203, 207, 208, 215, 216, 218, 222, 232))
_EVENTS = {
    **dict.fromkeys((4, 5, 8, 102, 200, 202, 205, 209, 210), EventName.DOOR_OPENED),
    **dict.fromkeys((20, 21, 22, 23, 25, 26, 27, 29, 30, 31, 32, 33, 34, 35), EventName.VERIFICATION_FAILED),
    **dict.fromkeys((38, 39, 40, 41, 43, 44, 45, 48, 49, 50, 51, 52, 53), EventName.VERIFICATION_FAILED),
    **dict.fromkeys((61, 62, 68, 69, 73, 74, 75), EventName.VERIFICATION_FAILED),
    24: EventName.ANTI_PASSBACK,
    **dict.fromkeys((101, 103), EventName.DURESS),
    206: EventName.POWER_ON,
}
_ALARMS = range(100, 200)
# The newer verification codes are sixteen bits, the first on the right; bit 0 says that all were needed together.
_FACE = 1
_BITS = {4: Method.FINGERPRINT, 2: Method.PALM, 3: Method.PALM, 5: Method.VEIN, 11: Method.CARD, 9: Method.PASSWORD,
         10: Method.PASSWORD}  # fmt: skip
_BIT_STRING = re.compile(r"[01]{10,32}", re.ASCII)
_DIGITS = re.compile(r"\d{1,15}", re.ASCII)


def entry(raw: bytes, line: int, offset_minutes: int) -> tuple[Reading | Event | str, Numbered | None]:
    """A line of rtlog or transaction: key=value in any order. With the record's number on the terminal.

    Keys: time pin cardno sitecode linkid eventaddr event inoutstatus verifytype index; in transactions time_second,
    eventtype, inoutstate, verified, doorid. `pin` 0 is nobody: the door or the terminal itself.
    """
    if not is_text(raw):
        return "holds control bytes: not an event", None
    fields = pairs(text_of(raw, None))
    index = fields.get("index", "")
    count = Numbered(line, int(index)) if _DIGITS.fullmatch(index) else None
    return _said(fields, line, offset_minutes), count


def _said(fields: Mapping[str, str], line: int, offset_minutes: int) -> Reading | Event | str:
    number = fields.get("pin", "")
    time, at = _time(fields, offset_minutes)
    verify = _either(fields, "verifytype", "verified")
    code = number_of(_either(fields, "event", "eventtype"))
    if code is None:
        return "event missing: the line tells no event code"
    if number in ("", "0") or code not in _PASSED:
        door = _either(fields, "eventaddr", "doorid")
        name = _EVENTS.get(code, EventName.ALARM if code in _ALARMS else EventName.UNKNOWN)
        told = tuple(plain(value, 64) for value in (number, door, verify))
        return Event(name, line, code, device_time=plain(time, 40), at=at, values=told)
    status = _either(fields, "inoutstatus", "inoutstate")
    if reason := unfit(number, time, status, verify):
        return reason
    if at is None:
        return "time cannot be read: YYYY-MM-DD HH:MM:SS is needed"
    return Reading(number, time, at, status, verify, method_of(verify), line)


def _either(fields: Mapping[str, str], *names: str) -> str:
    return next((fields[name] for name in names if name in fields), "")


def _time(fields: Mapping[str, str], offset_minutes: int) -> tuple[str, datetime | None]:
    """The terminal's time, as it writes it and as an instant; `time_second` counts months of 31 days from 2000."""
    text = fields.get("time", "")
    if text or not _DIGITS.fullmatch(count := fields.get("time_second", "")):
        return text or fields.get("time_second", ""), read_time(text, offset_minutes)
    minutes, second = divmod(int(count), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    months, day = divmod(days, 31)
    year, month = divmod(months, 12)
    wall = f"{year + 2000:04}-{month + 1:02}-{day + 1:02} {hour:02}:{minute:02}:{second:02}"
    return count, read_time(wall, offset_minutes)


def method_of(verify: str) -> Method:
    """A verification code, decimal or as sixteen bits; of several factors a face is what counts."""
    if _BIT_STRING.fullmatch(verify):
        bits = {place for place, sign in enumerate(reversed(verify)) if sign == "1"} - {0}
        if _FACE in bits:
            return Method.FACE if len(bits) == 1 else Method.FACE_AND
        return next((method for bit, method in _BITS.items() if bit in bits), Method.OTHER if bits else Method.UNKNOWN)
    code = number_of(verify)
    return Method.UNKNOWN if code is None else METHODS.get(code, Method.OTHER)


def state(raw: bytes, line: int, offset_minutes: int) -> Event | str:
    """A line of rtstate: an Event where an alarm is on (two hexadecimal digits a door), else ""."""
    fields = pairs(text_of(raw))
    alarm = fields.get("alarm", "")
    if not alarm.strip("0"):
        return ""
    time = fields.get("time", "")
    told = tuple(plain(fields.get(name, ""), 64) for name in ("alarm", "sensor", "relay"))
    at = read_time(time, offset_minutes)
    return Event(EventName.ALARM, line, device_time=plain(time, 40), at=at, values=told)


def encode_rtlog(serial: str, records: Sequence[Verification], *, offset_minutes: int = OFFSET_MINUTES) -> Request:
    """Events as a terminal uploads them when they happen; the record numbers are made of the seconds."""
    lines = (
        f"time={wall_text(one.at, offset_minutes)}\tpin={one.number}\tcardno=0\tsitecode=0\tlinkid=0\teventaddr=1\t"
        f"event=0\tinoutstatus=0\tverifytype={VERIFY.get(one.method, 200)}\tindex={_index(one.at)}\n"
        for one in records
    )
    body = "".join(lines).encode()
    return Request("POST", "/iclock/cdata", (("SN", serial), ("table", "rtlog")), headers(body), body)


def _index(at: datetime) -> int:
    return (at - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
