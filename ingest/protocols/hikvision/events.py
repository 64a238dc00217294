"""One event of a Hikvision terminal: a record, a line of its log, or a mere sign of life."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from ingest.protocols.hikvision.codes import EVENT, METHODS, name_of
from ingest.protocols.hikvision.documents import number_of
from ingest.protocols.members import unfit, word
from ingest.protocols.reading import Event, EventName, Numbered, plain, read_time
from models.rules.readings import Reading

_WHOLE = re.compile(r"-?\d{1,15}", re.ASCII)
_STATUSES = frozenset(("checkin", "checkout", "breakin", "breakout", "overtimein", "overtimeout"))
_ALARMS = frozenset(("pir", "shelteralarm", "tamperdetection", "unauthorizedaccess"))
_FACTS = {"macaddress": "mac", "ipaddress": "ip", "devicename": "devicename", "deviceid": "deviceid"}


def is_heartbeat(event: Mapping[str, object]) -> bool:
    """Terminals send heartBeat in any case; many send, every ten seconds, that no video is lost."""
    kind, state = word(event.get("eventtype")).lower(), word(event.get("eventstate")).lower()
    return kind == "heartbeat" or (kind == "videoloss" and state == "inactive")


def serial_of(event: Mapping[str, object]) -> str:
    """How the terminal names itself: serial number, else its network card's address, else a gateway's name for it."""
    mac = word(event.get("macaddress")).lower()
    return plain(word(event.get("shortserialnumber")) or mac or word(event.get("devindex")), 64)


def facts_of(event: Mapping[str, object]) -> dict[str, str]:
    return {fact: word(event.get(name)) for name, fact in _FACTS.items()}


def translate(event: dict[str, object], line: int, offset_minutes: int) -> Reading | Event | str:
    """What an event says, or the reason why it cannot be read.

    A pass without a person is a line of the log; so is a failure that names one.
    """
    minor = _number(event, "subeventtype", "minor")
    time = _text(event, "datetime") or _text(event, "time")
    at = _instant(time, offset_minutes)
    if minor is None:
        kind, state = (plain(_text(event, name), 60) for name in ("eventtype", "eventstate"))
        name = EventName.ALARM if kind.lower() in _ALARMS else EventName.UNKNOWN
        return Event(name, line, device_time=plain(time, 40), at=at, values=(kind, state))
    major, number, status = (
        _number(event, "majoreventtype", "major"),
        number_of(event),
        _text(event, "attendancestatus"),
    )
    # Gateways write other major types; a status of attendance then vouches for the event.
    passed = major == EVENT or status.lower() in _STATUSES
    if not passed or minor not in METHODS or not number:
        name = name_of(EVENT if major is None else major, minor)
        values = (str(major if major is not None else ""), plain(number, 64))
        return Event(name, line, minor, device_time=plain(time, 40), at=at, values=values)
    if reason := unfit(number, time, status):
        return reason
    if at is None:
        return "time cannot be read: YYYY-MM-DDTHH:MM:SS is needed"
    return Reading(number, time, at, status, str(minor), METHODS[minor], line)


def numbered(event: Mapping[str, object], line: int) -> Numbered | None:
    """The terminal's own count of events, which shows what is missing; None when it tells none."""
    number = _number(event, "serialno")
    if number is None:
        return None
    late = event.get("currentevent") is False or _text(event, "currentevent").lower() == "false"
    return Numbered(line, number, _number(event, "frontserialno"), late)


def _instant(time: str, offset_minutes: int) -> datetime | None:
    """Firmware writes offsets such as `3100:00` and `:10:03`: the first 19 signs are then taken at ours."""
    return read_time(time, offset_minutes) or read_time(time[:19], offset_minutes)


def _number(event: Mapping[str, object], *names: str) -> int | None:
    told = next((found for name in names if (found := word(event.get(name)))), "")
    return int(told) if _WHOLE.fullmatch(told) else None


def _text(event: Mapping[str, object], name: str) -> str:
    return word(event.get(name)).replace("\u2400", "").strip()
