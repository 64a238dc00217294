"""One terminal: its light, clock, silences of 30 days and newest records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dash import Dash, dcc, html
from dash.development.base_component import Component

from dashboard import parts, shell
from dashboard.pages.terminals import skew
from models import database, wording
from models.queries import terminals
from models.queries.rows import TerminalRow
from models.queries.terminals import Record
from models.rules.readings import Method
from models.rules.scope import Permission, Scope

PATH, NAME, HOME, NEEDS = r"/terminal/(?P<terminal>\d+)", "", "/terminals", Permission.SEE_TERMINALS
SPAN = timedelta(days=30)

Silence = tuple[datetime, datetime | None]


def layout(scope: Scope, query: shell.Query, terminal: str) -> Component:
    """The page, or a plain word when the terminal is not in the territory."""
    del query
    with database.reading() as (session, now):
        found = terminals.one(session, scope, now, int(terminal))
        if found is None:
            return parts.error("没有这台考勤机，或不在本账号的管辖范围内。", "/terminals")
        silences = terminals.outages(session, scope, found.id, now - SPAN)
        records = terminals.records(session, scope, found.id)
    return html.Div(
        [
            parts.breadcrumb([("全省", "/"), ("考勤机", "/terminals"), (found.serial, "")]),
            parts.card(f"{found.brand} {found.model} {found.serial}", _facts(found), parts.badge(found.light)),
            parts.card("近 30 天离线", _silences(silences, now)),
            parts.card("最近记录", _records(records), "按到达先后，最新在前"),
        ]
    )


def _facts(row: TerminalRow) -> Component:
    links = [dcc.Link(name, href=f"/project/{number}") for number, name in row.projects]
    return parts.facts(
        [
            ("位置", f"{row.county} {row.place}"),
            ("单位", row.unit),
            ("服务项目", html.Span(links, className="links")),
            ("最后联系", wording.clock(row.last_seen)),
            ("最近打卡", wording.clock(row.last_punch)),
            ("时钟偏差", skew(row.skew_ms)),
        ]
    )


def _silences(rows: Sequence[Silence], now: datetime) -> Component:
    if not rows:
        return parts.empty("近 30 天没有离线。")
    head = [parts.Head("起"), parts.Head("止"), parts.Head("时长", "number")]
    body = [
        [wording.clock(began), wording.clock(ended) if ended else "仍离线", _hours((ended or now) - began)]
        for began, ended in rows
    ]
    return parts.table(head, body, "离线时段")


def _hours(gap: timedelta) -> str:
    return f"{gap / timedelta(hours=1):.1f} 小时"


def _records(rows: Sequence[Record]) -> Component:
    if not rows:
        return parts.empty("还没有收到记录。", "考勤机联网并打卡一次后显示。")
    head = [parts.Head("到达"), parts.Head("设备时间"), parts.Head("编号"), parts.Head("人员"), parts.Head("方式")]
    body = [
        [wording.clock(r.received), r.device_time, r.number, r.person or "未认领", wording.METHODS[Method(r.method)]]
        for r in rows
    ]
    return parts.table(head, body, "最近记录")


def register(app: Dash) -> None:
    """Nothing moves here."""
