"""The terminals' doors under any WSGI server: read the bytes, hear, commit, answer. No redirect, no cookie.

The platform's own server speaks ASGI (`ingest.front`); both stand before the same `ingest.doors`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, jsonify
from flask.sansio.app import App
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.wrappers import Request

from ingest import doors as at_doors
from ingest.doors import Doors
from ingest.intake import Unavailable
from ingest.protocols import house, table
from ingest.protocols.reading import Answer
from ingest.protocols.reading import Request as Asked
from ingest.protocols.table import Dialect

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def blueprint(doors: Doors) -> Blueprint:
    """All doors, ahead of Flask's own routes, and the contract of our JSON."""
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
        if (dialect := table.behind(request.path)) is None:
            return rest(environ, start)
        request.max_content_length = app.config["MAX_CONTENT_LENGTH"]
        try:
            return _response(_serve(doors, dialect, request))(environ, start)
        except Exception:
            if app.testing:
                raise
            app.logger.exception("a terminal's request failed: %s", request.path)
            return _response(at_doors.FAILED)(environ, start)

    app.wsgi_app = ahead  # type: ignore[method-assign, assignment]


def _response(answer: Answer) -> Response:
    """Exact bytes with their length; no redirect, no cookie, no compression."""
    response = Response(answer.body, answer.status, content_type=answer.content_type)
    response.headers["Content-Length"] = str(len(answer.body))
    if answer.status == 503:
        response.headers["Retry-After"] = "60"
    return response


def _serve(doors: Doors, dialect: Dialect, request: Request) -> Answer:
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return at_doors.TOO_LARGE
    except ClientDisconnected:
        return at_doors.INCOMPLETE
    if request.content_length is not None and len(body) != request.content_length:
        return at_doors.INCOMPLETE
    query = tuple(request.args.items(multi=True))
    asked = Asked(request.method, request.path, query, dict(request.headers), body)
    try:
        heard = doors.hear(dialect, asked)
        if heard.recorded:
            doors.intake.record(heard.arrival())
        if doors.waits(heard):
            return doors.orders(heard)
    except (Unavailable, SQLAlchemyError):
        return at_doors.BUSY
    return doors.answer(heard)
