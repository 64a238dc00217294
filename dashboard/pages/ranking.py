"""信用排名: units, people and cities of a period, with the points that put them there."""

from __future__ import annotations

from typing import Any

from dash import Dash, dcc, html
from dash.development.base_component import Component

from dashboard import parts, shell
from models import database, wording
from models.queries import credit
from models.queries.rows import CityRankRow, PersonRankRow, Ranking, RankRow
from models.rules.instants import Period
from models.rules.scope import Permission, Scope

PATH, NAME, HOME, NEEDS = "/ranking", "信用排名", "/ranking", Permission.SEE_RANKING
VIEWS = {"units": "从业单位", "people": "扣分人员", "cities": "市州"}
BANDS = {"AA": "good", "A": "good", "B": "idle", "C": "warn", "D": "bad"}


def layout(scope: Scope, query: shell.Query) -> Component:
    """The ranking of the period in the address, else of the running quarter."""
    with database.reading() as (session, now):
        period = _period(query, Period.quarter_of(now))
        found = credit.ranking(session, scope, period, now)
    view = query.get("of", "units") if query.get("of") in VIEWS else "units"
    body = {"units": _units, "people": _people, "cities": _cities}[view](found)
    title = f"{wording.period(period)}信用排名"
    return html.Div(
        [
            html.Div([_periods(query, period, Period.quarter_of(now)), _views(query, view)], className="filters"),
            _figures(found),
            parts.card(
                title, body, "名次靠前为履约较好；扣分排名靠前为较差" if view == "units" else None, _notes(found)
            ),
        ]
    )


def _period(query: shell.Query, default: Period) -> Period:
    try:
        return Period.parse(query.get("period", ""))
    except ValueError:
        return default


def _periods(query: shell.Query, here: Period, running: Period) -> Component:
    quarters = [running.previous().previous(), running.previous(), running]
    months = [Period(running.first, 1)]
    for _ in range(running.months - 1):
        months.append(Period(months[-1].first.next(), 1))
    shown = [*quarters, *months]
    items = [(wording.period(p), shell.href(PATH, query, period=str(p)), p == here) for p in shown]
    return parts.segment(items, "时段")


def _views(query: shell.Query, view: str) -> Component:
    return parts.segment(
        [(text, shell.href(PATH, query, of=key), key == view) for key, text in VIEWS.items()], "排名对象"
    )


def _figures(found: Ranking) -> Component:
    total = found.total
    cards = [
        parts.kpi("到岗率", wording.percent(total.attendance).removesuffix("%"), "%", f"应到 {total.due:,} 人次"),
        parts.kpi("缺勤", f"{total.missed:,}", "人次", f"{len(found.people)} 人有扣分"),
        parts.kpi("扣分合计", wording.points(found.points), "分", "月度封顶后"),
        parts.kpi("从业单位", str(len(found.units)), "家", f"{sum(u.place is None for u in found.units)} 家暂不排名"),
    ]
    return html.Div(cards, className="kpis")


def _notes(found: Ranking) -> Component:
    stamp = html.P(f"数据截至 {wording.clock(found.as_of)}；参数版本 {found.digest[:12]}")
    why = html.Details(
        [html.Summary("部分参数为暂定值，待主管部门确认"), html.Ul([html.Li(text) for text in found.assumed])]
    )
    return html.Div([stamp, why if found.assumed else None], className="notes")


def _units(found: Ranking) -> Component:
    if not found.units:
        return parts.empty("本时段没有应考勤的单位。", "请选择其他时段。")
    head = [
        parts.Head("名次", "number"), parts.Head("单位"), parts.Head("类别"), parts.Head("项目"),
        parts.Head("人数", "number"), parts.Head("应到", "number"), parts.Head("缺勤", "number"),
        parts.Head("到岗率", "bar"), parts.Head("", "number"), parts.Head("扣分", "number"),
        parts.Head("得分", "number"), parts.Head("等级"),
    ]  # fmt: skip
    return parts.table(head, [_unit(row) for row in found.units], "从业单位信用排名")


def _unit(row: RankRow) -> list[Any]:
    links = [dcc.Link(name, href=f"/project/{number}") for number, name in row.projects]
    return [
        str(row.place or "暂不排名"), row.name, wording.UNIT_KINDS[row.kind], html.Span(links, className="links"),
        str(row.people), str(row.due), str(row.missed), parts.bar(row.attendance, floor=0.5),
        wording.percent(row.attendance), wording.points(row.points), f"{row.score:.2f}",
        parts.tag(BANDS[row.band], "", row.band),
    ]  # fmt: skip


def _people(found: Ranking) -> Component:
    if not found.people:
        return parts.empty("本时段没有人员扣分。")
    head = [
        parts.Head("扣分名次", "number"), parts.Head("人员"), parts.Head("岗位"), parts.Head("单位"),
        parts.Head("项目"), parts.Head("应到", "number"), parts.Head("缺勤", "number"), parts.Head("扣分", "number"),
    ]  # fmt: skip
    return parts.table(head, [_person(row) for row in found.people], "扣分人员，扣分多者在前")


def _person(row: PersonRankRow) -> list[Any]:
    link = dcc.Link(row.project_name, href=f"/project/{row.project}?search={row.name}")
    return [
        str(row.place),
        row.name,
        row.post,
        row.unit,
        link,
        str(row.due),
        str(row.missed),
        wording.points(row.points),
    ]


def _cities(found: Ranking) -> Component:
    if not found.cities:
        return parts.empty("本账号不参与市州排名。", "市州排名由省厅和市州查看。")
    head = [
        parts.Head("名次", "number"), parts.Head("市州"), parts.Head("项目", "number"), parts.Head("人数", "number"),
        parts.Head("应到", "number"), parts.Head("缺勤", "number"), parts.Head("到岗率", "bar"),
        parts.Head("", "number"), parts.Head("较上期", "number"), parts.Head("扣分", "number"),
    ]  # fmt: skip
    return parts.table(head, [_city(row) for row in found.cities], "市州到岗率排名")


def _city(row: CityRankRow) -> list[Any]:
    tally = row.tally
    return [
        str(row.place or "—"), dcc.Link(row.name, href=f"/?city={row.code}"), str(tally.projects), str(tally.people),
        str(tally.due), str(tally.missed), parts.bar(tally.attendance, floor=0.5), wording.percent(tally.attendance),
        parts.delta(parts.change(tally.attendance, row.before), short=True), wording.points(row.points),
    ]  # fmt: skip


def register(app: Dash) -> None:
    """Nothing moves here: period and view stand in the address."""
