"""One event of a Dahua terminal: a person let in is a reading, all else is the terminal's own log."""

from __future__ import annotations

import re
from datetime import datetime

from ingest.protocols.members import unfit
from ingest.protocols.reading import Event, EventName, read_time
from models.rules.readings import Method, Reading

# Method: one less than in the vendor's SDK. Above 15 sources contradict each other, so what is there counts as OTHER.
METHODS = {
    "": Method.UNKNOWN,
    "0": Method.PASSWORD,
    **dict.fromkeys(("1", "2", "3"), Method.CARD),  # alone or with a password before or after it
    **dict.fromkeys(("6", "7", "9", "10"), Method.FINGERPRINT),  # alone or with card or password
    "15": Method.FACE,
}
WORDS = {Method.PASSWORD: 0, Method.CARD: 1, Method.FINGERPRINT: 6, Method.FACE: 15}
PUNCH = "accesscontrol"
_BY_HAND = ("4", "5")  # opened from afar or by a button: nobody was recognised
_NAMES = {
    **dict.fromkeys(("breakin", "chassisintruded", "doornotclosed", "alarmlocal"), EventName.ALARM),
    "duress": EventName.DURESS,
    "reboot": EventName.POWER_ON,
    "timechange": EventName.CLOCK_SET,
}
_DAY_FIRST = re.compile(r"(\d\d)-(\d\d)-(\d{4}) (.*)", re.ASCII)


def said(fields: dict[str, str], line: int, offset_minutes: int) -> Reading | Event | str:
    """An event by its fields (names in lower case, those of its Data among them)."""
    code, method, number = (fields.get(name, "") for name in ("code", "method", "userid"))
    device_time, at = _instant(fields, offset_minutes)
    if code.lower() != PUNCH or fields.get("action", "pulse").lower() != "pulse":
        return Event(_name(code.lower(), fields), line, None, "", device_time, at, (code, fields.get("action", "")))
    if fields.get("status") != "1" or (not number and method in _BY_HAND):
        name = EventName.DOOR_OPENED if fields.get("status") == "1" else EventName.VERIFICATION_FAILED
        error = fields.get("errorcode", "")
        return Event(name, line, int(error) if error.isdecimal() else None, "", device_time, at, (number, method))
    entry = fields.get("type", "")
    if reason := unfit(number, device_time, entry, method):
        return reason
    if at is None:
        return "time cannot be read: UTC in seconds or Time as dd-mm-YYYY HH:MM:SS is needed"
    return Reading(number, device_time, at, entry, method, METHODS.get(method, Method.OTHER), line)


def _name(code: str, fields: dict[str, str]) -> EventName:
    if code == "doorstatus" and fields.get("status", "").lower() == "open":
        return EventName.DOOR_OPENED
    return _NAMES.get(code, EventName.UNKNOWN)


def _instant(fields: dict[str, str], offset_minutes: int) -> tuple[str, datetime | None]:
    """Text and instant. RealUTC, where told, is the true one: UTC may be wall time counted as if it were UTC."""
    for name in ("realutc", "utc", "createtime"):
        text = fields.get(name, "")
        if text.isdecimal() and (at := read_time(text)):
            return text, at
    text = fields.get("time", "")
    return text, read_time(_DAY_FIRST.sub(r"\3-\2-\1 \4", text), offset_minutes)
