"""网络线路: over which lines the terminals of a unit reach the province, and when their contracts end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import ALL, Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component

from dashboard import access, equipment, listing, live, parts, shell
from dashboard.listing import Column, Listing
from models import database, wording
from models.acts import lines as acts
from models.queries import lines, registration
from models.queries.lines import LineRow
from models.queries.registration import Choice
from models.rules.instants import epoch_ms
from models.rules.scope import Permission, Refused, Scope

PATH, NAME, HOME, NEEDS = "/lines", "", "/terminals", Permission.REGISTER_TERMINALS
EVERY = 300
SOON = 30  # days before its end a contract is warned of
LACKS: Final = {
    "operator": "请选择运营商。",
    "bandwidth": "请填写带宽（1 至 100000 的整数，单位 Mbps）。",
    "contract_end": "请填写合同到期日（前后十年以内）。",
    "note": "备注请在 200 字以内。",
}


def layout(scope: Scope, query: shell.Query) -> Component:
    """The lines in use; a unit adds and ends its own."""
    with database.reading() as (session, now):
        rows = lines.listing(session, scope, now)
        works = registration.choices(session, scope, scope.unit) if scope.unit else ()
    shown = [row for row in rows if listing.matches(query, row.unit_name, row.project, row.note)]
    sieve = html.Div(listing.search(query, "按单位、项目查找"), className="sieve")
    listed = parts.card("网络线路", live.part("list", _table(shown, scope, query)), sieve, level=1)
    said = html.Div(id="line-said", role="status", className="said")
    form = _form(works) if scope.unit is not None else None
    return html.Div([equipment.tabs(scope, PATH), said, listed, form, _dialog()])


def _until(row: LineRow) -> Component | str:
    day = row.contract_end.isoformat()
    if row.left < 0:
        return html.Span([day, " ", parts.tag("bad", "✕", "已到期")])
    return html.Span([day, " ", parts.tag("warn", "▲", f"还有 {row.left} 天")]) if row.left <= SOON else day


def _table(rows: Sequence[LineRow], scope: Scope, query: shell.Query) -> Component:
    if not rows:
        return listing.none(PATH, "没有网络线路。", query)
    columns: tuple[Column[LineRow], ...] = (
        Column("单位", lambda r: r.unit_name, "unit", lambda r: r.unit_name, look="long"),
        Column("项目", lambda r: r.project or "全部项目", "project", lambda r: r.project, look="minor long"),
        Column("运营商", lambda r: wording.OPERATORS[r.operator], "operator", lambda r: r.operator),
        Column("带宽", lambda r: f"{r.bandwidth_mbps:,} Mbps", "bandwidth", lambda r: r.bandwidth_mbps, "number"),
        Column("合同到期", _until, "end", lambda r: r.contract_end),
        Column("备注", lambda r: r.note, look="lesser long"),
    )
    if scope.unit is not None:
        columns = (*columns, Column("处理", _end))
    return Listing(columns, "网络线路", "end").show(rows, PATH, query)


def _end(row: LineRow) -> Component:
    label = parts.aria(label=f"停用线路 {wording.OPERATORS[row.operator]} {row.contract_end}")
    return html.Button(
        "停用", id={"line": row.id}, type="button", className="btn btn-sm btn-outline-secondary", **label
    )


def _form(works: Sequence[Choice]) -> Component:
    operators = [{"label": text, "value": name} for name, text in wording.OPERATORS.items()]
    projects = [{"label": "全部项目", "value": listing.ALL}, *({"label": w.name, "value": w.project} for w in works)]
    fields = [
        _field("运营商", dbc.Select(id="line-operator", options=operators, value="telecom")),
        _field("项目", dbc.Select(id="line-project", options=projects, value=listing.ALL)),
        _field("带宽（Mbps）", dbc.Input(id="line-bandwidth", type="number", min=1, step=1)),
        _field("合同到期日", dbc.Input(id="line-end", type="date")),
        _field("备注", dbc.Input(id="line-note", type="text", maxLength=200, autocomplete="off")),
    ]
    button = dbc.Button("添加线路", id="line-add", color="primary")
    wrong = html.Div(id="line-wrong", role="alert")
    return parts.card(
        "添加线路", html.Div([html.Div(fields, className="form-grid"), button, wrong], className="asking")
    )


def _field(text: str, control: Component) -> Component:
    return html.Label([html.Span(text), control], className="field")


def _dialog() -> Component:
    said: Component = dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle("停用线路", id="line-title"), close_button=False),
            dbc.ModalBody(html.P("停用后不再列出，记录保留。更换线路请停用旧线路，再添加新线路。")),
            dbc.ModalFooter([dbc.Button("取消", id="line-no", color="secondary", outline=True),
                             dbc.Button("确定", id="line-go", color="primary")]),
            html.Div(id="line-which", hidden=True),
        ],
        id="line-dialog", centered=True, labelledby="line-title",
    )  # fmt: skip
    return said


def added(operator: Any, project: Any, bandwidth: Any, until: Any, note: Any) -> tuple[Any, Any]:
    """Add a line: (what is said, what is wrong)."""
    try:
        day = date.fromisoformat(str(until))
    except ValueError:
        return no_update, _alert(LACKS["contract_end"], "danger")
    chosen = int(project) if str(project).isdecimal() and len(str(project)) <= 18 else 0
    speed = bandwidth if isinstance(bandwidth, int) else 0
    try:
        acts.add(access.scope(), str(operator), speed, day, str(note or ""), chosen or None)
    except acts.BadLine as bad:
        return no_update, _alert(LACKS[str(bad)], "danger")
    except Refused:
        return no_update, _alert("未添加：只能为本单位参建的项目添加线路。", "danger")
    return _alert("线路已添加。", "success"), ""


def ended(which: Any) -> Component:
    """End a line, or say what is in the way."""
    try:
        acts.end(access.scope(), int(which) if str(which).isdecimal() and len(str(which)) <= 18 else 0)
    except Refused:
        return _alert("未执行：这条线路不属于本单位。", "danger")
    return _alert("线路已停用。", "success")


def _alert(text: str, color: str) -> Component:
    alert: Component = dbc.Alert(text, color=color, dismissable=True)
    return alert


def register(app: Dash) -> None:
    """Add; ask before a line is ended."""

    @app.callback(
        Output("line-said", "children"), Output("line-wrong", "children"),
        Output("again", "data", allow_duplicate=True),
        Input("line-add", "n_clicks"), State("line-operator", "value"), State("line-project", "value"),
        State("line-bandwidth", "value"), State("line-end", "value"), State("line-note", "value"),
        prevent_initial_call=True,
    )  # fmt: skip
    def add(pressed: int | None, *given: Any) -> tuple[Any, Any, Any]:
        return (*added(*given), epoch_ms(database.now())) if pressed else (no_update,) * 3

    @app.callback(
        Output("line-dialog", "is_open"), Output("line-which", "children"),
        Input({"line": ALL}, "n_clicks"), Input("line-no", "n_clicks"), prevent_initial_call=True,
    )  # fmt: skip
    def ask(_: list[int | None], __: int | None) -> tuple[Any, Any]:
        if not isinstance(ctx.triggered_id, dict):
            return False, no_update
        return (True, str(ctx.triggered_id["line"])) if ctx.triggered[0]["value"] else (no_update, no_update)

    @app.callback(
        Output("line-dialog", "is_open", allow_duplicate=True), Output("line-said", "children", allow_duplicate=True),
        Output("again", "data", allow_duplicate=True),
        Input("line-go", "n_clicks"), State("line-which", "children"), prevent_initial_call=True,
    )  # fmt: skip
    def go(pressed: int | None, which: Any) -> tuple[Any, Any, Any]:
        return (False, ended(which), epoch_ms(database.now())) if pressed else (no_update,) * 3
