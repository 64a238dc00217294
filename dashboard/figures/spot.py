"""A county with one point: where a terminal stands, and a field of points of which one is picked."""

from __future__ import annotations

import math
from functools import cache
from typing import Any, Final

import plotly.graph_objects as go

from dashboard import theme
from dashboard.figures import geo
from models.rules import ground

FIELD: Final = 44  # points of the field along the longer side
CONFIG: Final[dict[str, Any]] = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "responsive": True}
MARGIN: Final = {"l": 0, "r": 0, "t": 0, "b": 0}


def spot(area: str, point: tuple[float, float] | None, pick: bool = False) -> go.Figure:
    """The county's border, the point if there is one; with `pick` a field of points that answer to a click."""
    figure = go.Figure()
    for ring in ground.rings(area):
        figure.add_trace(_line(ring))
    if pick:
        xs, ys = _field(area)
        figure.add_trace(_marks(xs, ys, {"size": 9, "color": theme.BLUE, "opacity": 0.12}))
    if point:
        look = {"size": 15, "color": theme.RED, "symbol": "circle", "line": {"color": theme.SURFACE, "width": 2}}
        figure.add_trace(_marks([point[0]], [point[1]], look))
    middle = point[1] if point else 28.0
    figure.update_layout(margin=MARGIN, showlegend=False, hovermode="closest", dragmode=False,
                         plot_bgcolor=theme.SURFACE, paper_bgcolor=theme.SURFACE)  # fmt: skip
    figure.update_xaxes(visible=False, fixedrange=True)
    figure.update_yaxes(visible=False, fixedrange=True, scaleanchor="x", scaleratio=1 / math.cos(math.radians(middle)))
    return figure


def _line(ring: ground.Ring) -> go.Scatter:
    return go.Scatter(
        x=[x for x, _ in ring], y=[y for _, y in ring], mode="lines", fill="toself", fillcolor=theme.NO_DATA,
        line={"color": theme.EDGE, "width": 1.2}, hoverinfo="skip",
    )  # fmt: skip


def _marks(xs: list[float], ys: list[float], look: dict[str, Any]) -> go.Scatter:
    hint = "%{x:.4f}, %{y:.4f}<extra></extra>"
    return go.Scatter(x=xs, y=ys, mode="markers", marker=look, hovertemplate=hint)


@cache
def _field(area: str) -> tuple[list[float], list[float]]:
    """Points of a regular field within a county."""
    corners = [corner for ring in ground.rings(area) for corner in ring]
    if not corners:
        return [], []
    west, east = min(x for x, _ in corners), max(x for x, _ in corners)
    south, north = min(y for _, y in corners), max(y for _, y in corners)
    step = max(east - west, north - south) / FIELD
    held = [
        (round(west + i * step, 4), round(south + j * step, 4))
        for i in range(int((east - west) / step) + 1)
        for j in range(int((north - south) / step) + 1)
        if ground.holds(area, west + i * step, south + j * step)
    ]
    return [x for x, _ in held], [y for _, y in held]


def clicked(click: Any) -> tuple[float, float] | None:
    """The point that a click on the field means."""
    point = (click or {}).get("points", [{}])[0]
    x, y = point.get("x"), point.get("y")
    return (float(x), float(y)) if isinstance(x, int | float) and isinstance(y, int | float) else None


def standing(area: str) -> str:
    """长沙 浏阳市 of a county's code, empty of none."""
    return geo.named(area) if area else ""
