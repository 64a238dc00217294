"""How sound a terminal is: five lights, what it told of itself, what is missing, and its raw requests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboard import orders, parts
from dashboard.figures.wording import moment
from models import wording
from models.queries.commands import Standing
from models.queries.loss import Count, Event, Missing, Raw
from models.queries.rows import TerminalRow
from models.rules import presence
from models.rules.commands import takes
from models.rules.events import EventName
from models.rules.loss import GapKind
from models.rules.presence import Soundness

SIGNS: Final = {
    Soundness.GOOD: ("good", "●"),
    Soundness.WARN: ("warn", "▲"),
    Soundness.BAD: ("bad", "✕"),
    Soundness.UNKNOWN: ("idle", "◇"),
}


def lights(row: TerminalRow, now: datetime, standing: Standing, gaps: int, tampered: int) -> Component:
    """联系, 数据, 时钟, 同步, 完整性: each a shape, a word and what to do."""
    able = bool(takes(row.protocol))
    shown = (
        ("联系", presence.contact(row.light), f"最后联系 {wording.clock(row.last_seen)}"),
        ("数据", presence.data(row.last_seen, row.last_punch), _of_data(row)),
        ("时钟", presence.clock(row.skew_ms), _of_clock(row.skew_ms)),
        ("同步", presence.sync(standing.oldest, standing.failed, now, able), _of_sync(standing, able)),
        ("完整性", presence.loss(gaps, tampered), _of_loss(gaps, tampered)),
    )
    return parts.facts([(name, html.Span([_light(of), " ", said])) for name, of, said in shown])


def _light(of: Soundness) -> Component:
    return parts.tag(*SIGNS[of], wording.SOUNDNESS[of])


def _of_data(row: TerminalRow) -> str:
    if row.last_seen is None:
        return "还没有联系"
    said = f"最近打卡 {wording.clock(row.last_punch)}" if row.last_punch else "已联网，还没有打卡记录"
    quiet = presence.data(row.last_seen, row.last_punch) in (Soundness.WARN, Soundness.BAD)
    return f"{said}，请核对是否有人打卡、上传设置是否正确" if quiet else said


def _of_clock(skew_ms: int | None) -> str:
    if skew_ms is None:
        return "收到实时打卡后显示"
    seconds = abs(skew_ms) // 1000
    said = "准确" if seconds < 2 else f"{'慢' if skew_ms > 0 else '快'} {seconds:,} 秒"
    return f"{said}，请核对时间和时区" if seconds > 60 else said


def _of_sync(standing: Standing, able: bool) -> str:
    if not able:
        return orders.ON_THE_SPOT
    return f"待执行 {standing.open} 项，近 7 天失败 {standing.failed} 项"


def _of_loss(gaps: int, tampered: int) -> str:
    if not gaps and not tampered:
        return "没有发现缺数和篡改"
    return f"缺数 {gaps} 处，近 30 天疑似篡改 {tampered} 次，请核查"


def events(rows: Sequence[Event]) -> Component:
    """The terminal's log; what tells of tampering is marked and stands first."""
    if not rows:
        return parts.empty("考勤机还没有上传日志。", "支持日志的品牌会自动上传。")
    head = [
        parts.Head("到达"),
        parts.Head("事件"),
        parts.Head("设备时间", look="minor"),
        parts.Head("操作人", look="lesser"),
    ]
    body: list[list[parts.Body]] = [
        [moment(r.received), _event(r), moment(r.at) if r.at else "—", r.operator or "—"] for r in rows
    ]
    return parts.table(head, body, "考勤机日志")


def _event(row: Event) -> Component | str:
    known = {name.value for name in EventName}
    said = wording.EVENTS[EventName(row.name if row.name in known else EventName.UNKNOWN)]
    if row.name == EventName.UNKNOWN and row.code is not None:
        said = f"{said}（代码 {row.code}）"
    return parts.tag("bad", "!", f"{said}（疑似篡改）") if row.tamper else said


def gaps(rows: Sequence[Missing], keeps: bool) -> Component:
    """What is or was missing; who keeps terminals says that a gap was looked into."""
    if not rows:
        return parts.empty("没有发现缺数。")
    head = [parts.Head("发现"), parts.Head("缺口"), parts.Head("说明"), parts.Head("状态")]
    body: list[list[parts.Body]] = [[moment(r.found), wording.GAPS[r.kind], _gap(r), _stands(r, keeps)] for r in rows]
    return parts.table(head, body, "缺数")


def _gap(row: Missing) -> str:
    if row.kind is GapKind.SERIAL:
        return f"流水号 {row.low + 1:,} 至 {row.high:,} 未收到，共 {row.high - row.low:,} 条"
    if row.kind is GapKind.FALL:
        return f"机内记录由 {row.high:,} 条减为 {row.low:,} 条，平台未下发清除"
    return f"{wording.clock(row.since)[:10]} 机内 {row.high:,} 条，平台收到 {row.low:,} 条，已要求补传"


def _stands(row: Missing, keeps: bool) -> parts.Body:
    if row.closed:
        return parts.tag("good", "✓", f"{moment(row.closed)} 关闭")
    return [parts.tag("bad", "◆", "未关闭"), " ", orders.closing(row.id)] if keeps else parts.tag("bad", "◆", "未关闭")


def counts(rows: Sequence[Count]) -> Component:
    """What the terminal said it holds."""
    head = [
        parts.Head("时间"),
        parts.Head("人员", "number"),
        parts.Head("考勤记录", "number"),
        parts.Head("人脸", "number"),
    ]
    body: list[list[parts.Body]] = [
        [moment(r.told), *("—" if n is None else f"{n:,}" for n in (r.users, r.attlogs, r.faces))] for r in rows
    ]
    return parts.table(head, body, "机内数量")


def requests(rows: Sequence[Raw]) -> Component:
    """The newest raw requests; personal parts were cut before they were kept."""
    if not rows:
        return parts.empty("近 7 天没有原始请求。")
    head = [
        parts.Head("到达"), parts.Head("请求", look="long"), parts.Head("字节", "number"),
        parts.Head("开头", look="minor long"),
    ]  # fmt: skip
    body: list[list[parts.Body]] = [
        [moment(r.received), f"{r.method} {r.target}", f"{r.size:,}", html.Code(r.first)] for r in rows
    ]
    return parts.table(head, body, "原始请求")
