"""故障工单: silences that somebody must see to: whom they are given to, and what was done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import access, equipment, listing, live, parts, shell
from dashboard.figures.wording import moment, span
from dashboard.listing import Column, Listing
from models import database, wording
from models.acts import tickets as acts
from models.acts.registration import Unfit
from models.queries import tickets
from models.queries.tickets import TicketRow
from models.rules.instants import day_of, epoch_ms
from models.rules.outages import patience
from models.rules.scope import Permission, Refused, Scope

PATH, NAME, HOME, NEEDS = "/tickets", "", "/terminals", Permission.SEE_TERMINALS
EVERY = 60
LACKS: Final = {
    "assigned": "请填写处理人（40 字以内）。",
    "note": "备注请填写 2 至 500 字，也可不填。",
    "remedy": "请填写处理结果（2 至 500 字），如“更换电源适配器”。",
}
TITLES: Final = {"assign": "派单", "close": "关闭工单"}


def layout(scope: Scope, query: shell.Query) -> Component:
    """Open tickets, or closed ones; filtered by cause and text."""
    closed = query.get("state") == "closed"
    with database.reading() as (session, now):
        rows = tickets.listing(session, scope, closed)
    shown = [row for row in rows if _wanted(row, query)]
    causes = [(name, text) for name, text in wording.CAUSES.items() if name != "own"]
    fields = [
        listing.choice(query, "原因", causes, "cause"),
        listing.search(query, "按编号、位置、单位、处理人查找"),
    ]
    aside = [_states(closed, query), html.Div(fields, className="sieve")]
    hours = int(patience(day_of(now)).total_seconds() // 3600)
    note = f"考勤机离线满 {hours} 小时自动生成工单（时限为暂定值）；平台自身中断不计。"
    return html.Div(
        [
            equipment.tabs(scope, PATH),
            html.Div(id="ticket-said", role="status", className="said"),
            parts.card("故障工单", live.part("list", _table(shown, closed, query)), aside, foot=note, level=1),
            _dialog(),
        ]
    )


def _wanted(row: TicketRow, query: shell.Query) -> bool:
    texts = (row.serial, row.place, row.unit_name, row.assigned, row.note, row.remedy)
    return query.get("cause", row.cause) == row.cause and listing.matches(query, *texts)


def _states(closed: bool, query: shell.Query) -> Component:
    items = [
        (text, shell.href(PATH, query, state=state, page=""), here)
        for text, state, here in (("未关闭", "", not closed), ("已关闭", "closed", closed))
    ]
    return parts.segment(items, "工单状态")


def _silent(row: TicketRow) -> Component | str:
    """Since when it is silent; that it is heard again."""
    if row.ended is None:
        return html.Span([moment(row.began), " ", parts.tag("bad", "✕", "仍离线")])
    lasted = span((row.ended - row.began).total_seconds())
    return html.Span([moment(row.began), " ", parts.tag("good", "✓", f"已恢复，共 {lasted}")])


def _seen_to(row: TicketRow) -> Component | str:
    """Whom it is given to, and the buttons of who may."""
    if not row.may:
        return row.assigned or "未派单"
    buttons = [_button("assign", row, row.assigned or "派单"), _button("close", row, "关闭")]
    return html.Span([buttons[0], " ", buttons[1]])


def _button(verb: str, row: TicketRow, text: str) -> Component:
    name = parts.aria(label=f"{TITLES[verb]} {row.serial}")
    which = {"ticket": f"{verb}-{row.id}"}
    return html.Button(text, id=which, type="button", className="btn btn-sm btn-outline-secondary", **name)


def _table(rows: Sequence[TicketRow], closed: bool, query: shell.Query) -> Component:
    if not rows:
        return listing.none(PATH, "没有已关闭的工单。" if closed else "没有未关闭的工单。", query)
    columns: tuple[Column[TicketRow], ...] = (
        Column("考勤机", lambda r: dcc.Link(r.serial, href=f"/terminal/{r.terminal}"), "serial", lambda r: r.serial),
        Column("位置", lambda r: r.place, "place", lambda r: r.place, look="lesser long"),
        Column("单位", lambda r: r.unit_name, "unit", lambda r: r.unit_name, look="minor long"),
        Column("离线", _silent, "began", lambda r: r.began),
        Column("原因", lambda r: wording.CAUSES[r.cause], "cause", lambda r: r.cause, look="minor"),
    )
    last: tuple[Column[TicketRow], ...] = (
        Column("处理", _seen_to, "assigned", lambda r: r.assigned),
        Column("备注", lambda r: r.note, look="lesser long"),
    )
    if closed:
        last = (
            Column("处理人", lambda r: r.assigned, "assigned", lambda r: r.assigned, look="minor"),
            Column("处理结果", lambda r: r.remedy, look="long"),
            Column("关闭", lambda r: f"{moment(r.closed)} {r.closer}", "closed", lambda r: r.closed, look="lesser"),
        )
    return Listing((*columns, *last), "故障工单", "-began").show(rows, PATH, query)


def _dialog() -> Component:
    entry = dbc.Input(id="ticket-whom", type="text", maxLength=40, autocomplete="off")
    whom = html.Div([html.Label("处理人", htmlFor="ticket-whom"), entry], id="ticket-who")
    words = [
        html.Label(id="ticket-what", htmlFor="ticket-words"),
        dbc.Textarea(id="ticket-words", maxLength=500, rows=3),
    ]
    wrong = html.Div(id="ticket-wrong", role="alert")
    said: Component = dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle(id="ticket-title"), close_button=False),
            dbc.ModalBody([whom, *words, wrong]),
            dbc.ModalFooter([dbc.Button("取消", id="ticket-no", color="secondary", outline=True),
                             dbc.Button("确定", id="ticket-go", color="primary")]),
            html.Div(id="ticket-which", hidden=True),
        ],
        id="ticket-dialog", centered=True, labelledby="ticket-title",
    )  # fmt: skip
    return said


def done(which: Any, whom: Any, words: Any) -> tuple[Any, Any, Any]:
    """Assign or close: is the dialog still open, what is wrong, what happened."""
    verb, _, ticket = str(which).partition("-")
    number = int(ticket) if ticket.isdecimal() and len(ticket) <= 18 else 0
    try:
        if verb == "close":
            acts.close(access.scope(), number, str(words or ""))
        else:
            acts.assign(access.scope(), number, str(whom or ""), str(words or ""))
    except Unfit as unfit:
        return True, "".join(LACKS[name] for name in unfit.wrong), no_update
    except Refused as refused:
        why = "工单已由他人关闭。" if "already" in str(refused) else "不在本账号的权限或管辖范围内。"
        return False, "", _alert(f"未执行：{why}", "danger")
    return False, "", _alert("工单已关闭。" if verb == "close" else "已派单。", "success")


def _alert(text: str, color: str) -> Component:
    alert: Component = dbc.Alert(text, color=color, dismissable=True)
    return alert


def register(app: Dash) -> None:
    """Ask for whom or for the remedy; then do it."""

    @app.callback(
        Output("ticket-dialog", "is_open"), Output("ticket-title", "children"), Output("ticket-what", "children"),
        Output("ticket-who", "hidden"), Output("ticket-words", "value"), Output("ticket-wrong", "children"),
        Output("ticket-which", "children"),
        Input({"ticket": ALL}, "n_clicks"), Input("ticket-no", "n_clicks"), prevent_initial_call=True,
    )  # fmt: skip
    def ask(_: list[int | None], __: int | None) -> tuple[Any, ...]:
        if not isinstance(ctx.triggered_id, dict):
            return (False, *(no_update,) * 6)
        which = str(ctx.triggered_id["ticket"])
        verb = which.partition("-")[0]
        if not ctx.triggered[0]["value"] or verb not in TITLES:
            return (no_update,) * 7
        closing = verb == "close"
        return True, TITLES[verb], "处理结果（关闭后不能修改）" if closing else "备注（可不填）", closing, "", "", which

    @app.callback(
        Output("ticket-dialog", "is_open", allow_duplicate=True),
        Output("ticket-wrong", "children", allow_duplicate=True),
        Output("ticket-said", "children"), Output("again", "data", allow_duplicate=True),
        Input("ticket-go", "n_clicks"), State("ticket-which", "children"), State("ticket-whom", "value"),
        State("ticket-words", "value"), prevent_initial_call=True,
    )  # fmt: skip
    def go(pressed: int | None, which: Any, whom: Any, words: Any) -> tuple[Any, ...]:
        return (*done(which, whom, words), epoch_ms(database.now())) if pressed else (no_update,) * 4
