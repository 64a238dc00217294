"""Deciding on a registration: a button asks, a dialog says what will happen, and what happened is told.

Buttons carry what was looked at: a registration changed meanwhile is not decided on unseen.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, NamedTuple

import dash_bootstrap_components as dbc
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component

from dashboard import access, dialects, parts
from models import database
from models.acts import registration as acts
from models.acts import terminals
from models.queries import registration
from models.queries.registration import Registration
from models.rules.instants import epoch_ms
from models.rules.scope import Refused, Scope

Told = Component | str


class Verb(NamedTuple):
    """What can be decided: title, what will happen, whether a reason is asked for, the act."""

    title: str
    will: Callable[[Registration], str]
    reasoned: bool
    do: Callable[[Scope, Registration, str, datetime | None], Told]


def _admit(scope: Scope, row: Registration, _: str, seen: datetime | None) -> Told:
    return f"{row.serial} 已确认，自动计入 {terminals.admit(scope, row.id, seen):,} 条记录。"


def _refuse(scope: Scope, row: Registration, reason: str, seen: datetime | None) -> Told:
    acts.refuse(scope, row.id, reason, seen)
    return f"{row.serial} 已退回，登记单位会看到退回原因。"


def _disable(scope: Scope, row: Registration, reason: str, _: datetime | None) -> Told:
    acts.disable(scope, row.id, reason)
    return f"{row.serial} 已停用，此后到达的记录只保存、不计入。"


def _enable(scope: Scope, row: Registration, reason: str, _: datetime | None) -> Told:
    return f"{row.serial} 已重新启用，自动计入 {acts.enable(scope, row.id, reason):,} 条记录。"


def _token(scope: Scope, row: Registration, _: str, __: datetime | None) -> Told:
    return told_once(row.protocol, acts.renew_token(scope, row.id))


VERBS: Final = {
    "admit": Verb("确认登记", lambda r: f"确认后 {r.serial} 即可用于考勤，已暂存的 {r.readings:,} 条记录自动计入。",
                  False, _admit),
    "refuse": Verb("退回登记", lambda r: f"{r.serial} 将退回 {r.unit_name} 修改，记录继续暂存。", True, _refuse),
    "disable": Verb("停用考勤机", lambda r: f"停用后 {r.serial} 新到的记录只保存、不计入考勤。", True, _disable),
    "enable": Verb("重新启用", lambda r: f"启用后 {r.serial} 停用期间保存的记录自动计入。", True, _enable),
    "token": Verb("重新生成令牌", lambda r: f"{r.serial} 的原令牌立即失效，须在考勤机上改填新地址。", False, _token),
}  # fmt: skip


def button(verb: str, row: Registration, look: str = "outline-secondary") -> Component:
    """The button that asks for a decision on a registration as it is now."""
    seen = epoch_ms(row.registered) if row.registered else 0
    text = VERBS[verb].title
    which = {"decide": f"{verb}-{row.id}-{seen}"}
    name = parts.aria(label=f"{text} {row.serial}")
    return html.Button(text, id=which, className=f"btn btn-sm btn-{look}", type="button", **name)


def told_once(protocol: str, token: str) -> Component:
    """What to type into the terminal, with a token that is never shown again."""
    dialect = dialects.find(protocol)
    rows = dialects.typed_in(dialect, token) if dialect else []
    warning = "令牌只显示这一次，请立即填入考勤机；忘记时可重新生成。" if token else "请在考勤机的网络设置中填写："
    return html.Div([html.P(warning), parts.facts([(name, html.Code(value)) for name, value in rows])])


def frame() -> Component:
    """The dialog, and where the outcome is told: outside the page, which is drawn anew when something was decided."""
    reason = html.Div([html.Label("原因（登记单位可见）", htmlFor="decision-reason"),
                       dbc.Textarea(id="decision-reason", maxLength=500, rows=3)], id="decision-why")  # fmt: skip
    return html.Div(
        [
            html.Div(id="decision-said", role="status", className="said"),
            dbc.Modal(
                [
                    dbc.ModalHeader(dbc.ModalTitle(id="decision-title"), close_button=False),
                    dbc.ModalBody([html.P(id="decision-body"), reason, html.Div(id="decision-wrong", role="alert")]),
                    dbc.ModalFooter([dbc.Button("取消", id="decision-no", color="secondary", outline=True),
                                     dbc.Button("确定", id="decision-go", color="primary")]),
                ],
                id="decision", centered=True, labelledby="decision-title",
            ),
            html.Div(id="decision-which", hidden=True),
        ],
        className="deciding",
    )  # fmt: skip


def _found(which: Any) -> tuple[Verb, Registration, datetime | None] | None:
    """The verb, the registration if it is the viewer's to see, and the instant of the one looked at."""
    verb, _, rest = str(which).partition("-")
    terminal, _, seen = rest.partition("-")
    if verb not in VERBS or not terminal.isdecimal() or len(terminal) > 18:
        return None
    with database.reading() as (session, _at):
        row = registration.one(session, access.scope(), int(terminal))
    if row is None:
        return None
    same = row.registered is not None and str(epoch_ms(row.registered)) == seen
    return VERBS[verb], row, row.registered if same else None


def asked(which: Any) -> tuple[Any, ...]:
    """The dialog for a button: open, title, body, hide the reason, clear it and the complaint, which."""
    found = _found(which)
    if found is None:
        return True, "无法操作", "没有这台考勤机的登记，或不在本账号的管辖范围内。", True, "", "", ""
    verb, row, seen = found
    if seen is None:
        return True, "登记已更改", "这份登记刚刚有改动，请关闭后重新核对。", True, "", "", ""
    return True, verb.title, verb.will(row), not verb.reasoned, "", "", str(which)


def done(which: Any, reason: str) -> tuple[Any, ...]:
    """Decide: is the dialog still open, what is wrong, what happened, refresh."""
    found = _found(which)
    if found is None or found[2] is None:
        return False, "", _alert("未执行：登记已更改或不在管辖范围内。", "warning"), epoch_ms(database.now())
    verb, row, seen = found
    try:
        said = verb.do(access.scope(), row, reason, seen)
    except acts.Unfit:
        return True, "请填写原因（2 至 500 字）。", no_update, no_update
    except Refused as refused:
        return False, "", _alert(f"未执行：{explain(refused)}", "danger"), epoch_ms(database.now())
    return False, "", _alert(said, "success"), epoch_ms(database.now())


WHY: Final = (
    ("second person", "登记人不能确认自己的登记，请由另一人确认。"),
    ("changed meanwhile", "登记刚刚有改动，请重新核对。"),
    ("in service already", "这台考勤机已在使用中。"),
    ("under another unit", "这台考勤机已由其他单位登记，正待确认；如有疑问请联系厅科技信息中心。"),
    ("wait for confirmation already", "本单位待确认的考勤机过多，请等待确认后再登记。"),
    ("own unit", "只能为本单位、本管辖范围登记。"),
    ("sent back", "该登记已退回，须重新登记后再确认。"),
)


def explain(refused: Refused) -> str:
    """Why an act was refused, in the screen's words."""
    return next((text for word, text in WHY if word in str(refused)), "不在本账号的权限或管辖范围内。")


def _alert(text: Told, color: str) -> Component:
    alert: Component = dbc.Alert(text, color=color, dismissable=True)
    return alert


def register(app: Dash) -> None:
    """Ask, let be, decide; what was told goes when the page is left."""
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("address", "leave"),
        Output("decision-said", "children", allow_duplicate=True),
        Input("url", "pathname"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("decision", "is_open"), Output("decision-title", "children"), Output("decision-body", "children"),
        Output("decision-why", "hidden"), Output("decision-reason", "value"), Output("decision-wrong", "children"),
        Output("decision-which", "children"),
        Input({"decide": ALL}, "n_clicks"), prevent_initial_call=True,
    )  # fmt: skip
    def ask(_: list[int | None]) -> tuple[Any, ...]:
        pressed = isinstance(ctx.triggered_id, dict) and ctx.triggered[0]["value"]
        return asked(ctx.triggered_id["decide"]) if pressed else (no_update,) * 7

    @app.callback(
        Output("decision", "is_open", allow_duplicate=True), Input("decision-no", "n_clicks"), prevent_initial_call=True
    )
    def leave(_: int | None) -> bool:
        return False

    @app.callback(
        Output("decision", "is_open", allow_duplicate=True),
        Output("decision-wrong", "children", allow_duplicate=True),
        Output("decision-said", "children"), Output("again", "data", allow_duplicate=True),
        Input("decision-go", "n_clicks"), State("decision-which", "children"), State("decision-reason", "value"),
        prevent_initial_call=True,
    )  # fmt: skip
    def go(pressed: int | None, which: Any, reason: Any) -> tuple[Any, ...]:
        return done(which, str(reason or "")) if pressed else (no_update,) * 4
