"""安装调试: on site, on a phone: each step of a terminal as it arrives, the list of the installation, its pictures."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import access, installing, live, parts, shell
from models import database, wording
from models.acts import commissioning as acts
from models.acts.registration import Unfit
from models.pictures import NoPicture
from models.queries import commissioning
from models.queries.commissioning import Installation
from models.rules.commissioning import Point, Sheet
from models.rules.instants import epoch_ms
from models.rules.scope import Permission, Refused, Scope

PATH, NAME, HOME, NEEDS = r"/commissioning/(?P<terminal>\d{1,18})", "", "/terminals", Permission.SEE_TERMINALS
BONES = ("text", "text")
EVERY = 3  # seconds: one stands before the terminal and waits
LACKS: Final = {
    **{f"{step}": f"步骤“{text}”还没有完成。" for step, text in wording.STEPS.items()},
    "height": "请填写机器底部离地面的高度，应在 1.15–1.20 米之间；不在范围内的请先调整安装。",
    **{f"{point}": f"“{text.partition('：')[0]}”请勾选，不符合的请写明原因（2 至 500 字）。"
       for point, text in wording.POINTS.items()},
    "photo": "请至少上传一张安装照片。",
}  # fmt: skip
BAD: Final = {
    "size": "照片太大，请拍一张小一些的（6 MB 以内）。",
    "kind": "这不是照片，请上传 JPEG 或 PNG 图片。",
    "broken": "照片文件不完整，请重新拍摄。",
}


def layout(scope: Scope, query: shell.Query, terminal: str) -> Component:
    """The terminal's steps, list and pictures, or a plain word when it is not the viewer's to see."""
    del query
    with database.reading() as (session, now):
        found = commissioning.one(session, scope, now, int(terminal))
    if found is None:
        return parts.error("没有这台考勤机，或不在本账号的管辖范围内。", "/terminals", title="找不到考勤机")
    open_ = found.own and found.done is None
    return html.Div(
        [
            parts.breadcrumb([("全省", "/"), ("考勤机", "/terminals"), (f"{found.serial} 安装调试", "")]),
            parts.card(f"安装调试 {found.serial}", live.part("steps", installing.steps(found)),
                       live.part("state", installing.state(found)), found.unit_name, level=1),
            installing.form(found) if open_ else _filled(found),
            parts.card("安装照片", _photos(found, open_), f"最多 {acts.MOST} 张"),
            _finish(found) if open_ else None,
            dcc.Store(id="commission-terminal", data=found.id),
        ],
        className="commissioning",
    )  # fmt: skip


def _filled(found: Installation) -> Component:
    return parts.card("安装检查", live.part("sheet", installing.filled(found)))


def _photos(found: Installation, open_: bool) -> Component:
    shown = live.part("photos", installing.photos(found, open_))
    if not open_:
        return html.Div(shown)
    upload = dcc.Upload(
        html.Button("拍照或选择照片", type="button", className="btn btn-outline-secondary"),
        id="commission-upload", accept="image/jpeg,image/png", multiple=False, className="upload",
    )  # fmt: skip
    wrong = html.Div(id="commission-photo-wrong", role="alert")
    note = html.P("照片加密保存，去除拍摄地点等附带信息；请拍下整机、安装高度、电源和网络接口。", className="next")
    return html.Div([shown, upload, wrong, note, dcc.Store(id="commission-shot")], className="asking")


def _finish(found: Installation) -> Component:
    dialog = dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle("完成调试", id="commission-title"), close_button=False),
            dbc.ModalBody(html.P(f"{found.serial} 的安装检查和照片提交后不能修改。")),
            dbc.ModalFooter([dbc.Button("取消", id="commission-no", color="secondary", outline=True),
                             dbc.Button("确定", id="commission-go", color="primary")]),
        ],
        id="commission-dialog", centered=True, labelledby="commission-title",
    )  # fmt: skip
    button = dbc.Button("完成调试", id="commission-ask", color="primary", size="lg")
    wrong = html.Div(id="commission-wrong", role="alert")
    return parts.card("提交", html.Div([wrong, button, dialog], className="asking"))


def sheet_of(height: Any, ticked: Any, notes: list[tuple[Any, Any]]) -> Sheet:
    """What was filled in as a sheet; whatever is no number or text of its kind is taken for missing."""
    tall = float(height) if isinstance(height, int | float) and abs(height) < 1000 else None
    names = {point.value for point in Point}
    chosen = {str(one) for one in ticked} if isinstance(ticked, list) else set()
    told = {Point(name): text for name, text in notes if name in names and isinstance(text, str)}
    return Sheet(tall, frozenset(Point(name) for name in chosen & names), told)


def photographed(terminal: Any, address: Any) -> Any:
    """Keep a picture given as `data:…;base64,…`: what is wrong, "" when it is kept."""
    try:
        content = base64.b64decode(str(address).partition(",")[2], validate=True)
        acts.photograph(access.scope(), _number(terminal), content)
    except binascii.Error:
        return _wrong([BAD["broken"]])
    except NoPicture as bad:
        return _wrong([BAD[str(bad)]])
    except Refused as refused:
        return _wrong([explain(refused)])
    return ""


def commissioned(terminal: Any, sheet: Sheet) -> Any:
    """Commission: what is in the way, "" when it is done."""
    try:
        acts.commission(access.scope(), _number(terminal), sheet)
    except Unfit as unfit:
        return _wrong([text for name, text in LACKS.items() if name in unfit.wrong])
    except Refused as refused:
        return _wrong([explain(refused)])
    return ""


def explain(refused: Refused) -> str:
    """Why an act was refused, in the screen's words."""
    if "pictures are kept" in str(refused):
        return f"最多保存 {acts.MOST} 张照片，请先删除一张。"
    return "这台考勤机已完成调试。" if "already" in str(refused) else "只有登记这台考勤机的单位可以调试。"


def _number(value: Any) -> int:
    return int(value) if str(value).isdecimal() and len(str(value)) <= 18 else 0


def _wrong(texts: list[str]) -> Component:
    said: Component = dbc.Alert([html.B("还不能提交："), html.Ul([html.Li(text) for text in texts])], color="danger")
    return said


def _again() -> int:
    return epoch_ms(database.now())


def _register_photos(app: Dash) -> None:
    """Pictures are made smaller by the browser, kept, and taken away again."""
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("photo", "shrink"), Output("commission-shot", "data"), Input("commission-upload", "contents")
    )

    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("photo", "name"), Output("commission-upload", "className"), Input("commission-upload", "id")
    )

    @app.callback(
        Output("commission-photo-wrong", "children"), Output("again", "data", allow_duplicate=True),
        Input("commission-shot", "data"), State("commission-terminal", "data"), prevent_initial_call=True,
    )  # fmt: skip
    def shoot(address: Any, terminal: Any) -> tuple[Any, Any]:
        return (photographed(terminal, address), _again()) if address else (no_update, no_update)

    @app.callback(
        Output("commission-photo-wrong", "children", allow_duplicate=True),
        Output("again", "data", allow_duplicate=True),
        Input({"unphoto": ALL}, "n_clicks"), prevent_initial_call=True,
    )  # fmt: skip
    def discard(_: list[int | None]) -> tuple[Any, Any]:
        if not isinstance(ctx.triggered_id, dict) or not ctx.triggered[0]["value"]:
            return no_update, no_update
        try:
            acts.discard(access.scope(), _number(ctx.triggered_id["unphoto"]))
        except Refused as refused:
            return _wrong([explain(refused)]), no_update
        return "", _again()


def register(app: Dash) -> None:
    """Pictures come and go; the last button asks before it does what cannot be undone."""
    _register_photos(app)

    @app.callback(
        Output("commission-dialog", "is_open"),
        Input("commission-ask", "n_clicks"), Input("commission-no", "n_clicks"), prevent_initial_call=True,
    )  # fmt: skip
    def ask(_: int | None, __: int | None) -> Any:
        return bool(ctx.triggered_id == "commission-ask" and ctx.triggered[0]["value"])

    @app.callback(
        Output("commission-dialog", "is_open", allow_duplicate=True), Output("commission-wrong", "children"),
        Output("again", "data", allow_duplicate=True),
        Input("commission-go", "n_clicks"), State("commission-terminal", "data"), State("commission-height", "value"),
        State("commission-ticked", "value"), State({"note": ALL}, "value"), prevent_initial_call=True,
    )  # fmt: skip
    def go(pressed: int | None, terminal: Any, height: Any, ticked: Any, notes: list[Any]) -> tuple[Any, Any, Any]:
        if not pressed:
            return no_update, no_update, no_update
        named = [(one["id"]["note"], text) for one, text in zip(ctx.states_list[3], notes, strict=True)]
        return False, commissioned(terminal, sheet_of(height, ticked, named)), _again()
