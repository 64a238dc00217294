"""JSON and forms as terminals write them, read leniently; members that may be personal are cut in place.

Seen: a comma before the closing bracket, a byte order mark, GBK, whole numbers written `1.0`, a member twice.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes, urlencode

from ingest.protocols.personal import KINDS, REPLACED, Scissors
from ingest.protocols.reading import text_of

Members = dict[str, object]
Keeps = Callable[[str, object], bool]  # whether a member (name in lower case, value) may stay as it is

_DEEP = 8  # levels; real ones have five
_PAIRS = 200  # fields of a form; the longest real one has twenty
_STRAY = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|,(?=\s*+[}\]])', re.DOTALL)  # a string, or a comma too many
_UNREADABLE = re.compile("[\u2400-\u2421\ufffd]")  # signs that stand for control characters, and for no character
_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9_.\[\]-]{0,60}")


@dataclass(slots=True)
class Sheet:
    """What a terminal wrote; `value` may be changed in place, `altered` says that it was."""

    raw: bytes
    value: object = None
    altered: bool = False
    form: bool = False

    @property
    def part(self) -> bytes:
        """The bytes as they came, or, where something was cut, the value written anew."""
        if not self.altered:
            return self.raw
        if self.form and isinstance(self.value, dict):
            return urlencode(self.value, safe=":/,", errors="replace").encode()
        return json.dumps(self.value, separators=(",", ":")).encode()

    def once(self, pairs: list[tuple[str, object]]) -> Members:
        """A member that stands twice would stay in `raw` unseen: the last one holds, and all is written anew."""
        members = dict(pairs)
        self.altered |= len(members) < len(pairs)
        return members

    def number(self, text: str) -> float | None:
        """A finite number; what JSON cannot write is left out."""
        value = float(text)
        if math.isfinite(value):
            return value
        self.altered = True
        return None

    def cut(self, members: Members, keeps: Keeps, number: str, scissors: Scissors, kinds: Mapping[str, str]) -> None:
        """Replace every member that may not stay; `kinds` names kinds of personal parts beside those all brands have.

        `number` is the person's number on the terminal, "" when not told.
        """
        for name, value in members.items():
            if value in ("", None) or keeps(name.lower(), value):
                continue
            content = (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "backslashreplace")
            kind = kinds.get(name.lower()) or KINDS.get(name.lower(), "unread")
            kept = scissors.cut(kind, number, content)
            if kept != content:
                members[name], self.altered = kept.decode(), True


def read(raw: bytes) -> Sheet | None:
    """The JSON that these bytes hold; None when they hold none, or one nested deeper than any terminal's."""
    sheet, text = Sheet(raw), _text(raw)
    for candidate in (text, _STRAY.sub(lambda found: "" if found[0] == "," else found[0], text)):
        try:
            sheet.value = json.loads(
                candidate, object_pairs_hook=sheet.once, parse_float=sheet.number, parse_constant=sheet.number
            )
        except (ValueError, RecursionError):
            continue
        return None if _is_deep(sheet.value) else sheet
    return None


def read_form(raw: bytes) -> Sheet | None:
    """The fields of a form (`deviceKey=…&time=…`) as texts; None when the bytes are no form."""
    pairs = [piece.partition(b"=") for piece in raw.strip().split(b"&", _PAIRS)]
    if len(pairs) > _PAIRS or not all(_NAME.fullmatch(name) for name, _, _ in pairs):
        return None
    sheet = Sheet(raw, form=True)
    sheet.value = sheet.once([(name.decode(), _unquoted(value)) for name, _, value in pairs])
    return sheet


def _unquoted(value: bytes) -> str:
    return text_of(unquote_to_bytes(value.replace(b"+", b" ")), None)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030", errors="replace")


def _is_deep(value: object) -> bool:
    layer: list[object] = [value]
    for _ in range(_DEEP):
        layer = [item for one in layer for item in items(one)]
    return bool(layer)


def items(value: object) -> list[object]:
    """What a list or an object holds; nothing of anything else."""
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def objects(value: object) -> list[Members]:
    """The objects of a list; of an object itself."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def word(value: object, limit: int = 200) -> str:
    """A scalar as text, "" of anything else; 1.0 is 1."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**18:
        value = int(value)
    text = value if isinstance(value, str) else str(value)
    return text_of(text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode(), None).strip()[:limit]


def words(members: Members) -> dict[str, str]:
    """Members as texts, names in lower case; the first of equal names holds."""
    told: dict[str, str] = {}
    for name, value in members.items():
        told.setdefault(name.lower(), word(value))
    return told


def is_bare(value: object) -> bool:
    """Numbers and truth values, however nested: nothing that could name a person."""
    return all(is_bare(one) for one in items(value)) if isinstance(value, dict | list) else not isinstance(value, str)


def is_short(value: object) -> bool:
    """A scalar no longer than any number, code or time."""
    return len(value) <= 100 if isinstance(value, str) else value is None or isinstance(value, int | float)


def unfit(number: str, *others: str) -> str:
    """Why a record with this number and these columns cannot stand, "" when it can."""
    if not number:
        return "number missing"
    if len(number) > 64 or any(len(other) > 40 for other in others):
        return "a column is too long"
    together = "".join((number, *others))
    if not together.isprintable() or _UNREADABLE.search(together):
        return "a column holds unreadable characters"
    if any(REPLACED.search(text.encode()) for text in (number, *others)):
        return "a column was cut as personal"
    return ""
