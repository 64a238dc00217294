"""ZKTeco's other lines: the terminal's log, the persons it holds, what became of commands, names of pictures."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from ingest.protocols.reading import Event, EventName, Result, plain, read_time
from ingest.protocols.zkteco.lines import columns, number_of, pairs

OPLOG = {
    0: EventName.POWER_ON,
    1: EventName.POWER_OFF,
    2: EventName.VERIFICATION_FAILED,
    3: EventName.ALARM,
    4: EventName.MENU_ENTERED,
    5: EventName.SETTINGS_CHANGED,
    **dict.fromkeys((6, 7, 8, 30), EventName.ENROLLED),
    9: EventName.PERSON_DELETED,
    **dict.fromkeys((10, 11, 12), EventName.CREDENTIAL_DELETED),
    13: EventName.DATA_PURGED,
    21: EventName.CLOCK_SET,
    22: EventName.FACTORY_RESET,
    23: EventName.RECORDS_DELETED,
    24: EventName.ADMINS_CLEARED,
    **dict.fromkeys((25, 26, 27, 28), EventName.LOCK_SETTINGS),
    29: EventName.DOOR_OPENED,
    31: EventName.TEMPLATE_CHANGED,
    32: EventName.DURESS,
    34: EventName.ANTI_PASSBACK,
    35: EventName.PICTURE_DELETED,
}
# Tag of a line (or, untagged, its table) → what the terminal holds, and the field that says which kind of it.
_HELD = {
    **dict.fromkeys(("USER", "USERINFO", "OPERLOG", ""), (EventName.PERSON_HELD, "pri")),
    **dict.fromkeys(("FP", "FACE", "FVEIN", "FINGERTMP"), (EventName.TEMPLATE_HELD, "fid")),
    "TEMPLATEV10": (EventName.TEMPLATE_HELD, "fingerid"),
    "BIODATA": (EventName.TEMPLATE_HELD, "type"),
    **dict.fromkeys(("USERPIC", "BIOPHOTO"), (EventName.PICTURE_HELD, "type")),
    **dict.fromkeys(("IDCARD", "IDENTITYCARD"), (EventName.ID_CARD_READ, "")),
}

_IN_SECURITY_PUSH = {"pri": "privilege"}  # names of the same fields there


def operation(rest: str, line: int, offset_minutes: int) -> Event | str:
    """`OPLOG code, operator, time, four values` as an Event, or the reason why it cannot be read."""
    cells = columns(rest)
    code = number_of(cells[0])
    if code is None:
        return "operation code cannot be read"
    operator, device_time = (*cells[1:3], "", "")[:2]
    at = read_time(device_time, offset_minutes)
    return Event(OPLOG.get(code, EventName.UNKNOWN), line, code, operator, device_time, at, tuple(cells[3:]))


def held(tag: str, table: str, text: str, line: int) -> Event | str:
    """What a tagged or tabled key=value line says the terminal holds, without its personal parts."""
    fields = pairs(text)
    if tag == "ERRORLOG" or table == "ERRORLOG":
        return Event(EventName.DEVICE_ERROR, line, values=(fields.get("errcode", ""), fields.get("cmdid", "")))
    number = fields.get("pin", "")
    if not number:
        return "number missing: the line names no PIN"
    if table == "ATTPHOTO":  # the security push sends pictures as lines
        taken, number = picture_name(number)
        return Event(EventName.PICTURE_HELD, line, device_time=taken, values=(number, "ATTPHOTO"))
    name, detail = _HELD.get(tag or table, (EventName.UNKNOWN, ""))
    return Event(name, line, values=(number, fields.get(detail, fields.get(_IN_SECURITY_PUSH.get(detail, ""), ""))))


def results(lines: list[str]) -> tuple[tuple[Result, ...], list[str]]:
    """Command results in any of their forms, and the remaining lines (what INFO brings).

    `ID=1&Return=0&CMD=INFO` one a line, the same keys on lines of their own, or form-encoded.
    """
    gathered: list[dict[str, str]] = []
    rest: list[str] = []
    for text in lines:
        fields = pairs(text)
        if "id" in fields:
            gathered.append({})
        if gathered and fields.keys() & {"id", "return", "cmd", "attlogsum"}:
            gathered[-1] |= fields
        else:
            rest.append(text)
    told = (_result(one) for one in gathered)
    return tuple(told), rest


def _result(fields: dict[str, str]) -> Result:
    """A gathered result; VERIFY SUM tells a count with it."""
    code, told = number_of(fields.get("return", "")), number_of(fields.get("attlogsum", ""))
    return Result(plain(fields["id"], 64), code, _command(fields), told)


def _command(fields: dict[str, str]) -> str:
    text = fields.get("cmd", "")
    return plain(text if " " in text else unquote_plus(text))


def picture_name(name: str) -> tuple[str, str]:
    """Time text and person's number in `20240805124825-1156.jpg`; "" and "" when there is no time.

    Identity-card terminals write time-type-number-citizen.
    """
    stem = name.rsplit(".", 1)[0] if "." in name else name
    taken, *rest = stem.split("-")
    if not re.fullmatch(r"\d{14}", taken, re.ASCII):
        return "", ""
    return taken, rest[1] if len(rest) == 3 and len(rest[0]) == 1 else "-".join(rest)
