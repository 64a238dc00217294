"""Colours, signs and type of the screens, and the plotly template made of them.

Checked for colour-blind readers (Machado 2009): the least distance between two lights is 26 (tritan), and each
colour comes with a shape and a word. Amber is 2.3:1 on white, so it is never a text colour. The same values stand
as CSS variables in assets/10-tokens.css.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from models.rules.presence import Light
from models.rules.windows import State

FONT: Final = '"Noto Sans CJK SC","Microsoft YaHei","PingFang SC",sans-serif'
INK: Final = "#12263A"
INK_SOFT: Final = "#4A5B6C"
INK_FAINT: Final = "#5D6E80"
LINE: Final = "#DCE2E8"
PAGE: Final = "#F3F5F8"
SURFACE: Final = "#FFFFFF"
NAVY: Final = "#0E2F4A"
BLUE: Final = "#1D5FA3"
RED: Final = "#B2182B"
AMBER: Final = "#E0A100"
GREY: Final = "#8A94A0"

# Ground of a map: a prefecture without figures, and a neighbour outside the view.
NO_DATA: Final = "#E9EDF1"
NEIGHBOUR: Final = "#F1F4F7"
EDGE: Final = "#AEBBC7"
DAY: Final = "#CFE0EF"  # a day on line
# Five fixed classes from low to high; the darkest still carries dark letters at 4.5:1 or more.
CLASSES: Final = ("#E08F68", "#F3C39A", "#F8E8D2", "#D3E3F0", "#9CC0DF")
BOUNDS: Final = (0.88, 0.92, 0.95, 0.97)

STATES: Final[Mapping[State, str]] = {
    State.NONE: "#FFFFFF",
    State.MET: "#D6E6F2",
    State.MISSED: "#B2182B",
    State.EXCUSED: "#E0A100",
    State.STOPPED: "#9AA5B1",
    State.OPEN: "#F0F2F5",
    State.NOT_DUE: "#E3E0EC",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """How a light looks: fill colour, plotly symbol, the same shape as a character, size in px, tone of its badge."""

    colour: str
    symbol: str
    sign: str
    size: int
    tone: str


LIGHTS: Final[Mapping[Light, Mark]] = {
    Light.ONLINE: Mark("#2166AC", "circle", "●", 9, "good"),
    Light.LATE: Mark("#E0A100", "triangle-up", "▲", 11, "warn"),
    Light.OFFLINE: Mark("#B2182B", "x", "✕", 11, "bad"),
    Light.NEVER: Mark("#5D6E80", "diamond-open", "◇", 11, "idle"),
    Light.DISABLED: Mark("#8A94A0", "square", "■", 9, "idle"),
}


def level(share: float | None) -> int:
    """Class of a share on the map: 0 nothing known, 1..5 from low to high."""
    return 0 if share is None else 1 + sum(share >= bound for bound in BOUNDS)


def tone(share: float | None) -> str:
    """Tone of a bar: good from 92 %, warn from 88 %, bad below, idle when nothing is known."""
    return ("idle", "bad", "warn", "good", "good", "good")[level(share)]


def steps(colours: tuple[str, ...]) -> list[tuple[float, str]]:
    """Colour scale with two stops a code, so that code k has exactly colour k (zmin -0.5, zmax n - 0.5)."""
    n = len(colours)
    return [stop for k, colour in enumerate(colours) for stop in ((k / n, colour), ((k + 1) / n, colour))]


def template() -> go.layout.Template:
    """Layout every figure starts from: our font, no frame, white hover label."""
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 13, "color": INK},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            "showlegend": False,
            "hoverlabel": {
                "bgcolor": SURFACE,
                "bordercolor": EDGE,
                "font": {"family": FONT, "size": 13, "color": INK},
                "align": "left",
            },
            "dragmode": False,
        }
    )


def blank(sentence: str, height: int = 220) -> go.Figure:
    """The empty state of a figure: one sentence, no axes."""
    figure = go.Figure(layout={"template": template(), "height": height})
    figure.update_xaxes(visible=False, fixedrange=True)
    figure.update_yaxes(visible=False, fixedrange=True)
    figure.add_annotation(
        text=sentence, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, font={"size": 14, "color": INK_SOFT}
    )
    return figure
