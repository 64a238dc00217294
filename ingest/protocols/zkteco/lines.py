"""How ZKTeco separates the parts of a line: columns by HT or space, fields by key."""

from __future__ import annotations

import re

_KEY_VALUE = re.compile(r"(?:^|[\t &])(~?\w+)=([^\t&]*?)(?=[\t&]|$| ~?\w+=)", re.ASCII)
_GAP = re.compile(r"(?<!\d{4}[-/]\d\d[-/]\d\d) +", re.ASCII)  # a space, but for the one between date and time
_CODE = re.compile(r"-?\d{1,9}", re.ASCII)
_TAG = re.compile(rb"([A-Za-z]\w*)[ \t]+(.*)", re.DOTALL)


def columns(text: str) -> list[str]:
    """The columns of a positional line: separated by HT, in old firmware by spaces."""
    parts = text.split("\t") if "\t" in text else _GAP.split(text.strip(" "))
    return [part.strip(" ") for part in parts]


def pairs(text: str) -> dict[str, str]:
    """The key=value fields of a line, keys in lower case without `~`; the first of equal keys holds."""
    found: dict[str, str] = {}
    for key, value in _KEY_VALUE.findall(text):
        found.setdefault(key.lower().removeprefix("~"), value.strip())
    return found


def number_of(text: str) -> int | None:
    return int(text) if _CODE.fullmatch(text) else None


def tag_of(raw: bytes) -> tuple[str, bytes]:
    """Tag and rest of a line such as `USER PIN=1…`; no tag: "" and the line."""
    found = _TAG.fullmatch(raw)
    return (found[1].decode().upper(), found[2]) if found else ("", raw)
