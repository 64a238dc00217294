"""What a Hikvision terminal is answered, and the bytes one sends (for the simulator)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from ingest.protocols.hikvision.codes import COMBINED, EVENT, MINORS
from ingest.protocols.reading import OFFSET_MINUTES, Answer, Decoded, Request, Verification
from models.rules.instants import epoch_ms

_DOOR = "/ingest/hik"
_BOUNDARY = "MIME_boundary"


def answer(
    decoded: Decoded, *, first_contact: bool = False, stamp: str | None = None, commands: Sequence[tuple[str, str]] = ()
) -> Answer:
    """Any 200 is a receipt; without one the terminal sends the event again. It takes no commands this way."""
    del decoded, first_contact, stamp, commands
    return Answer(200, b"OK")


def encode_records(serial: str, records: Sequence[Verification], *, offset_minutes: int = OFFSET_MINUTES) -> Request:
    """Events as a terminal posts them, each a part of a multipart; the count of events is made of the seconds."""
    events = [_event(serial, one, offset_minutes) for one in records]
    frame = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="AccessControllerEvent"\r\n'
        "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}\r\n"
    )
    body = "".join(frame.format(len(event.encode()), event) for event in events) + f"--{_BOUNDARY}--\r\n"
    return _post(body, f"multipart/form-data; boundary={_BOUNDARY}")


def encode_heartbeat(serial: str) -> Request:
    """The sign of life, in XML as terminals send it whatever the format of their events."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<EventNotificationAlert version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">\n'
        f"<protocol>HTTP</protocol>\n<shortSerialNumber>{serial}</shortSerialNumber>\n<channelID>1</channelID>\n"
        "<eventType>heartBeat</eventType>\n<eventState>active</eventState>\n"
        "<eventDescription>Heart beat</eventDescription>\n</EventNotificationAlert>\n"
    )
    return _post(body, 'application/xml; charset="UTF-8"')


def encode_handshake(serial: str) -> Request:
    """There is no handshake: the first heartbeat is the first contact."""
    return encode_heartbeat(serial)


def _event(serial: str, seen: Verification, offset_minutes: int) -> str:
    wall = seen.at.astimezone(timezone(timedelta(minutes=offset_minutes)))
    count = epoch_ms(seen.at) // 1000
    nested = {
        "deviceName": "Access Controller",
        "majorEventType": EVENT,
        "subEventType": MINORS.get(seen.method, COMBINED),
        "employeeNoString": seen.number,
        "serialNo": count,
        "currentVerifyMode": "face",
        "attendanceStatus": "undefined",
    }
    return json.dumps(_around(serial, wall) | {"AccessControllerEvent": nested}, indent="\t")


def _around(serial: str, wall: datetime) -> dict[str, object]:
    return {
        "ipAddress": "192.168.1.64",
        "portNo": 80,
        "protocol": "HTTP",
        "channelID": 1,
        "dateTime": wall.isoformat(timespec="seconds"),
        "activePostCount": 1,
        "eventType": "AccessControllerEvent",
        "eventState": "active",
        "shortSerialNumber": serial,
    }


def _post(body: str, kind: str) -> Request:
    raw = body.encode()
    headers = {"Content-Type": kind, "Connection": "close", "Content-Length": str(len(raw))}
    return Request("POST", _DOOR, (), headers, raw)
