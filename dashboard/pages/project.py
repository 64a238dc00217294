"""A project: the heatmap person × window, worst first; a cell or a name opens the drawer with its evidence."""

from __future__ import annotations

from typing import Any, Final

from dash import ALL, Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component

from dashboard import access, drawer, listing, live, parts, shell
from dashboard.figures import heatmaps
from dashboard.listing import page_of, pager
from dashboard.pages import terminals as terminal_page
from models import database, wording
from models.queries import terminals, windows
from models.queries.rows import Heatmap, HeatRow
from models.rules.scope import Permission, Scope

PATH, NAME, HOME, NEEDS = r"/project/(?P<project>\d+)", "", "/projects", Permission.SEE_PROJECTS
BONES = ("heatmap",)
SIZE, ALL_OF_THEM = 60, 300  # people a page: with names; at one glance
NOBODY: Final = "没有符合条件的在册人员。"
VIEWS: Final = (("", "逐人"), ("all", "全员概览"))


def layout(scope: Scope, query: shell.Query, project: str) -> Component:
    """The page, or a plain word when the project is not in the territory."""
    with database.reading() as (session, now):
        page, text = page_of(query) - 1, query.get("search", "")
        found = windows.heatmap(session, scope, int(project), now, page=page, size=_size(query), search=text)
        if found is None:
            return parts.error("没有这个项目，或不在本账号的管辖范围内。", "/projects", title="找不到项目")
        machines = terminals.listing(session, scope, now, project=int(project))
    path = f"/project/{project}"
    return html.Div(
        [
            parts.breadcrumb([("全省", "/"), ("项目", "/projects"), (found.name, "")]),
            _heat(found, path, query),
            parts.card("本项目考勤机", live.part("terminals", terminal_page.table(machines, path, query, "t", 20))),
            parts.drawer("evidence", "考勤周期依据", parts.skeleton("text")),
        ]
    )


def version(session: Any, scope: Scope, project: str) -> int | None:
    """The project's counter: it moves with each punch, leave or decision."""
    return windows.version(session, scope, int(project))


def _size(query: shell.Query) -> int:
    return ALL_OF_THEM if query.get("view") == "all" else SIZE


def _heat(found: Heatmap, path: str, query: shell.Query) -> Component:
    whole, tally = query.get("view") == "all", found.tally
    rate = wording.percent(tally.attendance)
    said = f"{tally.people} 人 · 应到 {tally.due:,} · 缺勤 {tally.missed:,} · 到岗率 {rate}"
    views = [(text, shell.href(path, query, view=key, page=""), (key == "all") == whole) for key, text in VIEWS]
    aside = [
        live.part("tally", html.Span(said)),
        live.part("views", parts.segment(views, "显示方式") if whole or found.total_rows > SIZE else None),
        html.Div(listing.search(query, "按姓名查找"), className="sieve"),
    ]
    pages = pager(found.total_rows, page_of(query), _size(query), path, query)
    foot = [parts.legend(heatmaps.legend()), live.part("pages", pages)]
    figure = live.plot("heat", heatmaps.heatmap(found), heatmaps.CONFIG, "")
    names = live.part("names", None if whole and found.rows else _names(found, path, query))
    least, high = heatmaps.size(found)
    room = {"--least": f"{least}px", "--high": f"{high}px", "--row": f"{heatmaps.row_height(len(found.rows))}px",
            "--top": f"{heatmaps.TOP}px"}  # fmt: skip
    held = [names, _scrolls(figure)]
    frame = live.room("heat", held, room, "heat bare" if whole else "heat")
    return parts.card(found.name, frame, aside, foot, look="heat-card", level=1)


def _scrolls(figure: Component) -> Component:
    """A frame in which a wide heatmap scrolls, by the keyboard too."""
    return html.Div(figure, className="heat-scroll", tabIndex=0, role="group", **parts.aria(label="考勤热力图"))


def _names(found: Heatmap, path: str, query: shell.Query) -> Component:
    """Who stands in each row: a button that lists the person's windows, the way of those who do not point."""
    if not found.rows:
        return listing.none(path, NOBODY, query)
    return html.Ol([html.Li(_name(row)) for row in found.rows], className="heat-names")


def _name(row: HeatRow) -> Component:
    missed = row.missed / row.due if row.due else None
    rate = html.Small(wording.percent(missed, 0), className="bad" if row.missed else "", title="缺勤率")
    who = f"{row.engagement}-{row.person}"
    hint = f"{row.name} {row.post} {row.unit} {row.section}"
    return html.Button([html.B(row.name), html.Span(row.post), rate], id={"row": who}, title=hint, type="button")


def register(app: Dash) -> None:
    """The drawer: a cell's evidence, a person's windows."""

    @app.callback(
        Output("evidence", "is_open"), Output("evidence-body", "children"), Output({"plot": "heat"}, "clickData"),
        Input({"plot": "heat"}, "clickData"), Input({"row": ALL}, "n_clicks"), Input({"cell": ALL}, "n_clicks"),
        State("url", "pathname"), prevent_initial_call=True, running=[(Output("page", "aria-busy"), "true", "false")],
    )  # fmt: skip
    def why(click: dict[str, Any] | None, _: list[int], __: list[int], path: str) -> tuple[Any, Any, Any]:
        body = opened(ctx.triggered_id, ctx.triggered[0]["value"], path)
        return (no_update, no_update, no_update) if body is None else (True, body, None)


def opened(which: Any, value: Any, path: str) -> Component | None:
    """What the drawer shows of what was pressed; None when nothing was (a button that has just appeared)."""
    if not value or not isinstance(which, dict):
        return None
    if "row" in which:
        who, project = drawer.numbers(which["row"], 2), shell.find_number(path)
        return drawer.windows_of(access.scope(), project, *who) if who and project else None
    cell = drawer.numbers(which["cell"], 3) if "cell" in which else heatmaps.cell(value)
    return drawer.evidence(access.scope(), *cell) if cell else None
