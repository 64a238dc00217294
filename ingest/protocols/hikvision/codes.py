"""Hikvision's access events: major type and minor type → method of a pass, or what else happened.

Source: the constants MINOR_* of the vendor's network SDK (access control host), as several public programs list them.
"""

from __future__ import annotations

from ingest.protocols.reading import EventName
from models.rules.readings import Method

EVENT = 5  # major type of what happens at doors and readers; 1 alarm, 2 exception, 3 operation

# Minor types of a person who passed. Those that leave open which factor was used count as OTHER.
METHODS = {
    75: Method.FACE,
    **dict.fromkeys((54, 57, 60, 63, 66, 77), Method.FACE_AND),  # with fingerprint, password, card or keyed-in number
    105: Method.FACE_AND,  # the face was compared with an identity card
    **dict.fromkeys((38, 40, 43, 46, 69, 72), Method.FINGERPRINT),  # alone or together with another factor
    **dict.fromkeys((1, 2), Method.CARD),  # alone, with password
    **dict.fromkeys((101, 181), Method.PASSWORD),
    **dict.fromkeys((16, 153, 156), Method.OTHER),  # several factors, a combination, a QR code
}
MINORS = {
    Method.FACE: 75,
    Method.FACE_AND: 60,
    Method.FINGERPRINT: 38,
    Method.CARD: 1,
    Method.PASSWORD: 101,
}
COMBINED = 153

_AT_THE_DOOR = {
    **dict.fromkeys((3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15), EventName.VERIFICATION_FAILED),  # cards and groups
    **dict.fromkeys((39, 41, 42, 44, 45, 47, 48, 49), EventName.VERIFICATION_FAILED),  # fingerprints
    **dict.fromkeys((55, 56, 58, 59, 61, 62, 64, 65, 67, 68), EventName.VERIFICATION_FAILED),  # a face and another
    **dict.fromkeys((70, 71, 73, 74, 76, 78, 79, 80), EventName.VERIFICATION_FAILED),  # faces, keyed-in numbers
    **dict.fromkeys((102, 103, 104, 112, 148, 150, 151, 152, 154, 155, 157), EventName.VERIFICATION_FAILED),
    10: EventName.ANTI_PASSBACK,
    **dict.fromkeys((21, 23, 25), EventName.DOOR_OPENED),
    **dict.fromkeys((27, 28, 138), EventName.ALARM),  # the door forced or left open, an intruder
}
_OPERATIONS = {
    0x404: EventName.CLOCK_SET,  # by hand, from afar; what NTP does (0x405) is no one's doing
    **dict.fromkeys((0x407, 0x40A), EventName.FACTORY_RESET),
    0x406: EventName.CREDENTIAL_DELETED,
    **dict.fromkeys((0x400, 0x402), EventName.DOOR_OPENED),
}
_EXCEPTIONS = {0x400: EventName.POWER_ON, 0x401: EventName.POWER_OFF}


def name_of(major: int, minor: int) -> EventName:
    """What an access event that is no pass says."""
    table = {EVENT: _AT_THE_DOOR, 3: _OPERATIONS, 2: _EXCEPTIONS}.get(major, {})
    return table.get(minor, EventName.ALARM if major == 1 else EventName.UNKNOWN)
