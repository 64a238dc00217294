"""未对应编号: numbers that punched on an admitted terminal and mean nobody; somebody says who it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import access, equipment, listing, live, parts, shell
from dashboard.figures.wording import moment
from dashboard.listing import Column, Listing
from models import database
from models.acts import people
from models.acts.units import BadCode
from models.queries import numbers
from models.queries.numbers import Candidate, Unresolved
from models.rules.instants import day_of
from models.rules.scope import Permission, Refused, Scope

PATH, NAME, HOME, NEEDS = "/numbers", "", "/terminals", Permission.KEEP_REGISTER
MOST: Final = 2**63  # ids are smaller
EVERY = 120  # seconds: the readings of 90 days are looked through each time


def _link(row: Unresolved) -> Component:
    return dcc.Link(row.number, href=shell.href(PATH, {}, terminal=row.terminal, number=row.number))


COLUMNS: Final[tuple[Column[Unresolved], ...]] = (
    Column("编号", _link, "number", lambda r: r.number),
    Column("考勤机", lambda r: dcc.Link(r.serial, href=f"/terminal/{r.terminal}"), "serial", lambda r: r.serial),
    Column("位置", lambda r: f"{r.county} {r.place}", "area", lambda r: (r.area, r.place), look="minor"),
    Column("服务项目", lambda r: "、".join(name for _, name in r.projects), "project",
           lambda r: [name for _, name in r.projects], look="lesser long"),
    Column("记录", lambda r: f"{r.readings:,}", "readings", lambda r: r.readings, "number"),
    Column("最早", lambda r: moment(r.first), "first", lambda r: r.first, "number", "minor"),
    Column("最近", lambda r: moment(r.last), "last", lambda r: r.last, "number"),
)  # fmt: skip


def layout(scope: Scope, query: shell.Query) -> Component:
    """The list, or the one number that is being mapped."""
    shown = _mapping(scope, query) if query.get("number") else _list(scope, query)
    return html.Div([equipment.tabs(scope, PATH), shown])


def _list(scope: Scope, query: shell.Query) -> Component:
    with database.reading() as (session, now):
        rows = numbers.unresolved(session, scope, now)
    shown = [row for row in rows if _wanted(row, query)]
    count = html.Span(f"{len(shown)} 个，近 90 天", className="count")
    fields = [
        live.part("count", count),
        listing.areas(scope.area_prefix, query),
        listing.search(query, "按编号、考勤机、项目查找"),
    ]
    body, foot = live.part("list", _table(shown, query)), "编号对应到人员后，已保存的记录自动计入考勤。"
    return parts.card("未对应编号", body, html.Div(fields, className="sieve"), foot=foot, level=1)


def _mapping(scope: Scope, query: shell.Query) -> Component:
    terminal, number = query.get("terminal", ""), query["number"][:64]
    which = int(terminal) if terminal.isdecimal() and len(terminal) <= 18 else 0
    with database.reading() as (session, now):
        rows = numbers.unresolved(session, scope, now, terminal=which, number=number)
        found = numbers.candidates(session, scope, which, query.get("who", "")) if rows else ()
    back = dcc.Link("返回未对应编号", href=PATH)
    if not rows:
        return parts.card(f"编号 {number}", parts.empty("这个编号已对应，或近 90 天没有记录。", back), level=1)
    said = html.Div(id="number-said", role="status", className="said")
    form = html.Div([_form(rows[0], found, query), _dialog()], id="number-form")
    return parts.card(f"编号 {number} 是谁？", html.Div([said, form]), back, level=1)


def _wanted(row: Unresolved, query: shell.Query) -> bool:
    names = [name for _, name in row.projects]
    if query.get("terminal", str(row.terminal)) != str(row.terminal):
        return False
    return row.area.startswith(query.get("area", "")) and listing.matches(query, row.number, row.serial, *names)


def _table(rows: Sequence[Unresolved], query: shell.Query) -> Component:
    if not rows:
        return listing.none(PATH, "没有未对应的编号。", query)
    return Listing(COLUMNS, "未对应编号", "-readings").show(rows, PATH, query)


def _form(row: Unresolved, found: Sequence[Candidate], query: shell.Query) -> Component:
    """Whom the number means, and from which day on."""
    options: Any = [{"label": f"{c.name}　{c.unit} {c.post}", "value": c.person} for c in found]
    picks: Component = dbc.RadioItems(id="number-person", options=options, className="picks")
    people_found = picks if options else html.Div([parts.empty("没有找到人员。", "只列出该考勤机服务项目的在册人员。"),
                                                   html.Div(picks, hidden=True)])  # fmt: skip
    since = dbc.Input(id="number-since", type="date", value=day_of(row.first).isoformat(), className="short")
    body = [
        html.P(f"考勤机 {row.serial}（{row.county} {row.place}），{row.readings:,} 条记录，"
               f"{moment(row.first)} 至 {moment(row.last)}"),
        html.Div(listing.search(query, "按姓名查找人员", "who"), className="sieve"),
        html.Fieldset([html.Legend("对应人员"), live.part("people", people_found)]),
        html.Label([html.Span("自哪一天起"), since], className="field"),
        html.Div([dbc.Button("对应到此人", id="number-ask", color="primary"),
                  dcc.Link("取消", href=PATH, className="btn btn-outline-secondary")], className="form-line"),
        html.Div(id="number-wrong", role="alert"),
        dcc.Store(id="number-which", data=[row.terminal, row.number]),
    ]  # fmt: skip
    return html.Div(body, className="asking")


def _dialog() -> Component:
    said: Component = dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle("确认对应", id="mapping-title"), close_button=False),
            dbc.ModalBody(html.P(id="mapping-body")),
            dbc.ModalFooter([dbc.Button("取消", id="mapping-no", color="secondary", outline=True),
                             dbc.Button("确定", id="mapping-go", color="primary")]),
        ],
        id="mapping", centered=True, labelledby="mapping-title",
    )  # fmt: skip
    return said


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def _which(which: Any, person: Any, since: Any) -> tuple[int, str, int, date] | None:
    """Terminal, number, person and day as they are sent; None when one is missing or of another kind."""
    day = _day(since)
    if not (isinstance(which, list) and len(which) == 2 and isinstance(which[0], int) and isinstance(person, int)):
        return None
    known = 0 < which[0] < MOST and 0 < person < MOST and day is not None
    return (which[0], _plain(str(which[1])), person, day) if known and day else None


def _plain(text: str) -> str:
    """Text that a database can hold."""
    return text[:64].replace("\0", "").encode("utf-8", "ignore").decode()


def asked(which: Any, person: Any, since: Any) -> tuple[bool, Any, Any]:
    """Before it is done: (open the dialog?, what it says, what is missing)."""
    given = _which(which, person, since)
    if given is None:
        return False, "", dbc.Alert("请先选择人员，并填写日期。", color="danger")
    terminal, number, someone, day = given
    with database.reading() as (session, now):
        rows = numbers.unresolved(session, access.scope(), now, terminal=terminal, number=number)
        known = numbers.candidate(session, access.scope(), terminal, someone)
    if not rows or known is None:
        return False, "", dbc.Alert("该编号已对应，或人员不在管辖范围内，请刷新。", color="danger")
    told = f"自 {day} 起，考勤机 {rows[0].serial} 的编号 {rows[0].number} 对应到 {known.name}（{known.unit}）。"
    return True, told + "已保存的记录自动计入，对应后不能再改给他人。", ""


def done(which: Any, person: Any, since: Any) -> tuple[Component, bool]:
    """Map the number: what came of it or what is in the way, and whether the form is put away."""
    given = _which(which, person, since)
    if given is None:
        return _alert("请先选择人员，并填写日期。", "danger"), False
    terminal, number, someone, day = given
    try:
        _, released = people.map_released(access.scope(), someone, number, terminal, day)
    except people.Taken:
        return _alert("未执行：这一天该编号已对应到人员，请刷新后查看。", "danger"), False
    except BadCode:
        return _alert("未执行：日期应在 2018-01-01 至今天之间。", "danger"), False
    except Refused:
        return _alert("未执行：人员须在该考勤机服务的项目任职，且在本账号的管辖范围内。", "danger"), False
    return _alert(f"编号 {number} 已对应，自动计入 {released:,} 条记录。", "success"), True


def _alert(text: str, color: str) -> Component:
    alert: Component = dbc.Alert(text, color=color, dismissable=True)
    return alert


def register(app: Dash) -> None:
    """Ask first, then map; the list follows."""
    given = [State("number-which", "data"), State("number-person", "value"), State("number-since", "value")]

    @app.callback(
        Output("mapping", "is_open"), Output("mapping-body", "children"), Output("number-wrong", "children"),
        Input("number-ask", "n_clicks"), *given, prevent_initial_call=True,
    )  # fmt: skip
    def ask(pressed: int | None, which: Any, person: Any, since: Any) -> tuple[Any, Any, Any]:
        return asked(which, person, since) if pressed else (no_update,) * 3

    @app.callback(
        Output("mapping", "is_open", allow_duplicate=True), Input("mapping-no", "n_clicks"), prevent_initial_call=True
    )
    def leave(_: int | None) -> bool:
        return False

    @app.callback(
        Output("mapping", "is_open", allow_duplicate=True), Output("number-said", "children"),
        Output("number-form", "hidden"),
        Input("mapping-go", "n_clicks"), *given, prevent_initial_call=True,
    )  # fmt: skip
    def go(pressed: int | None, which: Any, person: Any, since: Any) -> tuple[Any, Any, Any]:
        return (False, *done(which, person, since)) if pressed else (no_update,) * 3
