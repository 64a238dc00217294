"""One terminal: its light, clock, silences of 30 days and newest records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dash import Dash, dcc, html
from dash.development.base_component import Component

from dashboard import live, parts, shell, theme
from dashboard.figures.wording import moment, span
from dashboard.pages.terminals import skew
from models import database, wording
from models.queries import terminals
from models.queries.rows import TerminalRow
from models.queries.terminals import Record
from models.rules.instants import day_end, day_of, day_start, local
from models.rules.readings import Method
from models.rules.scope import Permission, Scope

PATH, NAME, HOME, NEEDS = r"/terminal/(?P<terminal>\d+)", "", "/terminals", Permission.SEE_TERMINALS
BONES = ("text", "text", "table")
DAYS = 30
DAY = timedelta(days=1)

Silence = tuple[datetime, datetime | None]


def layout(scope: Scope, query: shell.Query, terminal: str) -> Component:
    """The page, or a plain word when the terminal is not in the territory."""
    del query
    with database.reading() as (session, now):
        found = terminals.one(session, scope, now, int(terminal))
        if found is None:
            return parts.error("没有这台考勤机，或不在本账号的管辖范围内。", "/terminals", title="找不到考勤机")
        silences = terminals.outages(session, scope, found.id, now - DAYS * DAY)
        records = terminals.records(session, scope, found.id)
    light = html.Span([parts.badge(found.light)])
    name = f"{found.brand} {found.model} {found.serial}"
    return html.Div(
        [
            parts.breadcrumb([("全省", "/"), ("考勤机", "/terminals"), (found.serial, "")]),
            parts.card(name, live.part("facts", _facts(found)), live.part("light", light), level=1),
            parts.card(f"近 {DAYS} 天离线", live.part("silences", _silences(silences, now))),
            parts.card("最近记录", live.part("records", _records(records)), "按到达先后，最新在前"),
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
            ("时钟", skew(row.skew_ms)),
        ]
    )


def lost(silences: Sequence[Silence], now: datetime) -> list[tuple[datetime, timedelta]]:
    """(Start of the day, time off line on it) of the last 30 days, oldest first."""
    days = [day_of(now) - DAY * back for back in range(DAYS - 1, -1, -1)]
    spans = [(day_start(day), min(day_end(day), now)) for day in days]
    return [
        (begin, sum((_common(begin, end, since, until or now) for since, until in silences), timedelta()))
        for begin, end in spans
    ]


def _common(begin: datetime, end: datetime, since: datetime, until: datetime) -> timedelta:
    return max(timedelta(), min(end, until) - max(begin, since))


def _silences(rows: Sequence[Silence], now: datetime) -> Component:
    days = lost(rows, now)
    total = sum((gone for _, gone in days), timedelta())
    said = f"离线 {len(rows)} 次，共 {span(total.total_seconds())}" if rows else "近 30 天没有离线。"
    head = [parts.Head("起"), parts.Head("止"), parts.Head("时长", "number")]
    body: list[list[parts.Body]] = [
        [moment(began), moment(ended) if ended else "仍离线", span(((ended or now) - began).total_seconds())]
        for began, ended in reversed(rows)
    ]
    strip = html.Ol([_day(begin, gone, k % 5 == 4) for k, (begin, gone) in enumerate(days)], className="days")
    return html.Div([strip, html.P(said, className="next"), parts.table(head, body, "离线时段") if rows else None])


def _day(begin: datetime, gone: timedelta, dated: bool) -> Component:
    """One day of the strip: red from below as far as it was off line."""
    share = min(1.0, gone / DAY)
    level = 0 if not gone else max(12, round(share * 100))
    paint = {"background": f"linear-gradient(0deg, {theme.RED} {level}%, {theme.DAY} {level}%)"}
    told = f"{local(begin):%m-%d} " + (f"离线 {span(gone.total_seconds())}" if gone else "在线")
    cell = html.I(style=paint, title=told, role="img", **parts.aria(label=told))
    return html.Li([cell, f"{local(begin):%m-%d}" if dated else " "])


def _records(rows: Sequence[Record]) -> Component:
    if not rows:
        return parts.empty("还没有收到记录。", "考勤机联网并打卡一次后显示。")
    head = [
        parts.Head("到达"), parts.Head("设备时间", look="minor"), parts.Head("编号"), parts.Head("人员"),
        parts.Head("方式", look="minor"),
    ]  # fmt: skip
    body = [
        [moment(r.received), r.device_time, r.number, r.person or "未认领", wording.METHODS[Method(r.method)]]
        for r in rows
    ]
    return parts.table(head, body, "最近记录")


def register(app: Dash) -> None:
    """Nothing moves here."""
