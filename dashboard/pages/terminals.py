"""考勤机: terminals of the territory with their lights; those that speak and are not admitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dash import Dash, dcc, html
from dash.development.base_component import Component

from dashboard import listing, live, parts, shell
from dashboard.figures.wording import moment, span
from dashboard.listing import Column, Listing
from models import database
from models.queries import terminals
from models.queries.rows import TerminalRow
from models.queries.terminals import Held
from models.rules.presence import Light
from models.rules.scope import Permission, Scope

PATH, NAME, HOME, NEEDS = "/terminals", "考勤机", "/terminals", Permission.SEE_TERMINALS
BELOW = (r"/terminal/\d+",)
GROUPS = {"": "全部", "online": "在线", "offline": "离线", "clock": "时钟偏差"}
ON = (Light.ONLINE, Light.LATE)
CLOCK_MS = 60_000
WAITING = 20  # of the unregistered, a page
ORDER: Final = {light: place for place, light in enumerate((Light.OFFLINE, Light.NEVER, Light.LATE, Light.DISABLED))}


def skew(ms: int | None) -> Any:
    """How far the device's clock is behind (+) or ahead (−); beyond a minute it is marked."""
    if ms is None:
        return "—"
    if abs(ms) < 2000:
        return "准确"
    text = f"{'慢' if ms > 0 else '快'} {span(abs(ms) // 1000)}"
    return parts.tag("warn", "▲", text) if abs(ms) > CLOCK_MS else text


COLUMNS: Final[tuple[Column[TerminalRow], ...]] = (
    Column("考勤机", lambda r: dcc.Link(r.serial, href=f"/terminal/{r.id}"), "serial", lambda r: r.serial),
    Column("状态", lambda r: parts.badge(r.light), "light", lambda r: (ORDER.get(r.light, 9), r.area, r.serial)),
    Column("位置", lambda r: f"{r.county} {r.place}", "area", lambda r: (r.area, r.place), look="long"),
    Column("品牌型号", lambda r: f"{r.brand} {r.model}", "brand", lambda r: (r.brand, r.model), look="lesser"),
    Column("单位", lambda r: r.unit, "unit", lambda r: r.unit, look="lesser long"),
    Column("最后联系", lambda r: moment(r.last_seen), "seen", lambda r: r.last_seen, "number", "minor"),
    Column("最近打卡", lambda r: moment(r.last_punch), "punch", lambda r: r.last_punch, "number", "minor"),
    Column("时钟", lambda r: skew(r.skew_ms), "skew", lambda r: None if r.skew_ms is None else abs(r.skew_ms),
           "number", "minor"),
)  # fmt: skip


def layout(scope: Scope, query: shell.Query) -> Component:
    """The list, filtered by light, place, brand and text, and what waits to be claimed."""
    with database.reading() as (session, now):
        rows = terminals.listing(session, scope, now)
        waiting = terminals.held(session, scope) if scope.may(Permission.KEEP_TERMINALS) else ()
    found = [row for row in rows if _wanted(row, query)]
    shown = [row for row in found if in_group(row, query.get("light", ""))]
    brands = sorted({row.brand for row in rows})
    fields = [
        listing.areas(scope.area_prefix, query),
        listing.choice(query, "品牌", [(brand, brand) for brand in brands], "brand"),
        listing.search(query, "按编号、位置、单位查找"),
    ]
    aside = [live.part("groups", _groups(found, query)), html.Div(fields, className="sieve")]
    listed = parts.card("考勤机", live.part("list", table(shown, PATH, query)), aside, level=1)
    return html.Div([listed, live.part("waiting", _waiting(waiting, query))])


def _wanted(row: TerminalRow, query: shell.Query) -> bool:
    if not row.area.startswith(query.get("area", "")) or query.get("brand", row.brand) != row.brand:
        return False
    return listing.matches(query, row.serial, row.county, row.place, row.unit, row.model)


def in_group(row: TerminalRow, group: str) -> bool:
    """Does a terminal belong to one of GROUPS? An unknown group holds all."""
    if group == "clock":
        return row.skew_ms is not None and abs(row.skew_ms) > CLOCK_MS
    return group not in GROUPS or not group or (row.light in ON) == (group == "online")


def _groups(rows: Sequence[TerminalRow], query: shell.Query) -> Component:
    here = query.get("light", "")
    counts = {key: sum(in_group(row, key) for row in rows) for key in GROUPS}
    items = [
        (f"{text} {counts[key]:,}", shell.href(PATH, query, light=key, page=""), here == key)
        for key, text in GROUPS.items()
    ]
    return parts.segment(items, "在线状态")


def table(rows: Sequence[TerminalRow], path: str, query: shell.Query, name: str = "", size: int = 50) -> Component:
    """Terminals as a table, those off line first."""
    if not rows:
        return listing.none(path, "没有符合条件的考勤机。", query)
    return Listing(COLUMNS, "考勤机状态", "light", name, size).show(rows, path, query)


HELD: Final[tuple[Column[Held], ...]] = (
    Column("序列号", lambda r: r.serial + ("" if r.verified else "（令牌不符）"), "serial", lambda r: r.serial),
    Column("协议", lambda r: r.protocol, look="minor"),
    Column("首次联系", lambda r: moment(r.first_seen), "first", lambda r: r.first_seen, look="minor"),
    Column("最后联系", lambda r: moment(r.last_seen), "last", lambda r: r.last_seen),
    Column("暂存记录", lambda r: f"{r.readings:,}", "readings", lambda r: r.readings, "number"),
)  # fmt: skip


def _waiting(rows: Sequence[Held], query: shell.Query) -> Component | None:
    if not rows:
        return None
    shown = Listing(HELD, "已收到数据、尚未登记的考勤机", "-first", "held-", WAITING).show(rows, PATH, query)
    return parts.card(f"未登记的考勤机 {len(rows)} 台", shown, "记录已保存，登记确认后自动计入")


def register(app: Dash) -> None:
    """Nothing moves here: filters stand in the address."""
