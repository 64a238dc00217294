"""Files that people take away: papers as PDF, pictures of installations, tables of terminals."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from io import BytesIO

from flask import Flask, Response, abort, request, send_file

from dashboard import access, sheets
from dashboard.pages import network
from models import database
from models.queries import circulars, commissioning, terminals
from models.queries import network as months
from models.rules.instants import day_of
from models.rules.scope import Refused

LARGEST = 2**63 - 1  # an id that the database can be asked for


def register(server: Flask) -> None:
    """Open the downloads (a session is needed as everywhere)."""
    for rule, name, made in (
        ("/papers/<int:paper>.pdf", "paper", _paper),
        ("/commissioning/photo/<int:photo>.jpg", "photo", _photo),
        ("/network/terminals.csv", "lights", _lights),
        ("/network/rates.csv", "rates", _rates),
    ):
        server.add_url_rule(rule, name, _refusing(made))


def _refusing(made: Callable[..., Response]) -> Callable[..., Response]:
    """The download, or 403 to whom it is not for."""

    @wraps(made)
    def answer(**given: int) -> Response:
        try:
            return made(**given)
        except Refused:
            abort(HTTPStatus.FORBIDDEN)

    return answer


def _paper(paper: int) -> Response:
    with database.reading() as (session, _):
        found = circulars.pdf(session, access.scope(), min(paper, LARGEST))
    if found is None:
        abort(HTTPStatus.NOT_FOUND)
    name, content = found
    return send_file(BytesIO(content), mimetype="application/pdf", download_name=name)


def _photo(photo: int) -> Response:
    with database.reading() as (session, _):
        found = commissioning.photo(session, access.scope(), min(photo, LARGEST))
    if found is None:
        abort(HTTPStatus.NOT_FOUND)
    answer = send_file(BytesIO(found), mimetype="image/jpeg", download_name=f"{photo}.jpg")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _lights() -> Response:
    """Terminals of the area and brand in the address, as they are now."""
    area, brand = request.args.get("area", ""), request.args.get("brand", "")
    with database.reading() as (session, now):
        rows = terminals.listing(session, access.scope(), now)
    shown = [row for row in rows if row.area.startswith(area) and (not brand or row.brand == brand)]
    return _csv(sheets.lights(shown), f"考勤机状态-{day_of(now)}.csv")


def _rates() -> Response:
    """The month in the address of the area's and brand's terminals."""
    with database.reading() as (session, now):
        month = network.month_of(request.args.get("month", ""), now)
        found = months.month(session, access.scope(), now, month)
    return _csv(sheets.rates(network.sieved(found, request.args)), f"联网率-{month}.csv")


def _csv(content: bytes, name: str) -> Response:
    return send_file(BytesIO(content), mimetype="text/csv", as_attachment=True, download_name=name)
