"""The frame of every page: bar, navigation, freshness, and the router from address to page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, urlencode

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard import access, parts
from models import database, wording
from models.queries import accounts, status
from models.rules.scope import Refused
from models.settings import Settings

BEAT_MS = 3000

Query = Mapping[str, str]


def query_of(search: str | None) -> dict[str, str]:
    """The parameters of an address."""
    return dict(parse_qsl((search or "").lstrip("?")))


def href(path: str, query: Query, **changes: object) -> str:
    """An address with some parameters changed; empty ones vanish."""
    wanted = {key: str(value) for key, value in {**query, **changes}.items() if value not in (None, "")}
    return f"{path}?{urlencode(wanted)}" if wanted else path


def find_number(path: str | None) -> int | None:
    """The number at the end of an address such as /project/7."""
    found = re.fullmatch(r"/[a-z]+/(\d{1,18})", path or "")
    return int(found[1]) if found else None


def layout(pages: Sequence[ModuleType], place: Settings) -> Component:
    """The frame for the signed-in viewer; empty when Dash itself asks for it at its first request."""
    if (viewer := access.known()) is None:
        return html.Div()
    with database.reading() as (session, _):
        mark = accounts.mark(session)
    approval = f"审图号：{place.map_approval_no}" if place.map_approval_no else "地图数据：天地图"
    return html.Div(
        [
            dcc.Location(id="url"),
            dcc.Interval(id="beat", interval=BEAT_MS),
            html.Header(
                [
                    dcc.Link(wording.PLATFORM, href="/", className="brand"),
                    html.Nav(_links(pages, "/"), id="nav", **parts.aria(label="主导航")),
                    html.Div(id="fresh"),
                    _account(viewer),
                ],
                className="topbar",
            ),
            parts.banner(mark) if mark else None,
            html.Main(id="page", tabIndex="-1"),
            html.Div(approval, className="imprint"),
        ],
        className="frame",
    )


def _account(viewer: accounts.Viewer) -> Component:
    out = html.Form(html.Button("退出", className="out", type="submit"), action="/signout", method="post")
    who = html.Span([html.B(viewer.name), html.Small(wording.ROLES[viewer.scope.role][0])], className="who")
    return html.Div([who, out], className="account")


def _links(pages: Sequence[ModuleType], path: str) -> list[Component]:
    scope = access.scope()
    return [
        dcc.Link(page.NAME, href=page.HOME, className="on" if _covers(page, path) else "")
        for page in pages
        if page.NAME and scope.may(page.NEEDS)
    ]


def _covers(page: ModuleType, path: str) -> bool:
    return any(re.fullmatch(pattern, path) for pattern in (page.PATH, *getattr(page, "BELOW", ())))


def find(pages: Sequence[ModuleType], path: str) -> tuple[ModuleType, dict[str, str]] | None:
    """The page at an address with what its pattern found in it."""
    for page in pages:
        if found := re.fullmatch(page.PATH, path):
            return page, found.groupdict()
    return None


def show(pages: Sequence[ModuleType], path: str, query: Query) -> Any:
    """A page for the viewer, or what is in the way in plain words."""
    found = find(pages, path)
    if found is None:
        return parts.error("没有这个页面。", "/")
    page, given = found
    scope = access.scope()
    if not scope.may(page.NEEDS):
        return parts.error("本账号无权查看此页，如有需要请联系省厅安全管理员。", "/password")
    try:
        return page.layout(scope, query, **given)
    except Refused as refused:
        return parts.error(f"不在本账号的管辖范围内（{refused}）。", "/")


def register(app: Dash, pages: Sequence[ModuleType]) -> None:
    """The router and the freshness stamp."""

    @app.callback(
        Output("page", "children"), Output("nav", "children"), Input("url", "pathname"), Input("url", "search")
    )
    def route(path: str, search: str) -> tuple[Any, list[Component]]:
        return show(pages, path or "/", query_of(search)), _links(pages, path or "/")

    @app.callback(Output("fresh", "children"), Input("beat", "n_intervals"))
    def stamp(_: int | None) -> Component:
        with database.reading() as (session, now):
            return parts.freshness(status.freshest(session) or now, now)
