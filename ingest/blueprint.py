"""The terminals' doors: read the bytes, translate, commit, answer. Nothing here redirects or sets a cookie.

Every door answers in the terminal's own words: ZKTeco gets 200 text/plain whatever it asks; a body that did not arrive
whole is refused and nothing of it recorded; 503 when the database does not answer, so that the terminal keeps its data.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, jsonify
from flask.sansio.app import App
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.wrappers import Request

from ingest.admission import NAMELESS, Register, Speaker
from ingest.heartbeats import Heartbeats
from ingest.intake import Intake, Unavailable
from ingest.protocols import house, table
from ingest.protocols.reading import OFFSET_MINUTES, Answer, Decoded, Kind
from ingest.protocols.reading import Request as Asked
from ingest.protocols.table import Dialect
from models import database, keys
from models.acts.terminals import Contact
from models.rules.instants import epoch_ms
from models.rules.readings import Arrival

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

DOORS = tuple(door for dialect in table.DIALECTS for door in dialect.doors)
KEPT_HEADERS = ("User-Agent", "Content-Type", "Content-Length", "Content-Encoding", "Host")
RECORDED = frozenset({Kind.RECORDS, Kind.EVENTS, Kind.PICTURE, Kind.OPTIONS, Kind.RESULT, Kind.OTHER})
KEPT_FACTS = ("firmware", "model", "users", "attlogs", "faces", "fingerprints", "language", "pushver")
REALTIME_MS = 24 * 3_600_000


@dataclass
class Doors:
    """What the doors share in a process."""

    intake: Intake
    heartbeats: Heartbeats
    register: Register


def blueprint() -> Blueprint:
    """All doors; each application has its own intake, register and heartbeats."""
    doors = Doors(Intake(), Heartbeats(), Register())
    made = Blueprint("ingest", __name__)

    made.record_once(lambda state: _open(state.app, doors))
    made.add_url_rule("/ingest/v1/openapi.json", "openapi", lambda: jsonify(house.openapi()))
    return made


def _open(app: App, doors: Doors) -> None:
    """Put the doors ahead of Flask: sessions, rules and hooks are not for terminals and cost more than all the rest.

    Firmware writes other capitals, double slashes and methods of its own: no rule would find those.
    """
    assert isinstance(app, Flask)
    rest = app.wsgi_app

    def ahead(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        if not table.behind(request.path):
            return rest(environ, start)
        request.max_content_length = app.config["MAX_CONTENT_LENGTH"]
        try:
            return _response(_serve(doors, request))(environ, start)
        except Exception:
            if app.testing:
                raise
            app.logger.exception("a terminal's request failed: %s", request.path)
            return _response(Answer(500, b"error: keep the records and send again\n"))(environ, start)

    app.wsgi_app = ahead  # type: ignore[method-assign, assignment]


def _response(answer: Answer) -> Response:
    """Exact bytes with their length; no redirect, no cookie, no compression."""
    response = Response(answer.body, answer.status, content_type=answer.content_type)
    response.headers["Content-Length"] = str(len(answer.body))
    if answer.status == 503:
        response.headers["Retry-After"] = "60"
    return response


def _serve(doors: Doors, request: Request) -> Answer:
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return Answer(413, b"too large: send fewer records a request\n")
    except ClientDisconnected:
        return Answer(400, b"incomplete\n")
    if request.content_length is not None and len(body) != request.content_length:
        return Answer(400, b"incomplete: send again\n")
    dialect = table.behind(request.path)
    if dialect is None:
        return Answer(200, b"OK\n")
    query = tuple(request.args.items(multi=True))
    return _speak(doors, dialect, Asked(request.method, request.path, query, dict(request.headers), body))


def _speak(doors: Doors, dialect: Dialect, asked: Asked) -> Answer:
    try:
        decoded, speaker = _heard(doors, dialect, asked)
        arrival = _arrival(dialect, asked, decoded, speaker)
        if decoded.kind in RECORDED and (arrival.body or arrival.readings):
            doors.intake.record(arrival)
        if arrival.serial != NAMELESS:
            doors.heartbeats.heard(_contact(arrival, decoded, speaker))
    except (Unavailable, SQLAlchemyError):
        return Answer(503, b"busy: keep the records and send again\n")
    identity = speaker.identity
    return dialect.module.answer(decoded, first_contact=identity is None or not identity.contacted)


def _heard(doors: Doors, dialect: Dialect, asked: Asked) -> tuple[Decoded, Speaker]:
    """Translate at the terminal's own offset; a first translation tells whose it is."""
    decoded = dialect.module.decode(asked, digest=_digest)
    speaker = doors.register.speaker(dialect, dialect.token(asked), decoded)
    identity = speaker.identity
    if identity is None or identity.offset_minutes == OFFSET_MINUTES or not decoded.readings:
        return decoded, speaker
    return dialect.module.decode(asked, offset_minutes=identity.offset_minutes, digest=_digest), speaker


def _digest(content: bytes) -> str:
    return keys.current().blind(content.hex()).hex()


def _arrival(dialect: Dialect, asked: Asked, decoded: Decoded, speaker: Speaker) -> Arrival:
    _, serial, verified = speaker.key
    return Arrival(
        protocol=dialect.name,
        serial=serial,
        received=database.now(),
        method=asked.method,
        path=dialect.without_token(asked.path),
        query=_query(asked),
        headers="\n".join(f"{name}: {_safe(asked.header(name))}" for name in KEPT_HEADERS if asked.header(name)),
        body=decoded.record_part,
        digest=hashlib.sha256(asked.body).digest(),
        readings=decoded.readings,
        refusals=decoded.refusals,
        verified=verified,
    )


def _query(asked: Asked) -> str:
    """The query without the terminal's shared secret."""
    return urlencode([(key, "" if key.lower() == "pushcommkey" else _safe(value)) for key, value in asked.query])


def _safe(text: str) -> str:
    """Text that PostgreSQL can hold."""
    return text.replace("\0", "\\0")


def _contact(arrival: Arrival, decoded: Decoded, speaker: Speaker) -> Contact:
    newest = max((reading.at for reading in arrival.readings), default=None)
    plausible = newest is not None and abs(gap := epoch_ms(arrival.received) - epoch_ms(newest)) < REALTIME_MS
    single = plausible and len(arrival.readings) == 1
    facts = {key: value[:200] for key, value in decoded.facts.items() if key in KEPT_FACTS}
    return Contact(
        key=arrival.key,
        instant=arrival.received,
        last_punch=newest if plausible else None,
        skew_ms=gap if single else None,
        facts=facts | ({"token_of": speaker.owner} if speaker.owner else {}),
    )
