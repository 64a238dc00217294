"""A project: the heatmap person × window, worst first; a cell opens the drawer with its evidence."""

from __future__ import annotations

from typing import Any, cast

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import access, drawer, parts, shell
from dashboard.figures import heatmaps
from dashboard.pages import terminals as terminal_page
from models import database, wording
from models.queries import terminals, windows
from models.queries.rows import Heatmap
from models.rules.scope import Permission, Scope

PATH, NAME, HOME, NEEDS = r"/project/(?P<project>\d+)", "", "/projects", Permission.SEE_PROJECTS
SIZE = 60


def layout(scope: Scope, query: shell.Query, project: str) -> Component:
    """The page, or a plain word when the project is not in the territory."""
    with database.reading() as (session, now):
        found = _find(session, scope, int(project), now, query)
        if found is None:
            return parts.error("没有这个项目，或不在本账号的管辖范围内。", "/projects")
        machines = terminals.listing(session, scope, now, project=int(project))
    return html.Div(
        [
            parts.breadcrumb([("全省", "/"), ("项目", "/projects"), (found.name, "")]),
            dcc.Store(id="project-version", data=found.version),
            html.Div(_heat(found, query), id="project-heat"),
            parts.card("本项目考勤机", terminal_page.listing(machines, f"/project/{project}", query)),
            parts.drawer("evidence", "考勤周期依据", parts.skeleton("text")),
        ]
    )


def _find(session: Any, scope: Scope, project: int, now: Any, query: shell.Query) -> Heatmap | None:
    page = int(query["page"]) - 1 if query.get("page", "").isdigit() else 0
    unit = int(query["unit"]) if query.get("unit", "").isdigit() else None
    return windows.heatmap(
        session, scope, project, now, page=max(0, page), size=SIZE, unit=unit, search=query.get("search", "")
    )


def _heat(found: Heatmap, query: shell.Query) -> Component:
    path = f"/project/{found.project}"
    tally = found.tally
    facts = f"{tally.people} 人 · 应到 {tally.due} · 缺勤 {tally.missed} · 到岗率 {wording.percent(tally.attendance)}"
    graph = dcc.Graph(id="heat", figure=heatmaps.heatmap(found), config=cast("Any", heatmaps.CONFIG))
    foot = [parts.legend(heatmaps.legend()), _pages(found, path, query)]
    search = dbc.Input(
        id="heat-search",
        type="search",
        placeholder="按姓名查找，回车",
        value=query.get("search", ""),
        debounce=True,
        size="sm",
    )
    return parts.card(
        found.name, html.Div(graph, className="heat-scroll"), [html.Span(facts), search], foot, look="heat-card"
    )


def _pages(found: Heatmap, path: str, query: shell.Query) -> Component | None:
    count = (found.total_rows + SIZE - 1) // SIZE
    if count < 2:
        return None
    here = int(query["page"]) if query.get("page", "").isdigit() else 1
    return parts.segment([(str(n), shell.href(path, query, page=n), n == here) for n in range(1, count + 1)], "页")


def register(app: Dash) -> None:
    """Live figure, evidence drawer, search in the address."""

    @app.callback(
        Output("project-heat", "children"), Output("project-version", "data"), Input("beat", "n_intervals"),
        State("project-version", "data"), State("url", "pathname"), State("url", "search"), prevent_initial_call=True,
    )  # fmt: skip
    def live(_: int, version: int, path: str, search: str | None) -> tuple[Any, Any]:
        return moved(path, version, shell.query_of(search))

    @app.callback(
        Output("evidence", "is_open"), Output("evidence-body", "children"), Input("heat", "clickData"),
        prevent_initial_call=True,
    )  # fmt: skip
    def why(click: dict[str, Any] | None) -> tuple[Any, Any]:
        cell = heatmaps.cell(click)
        return (True, drawer.evidence(access.scope(), *cell)) if cell else (no_update, no_update)

    @app.callback(
        Output("url", "search", allow_duplicate=True), Input("heat-search", "value"), State("url", "search"),
        prevent_initial_call=True,
    )  # fmt: skip
    def look(name: str | None, search: str | None) -> Any:
        query = shell.query_of(search)
        return no_update if not ctx.triggered or (name or "") == query.get("search", "") else _search(query, name)


def _search(query: shell.Query, name: str | None) -> str:
    return "?" + shell.href("", query, search=name, page="").partition("?")[2]


def moved(path: str, version: int, query: shell.Query) -> tuple[Any, Any]:
    """The heatmap again when the project's counter moved; the scope is asked each time."""
    found = shell.find_number(path)
    if found is None:
        return no_update, no_update
    scope = access.scope()
    with database.reading() as (session, now):
        if windows.version(session, scope, found) in (None, version):
            return no_update, no_update
        heat = _find(session, scope, found, now, query)
    return (_heat(heat, query), heat.version) if heat else (no_update, no_update)
