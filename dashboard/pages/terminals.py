"""考勤机: terminals of the territory with their lights; those that speak and are not admitted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from dash import Dash, dcc, html
from dash.development.base_component import Component

from dashboard import parts, shell
from models import database, wording
from models.queries import terminals
from models.queries.rows import TerminalRow
from models.queries.terminals import Held
from models.rules.presence import Light
from models.rules.scope import Permission, Scope

PATH, NAME, HOME, NEEDS = "/terminals", "考勤机", "/terminals", Permission.SEE_TERMINALS
BELOW = (r"/terminal/\d+",)
GROUPS = {"": "全部", "online": "在线", "offline": "离线"}
ON = (Light.ONLINE, Light.LATE)
CLOCK_MS = 60_000


def layout(scope: Scope, query: shell.Query) -> Component:
    """The list, filtered by light, and what waits to be claimed."""
    with database.reading() as (session, now):
        rows = terminals.listing(session, scope, now)
        waiting = terminals.held(session, scope) if scope.may(Permission.KEEP_TERMINALS) else ()
    shown = [row for row in rows if _in_group(row, query.get("light", ""))]
    count = {key: sum(_in_group(row, key) for row in rows) for key in GROUPS}
    switch = parts.segment(
        [
            (f"{text} {count[key]}", shell.href(PATH, query, light=key), query.get("light", "") == key)
            for key, text in GROUPS.items()
        ],
        "在线状态",
    )
    return html.Div([parts.card("考勤机", listing(shown, PATH, query), switch), _waiting(waiting)])


def _in_group(row: TerminalRow, group: str) -> bool:
    return not group or (row.light in ON) == (group == "online")


def listing(rows: Sequence[TerminalRow], path: str, query: shell.Query) -> Component:
    """Terminals as a table, those off line first."""
    del path, query
    if not rows:
        return parts.empty("没有符合条件的考勤机。", "考勤机由使用单位登记，省厅确认后显示。")
    head = [
        parts.Head("考勤机"), parts.Head("状态"), parts.Head("品牌型号"), parts.Head("位置"), parts.Head("单位"),
        parts.Head("最后联系"), parts.Head("最近打卡"), parts.Head("时钟偏差", "number"),
    ]  # fmt: skip
    ordered = sorted(rows, key=lambda row: (row.light in ON, row.area, row.serial))
    return parts.table(head, [_row(row) for row in ordered], "考勤机状态")


def _row(row: TerminalRow) -> list[Any]:
    return [
        dcc.Link(row.serial, href=f"/terminal/{row.id}"), parts.badge(row.light), f"{row.brand} {row.model}",
        f"{row.county} {row.place}", row.unit,
        wording.clock(row.last_seen), wording.clock(row.last_punch), skew(row.skew_ms),
    ]  # fmt: skip


def skew(ms: int | None) -> Any:
    """How far the device's clock is behind (+) or ahead (−); beyond a minute it is marked."""
    if ms is None:
        return "—"
    text = f"{'慢' if ms > 0 else '快'} {timedelta(seconds=abs(ms) // 1000)}"
    return parts.tag("warn", "▲", text) if abs(ms) > CLOCK_MS else text


def _waiting(rows: Sequence[Held]) -> Component | None:
    if not rows:
        return None
    head = [
        parts.Head("序列号"),
        parts.Head("协议"),
        parts.Head("首次联系"),
        parts.Head("最后联系"),
        parts.Head("暂存记录", "number"),
    ]
    body = [
        [row.serial + ("" if row.verified else "（令牌不符）"), row.protocol, wording.clock(row.first_seen),
         wording.clock(row.last_seen), str(row.readings)] for row in rows
    ]  # fmt: skip
    return parts.card(
        f"未登记的考勤机 {len(rows)} 台",
        parts.table(head, body, "已收到数据、尚未登记的考勤机"),
        "记录已保存，登记确认后自动计入",
    )


def register(app: Dash) -> None:
    """Nothing moves here: filters stand in the address."""
