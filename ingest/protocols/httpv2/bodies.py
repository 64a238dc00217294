"""Bodies of HTTPv2 terminals: JSON or multipart, whole or in parts packed by gzip; and the same without the persons."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field

from ingest.protocols import multipart
from ingest.protocols.httpv2.entries import CARD_FOR_USER
from ingest.protocols.members import Members, Sheet, is_bare, is_short, items, objects, read, words
from ingest.protocols.page import Page
from ingest.protocols.personal import is_image
from ingest.protocols.reading import Request, plain, text_of

_LIMIT = 4 << 20  # bytes; a person with all templates has a tenth of it
_DETAILS = ("recorddetail", "recordjson", "detail", "resultjson")
_SIMPLE = ("sn", "devicesn", "pushtype", "userid")
_KNOWN = frozenset(
    ["sn", "devicesn", "recordid", "recordtype", "recorddate", "userid", "code", "isentry", "bodytemp", "photolen",
     "relaystatus", "keepopenstatus", "doorsensorstatus", "lockdoorstatus", "alarmstatus", "limit", "successcount",
     "failcount", "errorcode", "repeatid", "deletecount", "deleteall", "accesstype", "expirationdate", "opentimes",
     "keepopen", "timegroup", "result", "repetitionuserid"]
)  # fmt: skip
_HOLDERS = ("records", "faillist", "failcount", "userdetail")
_KINDS = {
    "cardnum": "card",
    "identitycard": "id_card",
    **dict.fromkeys(("facefeature", "fingerprints", "palmveins"), "template"),
}
# A terminal's settings hold some hundred names; these may name persons or open it.
_SECRET = re.compile(r"pass?wor|pwd|user|login|name|phone|message|text|addr|manufacturer|website")


@dataclass(slots=True)
class Body:
    """What a body holds: plain fields, the JSON objects in order, and the bytes without personal parts."""

    fields: dict[str, str] = field(default_factory=dict)
    details: list[Members | None] = field(default_factory=list)  # None: not JSON, or no object
    number: str = ""  # of the person whom the last detail is about
    part: bytes = b""


def opened(request: Request, page: Page, *, settings: bool) -> Body:
    """Read a body and cut it. `settings`: it is the terminal's list of settings, of which most may stay."""
    content = unpacked(request.body)
    body = Body()
    if content is None:
        body.part = page.refuse(request.body, "a compressed body that cannot be unpacked")
    elif multipart.is_multipart(content, request.header("Content-Type")):
        _parts(content, request.header("Content-Type"), body, page)
    elif content.strip():
        sheet = _sheet(content, packed=content is not request.body)
        if sheet is None:
            body.part = page.refuse(content, "neither multipart nor a JSON object")
        else:
            body.part = _cut(sheet, body, page, settings=settings)
            body.fields = words(body.details[0] or {})
    return body


def unpacked(content: bytes) -> bytes | None:
    """The content itself or, where it is gzip, what it holds; None: broken, or it swells beyond every real body."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    packed = zlib.decompressobj(31)
    try:
        told = packed.decompress(content, _LIMIT)
    except zlib.error:
        return None
    return told if packed.eof else None


def _sheet(content: bytes, *, packed: bool) -> Sheet | None:
    sheet = read(content)
    if sheet is None or not isinstance(sheet.value, dict):
        return None
    sheet.altered |= packed  # its own line ends could look like a part's in the record part
    return sheet


def _parts(content: bytes, content_type: str, body: Body, page: Page) -> None:
    split = multipart.split(content, content_type)
    for one in split.parts:
        if one.name.lower() in _SIMPLE and len(one.content) <= 64:
            body.fields.setdefault(one.name.lower(), plain(text_of(one.content), 64))
    body.part = page.joined(split, [_part(one, body, page) for one in split.parts])


def _part(one: multipart.Part, body: Body, page: Page) -> bytes:
    """What may stay of a part."""
    name, number = one.name.lower(), body.fields.get("userid", "")
    if name in _SIMPLE and len(one.content) <= 64:
        return one.content
    if name not in _DETAILS:
        picture = is_image(one.content) or name in ("photo", "pic")
        return page.scissors.cut("picture" if picture else "unread", number or body.number, one.content)
    content = unpacked(one.content)
    sheet = _sheet(content, packed=content is not one.content) if content is not None else None
    if sheet is None:
        body.details.append(None)
        return page.scissors.cut("unread", number, one.content)
    return _cut(sheet, body, page, settings=False)


def _cut(sheet: Sheet, body: Body, page: Page, *, settings: bool) -> bytes:
    members = objects(sheet.value)[0]
    body.details.append(members)

    def cut(one: Members) -> None:
        number = "" if _names_card(one) else words(one).get("userid", "")

        def keeps(name: str, value: object) -> bool:
            if settings:
                return is_setting(name, value)
            if name in _HOLDERS and items(value) and len(objects(value)) == _count(value):
                for inner in objects(value):
                    cut(inner)
                return True
            if name == "userid" and not number:
                return False
            return is_short(value) if name in _KNOWN else name.startswith("delet") and is_bare(value)

        sheet.cut(one, keeps, number, page.scissors, _KINDS | ({} if number else {"userid": "card"}))

    cut(members)
    body.number = "" if _names_card(members) else words(members).get("userid", "")
    return sheet.part


def _names_card(members: Members) -> bool:
    """Whether UserID holds the number of a card."""
    return words(members).get("recordtype") == str(CARD_FOR_USER)


def _count(value: object) -> int:
    return len(value) if isinstance(value, list) else 1


def is_setting(name: str, value: object) -> bool:
    """A setting that names nobody and opens nothing, or a group of such."""
    if _SECRET.search(name):
        return False
    if isinstance(value, dict):
        return all(is_setting(key.lower(), one) for key, one in value.items())
    if isinstance(value, list):
        return all(is_setting(name, one) for one in value)
    return is_short(value)
