"""Canonical bytes of append-only rows: what a leaf of the transparency log commits to.

A leaf is a version line and the fields in a fixed order, one `name=value` a line: integers in decimal, instants in
milliseconds since 1970, bytes in hex. Text that could name a person is replaced by SHA-256 of salt and text.
The field list of a version never changes; a new field makes a new version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from models.rules.instants import epoch_ms

FIELDS: Mapping[str, tuple[str, ...]] = {
    "request/1": ("id", "received", "terminal_id", "method", "path", "query#", "headers#", "body#", "digest"),
    "reading/1": (
        *("id", "at", "terminal_id", "number#", "status", "verify", "method"),
        *("device_time", "received", "request_id", "line"),
    ),
    "punch/1": ("id", "person_id", "at", "reading_id", "terminal_id", "method", "recorded"),
    "refusal/1": ("id", "received", "terminal_id", "request_id", "line", "text#", "reason"),
    "disqualification/1": (
        *("id", "person_id", "at", "reading_id", "decided", "decided_by", "confirmed_by", "reason#", "restores"),
    ),
    "month_run/1": ("id", "month", "as_of", "digest"),
    "deduction/1": ("run_id", "engagement_id", "person_id", "rule", "windows", "points"),
    "commissioning/1": ("id", "terminal_id", "at", "account_id", "sheet#", "steps", "photos"),
    "terminal_event/1": (
        *("id", "received", "terminal_id", "request_id", "line", "at", "device_time#", "name", "code", "operator#"),
        *("said#", "digest"),
    ),
    "terminal_count/1": ("id", "terminal_id", "told", "users", "attlogs", "faces"),
    "event/1": ("id", "at", "account_id", "act", "subject#", "outcome"),
}


def leaf(kind: str, row: Mapping[str, Any]) -> bytes:
    """Canonical bytes of a row; `kind` is a key of FIELDS; KeyError when a field or the salt is missing."""
    salt = bytes(row["salt"])
    lines = [kind, f"salt={salt.hex()}"]
    for name in FIELDS[kind]:
        value = row[name.rstrip("#")]
        lines.append(f"{name}={_digest(salt, value) if name.endswith('#') else _canonical(value)}")
    return "\n".join(lines).encode()


def _digest(salt: bytes, value: Any) -> str:
    content = bytes(value) if isinstance(value, bytes | memoryview) else _canonical(value).encode()
    return hashlib.sha256(salt + content).hexdigest()


def _canonical(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool() | int():
            return str(int(value))
        case datetime():
            return str(epoch_ms(value))
        case date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case bytes() | memoryview():
            return bytes(value).hex()
        case str():
            return value.replace("\\", "\\\\").replace("\n", "\\n")
        case Mapping():
            return ",".join(f"{key}:{_canonical(value[key])}" for key in sorted(value))
        case list() | tuple():
            return ";".join(_canonical(item) for item in value)
    raise TypeError(f"no canonical form for {type(value).__name__}")
