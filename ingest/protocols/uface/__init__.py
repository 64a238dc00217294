"""宇泛 Uface terminals and those that copy them: each event is posted to an address set on the terminal.

Source: the vendor's LAN interface document (call-backs of recognition, heartbeat, registration, events and tasks).
The addresses are free, so what a request is for is read from its fields; its path tells what they leave open.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import urlencode

from ingest.protocols.members import Members, Sheet, is_bare, is_short, objects, read, read_form, words
from ingest.protocols.page import OTHER, Page
from ingest.protocols.personal import Scissors
from ingest.protocols.reading import OFFSET_MINUTES, Answer, Decoded, Digest, Kind, Request, Verification, text_of
from ingest.protocols.uface import callbacks
from models.rules.instants import epoch_ms

__all__ = ["answer", "decode", "encode_handshake", "encode_heartbeat", "encode_records"]

_KNOWN = frozenset(
    ["devicekey", "personid", "time", "type", "ip", "path", "searchscore", "livenessscore", "temperature", "standard",
     "temperaturestate", "mask", "maskstate", "alivetype", "identifytype", "model", "passtimetype", "rectype",
     "permissiontimetype", "dstoffset", "passbacktriggertype", "workcode", "attendance", "personcount", "facecount",
     "fingercount", "version", "freediskspace", "cpuusagerate", "cputemperature", "memoryusagerate", "sdkversion",
     "imgpath", "newimgpath", "faceid", "taskno", "interfacename", "result", "success", "code"]
)  # fmt: skip
_KINDS = {
    **dict.fromkeys(("imgbase64", "base64"), "picture"),
    **dict.fromkeys(("feature", "featurekey"), "template"),
    **dict.fromkeys(("data", "idnumber"), "id_card"),
    "idcardnum": "card",
    "pass": "password",
}
# Fields that only one kind of call-back has.
_SIGNS = {
    "taskno": Kind.RESULT,
    "type": Kind.RECORDS,
    "personcount": Kind.HEARTBEAT,
    "facecount": Kind.HEARTBEAT,
    "event": Kind.EVENTS,
    "personid": Kind.EVENTS,  # registered: a picture, a card
}
_ADDRESSES = {"heartbeat": Kind.HEARTBEAT, "task": Kind.POLL, "result": Kind.RESULT}  # as we tell them to be set
_FACTS = {
    "version": "firmware",
    "personcount": "users",
    "facecount": "faces",
    "fingercount": "fingerprints",
    "ip": "ip",
}
_MANY = 1000  # call-backs of one request
_JSON = "application/json"


def decode(request: Request, *, offset_minutes: int = OFFSET_MINUTES, digest: Digest) -> Decoded:
    """What a request says. Any bytes give a Decoded; what cannot be read is a Refusal in it.

    A terminal posts one call-back a request; several stand in a JSON list.
    """
    page = Page(offset_minutes, Scissors(digest))
    sheet = _sheet(request.body)
    told = objects(sheet.value) if sheet else []
    part = _cut(sheet, told, page) if sheet else page.refuse(request.body, "neither a form nor JSON")
    fields = words(told[0]) if told else {}
    kind, serial = _kind(fields, request.path), fields.get("devicekey") or request.parameter("deviceKey")
    for line, members in enumerate(told):
        if kind is Kind.RESULT:
            page.results.append(callbacks.result(members))
        elif kind in (Kind.RECORDS, Kind.EVENTS):
            other = words(members).get("devicekey", serial) not in ("", serial)
            said = (callbacks.record if kind is Kind.RECORDS else callbacks.event)(members, line, offset_minutes)
            page.take(OTHER if other else said, line, text_of(json.dumps(members).encode()))
    facts = {name: fields.get(key, "") for key, name in _FACTS.items()} if kind is Kind.HEARTBEAT else {}
    return page.decoded(serial, kind, part, facts)


def answer(
    decoded: Decoded, *, first_contact: bool = False, stamp: str | None = None, commands: Sequence[tuple[str, str]] = ()
) -> Answer:
    """That the call-back was taken; to a heartbeat or poll, that no task waits."""
    del first_contact, stamp, commands  # tasks are not given yet
    taken = decoded.kind not in (Kind.HEARTBEAT, Kind.POLL, Kind.RESULT)
    return Answer(200, b'{"result":1,"success":true}' if taken else b'{"result":false,"success":true}', _JSON)


def _sheet(body: bytes) -> Sheet | None:
    sheet = read(body) if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") else read_form(body)
    told = objects(sheet.value) if sheet else []
    whole = sheet and len(told) == (len(sheet.value) if isinstance(sheet.value, list) else 1)
    return sheet if whole and len(told) <= _MANY else None


def _cut(sheet: Sheet, told: list[Members], page: Page) -> bytes:
    for members in told:
        sheet.cut(members, _keeps, words(members).get("personid", ""), page.scissors, _KINDS)
    return sheet.part


def _keeps(name: str, value: object) -> bool:
    if name == "event":  # {"eventType": 1, "signalSource": 1}, in a form as text
        told = read(value.encode(errors="replace")) if isinstance(value, str) and is_short(value) else Sheet(b"", value)
        return told is not None and isinstance(told.value, dict) and is_bare(told.value) and not told.altered
    return name in _KNOWN and is_short(value)


def _kind(fields: dict[str, str], path: str) -> Kind:
    place = path.lower().rstrip("/").rpartition("/")[2]
    named = (kind for sign, kind in _SIGNS.items() if sign in fields)
    return next(named, _ADDRESSES.get(place, Kind.OTHER))


def _post(place: str, body: bytes, content_type: str) -> Request:
    headers = {"User-Agent": "okhttp/3.12.0", "Content-Type": content_type, "Content-Length": str(len(body))}
    return Request("POST", f"/ingest/uface/{place}", (), headers, body)


def encode_records(serial: str, records: Sequence[Verification], *, offset_minutes: int = OFFSET_MINUTES) -> Request:
    """A recognition as a form; several, which no terminal sends at once, as a JSON list."""
    del offset_minutes  # milliseconds since 1970
    told = [
        {
            "deviceKey": serial,
            "personId": one.number,
            "time": str(epoch_ms(one.at)),
            "type": callbacks.TYPES.get(one.method, "qrCode_0"),
            "ip": "192.168.1.33",
            "path": "",
            "searchScore": "92.1",
            "livenessScore": "98.0",
            "mask": "0",
        }
        for one in records
    ]
    if len(told) == 1:
        return _post("identify", urlencode(told[0]).encode(), "application/x-www-form-urlencoded")
    return _post("identify", json.dumps(told).encode(), _JSON)


def encode_heartbeat(serial: str) -> Request:
    """The sign of life, each 60 s."""
    told = {"deviceKey": serial, "ip": "192.168.1.33", "version": "3.6203"}
    return _post("heartbeat", urlencode(told).encode(), "application/x-www-form-urlencoded")


def encode_handshake(serial: str) -> Request:
    """There is no handshake: the first heartbeat is the first contact."""
    return encode_heartbeat(serial)
