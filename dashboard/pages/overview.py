"""总览: the map of terminals and compliance, with drill-down from province to prefecture to project and terminal."""

from __future__ import annotations

from typing import Any, cast

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import access, parts, shell
from dashboard.figures import geo, maps, points
from dashboard.pages import projects as project_page
from models import database, wording
from models.queries import places, terminals
from models.queries.rows import AreaRow, Overview, ProjectRow, TerminalRow
from models.rules.scope import Permission, Scope

PATH, NAME, HOME, NEEDS = "/", "总览", "/", Permission.SEE_MAP
EVERY = 10  # beats of 3 s between refreshes


def layout(scope: Scope, query: shell.Query) -> Component:
    """The page for a territory; a city's account starts at its city."""
    return html.Div(_body(scope, query), id="overview")


def city_of(scope: Scope, query: shell.Query) -> str | None:
    """The prefecture shown: the one asked for within the territory, or the territory's own."""
    own = scope.area_prefix[:4].ljust(4, "0") + "00" if len(scope.area_prefix) > 2 else None
    asked = query.get("city", "")
    return own or (asked if asked[:2] == "43" and len(asked) == 6 and asked.isdigit() else None)


def _body(scope: Scope, query: shell.Query) -> list[Component]:
    city, measure = city_of(scope, query), query.get("measure", "attendance")
    with database.reading() as (session, now):
        found = places.overview(session, scope, now, city)
        sites = places.projects(session, scope, now, city) if city and scope.may(Permission.SEE_PROJECTS) else ()
        lights = terminals.listing(session, scope, now, area=city[:4]) if city else ()
    chart = _city(city, found, sites, lights) if city else _province(found, query, measure)
    side = [_ranking(found, query, city), parts.card("需要处理", parts.worklist(found.findings, found.as_of))]
    below = parts.card("项目", project_page.listing(sites, "/", query)) if city else None
    return [_figures(found), html.Div([chart, html.Div(side, className="side")], className="board"), html.Div(below)]


def _figures(found: Overview) -> Component:
    total = found.total
    change = parts.change(total.attendance, found.before)
    cards = [
        parts.kpi(
            "终端在线率", _number(total.presence), "%", f"在线 {total.online} / {total.terminals} 台", href="/terminals"
        ),
        parts.kpi(
            "离线终端",
            str(total.offline),
            "台",
            f"其中超 24 小时 {found.offline_day} 台",
            href="/terminals?light=offline",
        ),
        parts.kpi("72 小时到岗率", _number(total.attendance), "%", "近 30 天，较前 30 天", delta=change),
        parts.kpi("缺勤", f"{total.missed:,}", "人次", f"应到 {total.due:,} 人次", href="/ranking"),
        parts.kpi("在建项目", str(total.projects), "个", f"在册 {total.people} 人", href="/projects"),
    ]
    return html.Div(cards, className="kpis")


def _number(share: float | None) -> str:
    return wording.percent(share).removesuffix("%")


def _province(found: Overview, query: shell.Query, measure: str) -> Component:
    shown: Any = "presence" if measure == "presence" else "attendance"
    switch = parts.segment(
        [
            ("到岗率", shell.href("/", query, measure=""), shown == "attendance"),
            ("在线率", shell.href("/", query, measure="presence"), shown == "presence"),
        ],
        "地图指标",
    )
    graph = dcc.Graph(
        id="map",
        figure=maps.province(found.areas, shown),
        config=cast("Any", maps.CONFIG),
        className="map map-province",
    )
    return parts.card(
        "全省终端与到岗",
        graph,
        switch,
        parts.legend(maps.classes(found.areas, shown), title="近 30 天"),
        look="map-card",
    )


def _city(city: str, found: Overview, sites: tuple[ProjectRow, ...], lights: tuple[TerminalRow, ...]) -> Component:
    name = next((place for code, place in _cities().items() if code == city), city)
    graph = dcc.Graph(
        id="map",
        figure=maps.city(city, found.areas, sites, lights),
        config=cast("Any", maps.CITY_CONFIG),
        className="map map-city",
    )
    trail = parts.breadcrumb([("全省", "/"), (name, "")])
    return parts.card(
        f"{name}项目与终端", graph, trail, parts.legend(points.legend(lights), glyphs=True), look="map-card"
    )


def _cities() -> dict[str, str]:
    return {place.code: place.name for place in geo.places("cities")}


def _ranking(found: Overview, query: shell.Query, city: str | None) -> Component:
    head = [parts.Head("市州" if not city else "县市区"), parts.Head("到岗率", "bar"), parts.Head("", "number"),
            parts.Head("较前期", "number"), parts.Head("离线", "number")]  # fmt: skip
    known = [row for row in found.areas if row.tally.projects or row.tally.terminals]
    known.sort(key=lambda row: (row.tally.attendance is None, -(row.tally.attendance or 0), row.code))
    if not known:
        return parts.card("到岗率", parts.empty("本区域还没有在建项目。", "由省厅科技信息中心录入项目后显示。"))
    rows = [_area(row, query, city) for row in known]
    return parts.card(
        "各市州到岗率" if not city else "各县市区到岗率", parts.table(head, rows, "按近 30 天到岗率从高到低排列")
    )


def _area(row: AreaRow, query: shell.Query, city: str | None) -> list[Any]:
    name: Any = row.name if city else dcc.Link(row.name, href=shell.href("/", query, city=row.code))
    share = row.tally.attendance
    change = parts.delta(parts.change(share, row.before), short=True)
    return [name, parts.bar(share, floor=0.5), wording.percent(share), change, str(row.tally.offline)]


def register(app: Dash) -> None:
    """A click on the map drills down; the page refreshes itself."""

    @app.callback(
        Output("url", "pathname"), Output("url", "search"), Input("map", "clickData"), State("url", "search"),
        prevent_initial_call=True,
    )  # fmt: skip
    def drill(click: dict[str, Any] | None, search: str | None) -> tuple[Any, Any]:
        return target(click, shell.query_of(search))

    @app.callback(
        Output("overview", "children"), Input("beat", "n_intervals"), State("url", "search"), prevent_initial_call=True
    )
    def refresh(beats: int, search: str | None) -> Any:
        return _body(access.scope(), shell.query_of(search)) if beats % EVERY == 0 else no_update


def target(click: dict[str, Any] | None, query: shell.Query) -> tuple[Any, Any]:
    """Where a click on the map leads: a prefecture, a project, a terminal; nowhere else."""
    point = ((click or {}).get("points") or [{}])[0]
    data = point.get("customdata")
    if isinstance(data, list) and len(data) == 2 and data[0] in ("project", "terminal"):
        return f"/{data[0]}/{int(data[1])}", ""
    code = str(point.get("location") or "")
    if code.endswith("00") and code.startswith("43"):
        return "/", "?" + shell.href("", query, city=code).partition("?")[2]
    return no_update, no_update
