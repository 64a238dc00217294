"""What a terminal says of itself beside its records: lines of its log, its own count, what became of commands."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EventName(StrEnum):
    """A line of the terminal's own log, whatever its brand calls it."""

    POWER_ON = "power_on"
    POWER_OFF = "power_off"
    VERIFICATION_FAILED = "verification_failed"
    ALARM = "alarm"
    MENU_ENTERED = "menu_entered"
    SETTINGS_CHANGED = "settings_changed"
    ENROLLED = "enrolled"
    PERSON_DELETED = "person_deleted"
    CREDENTIAL_DELETED = "credential_deleted"
    DATA_PURGED = "data_purged"
    CLOCK_SET = "clock_set"
    FACTORY_RESET = "factory_reset"
    RECORDS_DELETED = "records_deleted"
    ADMINS_CLEARED = "admins_cleared"
    LOCK_SETTINGS = "lock_settings"
    DOOR_OPENED = "door_opened"
    TEMPLATE_CHANGED = "template_changed"
    DURESS = "duress"
    ANTI_PASSBACK = "anti_passback"
    PICTURE_DELETED = "picture_deleted"
    PERSON_HELD = "person_held"  # values: number, privilege
    TEMPLATE_HELD = "template_held"  # values: number, kind or finger
    PICTURE_HELD = "picture_held"  # values: number, kind
    ID_CARD_READ = "id_card_read"  # values: number
    DEVICE_ERROR = "device_error"  # values: error code, command id
    COUNT_RESTARTED = "count_restarted"  # ours: its own count began anew; values: last number before, first after
    UNSOLICITED_RESULT = "unsolicited_result"  # ours: a result of no command of ours; values: command, code, text
    UNKNOWN = "unknown"


# What nobody may do to a terminal in service (the notice: generated records may not be altered).
TAMPER = frozenset(
    {
        EventName.DATA_PURGED,
        EventName.CLOCK_SET,
        EventName.FACTORY_RESET,
        EventName.RECORDS_DELETED,
        EventName.ADMINS_CLEARED,
    }
)


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the terminal's log; `at` is UTC in whole milliseconds, None when absent or unreadable."""

    name: EventName
    line: int
    code: int | None = None
    operator: str = ""
    device_time: str = ""
    at: datetime | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a command; `code` is None when unreadable. At or above zero means done."""

    command: str
    code: int | None
    text: str
    told: int | None = None  # how many records, where that was asked for


@dataclass(frozen=True, slots=True)
class Numbered:
    """A record that carries a number of the terminal's own count, and the number before it where that is told.

    Who last heard a smaller number than `before` misses what lies between; a count may begin anew after a reset.
    """

    line: int
    number: int
    before: int | None = None
    late: bool = False  # the terminal says that it did not send it at once


def digest(event: Event) -> bytes:
    """The identity of an event: SHA-256 of all that it says, whichever request brought it."""
    parts = (event.name, str(event.code), event.operator, event.device_time, *event.values)
    return hashlib.sha256("\x1f".join(f"{len(part)}:{part}" for part in parts).encode("utf-8", "replace")).digest()
