"""What one call-back of a Uface terminal says."""

from __future__ import annotations

from ingest.protocols.members import Members, Sheet, read, unfit, words
from ingest.protocols.reading import Event, EventName, Result, read_time
from models.rules.readings import Method, Reading

# `type` tells way and outcome, such as face_0.
METHODS = {
    "": Method.UNKNOWN,
    "face": Method.FACE,
    **dict.fromkeys(("faceandcard", "faceandqrcode", "faceandfinger", "faceandpassword"), Method.FACE_AND),
    "idcard": Method.FACE_AND,  # the face was compared with the picture in an identity card
    "finger": Method.FINGERPRINT,
    **dict.fromkeys(("card", "cardandpassword"), Method.CARD),
    "password": Method.PASSWORD,
}
TYPES = {
    Method.FACE: "face_0",
    Method.FACE_AND: "faceAndcard_0",
    Method.FINGERPRINT: "finger_0",
    Method.CARD: "card_0",
    Method.PASSWORD: "password_0",
    Method.UNKNOWN: "",
}
# A stranger. 0 and 1 say: recognised, within or outside the hours set on the terminal; either way somebody was there.
_FAILED = "2"
_OPENED = ("open", "opendoor", "remotedoor")  # by a button or a command, nobody was recognised
_NOBODY = ("strangerbaby", "idcard", "idcardbaby", "nomask", "-1")
_ALARMS = {
    "1": EventName.ALARM,  # fire
    "2": EventName.DOOR_OPENED,
    "4": EventName.ALARM,  # somebody opened the case
    "8": EventName.DURESS,
}


def record(members: Members, line: int, offset_minutes: int) -> Reading | Event | str:
    """One recognition as a Reading; a stranger's, or a door opened by hand, as an Event."""
    fields = words(members)
    told, number, device_time = (fields.get(name, "") for name in ("type", "personid", "time"))
    way, _, outcome = told.lower().rpartition("_") if "_" in told else (told.lower(), "", "")
    at = read_time(device_time, offset_minutes)
    if outcome == _FAILED or way in _OPENED or number.lower() in _NOBODY:
        name = EventName.DOOR_OPENED if way in _OPENED else EventName.VERIFICATION_FAILED
        return Event(name, line, None, "", device_time, at, (number, told))
    status = fields.get("attendance", "")
    if reason := unfit(number, device_time, status, told):
        return reason
    if at is None:
        return "time cannot be read: milliseconds since 1970 are needed"
    return Reading(number, device_time, at, status, told, METHODS.get(way, Method.OTHER), line)


def event(members: Members, line: int, offset_minutes: int) -> Event:
    """Something registered on the terminal, or an alarm."""
    fields = words(members)
    device_time = fields.get("time", "")
    at = read_time(device_time, offset_minutes)
    if "personid" in fields:
        values = (fields["personid"], fields.get("faceid", ""))
        return Event(EventName.ENROLLED, line, None, "", device_time, at, values)
    held = next((value for name, value in members.items() if name.lower() == "event"), None)
    told = read(held.encode(errors="replace")) if isinstance(held, str) else Sheet(b"", held)
    code = words(told.value).get("eventtype", "") if told and isinstance(told.value, dict) else ""
    known = _ALARMS.get(code, EventName.UNKNOWN)
    return Event(known, line, int(code) if code.isdecimal() else None, "", device_time, at)


def result(members: Members) -> Result:
    """What became of a task."""
    fields = words(members)
    done = any(members.get(name) in (True, "1", "true") for name in ("success", "result"))
    return Result(fields.get("taskno", ""), 0 if done else -1, fields.get("interfacename", ""))
