"""What HTTPv2 terminals report: verifications, one a request, and their own log of doors and system.

Source: the vendor's document V6.0 (2024-06-12), tables of RecordType.
"""

from __future__ import annotations

from ingest.protocols.members import Members, unfit, words
from ingest.protocols.reading import Event, EventName, Result, read_time
from models.rules.readings import Method, Reading

# RecordType of a passed verification → method.
METHODS = {
    1: Method.CARD,
    **dict.fromkeys((2, 4, 9, 11), Method.FINGERPRINT),  # alone or together with card or password
    3: Method.FACE,
    **dict.fromkeys((5, 6, 8, 12, 13, 14, 37, 40, 42, 43), Method.FACE_AND),
    47: Method.FACE_AND,  # compared with the picture in an identity card
    7: Method.CARD,  # and password
    10: Method.PASSWORD,
    **dict.fromkeys((36, 38, 39, 41), Method.PALM),  # vein of the palm, alone or together with card or password
    29: Method.UNKNOWN,  # passed, the person's permission soon ends
    **dict.fromkeys((32, 46), Method.OTHER),  # QR code; several persons together
}
# What else stands among the verifications; any other type is a verification that failed or that was not let in.
_ELSE = {
    **dict.fromkeys((25, 31), EventName.DOOR_OPENED),  # without verification; with a visitor's password
    33: EventName.ENROLLED,
    34: EventName.UNKNOWN,  # a person changed in the menu
    35: EventName.PERSON_DELETED,
    44: EventName.UNKNOWN,  # waits for the second person
}
CARD_FOR_USER = 25  # here UserID holds the number of the card
_TYPES = range(1, 50)
_SYSTEM = 2  # RecordType of the whole list; 1 is the door's own
_DOOR_LOG = {**dict.fromkeys((1, 6), EventName.DOOR_OPENED), 5: EventName.ALARM}
_SYSTEM_LOG = {
    **dict.fromkeys((1, 3, 4, 6, 38, 43), EventName.DOOR_OPENED),
    **dict.fromkeys((14, 15, 17, 18, 19, 20), EventName.ALARM),
    16: EventName.DURESS,
    28: EventName.POWER_ON,
    30: EventName.DATA_PURGED,
    40: EventName.PERSON_DELETED,
    44: EventName.RECORDS_DELETED,
    45: EventName.PERSON_DELETED,
}
_PUSHED = {"1": EventName.ENROLLED, "3": EventName.PERSON_DELETED}


def record(members: Members, line: int) -> Reading | Event | str:
    """One entry of UploadIdentifyRecord: a passed verification as a Reading, anything else as an Event."""
    fields = words(members)
    told, device_time, entry = (fields.get(name, "") for name in ("recordtype", "recorddate", "isentry"))
    number = next((fields[name] for name in ("userid", "code") if fields.get(name, "0") not in ("", "0")), "")
    code = int(told) if told.isdecimal() else 0
    at = read_time(device_time)
    if code in _TYPES and code not in METHODS:
        name = _ELSE.get(code, EventName.VERIFICATION_FAILED)
        return Event(name, line, code, "", device_time, at, (number, entry))
    if reason := unfit(number, device_time, entry, told):
        return reason
    if at is None:
        return "time cannot be read: seconds since 1970 are needed"
    method = METHODS.get(code, Method.OTHER if told else Method.UNKNOWN)
    return Reading(number, device_time, at, entry, told, method, line)


def logged(members: Members, table: int, line: int) -> Event:
    """One entry of UploadSystemRecord; `table` 1 is the door's log, 2 the system's."""
    fields = words(members)
    told, device_time = fields.get("recordtype", ""), fields.get("recorddate", "")
    code = int(told) if told.isdecimal() else None
    names = _SYSTEM_LOG if table == _SYSTEM else _DOOR_LOG
    name = names.get(code or 0, EventName.UNKNOWN)
    return Event(name, line, code, "", device_time, read_time(device_time), (fields.get("recordid", ""),))


def pushed(number: str, change: str, line: int) -> Event:
    """A person that the terminal holds, or what became of it; `change` is PushType."""
    return Event(_PUSHED.get(change, EventName.PERSON_HELD), line, values=(number, ""))


def results(route: str, members: Members) -> list[Result]:
    """What became of persons that the terminal was to take over or delete; at or above zero means done."""
    fields = words(members)
    counted = next((fields[name] for name in ("successcount", "deletecount", "result") if fields.get(name)), "")
    told = [Result(route, int(counted) if counted.isdecimal() else None, "")]
    lists = (value for name, value in members.items() if name.lower() in ("faillist", "failcount"))
    for one in (words(one) for value in lists if isinstance(value, list) for one in value if isinstance(one, dict)):
        code = one.get("errorcode", "")
        told.append(Result(one.get("userid", ""), -int(code) if code.isdecimal() else None, route))
    return told
