"""Is the installation up, is it ready, and how much does it carry: /healthz, /readyz, /metrics."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response, jsonify, request
from sqlalchemy.exc import SQLAlchemyError

from models import database
from models.queries import circulars, lights, status, terminals
from models.queries.rows import Lights
from models.rules.scope import PROCESS
from models.settings import Settings
from reports import fonts

LOOPBACK = ("127.0.0.1", "::1")


def register(server: Flask, place: Settings) -> None:
    """Open the three doors; /metrics only to this machine."""
    server.add_url_rule("/healthz", "healthz", lambda: Response("ok\n", content_type="text/plain"))
    server.add_url_rule("/readyz", "readyz", lambda: _ready(place))
    server.add_url_rule("/metrics", "metrics", _metrics)


def _ready(place: Settings) -> tuple[Response, int]:
    """200 when database, migrations, worker and fonts are there; else 503, each with its own answer."""
    told: dict[str, object] = {"fonts": _fonts(place)}
    try:
        with database.reading() as (session, now):
            told["database"] = True
            told["migrations"] = status.migrated(session)
            told["worker"] = status.alive(session, "worker", now)
    except SQLAlchemyError as error:
        told["database"] = f"does not answer: {type(error).__name__}"
    ready = all(told.get(key) is True for key in ("database", "migrations", "worker")) and bool(told["fonts"])
    return jsonify(told), HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE


def _fonts(place: Settings) -> str:
    try:
        return fonts.fonts(place.fonts_dir).described
    except fonts.NoFonts:
        return ""


def _metrics() -> Response | tuple[str, int]:
    if request.remote_addr not in LOOPBACK:
        return "only from this machine\n", HTTPStatus.FORBIDDEN
    with database.reading() as (session, now):
        found = lights.watched(session, PROCESS, now, "43", 2).areas.get("43", Lights())
        lines = {f'lvyue_rows{{table="{name}"}}': rows for name, rows in status.sizes(session).items()}
        lines |= {
            "lvyue_terminals": found.terminals,
            "lvyue_terminals_online": found.online,
            "lvyue_terminals_held": len(terminals.held(session, PROCESS)),
            "lvyue_papers_queued": len(circulars.queued(session, PROCESS)),
            "lvyue_worker_alive": int(status.alive(session, "worker", now)),
        }
    return Response(
        "".join(f"{name} {value}\n" for name, value in lines.items()), content_type="text/plain; version=0.0.4"
    )
