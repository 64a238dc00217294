"""What a ZKTeco terminal says of itself: INFO at a poll, options after the handshake."""

from __future__ import annotations

import re

from ingest.protocols.personal import Scissors, number_in
from ingest.protocols.reading import plain, text_of

# Its keys → the names all protocols use.
_NAMES = {
    "fwversion": "firmware",
    "firmver": "firmware",
    "usercount": "users",
    "transactioncount": "attlogs",
    "facecount": "faces",
    "fpcount": "fingerprints",
    "ipaddress": "ip",
    "devicename": "model",
    "pushversion": "push",
}
# A comma ends a value only where a key follows: `~OEMVendor=ZKTECO CO., LTD.,FWVersion=…`
_COMMA = re.compile(r",(?=~?\w+=)", re.ASCII)
_COMMA_RAW = re.compile(rb",(?=~?\w+=)")
_MANY = 1000  # options of one line; real terminals tell some hundred
_IP = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}", re.ASCII)


def options(text: str) -> dict[str, str]:
    """`~Key=value,Key=value` or one a line, keys in lower case and common names for those that all brands have."""
    facts: dict[str, str] = {}
    for line in text.splitlines():
        for piece in _COMMA.split(line):
            key, equals, value = piece.partition("=")
            name = plain(key.strip().removeprefix("~").lower(), 60)
            if equals and name:
                facts.setdefault(_NAMES.get(name, name), plain(value))
    return facts


def options_cut(line: bytes, scissors: Scissors) -> bytes:
    """A line of options with its personal fields (keys, passwords) cut, each between its own commas."""
    number = text_of(number_in(line))
    pieces = _COMMA_RAW.split(line)
    if len(pieces) > _MANY:
        return scissors.cut("unread", number, line)
    return b",".join(scissors.fields(piece, number) for piece in pieces)


def info(text: str) -> dict[str, str]:
    """`firmware,users,fingerprints,attlogs,ip,fpver,facever,faces needed,faces,function bits` at a poll.

    Columns are counted from the address: a firmware's name may hold commas.
    """
    cells = text.split(",")
    ip = next((place for place, cell in enumerate(cells) if _IP.fullmatch(cell)), 4)
    if ip < 4 or len(cells) < 4:
        return {"firmware": text} if text else {}
    named = {"firmware": ",".join(cells[: ip - 3])}
    named |= dict(zip(("users", "fingerprints", "attlogs", "ip"), cells[ip - 3 : ip + 1], strict=False))
    named |= dict(zip(("fpversion", "faceversion", "facesneeded", "faces", "functions"), cells[ip + 1 :], strict=False))
    return {name: value for name, value in named.items() if value}
