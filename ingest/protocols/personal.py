"""Personal parts are cut out at the door: what stays in their place is a digest and a length."""

from __future__ import annotations

import re
from hashlib import sha256

from ingest.protocols.reading import Digest, Personal

_LARGE = 64  # from here on a bare hash of a template or picture cannot be guessed; shorter texts get the keyed one
_MANY = 200  # fields of one line; the longest real one has twenty, a crafted one would keep us busy for minutes

# Field names, lower case, of all the brands' key=value texts → kind of personal part.
KINDS = {
    **dict.fromkeys(("name", "username", "sms"), "name"),
    **dict.fromkeys(
        ("passwd", "password", "pwd", "comkey", "compwd", "pushcommkey", "authkey", "vmspasswd"), "password"
    ),
    **dict.fromkeys(("card", "vicecard", "cardno", "cardnumber", "maincard"), "card"),
    **dict.fromkeys(("tmp", "template", "tmpdata", "fptemplate1", "fptemplate2"), "template"),
    **dict.fromkeys(("content", "photo", "photojpg", "picture"), "picture"),
    **dict.fromkeys(("idnum", "snnum", "dnnum", "idcard", "gender", "nation", "birthday", "address"), "id_card"),
    **dict.fromkeys(("validinfo", "issuer", "additionalinfo", "notice", "reserve"), "id_card"),
}
REPLACED = re.compile(rb"(?:sha256|hmac):[0-9a-f]+:\d+")
_IMAGE = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n|GIF8[79]a")
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NUMBER = re.compile(rb"(?i)(?:^|[\t &,])pin=([^\t&, ]*)")
_FIELD = re.compile(rb"(?i)(?:^|(?<=[\t &,;]))(" + b"|".join(key.encode() for key in KINDS) + rb")=")
_ID_CARD_FIELD = re.compile(rb"(?:^|(?<=[\t &,;]))(?!(?i:pin)=)(\w+)=")
# A citizen's number: area, day of birth, order, check sign.
_CITIZEN = rb"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])"
_LOOSE = re.compile(REPLACED.pattern + rb"|(" + _CITIZEN + rb")|([A-Za-z0-9+/]{64,}={0,2})")


def is_text(raw: bytes) -> bool:
    """Without control bytes other than HT, LF, CR."""
    return _NOT_TEXT.search(raw) is None


def binary_start(body: bytes) -> int | None:
    """Where a picture or other binary begins (after the NUL that ends a text head), None in a plain text."""
    nul, image = body.find(b"\0"), _IMAGE.search(body)
    starts = ([nul + 1] if nul >= 0 else []) + ([image.start()] if image else [])
    return min(starts) if starts else None


def is_image(body: bytes) -> bool:
    return _IMAGE.match(body) is not None


def number_in(line: bytes) -> bytes:
    """The person's number a key=value line names, b"" when it names none."""
    found = _NUMBER.search(line)
    return found[1].strip() if found else b""


def has_fields(line: bytes) -> bool:
    """Whether the line has a field we know by name."""
    return _NUMBER.search(line) is not None or _FIELD.search(line) is not None


class Scissors:
    """Cuts the personal parts of one request and remembers them in order."""

    def __init__(self, digest: Digest) -> None:
        self.parts: list[Personal] = []
        self._digest = digest

    def cut(self, kind: str, number: str, content: bytes) -> bytes:
        """Remember a part; the bytes that stand in its place. Nothing to cut: the content itself."""
        if not content.strip(b"0 ") or REPLACED.fullmatch(content):
            return content  # empty, a card number of zeros, or already cut
        bare = kind not in ("name", "card", "password", "id_card") and len(content) >= _LARGE
        token = f"sha256:{sha256(content).hexdigest()}" if bare else f"hmac:{self._digest(content)}"
        part = Personal(kind, number, content, f"{token}:{len(content)}")
        self.parts.append(part)
        return part.replacement.encode()

    def fields(self, line: bytes, number: str, *, id_card: bool = False) -> bytes:
        """The line with the values of its personal fields cut; of an identity card all but the number."""
        pieces, done, last_tab = [], 0, line.rfind(b"\t")
        marks = list((_ID_CARD_FIELD if id_card else _FIELD).finditer(line))
        if len(marks) > _MANY:
            return self.cut("unread", number, line)
        for mark, following in zip(marks, [*marks, None][1:], strict=True):
            if mark.start() < done:
                continue  # inside a value already cut
            if mark.end() <= last_tab:
                end = line.index(b"\t", mark.end())
            else:  # no HT behind: up to the next field we know (names hold spaces)
                end = following.start() - 1 if following else len(line)
            kind = KINDS.get(mark[1].lower().decode(), "id_card")
            pieces += [line[done : mark.end()], self.cut(kind, number, line[mark.end() : end])]
            done = max(end, mark.end())
        return self.loose(b"".join(pieces) + line[done:], number)

    def loose(self, raw: bytes, number: str) -> bytes:
        """Citizen's numbers and long opaque runs, wherever they stand."""

        def replace(found: re.Match[bytes]) -> bytes:
            if found[1]:
                return self.cut("id_card", number, found[1])
            return self.cut("unread", number, found[2]) if found[2] else found[0]

        return _LOOSE.sub(replace, raw)
