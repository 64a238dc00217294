"""联网情况: how the terminals' network did in a month, by prefecture and by brand; tables to take away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dash import Dash, dcc, html
from dash.development.base_component import Component

from dashboard import equipment, listing, live, parts, shell
from dashboard.figures.wording import span
from dashboard.listing import Column, Listing
from models import database, wording
from models.queries import network
from models.queries.network import Kept, Network
from models.rules.instants import Month, Period
from models.rules.scope import Permission, Scope

PATH, NAME, HOME, NEEDS = "/network", "", "/terminals", Permission.SEE_TERMINALS
EVERY = 300
MONTHS: Final = 12  # that one may choose from


@dataclass(frozen=True, slots=True)
class Group:
    """Terminals of a prefecture or a brand, summed up."""

    name: str
    terminals: int
    share: float | None
    silences: int
    longest: timedelta
    tickets: int


def layout(scope: Scope, query: shell.Query) -> Component:
    """Key figures of the month, the two tables, each with its way to take it away."""
    with database.reading() as (session, now):
        wanted = month_of(query.get("month", ""), now)
        found = network.month(session, scope, now, wanted)
    rows = sieved(found, query)
    brands = sorted({row.brand for row in found.terminals if row.brand})
    fields = [
        listing.choice(query, "月份", months(now), "month", "本月"),
        listing.areas(scope.area_prefix, query),
        listing.choice(query, "品牌", [(brand, brand) for brand in brands], "brand"),
    ]
    kept = {"month": str(wanted), "area": query.get("area", ""), "brand": query.get("brand", "")}
    taken = html.Div(
        [
            html.A("下载考勤机状态（Excel 可打开的 CSV）", href=shell.href("/network/terminals.csv", kept)),
            html.A("下载本月联网率（Excel 可打开的 CSV）", href=shell.href("/network/rates.csv", kept)),
        ],
        className="links",
    )
    cities = groups(rows, lambda row: row.city or "未填写")
    makes = groups(rows, lambda row: row.brand or "未填写")
    title = f"联网情况 {wording.period(Period(wanted, 1))}"
    return html.Div(
        [
            equipment.tabs(scope, PATH),
            parts.card(live.part("title", title), live.part("whole", _whole(rows, found)),
                       html.Div(fields, className="sieve"), foot=taken, level=1),
            parts.card("按市州", live.part("cities", table(cities, query, "市州"))),
            parts.card("按品牌", live.part("brands", table(makes, query, "品牌"))),
        ]
    )  # fmt: skip


def month_of(text: str, now: datetime) -> Month:
    """The month in the address; the present one where there is none, or one that is no month or has not begun."""
    try:
        period = Period.parse(text)
    except ValueError:
        return Month.of(now)
    return period.first if period.months == 1 and period.start <= now else Month.of(now)


def months(now: datetime) -> list[tuple[str, str]]:
    """The months before the present one, newest first."""
    period, found = Period(Month.of(now), 1), []
    for _ in range(MONTHS - 1):
        period = period.previous()
        found.append((str(period), wording.period(period)))
    return found


def sieved(found: Network, query: shell.Query) -> list[Kept]:
    """Terminals of the area and brand in the address."""
    area, brand = query.get("area", ""), query.get("brand", "")
    return [row for row in found.terminals if row.area.startswith(area) and (not brand or row.brand == brand)]


def groups(rows: Sequence[Kept], name: Callable[[Kept], str]) -> list[Group]:
    """Terminals summed up by a name, in the order in which the names come."""
    members: dict[str, list[Kept]] = {}
    for row in rows:
        members.setdefault(name(row), []).append(row)
    return [group(text, held) for text, held in members.items()]


def group(name: str, rows: Sequence[Kept]) -> Group:
    """The share is of all time in service: a terminal of a day weighs a day."""
    whole = sum((row.whole for row in rows), timedelta(0))
    heard = sum((row.heard for row in rows), timedelta(0))
    return Group(
        name, len(rows), heard / whole if whole else None, sum(row.silences for row in rows),
        max((row.longest for row in rows), default=timedelta(0)), sum(row.tickets for row in rows),
    )  # fmt: skip


def _whole(rows: Sequence[Kept], found: Network) -> Component:
    told = group("", rows)
    longest = span(told.longest.total_seconds()) if told.longest else "—"
    facts: list[tuple[str, parts.Body]] = [
        ("联网率", wording.percent(told.share)),
        ("考勤机", f"{told.terminals:,} 台"),
        ("离线", f"{told.silences:,} 次"),
        ("最长离线", longest),
        ("未关闭工单", dcc.Link(f"{told.tickets:,} 件", href="/tickets")),
        ("平台自身中断", f"{span(found.own.total_seconds())}（已扣除）" if found.own else "无"),
    ]
    return parts.facts(facts)


def table(rows: Sequence[Group], query: shell.Query, what: str) -> Component:
    """Groups as a table, the lowest share first."""
    if not rows:
        return listing.none(PATH, "这个月没有使用中的考勤机。", query)
    columns: tuple[Column[Group], ...] = (
        Column(what, lambda r: r.name, "name", lambda r: r.name),
        Column("考勤机", lambda r: f"{r.terminals:,}", "count", lambda r: r.terminals, "number", "minor"),
        Column("联网率", lambda r: wording.percent(r.share), "share", lambda r: r.share, "number"),
        Column("离线次数", lambda r: f"{r.silences:,}", "silences", lambda r: r.silences, "number"),
        Column("最长离线", lambda r: span(r.longest.total_seconds()) if r.longest else "—", "longest",
               lambda r: r.longest, "number", "minor"),
        Column("未关闭工单", lambda r: f"{r.tickets:,}", "tickets", lambda r: r.tickets, "number", "minor"),
    )  # fmt: skip
    prefix = {"市州": "city-", "品牌": "brand-"}[what]
    return Listing(columns, f"联网率{what}", "share", prefix).show(rows, PATH, query)


def register(app: Dash) -> None:
    """Nothing moves here: filters stand in the address."""
