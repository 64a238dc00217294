"""项目: all projects of the territory, the keyboard path to every heatmap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dash import Dash, dcc, html
from dash.development.base_component import Component

from dashboard import listing, live, parts, shell
from dashboard.figures import geo
from dashboard.listing import Column, Listing
from models import database, wording
from models.queries import places
from models.queries.rows import ProjectRow
from models.rules.scope import Permission, Scope

PATH, NAME, HOME, NEEDS = "/projects", "项目", "/projects", Permission.SEE_PROJECTS
BELOW = (r"/project/\d+",)
COLUMNS: Final[tuple[Column[ProjectRow], ...]] = (
    Column("项目", lambda r: dcc.Link(r.name, href=f"/project/{r.id}"), "name", lambda r: r.name),
    Column("类型", lambda r: wording.PROJECT_KINDS[r.kind], "kind", lambda r: r.kind, look="minor"),
    Column("县市区", lambda r: geo.named(r.area), "area", lambda r: r.area, look="minor"),
    Column("业主", lambda r: r.owner, "owner", lambda r: r.owner, look="lesser long"),
    Column("在册", lambda r: str(r.tally.people), "people", lambda r: r.tally.people, "number", "minor"),
    listing.share(lambda r: r.tally.attendance),
    Column("缺勤人次", lambda r: str(r.tally.missed), "missed", lambda r: r.tally.missed, "number"),
    Column("离线终端", lambda r: f"{r.tally.offline} / {r.tally.terminals}", "offline", lambda r: r.tally.offline,
           "number", "minor"),
)  # fmt: skip


def layout(scope: Scope, query: shell.Query) -> Component:
    """Every project of the territory in one table, worst attendance first unless asked otherwise."""
    with database.reading() as (session, now):
        rows = places.projects(session, scope, now)
    shown = [row for row in rows if _wanted(row, query)]
    count = f"{len(shown)} 个，近 30 天" if len(shown) == len(rows) else f"{len(shown)} 个，共 {len(rows)} 个，近 30 天"
    return html.Div(
        parts.card("项目", live.part("list", table(shown, PATH, query)), _sieve(scope, query, count), level=1)
    )


def _sieve(scope: Scope, query: shell.Query, count: str) -> Component:
    kinds = list(wording.PROJECT_KINDS.items())
    fields = [
        live.part("count", html.Span(count, className="count")),
        listing.areas(scope.area_prefix, query),
        listing.choice(query, "类型", kinds, "kind"),
        listing.search(query, "按项目、业主查找"),
    ]
    return html.Div(fields, className="sieve")


def _wanted(row: ProjectRow, query: shell.Query) -> bool:
    if not row.area.startswith(query.get("area", "")) or query.get("kind", row.kind) != row.kind:
        return False
    return listing.matches(query, row.name, row.owner, row.county)


def table(rows: Sequence[ProjectRow], path: str, query: shell.Query, name: str = "") -> Component:
    """Projects as a sortable table."""
    if not rows and not any(query.get(key) for key in ("area", "kind", "search")):
        return parts.empty("本区域还没有在建项目。", "由省厅科技信息中心录入项目后显示。")
    if not rows:
        return listing.none(path, "没有符合条件的项目。", query)
    return Listing(COLUMNS, "近 30 天各项目到岗率", "attendance", name).show(rows, path, query)


def register(app: Dash) -> None:
    """Nothing moves here: filters and order stand in the address."""
