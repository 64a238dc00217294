"""The frame of every page: bar, navigation, stamp, and the router from address to page.

A page is a module with PATH, NAME, HOME, NEEDS, layout() and register(); where it wants, EVERY (seconds between
refreshes), BONES (its shape while it loads) and version(), a cheap number asked at each beat: when it moves, the page
is refreshed at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from flask import request
from plotly.utils import PlotlyJSONEncoder

from dashboard import access, decisions, live, parts
from dashboard.listing import Query, href
from models import database, wording
from models.queries import accounts, status
from models.rules.instants import epoch_ms
from models.rules.scope import Refused, Scope
from models.settings import Settings

__all__ = ["Query", "href"]  # pages ask the shell for addresses

BEAT_MS = 3000
EVERY = 30  # seconds between refreshes of a page that says nothing else
WHOLE = 4  # page, nav, title, known; after them come the parts


def query_of(search: str | None) -> dict[str, str]:
    """The parameters of an address."""
    return {name: value.replace("\0", "") for name, value in parse_qsl((search or "").lstrip("?"))}


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
            dcc.Location(id="url", refresh="callback-nav"),
            dcc.Interval(id="beat", interval=BEAT_MS),
            *(dcc.Store(id=name) for name in ("again", "known", "title", "named", "chosen", "stamped")),
            dcc.Store(id="fault", data=json.loads(json.dumps(parts.fault(), cls=PlotlyJSONEncoder))),
            html.Header(
                [
                    dcc.Link(wording.PLATFORM, href="/", className="brand"),
                    html.Nav(_links(pages, _asked()), id="nav", **parts.aria(label="主导航")),
                    parts.freshness(),
                    _account(viewer),
                ],
                className="topbar",
            ),
            parts.banner(mark) if mark else None,
            decisions.frame(),
            html.Main(_bones(pages), id="page", tabIndex="-1", **parts.aria(busy="true")),
            html.Footer(approval, className="imprint"),
        ],
        className="frame",
    )


def _asked() -> str:
    """The address for which the browser asks the layout."""
    return urlsplit(request.referrer or "").path or "/"


def _bones(pages: Sequence[ModuleType]) -> Component:
    """The shape of the page that the browser asks this layout for, until its first answer."""
    found = find(pages, _asked())
    page = found[0] if found else None
    return parts.skeletons(getattr(page, "NAME", "") or wording.PLATFORM, getattr(page, "BONES", ("table",)))


def _account(viewer: accounts.Viewer) -> Component:
    out = html.Form(html.Button("退出", className="out", type="submit"), action="/signout", method="post")
    role = wording.ROLES[viewer.scope.role][0]
    who = html.Span([html.B(viewer.name), html.Small(role) if role != viewer.name else None], className="who")
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
        return parts.error("没有这个页面。", "/", title="找不到页面")
    page, given = found
    scope = access.scope()
    if not scope.may(page.NEEDS):
        return parts.error("本账号无权查看此页，如有需要请联系省厅安全管理员。", title="没有权限")
    try:
        return page.layout(scope, query, **given)
    except Refused as refused:
        return parts.error(f"不在本账号的管辖范围内（{refused}）。", "/", title="没有权限")


def due(pages: Sequence[ModuleType], path: str, search: str | None, known: Mapping[str, Any] | None) -> bool:
    """Is it time to refresh? Not while the first answer or another page's is still on its way."""
    if known is None:
        return False
    if known.get("fault"):
        return True
    if [path, search or ""] != known.get("at") or (found := find(pages, path)) is None:
        return False
    page, given = found
    if epoch_ms(database.now()) - known["as_of"] > _every(page) * 1000 - BEAT_MS / 2:
        return True
    if not hasattr(page, "version"):
        return False
    with database.reading() as (session, _):
        return _version(page, session, access.scope(), given) != known.get("version")


def _every(page: ModuleType) -> int:
    every: int = getattr(page, "EVERY", EVERY)
    return every


def _version(page: ModuleType, session: Any, scope: Scope, given: Mapping[str, str]) -> int | None:
    if not hasattr(page, "version") or not scope.may(page.NEEDS):
        return None
    moved: int | None = page.version(session, scope, **given)
    return moved


def _stamp(pages: Sequence[ModuleType], path: str) -> dict[str, Any]:
    """When an answer is true, taken before its page is drawn, so that nothing later is missed."""
    page, given = find(pages, path) or (None, {})
    with database.reading() as (session, now):
        heard = status.freshest(session) or now
        version = _version(page, session, access.scope(), given) if page else None
    every = _every(page) if page else EVERY
    return {"as_of": epoch_ms(now), "heard": epoch_ms(heard), "every": every, "version": version}


def name_of(node: Any) -> str:
    """The text of a page's first H1, empty without."""
    if isinstance(node, html.H1):
        return str(node.children)
    children = getattr(node, "children", None)
    nodes = children if isinstance(children, list | tuple) else [children]
    return next((text for child in nodes if isinstance(child, Component) and (text := name_of(child))), "")


def answer(pages: Sequence[ModuleType], path: str, search: str | None, known: Any, values: list[Any]) -> list[Any]:
    """Page, nav, title, what is known, and the parts: the whole page, or only what moved in the one that is shown."""
    known, stamp = known or {}, _stamp(pages, path)
    page = show(pages, path, query_of(search))
    drawn = live.draw(page)
    mounted = {kind: [one["id"][kind] for one in ctx.outputs_list[WHOLE + k]] for k, kind in enumerate(live.KINDS)}
    whole, moved = live.changes(drawn, known, mounted, values)
    nav = no_update if (known.get("at") or [""])[0] == path else _links(pages, path)
    title = " · ".join(text for text in (name_of(page), wording.PLATFORM) if text)
    told = stamp | {"at": [path, search or ""], "frame": drawn.frame, "digests": drawn.digests}
    return [page if whole else no_update, nav, title, told, *moved.values()]


def _outputs(**given: Any) -> list[Output]:
    whole: list[tuple[Any, str]] = [("page", "children"), ("nav", "children"), ("title", "data"), ("known", "data")]
    moving = [({kind: ALL}, prop) for kind, prop in live.KINDS.items()]
    return [Output(one, prop, **given) for one, prop in (*whole, *moving)]


def register(app: Dash, pages: Sequence[ModuleType]) -> None:
    """The router, the refresh, and what the browser does by itself."""
    at = [State("url", "pathname"), State("url", "search")]
    kept = [State("known", "data"), State({"filter": ALL}, "value")]

    @app.callback(
        _outputs(), Input("url", "pathname"), Input("url", "search"), Input("again", "data"), *kept,
        running=[(Output("page", "aria-busy"), "true", "false")],
    )  # fmt: skip
    def route(path: str, search: str, _: Any, known: Any, values: list[Any]) -> list[Any]:
        return answer(pages, path or "/", search, known, values)

    @app.callback(_outputs(allow_duplicate=True), Input("beat", "n_intervals"), *at, *kept, prevent_initial_call=True)
    def refresh(_: int, path: str, search: str, known: Any, values: list[Any]) -> list[Any]:
        if not due(pages, path or "/", search, known):
            raise PreventUpdate
        return answer(pages, path or "/", search, known, values)

    for functions, output, *inputs in (
        ("stamp.told", Output("stamped", "data"), Input("known", "data"), State("fault", "data")),
        ("address.title", Output("named", "data"), Input("title", "data")),
        ("address.filter", Output("chosen", "data"), Input({"filter": ALL}, "value")),
    ):
        app.clientside_callback(  # type: ignore[no-untyped-call]
            ClientsideFunction(*functions.split(".")), output, *inputs
        )
