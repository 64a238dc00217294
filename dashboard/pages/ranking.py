"""信用排名: units, people and cities of a period, with the points that put them there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dash import Dash, dcc, html
from dash.development.base_component import Component

from dashboard import listing, live, parts, shell, theme
from dashboard.listing import Column, Listing
from models import database, wording
from models.queries import credit
from models.queries.rows import CityRankRow, PersonRankRow, Ranking, RankRow
from models.rules import parameters
from models.rules.instants import Period, day_of
from models.rules.scope import Permission, Scope

PATH, NAME, HOME, NEEDS = "/ranking", "信用排名", "/ranking", Permission.SEE_RANKING
BONES = ("kpis", "table")
VIEWS = {"units": "从业单位", "people": "扣分人员", "cities": "市州"}
TITLES = {"units": "从业单位信用排名", "people": "人员扣分排名", "cities": "市州到岗率排名"}
TOP = 3  # places that stand out
NO_PLACE = "应到次数太少，暂不排名"
EVERY = 300  # seconds: a whole quarter is weighed
BANDS = {"AA": "good", "A": "good", "B": "idle", "C": "warn", "D": "bad"}


def layout(scope: Scope, query: shell.Query) -> Component:
    """The ranking of the period in the address, else of the running quarter."""
    view = query.get("of", "units") if query.get("of") in VIEWS else "units"
    with database.reading() as (session, now):
        running = Period.quarter_of(now)
        period = _period(query, running)
        people = credit.PEOPLE if view == "people" else 0
        found = credit.ranking(session, scope, period, now, people=people)
    body = {"units": _units, "people": _people, "cities": _cities}[view](found, query)
    choices = [live.part("periods", _periods(query, period, running)), live.part("views", _views(query, view))]
    title = live.part("title", html.Span(f"{wording.period(period)}{TITLES[view]}"))
    return html.Div(
        [
            html.Div(choices, className="filters"),
            live.part("figures", _figures(found)),
            parts.card(
                title, live.part("list", body), _sieve(scope, query, view), live.part("notes", _notes(found)), level=1
            ),
        ]
    )


def _sieve(scope: Scope, query: shell.Query, view: str) -> Component | None:
    """What each view can be narrowed by; the cities are few."""
    fields = {
        "units": lambda: [
            listing.areas(scope.area_prefix, query),
            listing.choice(query, "类别", [(k, v) for k, v in wording.UNIT_KINDS.items() if k != "owner"], "kind"),
            listing.search(query, "按单位查找"),
        ],
        "people": lambda: [listing.search(query, "按人员、单位、项目查找")],
    }
    return html.Div(fields[view](), className="sieve") if view in fields else None


def _period(query: shell.Query, default: Period) -> Period:
    """The period in the address; the default where there is none, or none that the law has numbers for."""
    try:
        period = Period.parse(query.get("period", ""))
        parameters.law().start_points(day_of(period.start))
    except (ValueError, parameters.Missing):
        return default
    return period


def _periods(query: shell.Query, here: Period, running: Period) -> Component:
    quarters = [running.previous().previous(), running.previous(), running]
    months = [Period(running.first, 1)]
    for _ in range(running.months - 1):
        months.append(Period(months[-1].first.next(), 1))
    shown = [*quarters, *months]
    items = [(wording.period(p), shell.href(PATH, query, period=str(p), page=""), p == here) for p in shown]
    return parts.segment(items, "时段")


def _views(query: shell.Query, view: str) -> Component:
    kept = {"period": query["period"]} if "period" in query else {}
    items = [(text, shell.href(PATH, kept, of=key), key == view) for key, text in VIEWS.items()]
    return parts.segment(items, "排名对象")


def _figures(found: Ranking) -> Component:
    total = found.total
    cards = [
        parts.kpi("到岗率", wording.percent(total.attendance).removesuffix("%"), "%", f"应到 {total.due:,} 人次",
                  tone=theme.tone(total.attendance)),
        parts.kpi("缺勤", f"{total.missed:,}", "人次", f"{found.charged:,} 人有扣分"),
        parts.kpi("扣分合计", wording.points(found.points), "分", "月度封顶后"),
        parts.kpi("从业单位", str(len(found.units)), "家", f"{sum(u.place is None for u in found.units)} 家暂不排名"),
    ]  # fmt: skip
    return html.Div(cards, className="kpis")


def _notes(found: Ranking) -> Component:
    stamp = html.P(f"数据截至 {wording.clock(found.as_of)}；参数版本 {found.digest[:12]}")
    why = html.Details(
        [html.Summary("部分参数为暂定值，待主管部门确认"), html.Ul([html.Li(text) for text in found.assumed])]
    )
    return html.Div([stamp, why if found.assumed else None], className="notes")


UNITS: Final[tuple[Column[RankRow], ...]] = (
    Column("名次", lambda r: _place(r.place), "place", lambda r: r.place),
    Column("单位", lambda r: r.name, "unit", lambda r: r.name, look="long"),
    Column("类别", lambda r: wording.UNIT_KINDS[r.kind], "kind", lambda r: r.kind, look="minor"),
    Column("项目", lambda r: _projects(r.projects), "projects", lambda r: len(r.projects), look="lesser long"),
    Column("人数", lambda r: str(r.people), "people", lambda r: r.people, "number", "lesser"),
    Column("应到", lambda r: f"{r.due:,}", "due", lambda r: r.due, "number", "lesser"),
    Column("缺勤", lambda r: f"{r.missed:,}", "missed", lambda r: r.missed, "number", "minor"),
    listing.share(lambda r: r.attendance, look="slim"),
    Column("扣分", lambda r: wording.points(r.points), "points", lambda r: r.points, "number", "minor"),
    Column("得分", lambda r: f"{r.score:.2f}", "score", lambda r: r.score, "number"),
    Column("等级", lambda r: parts.tag(BANDS[r.band], "", r.band)),
)
PEOPLE: Final[tuple[Column[PersonRankRow], ...]] = (
    Column("扣分名次", lambda r: _place(r.place, worst=True), "place", lambda r: r.place),
    Column("人员", lambda r: r.name, "name", lambda r: r.name),
    Column("岗位", lambda r: r.post, "post", lambda r: r.post, look="minor"),
    Column("单位", lambda r: r.unit, "unit", lambda r: r.unit, look="lesser long"),
    Column("项目", lambda r: dcc.Link(r.project_name, href=shell.href(f"/project/{r.project}", {}, search=r.name)),
           "project", lambda r: r.project_name, look="long"),
    Column("应到", lambda r: str(r.due), "due", lambda r: r.due, "number", "minor"),
    Column("缺勤", lambda r: str(r.missed), "missed", lambda r: r.missed, "number"),
    Column("扣分", lambda r: wording.points(r.points), "points", lambda r: r.points, "number"),
)  # fmt: skip
CITIES: Final[tuple[Column[CityRankRow], ...]] = (
    Column("名次", lambda r: _place(r.place), "place", lambda r: r.place),
    Column("市州", lambda r: dcc.Link(r.name, href=f"/?city={r.code}"), "code", lambda r: r.code),
    Column("项目", lambda r: str(r.tally.projects), "projects", lambda r: r.tally.projects, "number", "minor"),
    Column("人数", lambda r: f"{r.tally.people:,}", "people", lambda r: r.tally.people, "number", "minor"),
    Column("应到", lambda r: f"{r.tally.due:,}", "due", lambda r: r.tally.due, "number", "lesser"),
    Column("缺勤", lambda r: f"{r.tally.missed:,}", "missed", lambda r: r.tally.missed, "number", "minor"),
    listing.share(lambda r: r.tally.attendance),
    Column("较上期", lambda r: parts.delta(parts.change(r.tally.attendance, r.before), short=True), kind="number"),
    Column("扣分", lambda r: wording.points(r.points), "points", lambda r: r.points, "number"),
)


def _place(place: int | None, worst: bool = False) -> Component:
    """A place as a small stone; the first three stand out."""
    look = "" if place is None or place > TOP else " last" if worst else " top"
    return html.Span("—" if place is None else str(place), className=f"place{look}", title="" if place else NO_PLACE)


def _projects(projects: Sequence[tuple[int, str]]) -> parts.Node:
    links = [dcc.Link(name, href=f"/project/{number}") for number, name in projects]
    if len(links) < 2:
        return links[0] if links else "—"
    return html.Details([html.Summary(f"{len(links)} 个项目"), html.Span(links, className="links")])


def _units(found: Ranking, query: shell.Query) -> Component:
    rows = [row for row in found.units if _of_kind(row, query) and listing.matches(query, row.name)]
    if not rows:
        return listing.none(PATH, "没有符合条件的单位。" if found.units else "本时段没有应考勤的单位。", query)
    return Listing(UNITS, "从业单位信用排名", "place").show(rows, PATH, query)


def _of_kind(row: RankRow, query: shell.Query) -> bool:
    area = query.get("area", "")
    return query.get("kind", row.kind) == row.kind and any(code.startswith(area) for code in row.areas or ("",))


def _people(found: Ranking, query: shell.Query) -> Component:
    rows = [row for row in found.people if listing.matches(query, row.name, row.unit, row.project_name)]
    if not rows:
        return listing.none(PATH, "没有符合条件的人员。" if found.people else "本时段没有人员扣分。", query)
    return Listing(PEOPLE, "扣分人员，扣分多者在前", "place").show(rows, PATH, query)


def _cities(found: Ranking, query: shell.Query) -> Component:
    if not found.cities:
        return parts.empty("本账号不参与市州排名。", "市州排名由省厅和市州查看。")
    return Listing(CITIES, "市州到岗率排名", "place").show(found.cities, PATH, query)


def register(app: Dash) -> None:
    """Nothing moves here: period and view stand in the address."""
