"""One Flask server: settings, database, terminals' doors, screens, downloads.

`wsgi:server` is the WSGI target; `wsgi:front` is the same as ASGI, with the doors in the event loop: what we run.
"""

from __future__ import annotations

import os
from contextlib import ExitStack

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import dashboard.app
import ingest.blueprint
import ingest.cli
import models.cli
from ingest import doors
from ingest.front import Front
from ingest.protocols import table
from models import database, embedded, keys, settings

_running = ExitStack()


def create(place: settings.Settings) -> Flask:
    """The whole application on the given settings."""
    if place.embedded and os.environ.get("SUPERVISED"):
        embedded.wait(data_dir=place.data_dir)  # db is a process of its own and comes back by itself
    elif place.embedded:
        _running.enter_context(embedded.serve(place.data_dir))  # a command on its own
    app_url = place.database_url or embedded.url("app", data_dir=place.data_dir)
    owner_url = place.owner_database_url or embedded.url("owner", data_dir=place.data_dir)
    database.bind(app_url)
    ring = keys.bind(place.key_dir)
    app = Flask("lvyue", static_folder=None)
    app.secret_key = ring.session
    app.config.update(MAX_CONTENT_LENGTH=place.max_body, MAX_FORM_MEMORY_SIZE=place.max_body)
    app.config["DOORS"] = ("/ingest", *doors.PATHS)
    app.extensions["doors"] = at = doors.Doors()
    app.register_blueprint(ingest.blueprint.blueprint(at))
    app.config["DIALECTS"] = [(d.name, d.label, d.doors[0], d.secret.value) for d in table.DIALECTS]
    if place.trusted_proxies:
        count = place.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    dashboard.app.register(app, place)
    models.cli.register(app, owner_url, [dialect.name for dialect in table.DIALECTS])
    ingest.cli.register(app, owner_url)
    return app


_place = settings.load()
server = create(_place)
front = Front(server, server.extensions["doors"], _place.trusted_proxies)
