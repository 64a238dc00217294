"""What changes in place. A page is drawn anew on the server; only those of its parts that differ are sent.

Dash makes new elements of replaced children: a page sent whole every 30 seconds would lose focus, hover and zoom.
So a page wraps what moves into parts and plots, and the browser keeps the digest of each.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import plotly.graph_objects as go
from dash import dcc, html, no_update
from dash.development.base_component import Component
from plotly.utils import PlotlyJSONEncoder

Name = tuple[str, str]  # ("part", "figures"): kind and name, as an id {"part": "figures"} says
KINDS: Final = {"part": "children", "plot": "figure", "room": "style", "filter": "value"}


def part(name: str, body: Any) -> Component:
    """A piece of a page that is replaced when its content differs; it takes no room of its own."""
    return html.Div(body, id={"part": name}, className="part")


def plot(name: str, figure: go.Figure, config: Mapping[str, Any], look: str) -> Component:
    """A figure that is redrawn in place: hover, zoom and scroll stay."""
    return dcc.Graph(id={"plot": name}, figure=figure, config=cast("Any", dict(config)), className=look)


def room(name: str, body: Any, style: Mapping[str, str], look: str) -> Component:
    """A frame whose style follows what it holds (its height, say), without being made anew."""
    return html.Div(body, id={"room": name}, style=dict(style), className=look)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page taken apart: digest of what stands outside its parts, and what each part holds."""

    frame: str
    parts: Mapping[Name, Any]

    @property
    def digests(self) -> dict[str, str]:
        """`kind:name` → digest, as the browser keeps it. A filter's value is compared as it is."""
        return {f"{kind}:{name}": digest(held) for (kind, name), held in self.parts.items() if kind != "filter"}


def draw(page: Any) -> Drawn:
    """Take a page (components) apart; the page itself stays as it is."""
    plain = json.loads(json.dumps(page, cls=PlotlyJSONEncoder))
    parts = dict(_take(plain))
    return Drawn(digest(plain), parts)


def digest(plain: Any) -> str:
    """Short digest of plain JSON."""
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:16]


def _take(node: Any) -> Iterable[tuple[Name, Any]]:
    """Take what the parts hold out of plain JSON; a part within a part belongs to the outer one."""
    if isinstance(node, list):
        for child in node:
            yield from _take(child)
    elif isinstance(node, dict) and isinstance(props := node.get("props"), dict):
        mine = props.get("id")
        if isinstance(mine, dict) and (kind := next(iter(mine), "")) in KINDS:
            yield (kind, mine[kind]), props.pop(KINDS[kind], None)
        for child in list(props.values()):
            yield from _take(child)


def changes(
    drawn: Drawn, known: Mapping[str, Any], mounted: Mapping[str, list[str]], values: list[Any]
) -> tuple[bool, dict[str, list[Any]]]:
    """(Must the whole page be sent?, kind → answer for each mounted part, `no_update` where nothing differs).

    `mounted`: the names that the browser shows, by kind; `values`: what its filters hold.
    """
    held = {kind: [drawn.parts.get((kind, name)) for name in names] for kind, names in mounted.items()}
    shown = {(kind, name) for kind, names in mounted.items() for name in names}
    if known.get("frame") != drawn.frame or shown != set(drawn.parts):
        return True, {kind: [no_update] * len(names) for kind, names in mounted.items()}
    old = known.get("digests", {})
    answer = {
        kind: [
            no_update if old.get(f"{kind}:{name}") == digest(value) else value
            for name, value in zip(mounted[kind], held[kind], strict=True)
        ]
        for kind in ("part", "plot", "room")
    }
    filters = zip(values, held["filter"], strict=True)
    return False, answer | {"filter": [no_update if (now or "") == value else value for now, value in filters]}
