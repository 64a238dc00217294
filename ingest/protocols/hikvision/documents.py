"""A text of a Hikvision terminal, JSON or XML: the events in it, and the same without their personal parts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.protocols.hikvision import markup
from ingest.protocols.members import Members, Sheet, is_bare, is_short, objects, read, word
from ingest.protocols.page import Page
from ingest.protocols.personal import REPLACED
from ingest.protocols.reading import plain

MANY = 2000  # events of one request; a page of a terminal's own list has thirty

# What events may be wrapped in, by gateways and in answers to queries; all names are compared in lower case.
_WRAPPERS = frozenset(
    ("root", "eventnotificationalert", "accesscontrollerevent", "acsevent", "infolist", "info", "eventlist", "event")
)
_KNOWN = frozenset(
    {
        *("ipaddress", "ipv6address", "portno", "protocol", "protocoltype", "macaddress", "channelid", "datetime"),
        *("activepostcount", "eventtype", "eventstate", "eventdescription", "shortserialnumber", "deviceid"),
        *("devindex", "devicename", "majoreventtype", "subeventtype", "cardtype", "cardreaderkind", "cardreaderno"),
        *("doorno", "verifyno", "employeenostring", "employeeno", "serialno", "frontserialno", "currentevent"),
        *("usertype", "currentverifymode", "attendancestatus", "label", "statusvalue", "mask", "helmet"),
        *("picturesnumber", "remotecheck", "purepwdverifyenable", "reportchannel", "hasrecord", "remotehostaddr"),
        *("time", "major", "minor", "type", "searchid", "responsestatusstrg", "numofmatches", "totalmatches"),
    }
)
_KINDS = dict.fromkeys(("pictureurl", "visiblelighturl", "thermalurl", "facedata", "picdata"), "picture")
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")  # outside of texts as good as spaces, within them not allowed
_NO_DOCUMENT = "neither JSON nor XML"


def opened(content: bytes, page: Page) -> tuple[list[dict[str, object]], bytes]:
    """The events of a text, each with what stands around it (names in lower case); the text for the record part.

    XML of which something is cut is kept as the same members in JSON. What cannot be read is refused as a whole.
    """
    if REPLACED.fullmatch(content):
        return [], content  # cut before
    sheet, reason = _sheet(content)
    if sheet is None:
        return [], page.refuse(content, reason)
    events = list(_events(sheet.value, {}))
    if len(events) > MANY:
        return [], page.refuse(content, f"more than {MANY} events: send fewer at a time")
    number = number_of(events[0]) if len(events) == 1 else ""
    _cut(sheet, sheet.value, number, page)
    return list(_events(sheet.value, {})), sheet.part


def number_of(event: dict[str, object]) -> str:
    """The person's number on the terminal, "" when the event names nobody; terminals also write null in words."""
    for name in ("employeenostring", "employeeno"):
        number = word(event.get(name), 1000).replace("\u2400", "").strip()  # a NUL that ends a text in C
        if number.lower() not in ("", "null", "none", "undefined") and (name, number) != ("employeeno", "0"):
            return number
    return ""


def _sheet(content: bytes) -> tuple[Sheet | None, str]:
    first = content.lstrip(b"\xef\xbb\xbf \t\r\n\0")[:1]
    if first == b"<":
        return _xml(content)
    sheet = read(content) or (read(_CONTROL.sub(b" ", content)) if _CONTROL.search(content) else None)
    whole = isinstance(sheet.value if sheet else None, dict) or _holds_objects(sheet.value if sheet else None)
    return (sheet, "") if sheet and whole else (None, _NO_DOCUMENT)


def _xml(content: bytes) -> tuple[Sheet | None, str]:
    bare = _CONTROL.sub(b" ", content)
    try:
        text = bare.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = bare.decode("gb18030", errors="replace")
    found = markup.read(text)
    return (None, found) if isinstance(found, str) else (Sheet(content, found.value, altered=not found.whole), "")


def _holds_objects(value: object) -> bool:
    return isinstance(value, list) and bool(value) and len(objects(value)) == len(value)


def _events(value: object, around: dict[str, object]) -> Iterator[dict[str, object]]:
    """Every innermost object among the wrappers, joined with the members around it; its own hold first."""
    for members in objects(value):
        named = {name.lower(): one for name, one in members.items()}
        inner = [one for name, one in named.items() if _is_wrapper(name, one)]
        told = around | {name: one for name, one in named.items() if not isinstance(one, dict | list)}
        if not inner:
            yield told
        for one in inner:
            yield from _events(one, told)


def _is_wrapper(name: str, value: object) -> bool:
    return name in _WRAPPERS and (isinstance(value, dict) or _holds_objects(value))


def _keeps(name: str, value: object) -> bool:
    return _is_wrapper(name, value) or (name in _KNOWN and is_short(value)) or (name == "facerect" and is_bare(value))


def _cut(sheet: Sheet, value: object, number: str, page: Page) -> None:
    for members in objects(value):
        own = plain(number_of({name.lower(): one for name, one in members.items()}) or number, 64)
        sheet.cut(members, _keeps, own, page.scissors, _KINDS)
        for one in _wrapped(members):
            _cut(sheet, one, own, page)


def _wrapped(members: Members) -> list[object]:
    return [one for name, one in members.items() if _is_wrapper(name.lower(), one)]
