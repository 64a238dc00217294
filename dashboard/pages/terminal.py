"""One terminal: its lights, silences, commands, what it told of itself, what is missing, and newest records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dash import Dash, dcc, html
from dash.development.base_component import Component

from dashboard import live, orders, parts, shell, soundness, theme
from dashboard.figures import hours
from dashboard.figures.wording import moment, span
from dashboard.pages.terminals import skew
from models import database, wording
from models.queries import commands, loss, terminals
from models.queries.rows import TerminalRow
from models.queries.terminals import Record
from models.rules.commands import takes
from models.rules.instants import day_end, day_of, day_start, local
from models.rules.readings import Method
from models.rules.scope import Permission, Scope

PATH, NAME, HOME, NEEDS = r"/terminal/(?P<terminal>\d+)", "", "/terminals", Permission.SEE_TERMINALS
BONES = ("text", "text", "table")
DAYS = 30
DAY, WEEK = timedelta(days=1), timedelta(days=7)

Silence = tuple[datetime, datetime | None]


def layout(scope: Scope, query: shell.Query, terminal: str) -> Component:
    """The page, or a plain word when the terminal is not in the territory."""
    del query
    with database.reading() as at:
        found = terminals.one(at.session, scope, at.now, int(terminal))
        if found is None:
            return parts.error("没有这台考勤机，或不在本账号的管辖范围内。", "/terminals", title="找不到考勤机")
        silences = terminals.outages(at.session, scope, found.id, at.now - DAYS * DAY)
        records = terminals.records(at.session, scope, found.id)
        sound, own = _sound(at, scope, found), _own(at, scope, found)
    light = html.Span([parts.badge(found.light)])
    name = f"{found.brand} {found.model} {found.serial}"
    return html.Div(
        [
            parts.breadcrumb([("全省", "/"), ("考勤机", "/terminals"), (found.serial, "")]),
            parts.card(name, live.part("facts", _facts(found)), live.part("light", light), level=1),
            *sound,
            parts.card(f"近 {DAYS} 天离线", live.part("silences", _silences(silences, at.now))),
            *own,
            parts.card("最近记录", live.part("records", _records(records)), "按到达先后，最新在前"),
        ]
    )


def _sound(at: database.At, scope: Scope, row: TerminalRow) -> list[Component]:
    """Five lights, what is missing and the commands: what somebody may have to do something about."""
    session, keeps = at.session, scope.may(Permission.KEEP_TERMINALS)
    gaps = loss.gaps(session, scope, row.id)
    tampered = loss.tampered(session, scope, row.id, at.now - DAYS * DAY)
    standing = commands.standing(session, scope, row.id, at.now - WEEK)
    lights = soundness.lights(row, at.now, standing, sum(gap.closed is None for gap in gaps), tampered)
    told = orders.table(commands.listing(session, scope, row.id), keeps)
    asked = [live.part("asks", orders.buttons(scope, row)), live.part("orders", told)]
    return [
        parts.card("运行状况", live.part("soundness", lights)),
        *([parts.card("缺数", live.part("gaps", soundness.gaps(gaps, keeps)))] if gaps else []),
        *([parts.card("指令", html.Div(asked))] if keeps or takes(row.protocol) else []),
    ]


def _own(at: database.At, scope: Scope, row: TerminalRow) -> list[Component]:
    """When it is used, what it told of itself, and its raw requests for who keeps it."""
    session, since = at.session, at.now - DAYS * DAY
    by_hour = live.plot("hours", hours.hours(loss.hours(session, scope, row.id, since)), hours.CONFIG, "hours")
    events = soundness.events(loss.events(session, scope, row.id))
    told = loss.counts(session, scope, row.id)
    cards = [
        parts.card(f"近 {DAYS} 天打卡时段", html.Div(by_hour, role="img", **parts.aria(label="各时段打卡记录数"))),
        parts.card("考勤机日志", live.part("events", events)),
        *([parts.card("机内数量", live.part("counts", soundness.counts(told)))] if told else []),
    ]
    if scope.may(Permission.KEEP_TERMINALS):
        raw = soundness.requests(loss.requests(session, scope, row.id, at.now - WEEK))
        cards.append(parts.card("原始请求", live.part("requests", raw), "近 7 天最新 10 个，个人信息已去除"))
    return cards


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
    """The buttons of its commands."""
    orders.register(app)
