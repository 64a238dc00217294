"""登记考勤机: a unit puts down its terminal; somebody else confirms it. What is held already is claimed this way."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import access, decisions, dialects, equipment, listing, live, parts, shell
from dashboard.figures import spot
from models import database
from models.acts import registration as acts
from models.queries import registration
from models.queries.registration import Choice
from models.rules.instants import day_of
from models.rules.registration import NAMELESS, Sheet
from models.rules.scope import Permission, Refused, Scope

PATH, NAME, HOME, NEEDS = "/terminals/new", "", "/terminals", Permission.REGISTER_TERMINALS
BONES = ("text", "table")
EVERY = 3600  # seconds: nobody's half-filled form is drawn anew
BRANDS: Final = ("中控 ZKTeco", "海康威视", "大华", "宇泛", "其他")
LACKS: Final = {
    "protocol": "请选择协议。",
    "serial": "请填写序列号（1 至 64 个字符，不含空格），与考勤机铭牌或系统信息中的一致。",
    "brand": "请填写品牌（40 字以内）。",
    "model": "请填写型号（60 字以内）。",
    "area": "请选择考勤机所在的县市区。",
    "place": "请填写安装位置（100 字以内），如“项目部大门”。",
    "point": "请填写经度和纬度，或在地图上点选。",
    "outside": "坐标不在所选县市区内，请核对县市区，或重新点选位置。",
    "projects": "请至少选择一个服务项目。",
    "since": "请填写启用日期（2018-01-01 以后，一年以内）。",
    "contact": "请填写联系人（40 字以内）。",
    "phone": "请填写联系电话：手机号码，或带区号的座机号码。",
}


def layout(scope: Scope, query: shell.Query) -> Component:
    """The form for the unit that is meant; whoever registers for several units chooses one first."""
    with database.reading() as (session, now):
        unit = scope.unit or _number(query.get("unit", ""))
        name = registration.unit_name(session, scope, unit) if unit else ""
        if not name:
            found = registration.units(session, scope, query.get("find", "")) if scope.unit is None else ()
            return html.Div([equipment.tabs(scope, PATH), _choose(found, query)])
        works = registration.choices(session, scope, unit)
        counties = registration.counties(session, scope)
        given = _given(registration.one(session, scope, _number(query.get("terminal", ""))), query, works, day_of(now))
    form = html.Div([_form(given, works, counties), html.Div(id="registration-wrong", role="alert")],
                    id="registration-form")  # fmt: skip
    note = "提交后由厅科技信息中心（或技术支持）确认；确认前收到的记录先暂存，确认后自动计入。"
    said = html.Div(id="registration-said", role="status")
    return html.Div(
        [equipment.tabs(scope, PATH), parts.card(f"登记考勤机　{name}", html.Div([said, form]), foot=note, level=1),
         dcc.Store(id="registration-unit", data=unit)]
    )  # fmt: skip


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= 18 else 0


def _choose(found: Sequence[tuple[int, str]], query: shell.Query) -> Component:
    """Which unit the terminal belongs to."""
    links = [html.Li(dcc.Link(name, href=shell.href(PATH, query, unit=unit, find=""))) for unit, name in found]
    shown = html.Ul(links, className="picks many") if links else parts.empty("没有找到单位。", "换一个名称再试。")
    aside = html.Div(listing.search(query, "按名称查找单位", "find"), className="sieve")
    return parts.card("登记考勤机：先选择所属单位", live.part("units", shown), aside, level=1)


def _given(
    row: registration.Registration | None, query: shell.Query, works: Sequence[Choice], today: date
) -> dict[str, Any]:
    """What the form begins with: the registration that is changed, else what a held terminal told, else the project."""
    first = works[0] if works else None
    if row is not None and row.state in ("pending", "refused"):
        since = row.projects[0][2] if row.projects else today
        kept = {name: getattr(row, name) for name in ("protocol", "serial", "brand", "model", "area", "place")}
        kept |= {name: getattr(row, name) for name in ("longitude", "latitude", "contact", "phone")}
        return {**kept, "projects": [project for project, _, _ in row.projects], "since": since.isoformat()}
    return {
        "protocol": query.get("protocol", "zkteco"),
        "serial": query.get("serial", "")[:64],
        "since": query.get("since", today.isoformat())[:10],
        "projects": [first.project] if first and len(works) == 1 else [],
        "area": first.area if first else "",
        "longitude": round(first.longitude, 5) if first else None,
        "latitude": round(first.latitude, 5) if first else None,
    }


def _form(given: Mapping[str, Any], works: Sequence[Choice], counties: Sequence[tuple[str, str]]) -> Component:
    if not works:
        return parts.empty("本单位没有参建的项目。", "请先由业主或厅科技信息中心登记参建单位。")
    point = _point(given.get("longitude"), given.get("latitude"))
    fields = [
        _field("协议", _select("protocol", [(d.name, d.chinese) for d in dialects.spoken()], given)),
        _field("序列号", _input("serial", given, maxLength=64)),
        _field("品牌", _input("brand", given, maxLength=40, list="brands")),
        _field("型号", _input("model", given, maxLength=60)),
        _field("启用日期（早于此日的打卡不计入）", _input("since", given, type="date")),
        _field("县市区", _select("area", list(counties), given)),
        _field("安装位置", _input("place", given, maxLength=100)),
        _field("经度", _input("longitude", given, type="number", step="any")),
        _field("纬度", _input("latitude", given, type="number", step="any")),
        _field("联系人", _input("contact", given, maxLength=40)),
        _field("联系电话", _input("phone", given, type="tel", maxLength=20)),
    ]
    options: Any = [{"label": work.name, "value": work.project} for work in works]
    served = dbc.Checklist(id={"field": "projects"}, options=options, value=given.get("projects", []))
    figure = dcc.Graph(id="spot", figure=spot.spot(given["area"], point, pick=True), config=spot.CONFIG,  # type: ignore[arg-type]
                       className="spot")  # fmt: skip
    left = [
        html.Div(fields, className="form-grid"),
        html.Fieldset([html.Legend("服务项目（可多选）"), served]),
        html.Datalist([html.Option(value=brand) for brand in BRANDS], id="brands"),
        dbc.Button("提交登记", id="registration-save", color="primary", type="button"),
    ]
    right = [
        html.P("在地图上点选大致位置，再修改经纬度即可更精确。"),
        html.Div(figure, role="group", **parts.aria(label="点选位置的地图，也可直接填写经纬度")),
    ]
    return html.Form([html.Div(left), html.Div(right)], className="registering")


def _field(text: str, control: Component) -> Component:
    """A label that holds its field: a click on the words goes into it."""
    return html.Label([html.Span(text), control], className="field")


def _input(name: str, given: Mapping[str, Any], **look: Any) -> Component:
    look = {"type": "text", "autocomplete": "off", **look}
    made: Component = dbc.Input(id={"field": name}, value=given.get(name), **look)
    return made


def _select(name: str, options: Sequence[tuple[str, str]], given: Mapping[str, Any]) -> Component:
    made: Component = dbc.Select(
        id={"field": name}, options=[{"label": text, "value": value} for value, text in options], value=given.get(name)
    )
    return made


def _point(longitude: Any, latitude: Any) -> tuple[float, float] | None:
    """Two numbers as a point; None when one is missing or no number."""
    try:
        point = float(longitude), float(latitude)
    except (TypeError, ValueError):
        return None
    return point if all(math.isfinite(one) for one in point) else None


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and 0 < value < 2**63


def sheet_of(unit: int, given: Mapping[str, Any]) -> Sheet:
    """What is submitted as a sheet; whatever is no text or number of its kind is taken for missing."""
    text = {name: str(given.get(name) or "").strip()[:500] for name in
            ("protocol", "serial", "brand", "model", "area", "place", "contact", "phone")}  # fmt: skip
    chosen = given.get("projects")
    projects = [one for one in chosen if _is_id(one)] if isinstance(chosen, list) else []
    try:
        since: date | None = date.fromisoformat(str(given.get("since")))
    except ValueError:
        since = None
    point = _point(given.get("longitude"), given.get("latitude"))
    return Sheet(unit=unit, point=point, projects=tuple(projects), since=since, **text)


def saved(unit: Any, given: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    """Register: (what is said, is the form put away?, what is wrong)."""
    sheet = sheet_of(unit if _is_id(unit) else 0, given)
    dialect = dialects.find(sheet.protocol)
    if dialect is None:
        return no_update, False, _wrong(["protocol"])
    try:
        applied = acts.apply(access.scope(), sheet, dialect.keeps_token)
    except acts.Unfit as unfit:
        return no_update, False, _wrong(unfit.wrong)
    except Refused as refused:
        return no_update, False, dbc.Alert(f"未登记：{decisions.explain(refused)}", color="danger")
    link = dcc.Link("查看登记进度和数据到达情况", href=f"/registration/{applied.terminal}")
    told = [html.P([parts.tag("warn", "…", "待确认"), html.B(f" {sheet.serial} 已登记，等待确认。")]),
            decisions.told_once(dialect.name, applied.token), html.P(link)]  # fmt: skip
    return html.Div(told, id="registration-done"), True, ""


def _wrong(names: Sequence[str]) -> Component:
    said: Component = dbc.Alert(
        [html.B("还不能提交："), html.Ul([html.Li(words) for name, words in LACKS.items() if name in names])],
        color="danger",
    )
    return said


def claim(protocol: str, serial: str, since: date | None) -> str:
    """The address of the form, filled with what a held terminal told; "" of one without a serial."""
    return shell.href(PATH, {}, protocol=protocol, serial=serial, since=since or "") if serial != NAMELESS else ""


def register(app: Dash) -> None:
    """The map follows the county and the point; the button submits."""
    longitude, latitude = {"field": "longitude"}, {"field": "latitude"}

    @app.callback(
        Output("spot", "figure"), Output(longitude, "value"), Output(latitude, "value"),
        Input({"field": "area"}, "value"), Input(longitude, "value"), Input(latitude, "value"),
        Input("spot", "clickData"), prevent_initial_call=True,
    )  # fmt: skip
    def move(area: Any, x: Any, y: Any, click: Any) -> tuple[Any, Any, Any]:
        picked = spot.clicked(click) if ctx.triggered_id == "spot" else None
        shown = spot.spot(str(area or ""), picked or _point(x, y), pick=True)
        return (shown, *picked) if picked else (shown, no_update, no_update)

    @app.callback(
        Output("registration-said", "children"), Output("registration-form", "hidden"),
        Output("registration-wrong", "children"),
        Input("registration-save", "n_clicks"), State({"field": ALL}, "value"), State("registration-unit", "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def save(pressed: int | None, values: list[Any], unit: Any) -> tuple[Any, Any, Any]:
        names = [one["id"]["field"] for one in ctx.states_list[0]]
        return saved(unit, dict(zip(names, values, strict=True))) if pressed else (no_update,) * 3
