"""Tables that people take away: CSV as Excel opens it (UTF-8 with a mark at its beginning)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import timedelta
from io import StringIO
from typing import Final

from models import wording
from models.queries.network import Kept
from models.queries.rows import TerminalRow

_MARK: Final = "\ufeff"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # a text that begins so would be calculated


def sheet(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    """A table with its heads. Texts stay texts, whatever was typed into them."""
    written = StringIO()
    into = csv.writer(written)
    into.writerow(heads)
    into.writerows([[_cell(value) for value in row] for row in rows])
    return (_MARK + written.getvalue()).encode()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def lights(rows: Sequence[TerminalRow]) -> bytes:
    """Terminals with their lights."""
    heads = (
        "序列号",
        "状态",
        "品牌",
        "型号",
        "县市区",
        "位置",
        "单位",
        "最后联系",
        "最近打卡",
        "时钟偏差（秒）",
        "服务项目",
    )
    return sheet(heads, [
        (row.serial, wording.LIGHTS[row.light], row.brand, row.model, row.county, row.place, row.unit,
         wording.clock(row.last_seen), wording.clock(row.last_punch),
         "" if row.skew_ms is None else round(row.skew_ms / 1000), "；".join(name for _, name in row.projects))
        for row in rows
    ])  # fmt: skip


def rates(rows: Sequence[Kept]) -> bytes:
    """Terminals with their month."""
    heads = [*("序列号", "品牌", "型号", "市州", "位置", "单位", "联网率", "使用小时", "联网小时"),
             *("离线次数", "最长离线小时", "未关闭工单")]  # fmt: skip
    return sheet(heads, [
        (row.serial, row.brand, row.model, row.city, row.place, row.unit_name,
         wording.percent(row.heard / row.whole if row.whole else None, 2), _hours(row.whole), _hours(row.heard),
         row.silences, _hours(row.longest), row.tickets)
        for row in rows
    ])  # fmt: skip


def _hours(length: timedelta) -> float:
    return round(length.total_seconds() / 3600, 2)
