"""One registration: how it stands, what has been heard, where the terminal is, what to type in, what to decide."""

from __future__ import annotations

from dash import Dash, dcc, html
from dash.development.base_component import Component

from dashboard import decisions, dialects, equipment, installing, live, parts, shell
from dashboard.figures import spot
from models import database, wording
from models.queries import commissioning, registration
from models.queries.registration import Registration
from models.rules.scope import Permission, Scope

PATH, NAME, HOME, NEEDS = r"/registration/(?P<terminal>\d{1,18})", "", "/terminals", Permission.REGISTER_TERMINALS
BONES = ("text", "text")
EVERY = 5  # seconds: one waits here for the first data


def layout(scope: Scope, query: shell.Query, terminal: str) -> Component:
    """The registration, or a plain word when it is not the viewer's to see."""
    del query
    with database.reading() as (session, now):
        row = registration.one(session, scope, int(terminal))
        found = commissioning.one(session, scope, now, int(terminal))
    if row is None or found is None:
        return parts.error("没有这份登记，或不在本账号的管辖范围内。", "/terminals", title="找不到登记")
    name = f"考勤机登记 {row.serial}"
    body = [live.part("facts", _facts(row)), live.part("acts", _acts(scope, row))]
    return html.Div(
        [
            parts.breadcrumb([("全省", "/"), ("考勤机", "/terminals"), (row.serial, "")]),
            parts.card(
                name, body, live.part("state", html.Span([equipment.state(row), " ", installing.state(found)])), level=1
            ),
            parts.card("数据到达", live.part("heard", _heard(row))),
            parts.card("考勤机上的设置", live.part("setting", _setting(row))),
            _place(row),
        ]
    )


def _facts(row: Registration) -> Component:
    projects = [dcc.Link(name, href=f"/project/{project}") for project, name, _ in row.projects]
    since = min((day for _, _, day in row.projects), default=None)
    why = row.refused_reason if row.state == "refused" else row.disabled_reason if row.disabled else ""
    return parts.facts(
        [
            ("协议", wording.PROTOCOLS.get(row.protocol, row.protocol)),
            ("品牌型号", f"{row.brand} {row.model}"),
            ("单位", row.unit_name),
            ("服务项目", html.Span(projects or "—", className="links")),
            ("启用日期", f"{since:%Y-%m-%d}" if since else "—"),
            ("位置", f"{row.county} {row.place}"),
            ("登记", f"{wording.clock(row.registered)} {row.registrant}"),
            ("联系人", f"{row.contact} {row.phone}".strip() or "—"),
            *([("原因", why)] if why else []),
        ]
    )


def _heard(row: Registration) -> Component:
    """Whether data have come: nothing, a sign of life, records."""
    if row.readings:
        kept = "（已暂存，确认后自动计入）" if row.state in ("pending", "refused") else ""
        told = f"已收到 {row.readings:,} 条记录{kept}，最后联系 {wording.clock(row.last_seen)}。"
        return html.P([parts.tag("good", "✓", "有数据"), told])
    if row.last_seen:
        told = f"已连通，最后联系 {wording.clock(row.last_seen)}，还没有打卡记录。请在考勤机上打卡一次。"
        return html.P([parts.tag("warn", "▲", "已连通"), told])
    return html.P([parts.tag("idle", "○", "无数据"), "还没有收到这台考勤机的任何数据，请检查下面的设置和网络。"])


def _setting(row: Registration) -> Component:
    dialect = dialects.find(row.protocol)
    if dialect is None:
        return html.P("这种协议已不再使用。")
    facts = parts.facts([(name, html.Code(value)) for name, value in dialects.typed_in(dialect)])
    note = "令牌只在登记时显示一次；忘记时请重新生成。" if dialect.keeps_token else "协议没有口令，序列号须填写准确。"
    return html.Div([facts, html.P(note, className="next")])


def _place(row: Registration) -> Component:
    point = (row.longitude, row.latitude) if row.longitude is not None and row.latitude is not None else None
    figure = live.plot("spot", spot.spot(row.area, point), spot.CONFIG, "spot")
    at = f"{point[0]:.5f}, {point[1]:.5f}" if point else "未填写坐标"
    return parts.card("位置", html.Div(figure, role="img", **parts.aria(label=f"{row.county}地图")), at)


def _acts(scope: Scope, row: Registration) -> Component:
    """The buttons that the viewer may press in this state."""
    way = f"/commissioning/{row.id}"
    asks: list[Component] = [dcc.Link("安装调试", href=way, className="btn btn-sm btn-outline-secondary")]
    if row.state in ("pending", "refused") and scope.unit in (None, row.unit):
        again = f"/terminals/new?terminal={row.id}&unit={row.unit}"
        asks.append(dcc.Link("修改登记", href=again, className="btn btn-sm btn-outline-secondary"))
    if scope.may(Permission.KEEP_TERMINALS):
        verbs = {"pending": ("admit", "refuse"), "admitted": ("disable",), "disabled": ("enable",)}
        asks += [decisions.button(verb, row) for verb in verbs.get(row.state, ())]
    if row.secret:
        asks.append(decisions.button("token", row))
    return html.Div(asks, className="form-line")


def register(app: Dash) -> None:
    """The buttons are those of dashboard.decisions."""
