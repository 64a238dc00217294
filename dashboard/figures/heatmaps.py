"""The heatmap of a project: people in rows, attendance windows in columns, one State code a cell.

Every code has a colour of its own between zmin and zmax; a value outside would silently take the colour of the
nearest end and an absence would look like presence. A category of the cells' axes is both what the pointer reads
and who it is: plotly draws `<b id="4-11">…</b>` as bold text, drops the attribute, and returns the whole string in a
click. (A template's %{y} ignores tick texts, and a text a cell would weigh megabytes.) The dates on top belong to a
second axis; the names at the left are HTML (pages/project.py), for the keyboard and for narrow screens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard import theme
from dashboard.figures import wording
from models.queries.rows import Column, Heatmap, HeatRow
from models.rules.instants import local
from models.rules.windows import State
from models.wording import STATE_SIGNS, STATES, clock

CONFIG: Final[dict[str, Any]] = {"displayModeBar": False, "doubleClick": False, "responsive": True, "locale": "zh-CN"}
TOP: Final = 34
BOTTOM: Final = 8
IDENTITY: Final = re.compile(r'<b id="(-?\d+)(?:-(\d+))?">')
SIGN_ROWS: Final = 40
SIGN_COLUMNS: Final = 45
WORDED: Final = 6000  # cells whose state the pointer reads as a word too
SIGNED: Final = (State.MISSED, State.EXCUSED, State.STOPPED, State.NOT_DUE)


def heatmap(h: Heatmap) -> go.Figure:
    """Rows as given (worst first), columns by time; a click's `x` and `y` are read by `cell`."""
    if not h.rows or not h.columns:
        return theme.blank(wording.EMPTY_HEATMAP)
    now = _boundary(h)
    layout = {
        "template": theme.template(),
        "uirevision": h.project,
        "height": size(h)[1],
        "margin": {"l": 0, "r": 4, "t": TOP, "b": BOTTOM},
        "plot_bgcolor": theme.LINE if row_height(len(h.rows)) >= 11 else theme.SURFACE,
        **_axes(h),
        **({} if now is None else _now(now, h)),
    }
    behind = go.Scatter(x=[0], y=[0], xaxis="x2", yaxis="y2", opacity=0, hoverinfo="skip")
    return go.Figure([_cells(h), behind], layout)  # at once: each later update would check and copy everything again


def legend() -> list[tuple[str, str, str]]:
    """Every state's colour, sign and word, exceptions first."""
    order = (State.MISSED, State.EXCUSED, State.STOPPED, State.MET, State.OPEN, State.NOT_DUE, State.NONE)
    return [(theme.STATES[state], STATE_SIGNS[state] if state in SIGNED else "", STATES[state]) for state in order]


def cell(click: Mapping[str, Any] | None) -> tuple[int, int, int] | None:
    """Engagement, person and window number of a Graph's clickData; None when it is not a cell."""
    points: Sequence[Mapping[str, Any]] = (click or {}).get("points") or [{}]
    who, when = (IDENTITY.match(str(points[0].get(axis, ""))) for axis in ("y", "x"))
    if who is None or when is None or who[2] is None:
        return None
    return int(who[1]), int(who[2]), int(when[1])


def size(h: Heatmap) -> tuple[int, int]:
    """Least width and the height in px: where a screen is narrower, the heatmap scrolls."""
    if not h.rows or not h.columns:
        return 0, 220
    return len(h.columns) * (20 if _signed(h) else 7), TOP + BOTTOM + row_height(len(h.rows)) * len(h.rows)


def _signed(h: Heatmap) -> bool:
    return len(h.rows) <= SIGN_ROWS and len(h.columns) <= SIGN_COLUMNS


def row_height(rows: int) -> int:
    """Height of a row in px: roomy for a section, one glance for a whole project."""
    return next((height for most, height in ((25, 26), (40, 22), (80, 17), (150, 9)) if rows <= most), 5)


def codes(rows: Sequence[HeatRow]) -> NDArray[np.uint8]:
    """The state codes as uint8, rows × columns; ValueError when rows differ in length or a code is unknown."""
    grid = np.frombuffer(b"".join(row.states for row in rows), np.uint8).reshape(len(rows), -1)
    if int(grid.max()) >= len(State):
        raise ValueError(f"unknown state code {int(grid.max())} (known: 0..{len(State) - 1})")
    return grid


def _cells(h: Heatmap) -> go.Heatmap:
    grid, dense = codes(h.rows), row_height(len(h.rows)) < 11
    signs = np.array([STATE_SIGNS[state] if state in SIGNED else "" for state in State])
    return go.Heatmap(
        z=grid,
        x=[_window(column) for column in h.columns],
        y=[_person(row) for row in h.rows],
        zmin=-0.5,
        zmax=len(State) - 0.5,
        colorscale=theme.steps(tuple(theme.STATES[state] for state in State)),
        showscale=False,
        xgap=0.4 if dense else 1,
        ygap=0.4 if dense else 1,
        **_hover(grid),
        **({"text": signs[grid], "texttemplate": "%{text}", "textfont": {"size": 11}} if _signed(h) else {}),
    )


def _hover(grid: NDArray[np.uint8]) -> dict[str, Any]:
    """What the pointer reads: a word a cell would weigh half a megabyte where a whole project is shown."""
    if grid.size > WORDED:
        return {"hovertemplate": f"%{{y}}<br>%{{x}}<br>{wording.CLICK_CELL}<extra></extra>"}
    words = np.array([STATES[state] for state in State])
    template = f"%{{y}}<br>%{{x}}<br><b>%{{hovertext}}</b>　{wording.CLICK_CELL}<extra></extra>"
    return {"hovertext": words[grid], "hovertemplate": template}


def _axes(h: Heatmap) -> dict[str, Any]:
    bare = {"fixedrange": True, "showgrid": False, "zeroline": False, "ticks": ""}
    hidden = bare | {"type": "category", "showticklabels": False}
    few = list(range(0, len(h.columns), 10 if len(h.columns) > 45 else 5 if len(h.columns) > 12 else 1))
    across, down = [-0.5, len(h.columns) - 0.5], [len(h.rows) - 0.5, -0.5]
    return {
        "xaxis": hidden | {"range": across},
        "yaxis": hidden | {"range": down},
        "xaxis2": bare
        | {
            "range": across,
            "overlaying": "x",
            "side": "top",
            "tickmode": "array",
            "tickvals": few,
            "ticktext": [f"{local(h.columns[k].starts):%m-%d}" for k in few],
            "tickfont": {"size": 12, "color": theme.INK_SOFT},
            "tickangle": 0,
        },
        "yaxis2": bare | {"range": down, "overlaying": "y", "showticklabels": False},
    }


def _window(column: Column) -> str:
    begin, end = clock(column.starts), f"{local(column.ends):%m-%d %H:%M}"
    return f'<b id="{column.k}"></b>{wording.WINDOW}　{begin} {wording.TO} {end}'


def _person(row: HeatRow) -> str:
    name, post, unit, section = (escape(text) for text in (row.name, row.post, row.unit, row.section))
    return f'<b id="{row.engagement}-{row.person}">{name}</b>　{post}<br>{unit}　{section}'


def _boundary(h: Heatmap) -> int | None:
    """Index of the first window that is not over at `as_of`; None when all or none are."""
    over = sum(column.ends <= h.as_of for column in h.columns)
    return over if 0 < over < len(h.columns) else None


def _now(index: int, h: Heatmap) -> dict[str, Any]:
    """A hairline where closed windows end, so that pale cells to the right read as "not yet"."""
    line = {"type": "line", "xref": "x2", "yref": "paper", "x0": index - 0.5, "x1": index - 0.5, "y0": 0, "y1": 1}
    words = {
        "text": f"{wording.AS_OF} {local(h.as_of):%m-%d %H:%M}",
        "x": index - 0.5,
        "xref": "x2",
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "xanchor": "right" if index * 2 > len(h.columns) else "left",
        "yshift": 14,
        "showarrow": False,
        "font": {"size": 11, "color": theme.NAVY},
    }
    return {"shapes": [line | {"line": {"color": theme.NAVY, "width": 1.5}}], "annotations": [words]}
