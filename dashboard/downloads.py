"""Files that people take away: papers as PDF."""

from __future__ import annotations

from http import HTTPStatus
from io import BytesIO

from flask import Flask, Response, abort, send_file

from dashboard import access
from models import database
from models.queries import circulars
from models.rules.scope import Refused


def register(server: Flask) -> None:
    """Open the downloads (a session is needed as everywhere)."""
    server.add_url_rule("/papers/<int:paper>.pdf", "paper", _paper)


def _paper(paper: int) -> Response:
    try:
        with database.reading() as (session, _):
            found = circulars.pdf(session, access.scope(), paper)
    except Refused:
        abort(HTTPStatus.FORBIDDEN)
    if found is None:
        abort(HTTPStatus.NOT_FOUND)
    name, content = found
    return send_file(BytesIO(content), mimetype="application/pdf", download_name=name)
