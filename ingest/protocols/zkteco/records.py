"""ZKTeco attendance lines (ATTLOG).

Sources: the vendor's attendance PUSH protocol 4.0 (2021-01-13, push 2.4.2) and captured requests of X100-C,
SenseFace 4A, SpeedFace-V5L, MB560-VL.
"""

from __future__ import annotations

import re
from datetime import datetime

from ingest.protocols.personal import REPLACED, Scissors, is_text, number_in
from ingest.protocols.reading import read_time, text_of
from ingest.protocols.zkteco.lines import columns, number_of
from models.rules.instants import from_wall
from models.rules.readings import Method, Reading

# Verify code → method. Codes that leave open which of two factors was used count as OTHER.
METHODS = {
    0: Method.UNKNOWN,  # any
    **dict.fromkeys((1, 8, 9, 10, 12, 13, 14), Method.FINGERPRINT),  # alone or together with another factor
    **dict.fromkeys((2, 3), Method.PASSWORD),  # number or password keyed in
    **dict.fromkeys((4, 11), Method.CARD),
    15: Method.FACE,
    **dict.fromkeys((16, 17, 18, 19, 20), Method.FACE_AND),
    **dict.fromkeys((21, 22, 23, 24), Method.VEIN),
    **dict.fromkeys((25, 26, 27, 28, 29), Method.PALM),
}
# Identity-card terminals ("pid") number the methods of a mere verification in their own way.
_PID_METHODS = {1: Method.FACE, 2: Method.FACE_AND}
_ATTLOG_TAG = re.compile(r"^ATTLOG[ \t]+", re.IGNORECASE)
_CITIZEN_COLUMN = re.compile(rb"[0-9A-Za-z*]{15,18}")  # a citizen's number, old, new or masked


# A line as nearly all are: its columns hold nothing personal, no time zone and no verification of a mere card.
_ORDINARY = re.compile(
    rb"([0-9_]{1,24})\t(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\t(\d{1,3})\t(\d{1,3})(?:\t\d{0,2})*", re.ASCII
)


def ordinary(raw: bytes, line: int, offset_minutes: int) -> Reading | None:
    """What `record` makes of an ordinary line, ten times as fast; None of any other. Such a line is kept as it is."""
    if not (found := _ORDINARY.fullmatch(raw)):
        return None
    number, device_time, status, verify = found[1].decode(), found[2].decode(), found[3].decode(), found[4].decode()
    try:
        at = from_wall(datetime.fromisoformat(device_time), offset_minutes)
    except (ValueError, OverflowError):
        return None
    return Reading(number, device_time, at, status, verify, METHODS.get(int(verify), Method.OTHER), line)


def record(raw: bytes, line: int, offset_minutes: int) -> Reading | str:
    """One attendance line as a Reading, or the reason why it cannot be read.

    Columns: number, time, status, verify, work code, reserved 1 and 2, then by firmware mask, temperature,
    converted temperature, TimeOffset, ExtendData; on identity-card terminals citizen's number and type.
    """
    if not is_text(raw):
        return "holds control bytes: not an attendance line"
    cells = _untagged(text_of(raw, None))
    if len(cells) < 2:
        return "only one column: number and time are needed"
    number, device_time, status, verify = (*cells, "", "")[:4]
    if reason := unfit(number, device_time, status, verify):
        return reason
    at = read_time(device_time, _line_offset(cells, offset_minutes))
    if at is None:
        return "time cannot be read: YYYY-MM-DD HH:MM:SS is needed"
    mere = _is_mere_verification(cells)
    if mere and status in ("1", "2"):
        return "verification failed at the terminal: not an attendance record"
    methods = _PID_METHODS if mere else METHODS
    code = number_of(verify)
    method = Method.UNKNOWN if code is None else methods.get(code, Method.OTHER)
    return Reading(number, device_time, at, status, verify, method, line)


def _untagged(text: str) -> list[str]:
    """The columns from the number on; lines tagged ATTLOG may carry an internal id before it."""
    bare = _ATTLOG_TAG.sub("", text)
    cells = columns(bare)
    tagged_with_id = bare != text and len(cells) > 2 and read_time(cells[2]) and not read_time(cells[1])
    return cells[1:] if tagged_with_id else cells


def unfit(number: str, *others: str) -> str:
    """Why a line with this number and these columns cannot stand, "" when it can."""
    if not number:
        return "number missing"
    if len(number) > 64 or any(len(other) > 40 for other in others):
        return "a column is too long"
    together = "".join((number, *others))
    if not together.isprintable() or "\ufffd" in number:
        return "a column holds unreadable characters"
    if REPLACED.search(together.encode()):
        return "a column was cut as personal"
    return ""


def _line_offset(cells: list[str], offset_minutes: int) -> int:
    """TimeOffset in minutes where the line states a time zone (seconds, whole quarters); 0 is how it is left out."""
    seconds = number_of(cells[10]) if len(cells) > 10 else None
    stated = seconds and seconds % 900 == 0 and abs(seconds) <= 14 * 3600
    return seconds // 60 if seconds and stated else offset_minutes


def _is_mere_verification(cells: list[str]) -> bool:
    """An identity-card terminal's line of type 1: column 7 holds a citizen's number (or what replaced it)."""
    return len(cells) > 8 and cells[8] == "1" and len(cells[7]) >= 15


def cut(raw: bytes, scissors: Scissors, *, readable: bool) -> bytes:
    """An attendance line for the record part. The columns a reading is made of always stay as they are."""
    if not is_text(raw):
        return scissors.cut("unread", "", raw)
    if not readable:
        return scissors.fields(raw, text_of(number_in(raw)))
    separator, spared = (b"\t", 6) if b"\t" in raw else (b" ", 8)
    parts = raw.split(separator)  # spared: tag, id, number, time (two parts between spaces), status, verify
    for place in range(spared, len(parts)):
        if _CITIZEN_COLUMN.fullmatch(parts[place]):
            parts[place] = scissors.cut("id_card", _untagged(text_of(raw, None))[0], parts[place])
    return separator.join(parts)
