"""What stands behind a cell of the heatmap, in plain words: duty, punches, absences, the rule; a person's windows."""

from __future__ import annotations

import re
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import parts
from dashboard.figures.wording import moment
from models import database, wording
from models.queries import windows
from models.queries.rows import Evidence
from models.rules.instants import HOUR_MS
from models.rules.readings import Method
from models.rules.scope import Scope
from models.rules.windows import State

LOOKS = {State.MET: "good", State.MISSED: "bad", State.EXCUSED: "warn", State.STOPPED: "idle"}
EVERYONE = 100_000  # people of a project on one page


def numbers(text: Any, count: int) -> tuple[int, ...] | None:
    """The numbers of an id such as 4-11 or 4-11--1 (a window may lie before the first); None when it is none."""
    found = re.fullmatch("-".join([r"(-?\d{1,18})"] * count), str(text))
    return tuple(int(number) for number in found.groups()) if found else None


def evidence(scope: Scope, engagement: int, person: int, k: int) -> Component:
    """The drawer's content for one cell, asked with the viewer's own scope."""
    with database.reading() as (session, now):
        found = windows.why(session, scope, engagement, person, k, now)
    back = _button({"row": f"{engagement}-{person}"}, "‹ 此人全部周期", "btn btn-sm btn-outline-secondary drawer-back")
    if found is None:
        return html.Div([back, parts.empty("该周期此人不在册。", "不在册的周期不考勤，也不扣分。")])
    return html.Div([back, _person(found), _state(found), _punches(found), _absences(found), _rule(found)])


def windows_of(scope: Scope, project: int, engagement: int, person: int) -> Component:
    """A person's windows in a project, newest first, each the way to its evidence."""
    with database.reading() as (session, now):
        found = windows.heatmap(session, scope, project, now, size=EVERYONE)
    rows = [row for row in found.rows if (row.engagement, row.person) == (engagement, person)] if found else []
    if found is None or not rows:
        return parts.empty("此人不在本项目名单中。")
    row = rows[0]
    known = [(column, State(state)) for column, state in zip(found.columns, row.states, strict=True) if state]
    head = [parts.Head("考勤周期"), parts.Head("状态"), parts.Head("依据")]
    body: list[list[parts.Body]] = [
        [f"{moment(column.starts)} 至 {moment(column.ends)}", _tag(state),
         _button({"cell": f"{engagement}-{person}-{column.k}"}, "查看", "")]
        for column, state in reversed(known)
    ]  # fmt: skip
    facts = parts.facts([("人员", row.name), ("岗位", row.post or "—"), ("单位", f"{row.unit} {row.section}"),
                         ("缺勤", f"{row.missed} 次，应到 {row.due} 次")])  # fmt: skip
    return html.Div([facts, parts.table(head, body, f"{row.name}的考勤周期")])


def _button(which: dict[str, str], text: str, look: str) -> Component:
    return html.Button(text, id=which, type="button", className=look)


def _tag(state: State) -> Component:
    return parts.tag(LOOKS.get(state, "idle"), wording.STATE_SIGNS[state], wording.STATES[state])


def _person(e: Evidence) -> Component:
    pairs = [
        ("人员", f"{e.person}（编号 {e.number}）"),
        ("岗位", "、".join(e.posts) or "—"),
        ("单位", f"{e.unit} {e.section}"),
        ("周期", f"{wording.clock(e.column.starts)} 至 {wording.clock(e.column.ends)}"),
        ("在册", f"{e.post_ms / HOUR_MS:.0f} 小时"),
        ("应到岗", f"{e.duty_ms / HOUR_MS:.0f} 小时"),
    ]
    return parts.facts(pairs)


def _state(e: Evidence) -> Component:
    points = f"，扣 {wording.points(e.deduction)} 分（{e.rule_id}，月度封顶前）" if e.deduction else ""
    return html.P([_tag(State(e.state)), points])


def _punches(e: Evidence) -> Component:
    if not e.punches:
        return parts.card("打卡记录", parts.empty("本周期没有打卡记录。"), level=3)
    head = [parts.Head("设备时间"), parts.Head("到达"), parts.Head("考勤机"), parts.Head("方式"), parts.Head("计入")]
    rows: list[list[parts.Body]] = [
        [
            moment(p.at),
            moment(p.received),
            dcc.Link(f"{p.place} {p.serial}", href=f"/terminal/{p.terminal}"),
            wording.METHODS[Method(p.method)],
            "是" if p.counts else f"否：{p.why_not}",
        ]
        for p in e.punches
    ]
    return parts.card(f"打卡记录 {len(rows)} 条", parts.table(head, rows, "本周期打卡记录"), level=3)


def _absences(e: Evidence) -> Component | None:
    if not e.absences:
        return None
    head = [parts.Head("类别"), parts.Head("起"), parts.Head("止"), parts.Head("批准"), parts.Head("事由")]
    rows = [
        [wording.ABSENCES[a.kind], *(wording.clock(t) for t in (a.begin, a.end, a.approved)), a.reason]
        for a in e.absences
    ]
    return parts.card("批准的请假与停工", parts.table(head, rows, "批准的请假与停工"), level=3)


def _rule(e: Evidence) -> Component:
    said: parts.Body = [html.Q(e.rule), f"（湘交函〔2018〕288号 {e.article}）"] if e.rule else "本周期无任职岗位。"
    return html.P(said, className="quote")
