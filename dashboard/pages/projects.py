"""项目: all projects of the territory, the keyboard path to every heatmap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from dash import Dash, dcc
from dash.development.base_component import Component

from dashboard import parts, shell
from models import database, wording
from models.queries import places
from models.queries.rows import ProjectRow
from models.rules.scope import Permission, Scope

PATH, NAME, HOME, NEEDS = "/projects", "项目", "/projects", Permission.SEE_PROJECTS
BELOW = (r"/project/\d+",)
SORTS: dict[str, Callable[[ProjectRow], Any]] = {
    "name": lambda r: r.name,
    "county": lambda r: (r.area, r.name),
    "people": lambda r: r.tally.people,
    "attendance": lambda r: (r.tally.attendance is None, r.tally.attendance or 0),
    "missed": lambda r: r.tally.missed,
    "offline": lambda r: r.tally.offline,
}


def layout(scope: Scope, query: shell.Query) -> Component:
    """Every project of the territory in one table."""
    with database.reading() as (session, now):
        rows = places.projects(session, scope, now)
    return parts.card("项目", listing(rows, PATH, query), f"共 {len(rows)} 个，近 30 天")


def listing(rows: Sequence[ProjectRow], path: str, query: shell.Query) -> Component:
    """Projects as a sortable table; worst attendance first unless asked otherwise."""
    if not rows:
        return parts.empty("本区域还没有在建项目。", "由省厅科技信息中心录入项目后显示。")
    by = query.get("sort", "attendance")
    down = query.get("down") == "1"
    ordered = sorted(rows, key=SORTS.get(by, SORTS["attendance"]), reverse=down)
    return parts.table(_head(path, query, by, down), [_row(row) for row in ordered], "近 30 天各项目到岗率")


def _head(path: str, query: shell.Query, by: str, down: bool) -> list[parts.Head]:
    def column(text: str, key: str, kind: Any = "number") -> parts.Head:
        flip: Literal["", "ascending", "descending"] = "" if by != key else "descending" if down else "ascending"
        return parts.Head(text, kind, shell.href(path, query, sort=key, down="" if by != key or down else "1"), flip)

    return [
        column("项目", "name", "text"), parts.Head("类型"), column("县市区", "county", "text"), parts.Head("业主"),
        column("在册", "people"), column("到岗率", "attendance", "bar"), parts.Head("", "number"),
        column("缺勤人次", "missed"), column("离线终端", "offline"),
    ]  # fmt: skip


def _row(row: ProjectRow) -> list[Any]:
    tally = row.tally
    return [
        dcc.Link(row.name, href=f"/project/{row.id}"), wording.PROJECT_KINDS[row.kind], row.county, row.owner,
        str(tally.people), parts.bar(tally.attendance, floor=0.5), wording.percent(tally.attendance),
        str(tally.missed), f"{tally.offline} / {tally.terminals}",
    ]  # fmt: skip


def register(app: Dash) -> None:
    """Nothing moves here: filters and order stand in the address."""
