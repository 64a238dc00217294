"""Files that people take away: papers as PDF, pictures of installations."""

from __future__ import annotations

from http import HTTPStatus
from io import BytesIO

from flask import Flask, Response, abort, send_file

from dashboard import access
from models import database
from models.queries import circulars, commissioning
from models.rules.scope import Refused

LARGEST = 2**63 - 1  # an id that the database can be asked for


def register(server: Flask) -> None:
    """Open the downloads (a session is needed as everywhere)."""
    server.add_url_rule("/papers/<int:paper>.pdf", "paper", _paper)
    server.add_url_rule("/commissioning/photo/<int:photo>.jpg", "photo", _photo)


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


def _photo(photo: int) -> Response:
    try:
        with database.reading() as (session, _):
            found = commissioning.photo(session, access.scope(), min(photo, LARGEST))
    except Refused:
        abort(HTTPStatus.FORBIDDEN)
    if found is None:
        abort(HTTPStatus.NOT_FOUND)
    answer = send_file(BytesIO(found), mimetype="image/jpeg", download_name=f"{photo}.jpg")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
