"""通告通报: ask for the quarterly circular, see it being typeset, download it."""

from __future__ import annotations

from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import ALL, Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component

from dashboard import access, live, parts, shell
from dashboard.figures.wording import moment
from dashboard.listing import Column, Listing
from models import database, wording
from models.acts import circulars as acts
from models.queries import circulars
from models.queries.rows import CircularRow
from models.rules.instants import Period
from models.rules.scope import Permission, Refused, Scope

PATH, NAME, HOME, NEEDS = "/papers", "通告通报", "/papers", Permission.SEE_PAPERS
EVERY = 3  # seconds: a paper's progress is followed
SHOWN = 20
LOOKS = {"queued": "idle", "rendering": "warn", "ready": "good", "failed": "bad"}


def layout(scope: Scope, query: shell.Query) -> Component:
    """The form for those who make papers, and the list."""
    with database.reading() as at:
        quarter = Period.quarter_of(at.now).previous()
    form = (
        _form([quarter, quarter.previous(), quarter.previous().previous()])
        if scope.may(Permission.MAKE_PAPERS)
        else None
    )
    listed = parts.card("通告通报", live.part("list", _list(scope, query)), level=1)
    return html.Div([listed, form, html.Div(id="papers-said", role="status")], id="papers")


def _form(quarters: list[Period]) -> Component:
    options = [{"label": wording.period(p), "value": str(p)} for p in quarters]
    choose = dbc.Select(id="paper-period", options=options, value=str(quarters[0]))
    fields = [
        html.Label("季度", htmlFor="paper-period"),
        choose,
        dbc.Button("生成通报草稿", id="paper-ask", color="primary"),
    ]
    note = "草稿不编文号、不落日期；数据在提交时固定，之后到达的记录不改变本草稿。"
    return parts.card("生成每季一通报", html.Div(fields, className="form-line"), foot=note)


def _list(scope: Scope, query: shell.Query) -> Component:
    with database.reading() as (session, _):
        rows = circulars.listing(session, scope)
    if not rows:
        return parts.empty("还没有生成过通告通报。", "选择季度后生成。" if scope.may(Permission.MAKE_PAPERS) else "")
    return Listing(COLUMNS, "通告通报", "-asked", size=SHOWN).show(rows, PATH, query)


def _state(row: CircularRow) -> Component:
    mark = parts.tag(LOOKS[row.state], "", wording.PAPER_STATES[row.state])
    if row.state == "rendering":
        return html.Span([mark, dbc.Progress(value=row.progress, label=f"{row.progress}%")], className="progressing")
    return html.Span([mark, html.Small(row.error)]) if row.error else mark


def _file(row: CircularRow) -> Component | str:
    if row.state == "ready":
        return html.A(f"下载 PDF（{row.size // 1024} KB）", href=f"/papers/{row.id}.pdf", target="_blank")
    if row.state == "failed":
        retry: Component = dbc.Button("重试", id={"paper": row.id}, size="sm", outline=True, color="danger")
        return retry
    return "—"


COLUMNS: Final[tuple[Column[CircularRow], ...]] = (
    Column("名称", lambda r: r.title, "title", lambda r: r.title),
    Column("状态", _state, "state", lambda r: r.state),
    Column("数据截至", lambda r: moment(r.as_of), "as_of", lambda r: r.as_of, look="minor"),
    Column("提交", lambda r: moment(r.requested), "asked", lambda r: r.requested, look="minor"),
    Column("提交人", lambda r: r.requested_by, "by", lambda r: r.requested_by, look="minor"),
    Column("文件", _file),
)


def register(app: Dash) -> None:
    """Ask, and retry; the list follows the progress by itself."""

    @app.callback(
        Output("papers-said", "children"),
        Input("paper-ask", "n_clicks"),
        State("paper-period", "value"),
        prevent_initial_call=True,
    )
    def ask(_: int | None, period: str) -> Any:
        return said(period) if ctx.triggered_id == "paper-ask" and _ else no_update

    @app.callback(
        Output("papers-said", "children", allow_duplicate=True),
        Input({"paper": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def again(clicks: list[int | None]) -> Any:
        return retried(ctx.triggered_id) if any(clicks) else no_update


def said(period: str) -> Component:
    """Ask for a circular and say so, or say what is in the way."""
    try:
        acts.ask(access.scope(), "circular", period)
    except (Refused, ValueError) as refused:
        return _alert(f"未能生成：{refused}", color="danger")
    return _alert("已提交，后台正在排版，下方列表显示进度。", color="success", duration=6000)


def retried(which: Any) -> Component:
    """Queue a failed paper once more."""
    acts.ask_again(access.scope(), int(which["paper"]))
    return _alert("已重新提交。", color="info", duration=6000)


def _alert(text: str, **look: Any) -> Component:
    alert: Component = dbc.Alert(text, dismissable=True, **look)
    return alert
