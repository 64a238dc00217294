"""The written contract of our own JSON protocol: OpenAPI 3.1 of its two endpoints."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from models.rules.instants import local
from models.rules.readings import Method

LIMIT = 1000  # records a request
METHODS = {
    "face": Method.FACE,
    "face_and": Method.FACE_AND,
    "fingerprint": Method.FINGERPRINT,
    "card": Method.CARD,
    "password": Method.PASSWORD,
    "palm": Method.PALM,
    "vein": Method.VEIN,
    "other": Method.OTHER,
}
_TIME = local(datetime(2018, 7, 2, 0, 3, 11, tzinfo=UTC)).isoformat()
_SERIAL = {"type": "string", "minLength": 1, "maxLength": 64, "description": "The terminal's serial number."}
_LINE = {"type": "integer", "minimum": 0, "description": "Place of the record in the request, from 0."}
_RECORD = {
    "type": "object",
    "required": ["number", "time", "method"],
    "properties": {
        "number": {
            "type": "string",
            "minLength": 1,
            "maxLength": 64,
            "description": "The person's number on the terminal, as text: leading zeros count.",
        },
        "time": {
            "type": "string",
            "description": "ISO 8601 with offset; without one, wall time where the terminal stands.",
        },
        "method": {"type": "string", "enum": list(METHODS), "description": "How the person was verified."},
        "direction": {"type": "string", "maxLength": 40, "description": "In, out or the terminal's own word."},
        "id": {"type": "string", "maxLength": 100, "description": "The terminal's own id of the record."},
    },
}
_SCHEMAS = {
    "Records": {
        "type": "object",
        "required": ["serial", "records"],
        "properties": {"serial": _SERIAL, "records": {"type": "array", "maxItems": LIMIT, "items": _RECORD}},
    },
    "Heartbeat": {
        "type": "object",
        "required": ["serial"],
        "properties": {
            "serial": _SERIAL,
            "time": {"type": "string", "description": "The terminal's clock, written as in a record."},
            "users": {"type": "integer", "minimum": 0, "description": "Persons the terminal holds."},
            "records": {"type": "integer", "minimum": 0, "description": "Records the terminal holds."},
            "firmware": {"type": "string", "maxLength": 100},
        },
    },
    "Received": {
        "type": "object",
        "required": ["received", "refused"],
        "properties": {
            "received": {
                "type": "integer",
                "minimum": 0,
                "description": "Records that arrived, refused ones included.",
            },
            "refused": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["line", "reason"],
                    "properties": {"line": _LINE, "reason": {"type": "string"}},
                },
            },
        },
    },
    "Error": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}},
}
_ERRORS = {
    "400": (
        "Not our JSON; nothing was taken. Correct it and send again.",
        "serial missing: give the terminal's serial number as text",
    ),
    "413": (f"More than {LIMIT} records or too many bytes; nothing was taken. Split the request.", "split the request"),
    "503": ("Not stored. Keep the records and send them again after a minute.", "retry"),
}


def openapi() -> dict[str, Any]:
    """The OpenAPI 3.1 document, ready for JSON."""
    records = {"serial": "A1024", "records": [{"number": "10000001", "time": _TIME, "method": "face"}]}
    heartbeat = {"serial": "A1024", "time": _TIME, "users": 41, "records": 1804, "firmware": "2.1.0"}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Terminals' records and heartbeats",
            "version": "1",
            "description": "For attendance terminals without a protocol of their own. A record may be sent again: "
            "it is stored once. Delete nothing on the terminal before the answer 200 has arrived.",
        },
        "security": [{"terminal": []}],
        "paths": {
            "/ingest/v1/records": _post("Records", "Hand in attendance records", records, 1),
            "/ingest/v1/heartbeat": _post(
                "Heartbeat", "Say that the terminal lives, each 30 to 60 seconds", heartbeat, 0
            ),
        },
        "components": {"schemas": _SCHEMAS, "securitySchemes": {"terminal": _BEARER}},
    }


_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "One token a terminal. With an unknown token a request is answered 200 and held until claimed.",
}


def _post(schema: str, summary: str, example: dict[str, Any], received: int) -> dict[str, Any]:
    answers = {"200": _content("Received and stored.", "Received", {"received": received, "refused": []})}
    answers |= {code: _content(told, "Error", {"error": error}) for code, (told, error) in _ERRORS.items()}
    body = {"required": True, "content": _json(schema, example)}
    return {"post": {"operationId": f"post{schema}", "summary": summary, "requestBody": body, "responses": answers}}


def _content(description: str, schema: str, example: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": _json(schema, example)}


def _json(schema: str, example: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}, "example": example}}
