"""The trade's words in Chinese: one label per enum member, for screen and paper alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from models.rules.commands import Kind
from models.rules.commands import State as CommandState
from models.rules.events import EventName
from models.rules.instants import Period, local
from models.rules.loss import GapKind
from models.rules.presence import Light, Soundness
from models.rules.readings import Method
from models.rules.scope import Permission, Role
from models.rules.windows import State

PROVINCE = "湖南省"
PLATFORM = "湖南省交通建设项目从业人员履约监管平台"
AGENCY = "湖南省交通运输厅"

STATES: Mapping[State, str] = {
    State.NONE: "不在册",
    State.MET: "到岗",
    State.MISSED: "缺勤",
    State.EXCUSED: "请假",
    State.STOPPED: "停工",
    State.OPEN: "未到期",
    State.NOT_DUE: "不作要求",
}
STATE_SIGNS: Mapping[State, str] = {
    State.NONE: "",
    State.MET: "到",
    State.MISSED: "缺",
    State.EXCUSED: "假",
    State.STOPPED: "停",
    State.OPEN: "待",
    State.NOT_DUE: "—",
}
LIGHTS: Mapping[Light, str] = {
    Light.ONLINE: "在线",
    Light.LATE: "迟报",
    Light.OFFLINE: "离线",
    Light.NEVER: "未上线",
    Light.DISABLED: "停用",
}
METHODS: Mapping[Method, str] = {
    Method.UNKNOWN: "未知方式",
    Method.FACE: "人脸",
    Method.FACE_AND: "人脸+",
    Method.FINGERPRINT: "指纹",
    Method.CARD: "刷卡",
    Method.PASSWORD: "密码",
    Method.PALM: "掌纹",
    Method.VEIN: "指静脉",
    Method.OTHER: "其他",
    Method.MANUAL_ONSITE: "现场人工核验",
}
ROLES: Mapping[Role, tuple[str, str]] = {
    Role.LEADER: ("省厅领导", "查看全省地图、到岗率、排名和通报。"),
    Role.TECH_CENTRE: ("厅科技信息中心", "维护全省项目、终端，生成通告和通报。"),
    Role.CITY_BUREAU: ("市州交通运输局", "查看本市州项目的考勤、排名，生成本市州通报。"),
    Role.CITY_AGENCY: ("市州质安机构", "审批本市州人员信息的增删改，抽查履约情况。"),
    Role.OWNER: ("业主单位", "审核所辖项目各从业单位的人员和考勤。"),
    Role.UNIT: ("从业单位", "录入本单位人员，登记本单位考勤机，查看本单位考勤。"),
    Role.SUPPORT: ("技术支持", "处理终端接入和故障，人员信息不可见。"),
    Role.SYSTEM: ("系统管理员", "管理系统运行，不接触考勤数据。"),
    Role.SECURITY: ("安全管理员", "分配账号和权限，不接触考勤数据。"),
    Role.AUDIT: ("审计管理员", "查阅审计日志，不接触考勤数据。"),
    Role.PROCESS: ("系统进程", "系统自动执行的任务。"),
}
PERMISSIONS: Mapping[Permission, str] = {
    Permission.SEE_MAP: "查看地图",
    Permission.SEE_PROJECTS: "查看项目",
    Permission.SEE_PEOPLE: "查看人员姓名",
    Permission.SEE_RANKING: "查看排名",
    Permission.SEE_TERMINALS: "查看终端",
    Permission.SEE_PAPERS: "查看通告通报",
    Permission.MAKE_PAPERS: "生成通告通报",
    Permission.KEEP_REGISTER: "维护登记信息",
    Permission.REGISTER_TERMINALS: "登记终端",
    Permission.KEEP_TERMINALS: "维护终端",
    Permission.APPROVE: "审批申请",
    Permission.ALLOCATE: "分配账号",
    Permission.ADMINISTER: "系统管理",
    Permission.READ_AUDIT: "查阅审计日志",
}
UNIT_KINDS = {"owner": "业主", "contractor": "施工", "supervisor": "监理", "laboratory": "工地试验室"}
PROJECT_KINDS = {"highway": "普通国省道", "waterway": "水运"}
ABSENCES = {"leave": "请假", "stoppage": "停工", "pause": "统一暂停", "fault": "终端故障"}
PAPERS = {"circular": "每季一通报", "notice": "每月一通告"}
PAPER_STATES = {"queued": "排队中", "rendering": "生成中", "ready": "已生成", "failed": "生成失败"}
PROTOCOLS = {
    "zkteco": "中控 ZKTeco（PUSH / ADMS）",
    "hikvision": "海康威视（ISAPI 监听）",
    "uface": "宇泛 Uface",
    "dahua": "大华",
    "httpv2": "HTTPv2（FC-8xxx）",
    "house": "平台 JSON 接口",
}
REGISTRATIONS = {"pending": "待确认", "refused": "已退回", "admitted": "已启用", "disabled": "已停用"}
CAUSES = {"own": "平台中断", "power": "断电", "line": "线路故障", "device": "设备故障"}
STEPS = {
    "registered": "登记",
    "contact": "首次连通",
    "facts": "上报型号、固件和数量",
    "clock": "时钟准确",
    "punch": "首次人脸打卡",
    "confirmed": "确认启用",
}
POINTS = {
    "light": "光线：无阳光直射、反射，避开强灯",
    "network": "网络：10M 及以上宽带，信号稳定",
    "power": "电源：附近有插座，供电稳定",
    "place": "位置：室内，不在室外或窗外",
}
OPERATORS = {
    "telecom": "中国电信",
    "mobile": "中国移动",
    "unicom": "中国联通",
    "broadcast": "中国广电",
    "other": "其他",
}
COMMANDS = {
    Kind.PERSON: "下发人员",
    Kind.REMOVE: "移除人员",
    Kind.FACE: "下发人脸",
    Kind.CHECK: "检查更新",
    Kind.INFO: "查询信息",
    Kind.LOG: "上传新记录",
    Kind.SUM: "核对条数",
    Kind.QUERY: "补传记录",
    Kind.ZONE: "核对时间",
}
COMMAND_STATES = {
    CommandState.QUEUED: "待下发",
    CommandState.HANDED: "已下发，等待结果",
    CommandState.DONE: "已完成",
    CommandState.FAILED: "失败",
    CommandState.CANCELLED: "已取消",
}
SOUNDNESS = {
    Soundness.GOOD: "正常",
    Soundness.WARN: "注意",
    Soundness.BAD: "异常",
    Soundness.UNKNOWN: "未知",
}
GAPS = {
    GapKind.SERIAL: "流水号缺号",
    GapKind.FALL: "存储记录减少",
    GapKind.SUM: "条数不符",
}
EVENTS = {
    EventName.POWER_ON: "开机",
    EventName.POWER_OFF: "关机",
    EventName.VERIFICATION_FAILED: "验证失败",
    EventName.ALARM: "报警",
    EventName.MENU_ENTERED: "进入菜单",
    EventName.SETTINGS_CHANGED: "更改设置",
    EventName.ENROLLED: "登记人员",
    EventName.PERSON_DELETED: "删除人员",
    EventName.CREDENTIAL_DELETED: "删除凭证",
    EventName.DATA_PURGED: "清除数据",
    EventName.CLOCK_SET: "修改时间",
    EventName.FACTORY_RESET: "恢复出厂设置",
    EventName.RECORDS_DELETED: "删除考勤记录",
    EventName.ADMINS_CLEARED: "清除管理员",
    EventName.LOCK_SETTINGS: "更改门锁设置",
    EventName.DOOR_OPENED: "开门",
    EventName.TEMPLATE_CHANGED: "更改模板",
    EventName.DURESS: "胁迫报警",
    EventName.ANTI_PASSBACK: "反潜回",
    EventName.PICTURE_DELETED: "删除照片",
    EventName.PERSON_HELD: "机内人员",
    EventName.TEMPLATE_HELD: "机内模板",
    EventName.PICTURE_HELD: "机内照片",
    EventName.ID_CARD_READ: "读取证件",
    EventName.DEVICE_ERROR: "设备错误",
    EventName.COUNT_RESTARTED: "流水号重新开始",
    EventName.UNSOLICITED_RESULT: "非本平台指令的结果",
    EventName.UNKNOWN: "其他",
}
MARKS = {"demonstration": "演示数据", "scratch": "试验数据"}


def quarter(number: int) -> str:
    return "一二三四"[number - 1]


def period(value: Period) -> str:
    """2018年第三季度, 2018年7月, 2018年."""
    year = value.first.year
    if value.months == 1:
        return f"{year}年{value.first.number}月"
    return f"{year}年第{quarter((value.first.number + 2) // 3)}季度" if value.months == 3 else f"{year}年"


def percent(share: float | None, digits: int = 1) -> str:
    """93.4%, or a dash of nothing."""
    return "—" if share is None else f"{share * 100:.{digits}f}%"


def points(value: Decimal) -> str:
    """Points with one digit."""
    return f"{value:.1f}"


def clock(instant: datetime | None) -> str:
    """2018-07-01 08:02 on the wall at +08:00."""
    return local(instant).strftime("%Y-%m-%d %H:%M") if instant else "—"
