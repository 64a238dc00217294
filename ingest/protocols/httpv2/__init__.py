"""HTTPv2 face terminals (FC-8xxx and others of that maker): keep-alive, records one by one, persons on demand.

Source: the vendor's document V6.0 (2024-06-12). The paths are the firmware's own. A terminal keeps a record and asks
again until it is told `Success: 1`; told 400, 401 or 403 it stops uploading, so a record that cannot be read is
acknowledged too and kept as it came.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from ingest.protocols.httpv2 import bodies, entries
from ingest.protocols.httpv2.bodies import Body
from ingest.protocols.members import Members, objects, word, words
from ingest.protocols.page import Page
from ingest.protocols.personal import Scissors
from ingest.protocols.reading import (
    OFFSET_MINUTES,
    WHOLE_BODY,
    Answer,
    Decoded,
    Digest,
    Kind,
    Numbered,
    Request,
    Verification,
    text_of,
)
from models.rules.instants import epoch_ms
from models.rules.readings import Method

__all__ = ["answer", "decode", "encode_handshake", "encode_heartbeat", "encode_records"]

_ROUTES = {
    "keepalive": Kind.HEARTBEAT,
    "uploadworksetting": Kind.OPTIONS,
    **dict.fromkeys(("downloadworksetting", "remotecommand", "downloadpeoplelist", "deletepeoplelist"), Kind.POLL),
    **dict.fromkeys(
        ("downloadpeoplelistresult", "deletepeoplelistresult", "registeridentifyticketresult"), Kind.RESULT
    ),
    **dict.fromkeys(("uploadsystemrecord", "pushpeople"), Kind.EVENTS),
    "uploadidentifyrecord": Kind.RECORDS,
    "uploadsnapshoot": Kind.PICTURE,
}
_ANSWERS: dict[str, Members] = {
    "keepalive": {
        "Success": 1,
        **dict.fromkeys(("AddPeople", "DeletePeople", "SyncParameter", "Remote", "UploadWorkParameter"), 0),
    },
    "downloadpeoplelist": {"Success": 1, "PeopleCount": 0, "PeopleList": []},
    "deletepeoplelist": {"Success": 1, "DeleteAll": 0, "DeleteCount": 0, "DeleteList": []},
    "requestauthorization": {"Success": 0},  # may this person pass? It is not for us to open doors
}
_FACTS = {"firmwareverson": "firmware", "wiredmac": "mac", "wiredip": "ip"}  # the document's spelling
_STORES = {
    "users": ("PeopleStorageInfo", "Person"),
    "faces": ("PeopleStorageInfo", "Face"),
    "fingerprints": ("PeopleStorageInfo", "Fingerprint"),
    "attlogs": ("RecordStorageInfo", "VerifyRecord"),
}
_TYPES = {
    Method.CARD: 1,
    Method.FINGERPRINT: 2,
    Method.FACE: 3,
    Method.FACE_AND: 5,
    Method.PASSWORD: 10,
    Method.UNKNOWN: 29,
    Method.PALM: 36,
}
_BOUNDARY = "--------------------------506873351428002157394455"


def decode(request: Request, *, offset_minutes: int = OFFSET_MINUTES, digest: Digest) -> Decoded:
    """What a request says. Any bytes give a Decoded; what cannot be read is a Refusal in it."""
    page = Page(offset_minutes, Scissors(digest))
    route = request.path.lower().rstrip("/").rpartition("/")[2]
    kind = _ROUTES.get(route, Kind.OTHER)
    body = bodies.opened(request, page, settings=kind is Kind.OPTIONS)
    if kind is Kind.RECORDS:
        _records(body, page)
    elif kind is Kind.EVENTS:
        _events(body, page)
    elif kind is Kind.RESULT:
        page.results += [one for members in body.details if members for one in entries.results(route, members)]
    facts = {"table": route} | (_settings(body) if kind is Kind.OPTIONS else {})
    serial = body.fields.get("sn") or body.fields.get("devicesn") or _serial_inside(body)
    return page.decoded(serial, kind, body.part, facts)


def answer(
    decoded: Decoded, *, first_contact: bool = False, stamp: str | None = None, commands: Sequence[tuple[str, str]] = ()
) -> Answer:
    """`Success: 1`, and what a route needs beside it: nobody to add or delete, no command."""
    del first_contact, stamp, commands  # persons and commands are not given yet
    told = _ANSWERS.get(decoded.facts.get("table", ""), {"Success": 1})
    return Answer(200, json.dumps(told, separators=(",", ":")).encode(), "application/json")


def _records(body: Body, page: Page) -> None:
    for line, members in enumerate(body.details):
        if members is None:
            page.take("RecordDetail is no JSON object", line)
            continue
        page.take(entries.record(members, line), line, text_of(json.dumps(members).encode()))
        counted = words(members).get("recordid", "")
        if counted.isdecimal():
            page.numbered.append(Numbered(line, int(counted)))
    if not body.details and body.part and not page.refusals:
        page.take("no RecordDetail", WHOLE_BODY)


def _events(body: Body, page: Page) -> None:
    """The terminal's log or, with PushType, a person that it holds."""
    if "pushtype" in body.fields:
        page.events.append(entries.pushed(body.fields.get("userid", ""), body.fields["pushtype"], 0))
        return
    for members in body.details:
        table = words(members or {}).get("recordtype", "")
        lists = [value for name, value in (members or {}).items() if name.lower() == "records"]
        for line, one in enumerate(one for value in lists for one in objects(value)):
            page.events.append(entries.logged(one, int(table) if table.isdecimal() else 0, line))


def _serial_inside(body: Body) -> str:
    return next((sn for members in body.details if members and (sn := words(members).get("sn", ""))), "")


def _settings(body: Body) -> dict[str, str]:
    members = next((one for one in body.details if one), {})
    fields = words(members)
    told = {name: fields.get(key, "") for key, name in _FACTS.items()}
    for name, (group, store) in _STORES.items():
        held = members.get(group)
        counts = held.get(store) if isinstance(held, dict) else None
        told[name] = word(counts.get("Current")) if isinstance(counts, dict) else ""
    return told


def _post(path: str, body: bytes, content_type: str = "application/json") -> Request:
    return Request("POST", path, (), {"Content-Type": content_type, "Content-Length": str(len(body))}, body)


def encode_records(serial: str, records: Sequence[Verification], *, offset_minutes: int = OFFSET_MINUTES) -> Request:
    """An upload as multipart; several records, which no terminal sends at once, in a part each."""
    del offset_minutes  # seconds since 1970
    parts = [("SN", serial)]
    for one in records:
        told = {
            "RecordID": epoch_ms(one.at),
            "RecordType": _TYPES.get(one.method, 32),
            "RecordDate": epoch_ms(one.at) // 1000,
            "UserID": one.number,
            "IsEntry": 1,
            "BodyTemp": 0,
            "PhotoLen": 0,
        }
        parts.append(("RecordDetail", json.dumps(told)))
    pieces = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in parts
    )
    body = "".join([*pieces, f"--{_BOUNDARY}--\r\n"]).encode()
    return _post("/Record/UploadIdentifyRecord", body, f"multipart/form-data; boundary={_BOUNDARY}")


def encode_heartbeat(serial: str) -> Request:
    """Keep-alive, each 15 to 30 s."""
    told = {"SN": serial, "RelayStatus": 0, "KeepOpenStatus": 0, "DoorSensorStatus": 0, "LockDoorStatus": 0}
    return _post("/Device/Keepalive", json.dumps(told | {"AlarmStatus": ""}).encode())


def encode_handshake(serial: str) -> Request:
    """There is no handshake: the first keep-alive is the first contact."""
    return encode_heartbeat(serial)
