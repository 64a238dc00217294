"""Commands on a terminal's page: buttons for who keeps terminals, each an act; what was told stands above the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import ALL, Dash, Input, Output, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import access, parts
from dashboard.figures.wording import moment
from models import database, wording
from models.acts import commands as acts
from models.acts import loss
from models.queries.commands import Row
from models.queries.rows import TerminalRow
from models.rules.commands import ROSTERS, Kind, State, takes
from models.rules.instants import epoch_ms
from models.rules.presence import Light
from models.rules.scope import Permission, Refused, Scope

SIGNS: Final = {
    State.QUEUED: ("idle", "○"),
    State.HANDED: ("info", "↓"),
    State.DONE: ("good", "✓"),
    State.FAILED: ("bad", "✕"),
    State.CANCELLED: ("idle", "–"),
}
ON_THE_SPOT: Final = "该品牌须在考勤机上操作，平台不能下发指令。"
ENROL: Final = "人员编号和姓名由平台下发，人脸在考勤机上现场采集。"
REMOVES: Final = (
    "将下发缺少的在岗人员，并从考勤机移除已离开项目的人员（考勤记录保留，重新上岗须再采集人脸）。是否继续？"
)
LATER: Final = "考勤机下次联网时执行（一般在一分钟内）。"


def buttons(scope: Scope, row: TerminalRow) -> Component | None:
    """What may be asked of this terminal, for who keeps it; why not, where nothing may."""
    if not scope.may(Permission.KEEP_TERMINALS):
        return None
    if not takes(row.protocol):
        return html.P(ON_THE_SPOT, className="next")
    if row.light is Light.DISABLED:
        return html.P("考勤机已停用，不再下发指令。", className="next")
    asks: list[Component] = [_button(text, f"{verb}-{row.id}") for verb, text in BUTTONS]
    roster = html.Button("同步名单", className=LOOK, type="button")
    asks.append(dcc.ConfirmDialogProvider(roster, id={"confirm": f"sync-{row.id}"}, message=REMOVES))
    return html.Div([html.Div(asks, className="form-line"), html.P(ENROL, className="next")])


BUTTONS: Final = (("zone", "核对时间"), ("info", "查询信息"), ("log", "补传记录"), ("sum", "核对条数"))
LOOK: Final = "btn btn-sm btn-outline-secondary"


def _button(text: str, which: str, label: str = "") -> Component:
    name = parts.aria(label=label) if label else {}
    return html.Button(text, id={"order": which}, className=LOOK, type="button", **name)


def closing(gap: int) -> Component:
    """The button that says that a gap was looked into."""
    return _button("已核查", f"gap-{gap}", f"缺口 {gap} 已核查")


def table(rows: Sequence[Row], keeps: bool) -> Component:
    """Commands with their states; open ones can be cancelled by who keeps terminals."""
    if not rows:
        return parts.empty("没有下发过指令。")
    head = [parts.Head("指令"), parts.Head("状态"), parts.Head("下发时间", look="minor")]
    head += [parts.Head("次数", "number", look="lesser"), parts.Head("结果"), parts.Head("提交", look="lesser")]
    head += [parts.Head("处理")] if keeps else []
    return parts.table(head, [_line(row, keeps) for row in rows], "下发的指令")


def _line(row: Row, keeps: bool) -> list[parts.Body]:
    what = f"{wording.COMMANDS[row.kind]} {row.number} {row.person}".rstrip() if row.kind in ROSTERS else ""
    cells: list[parts.Body] = [
        what or wording.COMMANDS[row.kind],
        parts.tag(*SIGNS[row.state], wording.COMMAND_STATES[row.state]),
        moment(row.handed) if row.handed else "—",
        str(row.tries),
        row.outcome or "—",
        f"{moment(row.queued)} {row.by or '平台'}",
    ]
    is_open = row.state in (State.QUEUED, State.HANDED)
    cancel = _button("取消", f"cancel-{row.id}", f"取消指令 {row.id}") if is_open else "—"
    return [*cells, cancel] if keeps else cells


def _sync(scope: Scope, terminal: int) -> str:
    added, removed = acts.sync(scope, terminal, again=True)
    if not added and not removed:
        return "名单一致，无需同步。"
    return f"将下发 {added} 人、移除 {removed} 人，{LATER}"


def _ask(kind: Kind) -> Callable[[Scope, int], str]:
    def do(scope: Scope, terminal: int) -> str:
        acts.ask(scope, terminal, kind)
        return f"{wording.COMMANDS[kind]}：{LATER}"

    return do


def _again(scope: Scope, terminal: int) -> str:
    acts.ask(scope, terminal, Kind.LOG)
    acts.ask(scope, terminal, Kind.QUERY)
    return f"补传近 31 天的记录：{LATER}重复的记录只计一次。"


def _cancel(scope: Scope, command: int) -> str:
    return "指令已取消；已下发的可能已经执行。" if acts.cancel(scope, command) else "指令已经结束。"


def _close(scope: Scope, gap: int) -> str:
    return "已记录为已核查。" if loss.close(scope, gap) else "这个缺口已经关闭。"


VERBS: Final[dict[str, Callable[[Scope, int], str]]] = {
    "zone": _ask(Kind.ZONE), "info": _ask(Kind.INFO), "sum": _ask(Kind.SUM), "log": _again,
    "sync": _sync, "cancel": _cancel, "gap": _close,
}  # fmt: skip


def told(which: Any) -> Component:
    """Do what a button says; what happened, or why not."""
    verb, _, number = str(which).partition("-")
    said, colour = "未执行：没有这项操作。", "warning"
    if verb in VERBS and number.isascii() and number.isdecimal() and len(number) <= 18:
        try:
            said, colour = VERBS[verb](access.scope(), int(number)), "success"
        except Refused as refused:
            said, colour = f"未执行：{_why(refused)}", "danger"
    alert: Component = dbc.Alert(said, color=colour, dismissable=True)
    return alert


def _why(refused: Refused) -> str:
    if "in service" in str(refused):
        return "考勤机未启用或已停用。"
    return ON_THE_SPOT if "on the spot" in str(refused) else "不在本账号的权限或管辖范围内。"


def register(app: Dash) -> None:
    """A button is pressed, or a question answered with yes."""

    @app.callback(
        Output("decision-said", "children", allow_duplicate=True), Output("again", "data", allow_duplicate=True),
        Input({"order": ALL}, "n_clicks"), Input({"confirm": ALL}, "submit_n_clicks"), prevent_initial_call=True,
    )  # fmt: skip
    def press(_: list[int | None], __: list[int | None]) -> tuple[Any, Any]:
        if not isinstance(ctx.triggered_id, dict) or not ctx.triggered[0]["value"]:
            return no_update, no_update  # a button that was drawn anew
        return told(next(iter(ctx.triggered_id.values()))), epoch_ms(database.now())
