"""What figures and parts say in Chinese beside the words of models/wording.py."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from models.rules.instants import local

ATTENDANCE: Final = "72小时到岗率"
PRESENCE: Final = "终端在线率"
ONLINE: Final = "在线终端"
OFFLINE: Final = "离线"
DUE: Final = "应到"
MISSED: Final = "缺勤"
TIMES: Final = "人次"
DEVICES: Final = "台"
NO_FIGURES: Final = "暂无数据"
CLASS_NAMES: Final = ("<88%", "88%–92%", "92%–95%", "95%–97%", "≥97%")
BUBBLE: Final = ("n", "离线终端台数")
OPEN_CITY: Final = "点击查看该市州"
OPEN_PROJECT: Final = "点击查看热力图"
LAST_SEEN: Final = "最后联系"
AT_PROJECT: Final = "终端未报坐标，按项目位置标示"
PROJECT: Final = "项目"
EMPTY_HEATMAP: Final = "本项目在所选时段没有在册人员，请更换时段或合同段。"
EMPTY_MAP: Final = "该区划没有地图数据。"
EMPTY_HOURS: Final = "近 30 天没有记录"
RECORDS: Final = "条"
EMPTY_TREND: Final = "暂无走势"
AS_OF: Final = "截至"
WINDOW: Final = "考勤周期"
TO: Final = "至"
CLICK_CELL: Final = "点击查看打卡记录"
LEVEL: Final = "持平"
POINTS: Final = "个百分点"
# The stamp of the bar, by the names that assets/stamp.js knows.
STAMP: Final = {
    "as-of": "数据截至",
    "every": "刷新",
    "fresh": "采集正常",
    "slow": "更新延迟",
    "stale": "数据已过期",
    "late": "采集延迟",
    "cut": "采集中断",
}
NO_ANSWER: Final = "服务器没有回应，或查询未能完成。网络恢复后本页会自动刷新。"
LAST_GOOD: Final = "上次成功"
RETRY: Final = "重试"
BACK: Final = "返回"
PAGES: Final = "分页"
LOADING: Final = "正在加载"
SORT_BY: Final = "按此列排序"
TRAIL: Final = "当前位置"
FAILED: Final = "未能取得数据"
MARK_NOTES: Final = {
    "demonstration": "本页人员、项目、考勤均为虚构，不得用于任何考核。",
    "scratch": "本库为试验用途，数据随时清除。",
}
SIGNS: Final = {
    "offline": "离线",
    "clock": "时钟",
    "gap": "缺数",
    "tamper": "疑似篡改",
    "missed": "缺勤",
    "unresolved": "待认领",
}
NOTHING_TO_DO: Final = ("目前没有需要处理的事项", "新的离线、时钟偏差和缺勤会自动出现在这里。")


def ago(seconds: float) -> str:
    """不到 1 分钟, 5 分钟, 26 小时, 3 天 (days from 48 hours on)."""
    for least, unit, word in ((172_800, 86_400, "天"), (3600, 3600, "小时"), (60, 60, "分钟")):
        if seconds >= least:
            return f"{int(seconds // unit)} {word}"
    return "不到 1 分钟"


def span(seconds: float) -> str:
    """45 秒, 7 分钟, 26.5 小时, 3.2 天 (days from 48 hours on)."""
    if seconds < 60:
        return f"{int(seconds)} 秒"
    if seconds < 3600:
        return f"{int(seconds // 60)} 分钟"
    return f"{seconds / 3600:.1f} 小时" if seconds < 172_800 else f"{seconds / 86_400:.1f} 天"


def moment(instant: datetime | None) -> str:
    """11-22 08:02 on the wall at +08:00, a dash of nothing: for tables of the last days."""
    return f"{local(instant):%m-%d %H:%M}" if instant else "—"
