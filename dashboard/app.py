"""The Dash application on the Flask server: doors, health, downloads, shell and pages."""

from __future__ import annotations

from typing import Any, cast

from dash import Dash
from flask import Flask

from dashboard import access, decisions, downloads, health, shell, trouble
from dashboard.pages import (
    commissioning,
    lines,
    network,
    numbers,
    overview,
    papers,
    project,
    projects,
    ranking,
    registered,
    registration,
    terminal,
    terminals,
    tickets,
)
from models import settings, wording
from models.settings import Settings

PAGES = (
    *(overview, projects, project, ranking, terminals, terminal, registration, registered, commissioning),
    *(numbers, lines, tickets, network, papers),
)

INDEX = """<!doctype html>
<html lang="zh-CN">
<head>
{%metas%}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{%title%}</title>
<link rel="icon" href="/assets/favicon.svg" type="image/svg+xml">
{%favicon%}
{%css%}
</head>
<body>
<a class="skip" href="#page">跳到正文</a>
{%app_entry%}
<div hidden>{%config%}{%scripts%}{%renderer%}</div>
</body>
</html>"""


def register(server: Flask, place: Settings) -> Dash:
    """Build everything that people see onto the server."""
    server.config["BASE_URL"] = place.base_url
    server.template_folder = str(settings.ROOT / "dashboard/templates")
    access.register(server, place)
    trouble.register(server)
    health.register(server, place)
    downloads.register(server)
    app = Dash(
        "lvyue",
        server=cast("Any", server),  # Dash declares a yes or no here, and takes a server
        assets_folder=str(settings.ROOT / "assets"),
        assets_ignore=r"geo/.*|topojson/.*",
        pages_folder="",
        title=wording.PLATFORM,
        update_title="",
        index_string=INDEX,
        suppress_callback_exceptions=True,  # a page's components exist only while it is shown
        use_async=False,  # Dash takes asgiref, which the job queue brings, for a wish: a thread and a loop a request
    )
    app.layout = lambda: shell.layout(PAGES, place)
    shell.register(app, PAGES)
    decisions.register(app)
    for page in PAGES:
        page.register(app)
    return app
