"""When a terminal is used: its records by hour of the day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import plotly.graph_objects as go

from dashboard import theme
from dashboard.figures import wording

CONFIG: Final[dict[str, Any]] = {"displayModeBar": False, "doubleClick": False, "responsive": True, "locale": "zh-CN"}
HEIGHT: Final = 150


def hours(counts: Sequence[int]) -> go.Figure:
    """24 bars, of hour 0 to 23; the empty state when there is nothing."""
    if not any(counts):
        return theme.blank(wording.EMPTY_HOURS, HEIGHT)
    bars = go.Bar(
        x=list(range(24)), y=list(counts), marker={"color": theme.BLUE},
        hovertemplate="%{x}:00–%{x}:59  %{y:,} " + wording.RECORDS + "<extra></extra>",
    )  # fmt: skip
    figure = go.Figure(bars, layout={"template": theme.template(), "height": HEIGHT, "bargap": 0.25})
    ticks = list(range(0, 24, 3))
    figure.update_xaxes(tickvals=ticks, ticktext=[f"{hour}时" for hour in ticks], fixedrange=True, showgrid=False,
                        range=[-0.6, 23.6], color=theme.INK_SOFT)  # fmt: skip
    figure.update_yaxes(fixedrange=True, gridcolor=theme.LINE, nticks=4, color=theme.INK_SOFT, rangemode="tozero",
                        automargin=True, tickformat=",d")  # fmt: skip
    figure.update_layout(margin={"l": 36, "r": 4, "t": 6, "b": 22})
    return figure
