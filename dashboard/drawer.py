"""What stands behind a cell of the heatmap, in plain words: duty, punches, absences, the rule."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import parts
from models import database, wording
from models.queries import windows
from models.queries.rows import Evidence
from models.rules.instants import HOUR_MS
from models.rules.readings import Method
from models.rules.scope import Scope
from models.rules.windows import State


def evidence(scope: Scope, engagement: int, person: int, k: int) -> Component:
    """The drawer's content for one cell, asked with the viewer's own scope."""
    with database.reading() as (session, now):
        found = windows.why(session, scope, engagement, person, k, now)
    if found is None:
        return parts.empty("该周期此人不在册。", "不在册的周期不考勤，也不扣分。")
    return html.Div([_person(found), _state(found), _punches(found), _absences(found), _rule(found)])


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
    look = {State.MET: "good", State.MISSED: "bad", State.EXCUSED: "warn", State.STOPPED: "idle"}
    state = State(e.state)
    points = f"，扣 {wording.points(e.deduction)} 分（{e.rule_id}，月度封顶前）" if e.deduction else ""
    return html.P([parts.tag(look.get(state, "idle"), wording.STATE_SIGNS[state], wording.STATES[state]), points])


def _punches(e: Evidence) -> Component:
    if not e.punches:
        return parts.card("打卡记录", parts.empty("本周期没有打卡记录。"), level=3)
    head = [parts.Head("设备时间"), parts.Head("到达"), parts.Head("考勤机"), parts.Head("方式"), parts.Head("计入")]
    rows: list[list[parts.Body]] = [
        [
            wording.clock(p.at),
            wording.clock(p.received),
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
