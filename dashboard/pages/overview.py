"""总览: the map of terminals and compliance, with drill-down from province to prefecture to project and terminal."""

from __future__ import annotations

from typing import Any, Final

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import listing, live, parts, shell, theme
from dashboard.figures import geo, maps, points
from dashboard.listing import Column, Listing
from dashboard.pages import projects as project_page
from dashboard.pages import terminals as terminal_page
from models import database, wording
from models.queries import places, terminals
from models.queries.rows import AreaRow, Overview, ProjectRow, TerminalRow
from models.rules.scope import Permission, Scope

PATH, NAME, HOME, NEEDS = "/", "总览", "/", Permission.SEE_MAP
BONES = ("kpis", "map")
FEW = 20  # rows of a city's lists below its map


def layout(scope: Scope, query: shell.Query) -> Component:
    """The page for a territory; a city's account starts at its city."""
    city, measure = city_of(scope, query), query.get("measure", "attendance")
    with database.reading() as (session, now):
        found = places.overview(session, scope, now, city)
        sites = places.projects(session, scope, now, city) if city and scope.may(Permission.SEE_PROJECTS) else ()
        lights = terminals.listing(session, scope, now, area=city[:4]) if city else ()
    chart = _city(scope, city, found, sites, lights, query) if city else _province(found, query, measure)
    count = html.Span(f"{len(found.findings)} 项") if found.findings else None
    todo = parts.card(
        "需要处理",
        live.part("findings", parts.worklist(found.findings, found.as_of)),
        live.part("count", count),
        look="fills",
    )
    side = html.Div([_ranking(found, query, city), todo], className="side")
    below = _below(sites, lights, query) if city else []
    name = parts.title(f"{_name(city)}总览" if city else "全省总览")
    board = html.Div([chart, side], className="board")
    return html.Div([name, live.part("figures", _figures(found)), board, *below], id="overview")


def city_of(scope: Scope, query: shell.Query) -> str | None:
    """The prefecture shown: the one asked for within the territory, or the territory's own."""
    own = scope.area_prefix[:4].ljust(4, "0") + "00" if len(scope.area_prefix) > 2 else None
    asked = query.get("city", "")
    return own or (asked if asked[:2] == "43" and len(asked) == 6 and asked.isdigit() else None)


def _figures(found: Overview) -> Component:
    total = found.total
    change = parts.change(total.attendance, found.before)
    gone = "bad" if found.offline_day else "warn" if total.offline else "good"
    cards = [
        parts.kpi("终端在线率", _number(total.presence), "%", f"在线 {total.online:,} / {total.terminals:,} 台",
                  tone=theme.tone(total.presence), href="/terminals"),
        parts.kpi("离线终端", f"{total.offline:,}", "台", f"其中超 24 小时 {found.offline_day:,} 台",
                  tone=gone if total.terminals else "", href="/terminals?light=offline"),
        parts.kpi("72 小时到岗率", _number(total.attendance), "%", "近 30 天，较前 30 天", delta=change,
                  tone=theme.tone(total.attendance)),
        parts.kpi("缺勤", f"{total.missed:,}", "人次", f"应到 {total.due:,} 人次", href="/ranking"),
        parts.kpi("在建项目", f"{total.projects:,}", "个", f"在册 {total.people:,} 人", href="/projects"),
    ]  # fmt: skip
    return html.Div(cards, className="kpis")


def _number(share: float | None) -> str:
    return wording.percent(share).removesuffix("%")


def _province(found: Overview, query: shell.Query, measure: str) -> Component:
    shown: Any = "presence" if measure == "presence" else "attendance"
    items = [
        ("到岗率", shell.href("/", query, measure=""), shown == "attendance"),
        ("在线率", shell.href("/", query, measure="presence"), shown == "presence"),
    ]
    graph = live.plot("map", maps.province(found.areas, shown), maps.CONFIG, "map map-province")
    legend = parts.legend(maps.classes(found.areas, shown))
    return parts.card(
        "全省终端与到岗", graph, live.part("measure", parts.segment(items, "地图指标")), live.part("legend", legend),
        look="map-card",
    )  # fmt: skip


def _city(
    scope: Scope,
    city: str,
    found: Overview,
    sites: tuple[ProjectRow, ...],
    lights: tuple[TerminalRow, ...],
    query: shell.Query,
) -> Component:
    graph = live.plot("map", maps.city(city, found.areas, sites, lights), maps.CITY_CONFIG, "map map-city")
    legend = parts.legend([*points.legend(lights), *points.ring_legend(sites)], glyphs=True)
    aside: parts.Body = None
    if len(scope.area_prefix) == 2:
        others = [(place.code, place.name) for place in geo.places("cities")]
        back = parts.breadcrumb([("全省", "/"), (_name(city), "")])
        aside = html.Div([back, listing.choice(query, "转到", others, "city", "全省")], className="sieve")
    return parts.card(f"{_name(city)}项目与终端", graph, aside, live.part("legend", legend), look="map-card")


def _name(city: str) -> str:
    return next((place.name for place in geo.places("cities") if place.code == city), city)


def _ranking(found: Overview, query: shell.Query, city: str | None) -> Component:
    columns: list[Column[AreaRow]] = [
        Column("县市区" if city else "市州", lambda r: r.name if city else _link(r, query), "area", lambda r: r.code),
        listing.share(lambda r: r.tally.attendance),
        Column("较前期", _moved, "moved", _difference, "number"),
        Column("离线", lambda r: f"{r.tally.offline:,}", "offline", lambda r: r.tally.offline, "number"),
    ]  # fmt: skip
    shown = [row for row in found.areas if not city or row.tally.projects or row.tally.terminals]
    title = "各县市区到岗率" if city else "各市州到岗率"
    if not any(row.tally.projects or row.tally.terminals for row in shown):
        return parts.card(title, live.part("areas", parts.empty("本区域还没有在建项目。", "录入项目后显示。")))
    listed = Listing(columns, "近 30 天各区域到岗率", "-attendance", look="tight").show(shown, PATH, query)
    return parts.card(title, live.part("areas", listed))


def _link(row: AreaRow, query: shell.Query) -> Component:
    return dcc.Link(row.short, href=shell.href("/", query, city=row.code, sort=""))


def _difference(row: AreaRow) -> float | None:
    now, before = row.tally.attendance, row.before
    return None if now is None or before is None else now - before


def _moved(row: AreaRow) -> parts.Node:
    return parts.delta(parts.change(row.tally.attendance, row.before), short=True)


def _below(sites: tuple[ProjectRow, ...], lights: tuple[TerminalRow, ...], query: shell.Query) -> list[Component]:
    """What the map's points lead to, as lists: the way of those who do not point."""
    tables = [
        parts.card("项目", live.part("projects", project_page.table(sites, PATH, query, "p"))),
        parts.card("考勤机", live.part("terminals", terminal_page.table(lights, PATH, query, "t", FEW))),
    ]
    return tables if lights else tables[:1]


TARGETS: Final = ("project", "terminal")


def register(app: Dash) -> None:
    """A click on the map drills down."""

    @app.callback(
        Output("url", "pathname"), Output("url", "search"), Input({"plot": "map"}, "clickData"), State("url", "search"),
        prevent_initial_call=True,
    )  # fmt: skip
    def drill(click: dict[str, Any] | None, search: str | None) -> tuple[Any, Any]:
        return target(click, shell.query_of(search))


def target(click: dict[str, Any] | None, query: shell.Query) -> tuple[Any, Any]:
    """Where a click on the map leads: a prefecture, a project, a terminal; nowhere else."""
    point = ((click or {}).get("points") or [{}])[0]
    data = point.get("customdata")
    if isinstance(data, list) and len(data) == 2 and data[0] in TARGETS:
        return f"/{data[0]}/{int(data[1])}", ""
    code = str(point.get("location") or "")
    if code.endswith("00") and code.startswith("43"):
        return "/", "?" + shell.href("", query, city=code, sort="").partition("?")[2]
    return no_update, no_update
