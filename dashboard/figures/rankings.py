"""Small figures beside a ranking: the course of a share, and bars of who lost most points."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard import theme
from dashboard.figures import wording
from models.wording import percent


def trend(values: Sequence[float | None], names: Sequence[str] = (), height: int = 120) -> go.Figure:
    """A line of shares in 0..1 with its last point marked; None breaks the line."""
    if not any(value is not None for value in values):
        return theme.blank(wording.EMPTY_TREND, height)
    labels = list(names) or [str(k + 1) for k in range(len(values))]
    last = max(k for k, value in enumerate(values) if value is not None)
    known = [value for value in values if value is not None]
    figure = go.Figure(layout={"template": theme.template(), "height": height})
    figure.add_trace(
        go.Scatter(
            x=labels,
            y=list(values),
            mode="lines+markers+text",
            line={"color": theme.BLUE, "width": 2},
            marker={"size": [8 if k == last else 0 for k in range(len(values))], "color": theme.BLUE},
            text=[percent(value) if k == last else "" for k, value in enumerate(values)],
            textposition="top left",
            hovertemplate="%{x}　<b>%{y:.1%}</b><extra></extra>",
            cliponaxis=False,
        )
    )
    low, high = min(known), max(known)
    pad = max(0.01, (high - low) * 0.35)
    figure.update_yaxes(range=[low - pad, high + pad * 1.6], fixedrange=True, visible=False)
    figure.update_xaxes(type="category", fixedrange=True, showgrid=False, tickfont={"size": 11}, nticks=6)
    return figure.update_layout(margin={"l": 8, "r": 16, "t": 8, "b": 24})


def bars(names: Sequence[str], values: Sequence[float], unit: str, height: int | None = None) -> go.Figure:
    """Horizontal bars, first name on top, the number at each bar's end."""
    if not names:
        return theme.blank(wording.NO_FIGURES, height or 160)
    figure = go.Figure(layout={"template": theme.template(), "height": height or 28 * len(names) + 16})
    figure.add_trace(
        go.Bar(
            x=list(values),
            y=list(range(len(names))),
            orientation="h",
            marker={"color": theme.BLUE, "cornerradius": 3},
            text=[f"{value:g} {unit}" for value in values],
            textposition="outside",
            customdata=list(names),
            hovertemplate=f"%{{customdata}}　<b>%{{x:g}} {unit}</b><extra></extra>",
            cliponaxis=False,
        )
    )
    figure.update_xaxes(visible=False, fixedrange=True, range=[0, max(*values, 1e-9) * 1.25])
    figure.update_yaxes(
        tickvals=list(range(len(names))), ticktext=list(names), range=[len(names) - 0.5, -0.5], fixedrange=True
    )
    return figure.update_layout(bargap=0.45, yaxis_automargin=True)
