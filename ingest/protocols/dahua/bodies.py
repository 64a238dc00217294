"""The ways Dahua terminals write events: JSON, `Code=…;action=…;data={…}`, or a line a field; alone or in multipart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.protocols import multipart
from ingest.protocols.members import Keeps, Members, Sheet, is_bare, is_short, items, objects, read, words
from ingest.protocols.page import Page
from ingest.protocols.personal import KINDS, is_image
from ingest.protocols.reading import Request, text_of

_KNOWN = frozenset(
    ["channel", "filepath", "time", "action", "code", "index", "physicaladdress", "deviceid", "userid", "cardstatus",
     "cardtype", "createtime", "door", "errorcode", "method", "readerid", "readid", "similarity", "status", "type",
     "utc", "realutc", "usertype", "recno", "alive", "faceindex", "snappath", "eventgroupid", "attendancestate", "mask"]
)  # fmt: skip
_KINDS = {
    "cardname": "name",
    "citizenidno": "id_card",
    **dict.fromkeys(("imageencode", "image"), "picture"),
    "qrcodestr": "card",
}
_CODE = re.compile(rb"Code=([^;\s]{1,60});[ \t]*action=([^;\s]{1,40})(?:;[ \t]*index=-?\d{1,9})?(?:;[ \t]*data=)?")
_DOTTED = re.compile(rb"(Events\[(\d{1,4})\]\.(?:(?:Data|EventBaseInfo)\.)?([\w.\[\]]{1,80})=)(.*)")
_MANY = 1000  # events of one text
_LINES = 4000  # a line a field: an event has some forty


@dataclass(slots=True)
class Body:
    """The events of a body in order (names in lower case), and its bytes without personal parts."""

    events: list[dict[str, str]] = field(default_factory=list)
    alive: bool = False  # it says nothing but that
    part: bytes = b""


def opened(request: Request, page: Page) -> Body:
    """Read a body and cut it."""
    body, content_type = Body(), request.header("Content-Type")
    if multipart.is_multipart(request.body, content_type):
        split = multipart.split(request.body, content_type)
        body.part = page.joined(split, [_part(one, body, page) for one in split.parts])
    else:
        body.part = _text(request.body, body, page)
    return body


def _part(one: multipart.Part, body: Body, page: Page) -> bytes:
    if is_image(one.content) or one.content_type.startswith("image/") or one.name.lower() == "file":
        number = body.events[-1].get("userid", "") if body.events else ""
        return page.scissors.cut("picture", number, one.content)
    return _text(one.content, body, page)


def _text(content: bytes, body: Body, page: Page) -> bytes:
    """Gather the events of a text; what may stay of it."""
    bare = content.strip()
    if bare in (b"", b"Heartbeat"):
        body.alive = True
        return content
    if bare[:1] in (b"{", b"\xef") and (sheet := read(content)) and isinstance(sheet.value, dict):
        few = all(len(items(value)) <= _MANY for value in sheet.value.values())
        return _json(sheet, sheet.value, body, page) if few else page.refuse(content, "too many events: send fewer")
    if _CODE.match(bare):
        return _coded(content, body, page)
    if _DOTTED.match(bare) and content.count(b"\n") < _LINES:
        return _dotted(content, body, page)
    return page.refuse(content, "neither JSON nor an event's text")


def _json(sheet: Sheet, whole: Members, body: Body, page: Page) -> bytes:
    """`{"Events": [{"Code": …, "Data": {…}}], "Time": …}`."""
    held = [value for name, value in whole.items() if name.lower() == "events" and _is_objects(value)]
    for event in (event for events in held for event in objects(events)):
        data = next((value for name, value in event.items() if name.lower() == "data" and isinstance(value, dict)), {})
        number = words(data).get("userid", "")
        sheet.cut(data, _keeps, number, page.scissors, _KINDS)
        sheet.cut(event, _sparing([data]), number, page.scissors, _KINDS)
        named = {name: told for name, told in words(event).items() if name in _KNOWN}
        body.events.append({"time": words(whole).get("time", "")} | words(data) | named)
    sheet.cut(whole, _sparing(held), "", page.scissors, _KINDS)
    return sheet.part


def _is_objects(value: object) -> bool:
    return isinstance(value, list) and len(objects(value)) == len(value)


def _sparing(spared: Sequence[object]) -> Keeps:
    return lambda name, value: any(value is one for one in spared) or _keeps(name, value)


def _keeps(name: str, value: object) -> bool:
    return is_bare(value) if name == "imageinfo" else name in _KNOWN and is_short(value)


def _coded(content: bytes, body: Body, page: Page) -> bytes:
    """`Code=AccessControl;action=Pulse;index=0;data={…}`, one after another."""
    marks = list(_CODE.finditer(content))[:_MANY]
    pieces = [content[: marks[0].start()]]
    for mark, following in zip(marks, [*marks, None][1:], strict=True):
        data = content[mark.end() : following.start() if following else len(content)]
        event = {"code": text_of(mark[1]), "action": text_of(mark[2])}
        sheet = read(data) if data.strip() else None
        if sheet and isinstance(sheet.value, dict):
            sheet.cut(sheet.value, _keeps, words(sheet.value).get("userid", ""), page.scissors, _KINDS)
        if sheet and isinstance(sheet.value, dict) and not _CODE.search(sheet.part):
            event, data = words(sheet.value) | event, sheet.part
        elif data.strip():
            data = page.refuse(data, "an event's data is no JSON object")
        body.events.append(event)
        pieces += [mark[0], data]
    return b"".join(pieces)


def _dotted(content: bytes, body: Body, page: Page) -> bytes:
    """`Events[0].UserID=…`, a line a field."""
    told: dict[bytes, dict[str, str]] = {}
    rows = [(line, _DOTTED.fullmatch(line.rstrip(b"\r"))) for line in content.split(b"\n")]
    numbers = {found[2]: text_of(found[4]).strip() for _, found in rows if found and found[3].lower() == b"userid"}
    kept = []
    for line, found in rows:
        if found is None:
            kept.append(page.scissors.cut("unread", "", line) if line.strip() else line)
            continue
        name, value = found[3].decode().lower(), _value(found, numbers, page)
        kept.append(found[1] + value + line[found.end() :])
        told.setdefault(found[2], {}).setdefault(name, text_of(value).strip())
    body.events += told.values()
    return b"\n".join(kept)


def _value(found: re.Match[bytes], numbers: dict[bytes, str], page: Page) -> bytes:
    """What may stay of a field's value."""
    name, value = found[3].decode().lower(), found[4]
    if _keeps(name, text_of(value)) or (name.startswith("imageinfo[") and value.strip().isdigit()):
        return value
    kind = _KINDS.get(name) or KINDS.get(name, "unread")
    return page.scissors.cut(kind, numbers.get(found[2], ""), value)
