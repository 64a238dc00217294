"""考勤机: terminals of the territory with their lights; those that speak and are not admitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from dash import Dash, dcc, html
from dash.development.base_component import Component

from dashboard import decisions, equipment, installing, listing, live, parts, shell
from dashboard.figures.wording import moment, span
from dashboard.listing import Column, Listing
from dashboard.pages.registration import claim
from models import database
from models.queries import commissioning, loss, registration, terminals
from models.queries.registration import Registration
from models.queries.rows import TerminalRow
from models.queries.terminals import Held
from models.rules.instants import day_of
from models.rules.presence import Light
from models.rules.scope import Permission, Scope

PATH, NAME, HOME, NEEDS = "/terminals", "考勤机", "/terminals", Permission.SEE_TERMINALS
BELOW = equipment.BELOW
GROUPS = {
    "": "全部",
    "online": "在线",
    "offline": "离线",
    "clock": "时钟偏差",
    "loss": "缺数篡改",
    "bare": "未调试",
    "mixed": "同单位多品牌",
}
ON = (Light.ONLINE, Light.LATE)
CLOCK_MS = 60_000
ALARMED = timedelta(days=30)  # so long a sign of tampering is shown in the list
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


def _kind(row: TerminalRow) -> Any:
    """Brand and model; marked where its unit uses others too (五(一): one brand and model a unit)."""
    text = f"{row.brand} {row.model}"
    return html.Span([text, " ", parts.tag("warn", "▲", "同单位多品牌")]) if row.mixed else text


def _light(row: TerminalRow) -> Any:
    """Its light; beside it what is alarming though it be on line, and that nobody has commissioned it."""
    beside = [parts.badge(row.alarm)] if row.alarm else []
    beside += [installing.mark(False)] if row.bare else []
    return html.Span([parts.badge(row.light), *(part for each in beside for part in (" ", each))])


COLUMNS: Final[tuple[Column[TerminalRow], ...]] = (
    Column("考勤机", lambda r: dcc.Link(r.serial, href=f"/terminal/{r.id}"), "serial", lambda r: r.serial),
    Column("状态", _light, "light", lambda r: (ORDER.get(r.light, 9), r.area, r.serial)),
    Column("位置", lambda r: f"{r.county} {r.place}", "area", lambda r: (r.area, r.place), look="long"),
    Column("品牌型号", _kind, "brand", lambda r: (r.brand, r.model), look="lesser"),
    Column("单位", lambda r: r.unit, "unit", lambda r: r.unit, look="lesser long"),
    Column("最后联系", lambda r: moment(r.last_seen), "seen", lambda r: r.last_seen, "number", "minor"),
    Column("最近打卡", lambda r: moment(r.last_punch), "punch", lambda r: r.last_punch, "number", "minor"),
    Column("时钟", lambda r: skew(r.skew_ms), "skew", lambda r: None if r.skew_ms is None else abs(r.skew_ms),
           "number", "minor"),
)  # fmt: skip


def layout(scope: Scope, query: shell.Query) -> Component:
    """The list, filtered by light, place, brand and text; what waits for confirmation, and what nobody registered."""
    with database.reading() as (session, now):
        mixed = terminals.mixed(session, scope)
        alarms = {terminal: sign for terminal, (sign, _) in loss.alarmed(session, scope, now - ALARMED).items()}
        bare = commissioning.bare(session, scope)
        listed = terminals.listing(session, scope, now)
        waiting = terminals.held(session, scope) if scope.may(Permission.KEEP_TERMINALS) else ()
        pending = registration.pending(session, scope) if scope.may(Permission.REGISTER_TERMINALS) else ()
    rows = [replace(row, mixed=row.unit in mixed, bare=row.id in bare, alarm=alarms.get(row.id, "")) for row in listed]
    found = [row for row in rows if _wanted(row, query)]
    shown = [row for row in found if in_group(row, query.get("light", ""))]
    brands = sorted({row.brand for row in rows})
    fields = [
        listing.areas(scope.area_prefix, query),
        listing.choice(query, "品牌", [(brand, brand) for brand in brands], "brand"),
        listing.search(query, "按编号、位置、单位查找"),
    ]
    aside = [live.part("groups", _groups(found, query)), html.Div(fields, className="sieve")]
    table_ = parts.card("考勤机", live.part("list", table(shown, PATH, query, more=_more(scope))), aside, level=1)
    return html.Div(
        [
            equipment.tabs(scope, PATH),
            live.part("pending", _pending(pending, scope, query)),
            table_,
            live.part("waiting", _waiting(waiting, query)),
        ]
    )


def _wanted(row: TerminalRow, query: shell.Query) -> bool:
    if not row.area.startswith(query.get("area", "")) or query.get("brand", row.brand) != row.brand:
        return False
    return listing.matches(query, row.serial, row.county, row.place, row.unit, row.model)


def in_group(row: TerminalRow, group: str) -> bool:
    """Does a terminal belong to one of GROUPS? An unknown group holds all."""
    if group == "clock":
        return row.skew_ms is not None and abs(row.skew_ms) > CLOCK_MS
    flags = {"loss": bool(row.alarm), "mixed": row.mixed, "bare": row.bare}
    if group in flags:
        return flags[group]
    return group not in GROUPS or not group or (row.light in ON) == (group == "online")


def _groups(rows: Sequence[TerminalRow], query: shell.Query) -> Component:
    here = query.get("light", "")
    counts = {key: sum(in_group(row, key) for row in rows) for key in GROUPS}
    items = [
        (f"{text} {counts[key]:,}", shell.href(PATH, query, light=key, page=""), here == key)
        for key, text in GROUPS.items()
    ]
    return parts.segment(items, "在线状态")


def _more(scope: Scope) -> tuple[Column[TerminalRow], ...]:
    """The way to a terminal's registration for those who disable and enable it."""
    if not scope.may(Permission.KEEP_TERMINALS):
        return ()
    return (Column("登记", lambda r: dcc.Link("登记", href=f"/registration/{r.id}"), look="lesser"),)


def table(
    rows: Sequence[TerminalRow],
    path: str,
    query: shell.Query,
    name: str = "",
    size: int = 50,
    more: tuple[Column[TerminalRow], ...] = (),
) -> Component:
    """Terminals as a table, those off line first."""
    if not rows:
        return listing.none(path, "没有符合条件的考勤机。", query)
    return Listing((*COLUMNS, *more), "考勤机状态", "light", name, size).show(rows, path, query)


def _claim(row: Held) -> Component | str:
    """The way to the form, filled with what the terminal told."""
    address = claim(row.protocol, row.serial, day_of(row.first_seen) if row.first_seen else None)
    return dcc.Link("登记", href=address, title=f"登记 {row.serial}") if address else "—"


HELD: Final[tuple[Column[Held], ...]] = (
    Column("序列号", lambda r: r.serial + ("" if r.verified else "（令牌不符）"), "serial", lambda r: r.serial,
           look="long"),
    Column("协议", lambda r: r.protocol, look="minor"),
    Column("首次联系", lambda r: moment(r.first_seen), "first", lambda r: r.first_seen, look="minor"),
    Column("最后联系", lambda r: moment(r.last_seen), "last", lambda r: r.last_seen),
    Column("暂存记录", lambda r: f"{r.readings:,}", "readings", lambda r: r.readings, "number"),
    Column("登记", _claim),
)  # fmt: skip


def _waiting(rows: Sequence[Held], query: shell.Query) -> Component | None:
    if not rows:
        return None
    shown = Listing(HELD, "已收到数据、尚未登记的考勤机", "-first", "held-", WAITING).show(rows, PATH, query)
    return parts.card(f"未登记的考勤机 {len(rows)} 台", shown, "记录已保存，登记确认后自动计入")


def _decide(scope: Scope, row: Registration) -> Component | str:
    """确认 and 退回 for those who may; else the way to the registration."""
    if row.state != "pending" or not scope.may(Permission.KEEP_TERMINALS):
        return row.refused_reason or dcc.Link("查看", href=f"/registration/{row.id}")
    if row.registered_by == scope.account:
        return html.Span(["须由另一人确认 ", decisions.button("refuse", row)])
    return html.Span([decisions.button("admit", row, "primary"), " ", decisions.button("refuse", row)])


def _pending(rows: Sequence[Registration], scope: Scope, query: shell.Query) -> Component | None:
    """Registrations that wait or were sent back: who registered what when, where, and what has been heard."""
    if not rows:
        return None
    columns: tuple[Column[Registration], ...] = (
        Column("考勤机", lambda r: dcc.Link(r.serial, href=f"/registration/{r.id}"), "serial", lambda r: r.serial),
        Column("状态", equipment.state, "state", lambda r: r.state),
        Column("品牌型号", lambda r: f"{r.brand} {r.model}", look="lesser"),
        Column("单位", lambda r: r.unit_name, "unit", lambda r: r.unit_name, look="minor long"),
        Column("位置", lambda r: f"{r.county} {r.place}", "area", lambda r: r.area, look="minor long"),
        Column("登记", lambda r: f"{moment(r.registered)} {r.registrant}", "at", lambda r: r.registered, look="minor"),
        Column("暂存记录", lambda r: f"{r.readings:,}" if r.last_seen else "无数据", "readings", lambda r: r.readings,
               "number"),
        Column("处理", lambda r: _decide(scope, r)),
    )  # fmt: skip
    shown = Listing(columns, "待确认的考勤机", "at", "pending-", WAITING).show(rows, PATH, query)
    return parts.card(f"待确认 {len(rows)} 台", shown, "确认后，暂存的记录自动计入考勤")


def register(app: Dash) -> None:
    """Nothing moves here: filters stand in the address."""
