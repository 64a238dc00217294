"""What the page of a terminal's commissioning is made of: its steps, the list, the pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dashboard import dialects, parts
from dashboard.figures.wording import span
from models import wording
from models.queries.commissioning import Installation
from models.rules.commissioning import Point, Stage, Step

FACTS: Final = {"model": "型号", "firmware": "固件", "users": "人员", "faces": "人脸", "attlogs": "记录"}


def state(found: Installation) -> Component:
    """未调试 or 已调试."""
    return mark(found.done is not None)


def mark(done: bool) -> Component:
    """The badge of a terminal that is commissioned or not."""
    return parts.tag("good", "✓", "已调试") if done else parts.tag("warn", "…", "未调试")


def steps(found: Installation) -> Component:
    """Each step: done and when, or what to do while it does not come."""
    coming = next((stage.step for stage in found.stages if not stage.done), None)
    told = html.Ol([_step(found, stage, stage.step is coming) for stage in found.stages], className="steps")
    done = sum(stage.done for stage in found.stages)
    said = "全部步骤已完成。" if coming is None else f"已完成 {done} / {len(found.stages)} 步，有新数据时本页自动更新。"
    return html.Div([html.P(said, className="next", role="status"), told])


def _step(found: Installation, stage: Stage, coming: bool) -> Component:
    sign = parts.tag("good", "✓", "已完成") if stage.done else parts.tag(*_waiting(coming))
    head = html.Div([html.B(wording.STEPS[stage.step]), sign], className="step-head")
    detail = _reached(found, stage) if stage.done else html.Div(_remedy(found, stage.step), className="next")
    look = "done" if stage.done else "coming" if coming else ""
    return html.Li([head, detail], className=look, id=f"step-{stage.step}")


def _waiting(coming: bool) -> tuple[str, str, str]:
    return ("warn", "…", "等待中") if coming else ("idle", "○", "未完成")


def _reached(found: Installation, stage: Stage) -> Component:
    if stage.step is Step.FACTS:
        return html.Div("，".join(f"{text} {value}" for text, value in _facts(found.heard.facts)))
    if stage.step is Step.CLOCK:
        return html.Div(f"与平台相差 {_apart(found)}。")
    return html.Div(wording.clock(stage.at) if stage.at else "")


def _facts(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(text, str(told[name])) for name, text in FACTS.items() if told.get(name)]


def _apart(found: Installation) -> str:
    apart = abs(found.heard.skew_ms or 0) // 1000
    return span(apart) if apart >= 1 else "不到 1 秒"


def _remedy(found: Installation, step: Step) -> Component | str:
    """What to do while a step does not come."""
    if step is Step.CONTACT:
        return html.Div(
            [html.P("在考勤机的网络设置中核对以下各项，并确认网线或无线已连通、能上外网："), _typed_in(found)]
        )
    if step is Step.CLOCK and found.heard.skew_ms is not None:
        way = "慢" if found.heard.skew_ms > 0 else "快"
        return f"考勤机时钟{way}了 {_apart(found)}。请把日期、时间改准（北京时间，关闭夏令时），再打卡一次。"
    return {
        Step.REGISTERED: "请先由本单位登记这台考勤机。",
        Step.FACTS: "连通后一分钟内自动上报；没有时请重启考勤机。",
        Step.CLOCK: "打卡一次后即可核对时钟。",
        Step.PUNCH: "请已录入人脸的人员在考勤机上刷脸打卡一次；密码、刷卡、指纹不算。",
        Step.CONFIRMED: "等待厅科技信息中心或技术支持确认登记；确认前的打卡先暂存，确认后自动计入。",
    }.get(step, "")


def _typed_in(found: Installation) -> Component | None:
    dialect = dialects.find(found.protocol)
    if dialect is None:
        return None
    return parts.facts([(name, html.Code(value)) for name, value in dialects.typed_in(dialect)])


def form(found: Installation) -> Component:
    """The list that is filled on site; what was typed stays when the telephone reloads the page."""
    kept: dict[str, Any] = {"persistence": f"commission-{found.id}", "persistence_type": "session"}
    height = dbc.Input(id="commission-height", type="number", min=0.5, max=2.5, step=0.01, inputMode="decimal", **kept)
    options: Any = [{"label": text, "value": point} for point, text in wording.POINTS.items()]
    ticked = dbc.Checklist(id="commission-ticked", options=options, value=[], **kept)
    notes = [
        _field(f"{wording.POINTS[point].partition('：')[0]}不符合的原因",
               dbc.Input(id={"note": point.value}, type="text", maxLength=500, autocomplete="off", **kept))
        for point in Point
    ]  # fmt: skip
    body = [
        _field("机器底部离地面的高度（米，1.15–1.20）", height),
        html.Fieldset([html.Legend("符合的请勾选"), ticked]),
        html.Details([html.Summary("有不符合的，填写原因"), html.Div(notes, className="form-grid")]),
    ]
    return parts.card("安装检查", html.Div(body, className="asking"))


def _field(text: str, control: Component) -> Component:
    return html.Label([html.Span(text), control], className="field")


def filled(found: Installation) -> Component:
    """The list as it was filled, for everyone who may see the terminal."""
    if found.done is None:
        return parts.empty("还没有完成安装调试。", f"由{found.unit_name}在现场填写。")
    sheet = found.done.sheet
    rows = [("完成", f"{wording.clock(found.done.at)} {found.done.by}"), ("高度", f"{sheet.height:.2f} 米")]
    for point in Point:
        name, _, what = wording.POINTS[point].partition("：")
        rows.append((name, f"符合：{what}" if point in sheet.ticked else f"不符合：{sheet.note(point)}"))
    return parts.facts(rows)


def photos(found: Installation, open_: bool) -> Component:
    """The pictures; each may be taken away until the terminal is commissioned."""
    if not found.photos:
        return html.P("还没有照片。", className="next")
    return html.Ul([_photo(found, k, number, open_) for k, number in enumerate(found.photos, 1)], className="photos")


def _photo(found: Installation, k: int, number: int, open_: bool) -> Component:
    address = f"/commissioning/photo/{number}.jpg"
    shown = html.Img(src=address, alt=f"{found.serial} 安装照片 {k}")
    away = html.Button("删除", id={"unphoto": number}, type="button", className="btn btn-sm btn-outline-secondary",
                       **parts.aria(label=f"删除照片 {k}"))  # fmt: skip
    return html.Li([html.A(shown, href=address, target="_blank"), away if open_ else None])
