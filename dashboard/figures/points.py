"""Points of a city map: projects as rings, terminals by light (colour, shape and word)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import plotly.graph_objects as go

from dashboard import theme
from dashboard.figures import wording
from models.queries.rows import ProjectRow, TerminalRow
from models.rules.presence import Light
from models.wording import LIGHTS, clock, percent


def rings(projects: Sequence[ProjectRow]) -> go.Scattergeo:
    """A project is a ring; a click answers with customdata ["project", id]."""
    return go.Scattergeo(
        lon=[project.longitude for project in projects],
        lat=[project.latitude for project in projects],
        name=wording.PROJECT,
        mode="markers",
        marker={
            "size": 15,
            "color": "rgba(255,255,255,.55)",
            "line": {"color": "rgba(14,47,74,.75)", "width": 1.2},
        },
        customdata=[["project", project.id] for project in projects],
        text=[
            f"<b>{escape(project.name)}</b><br>{project.county}　{escape(project.owner)}<br>"
            f"{wording.ATTENDANCE}　<b>{percent(project.tally.attendance)}</b>"
            for project in projects
        ],
        hovertemplate=f"%{{text}}<br><i>{wording.OPEN_PROJECT}</i><extra></extra>",
    )


def spot(row: TerminalRow, projects: Mapping[int, ProjectRow]) -> tuple[float, float, bool] | None:
    """Where a terminal stands; without coordinates of its own at its first known project (third value False)."""
    if row.longitude is not None and row.latitude is not None:
        return row.longitude, row.latitude, True
    host = next((projects[number] for number, _ in row.projects if number in projects), None)
    return (host.longitude, host.latitude, False) if host else None


def legend(terminals: Sequence[TerminalRow]) -> list[tuple[str, str, str]]:
    """Lights that occur: colour, shape as a character, word with the number of terminals."""
    count = {light: sum(row.light is light for row in terminals) for light in Light}
    return [(theme.LIGHTS[k].colour, theme.LIGHTS[k].sign, f"{LIGHTS[k]} {n}") for k, n in count.items() if n]


def ring_legend(projects: Sequence[ProjectRow]) -> list[tuple[str, str, str]]:
    """The ring of a project, if there is one."""
    return [(theme.NAVY, "○", f"{wording.PROJECT} {len(projects)}")] if projects else []


def lights(terminals: Sequence[TerminalRow], projects: Mapping[int, ProjectRow]) -> list[go.Scattergeo]:
    """One trace a light, calm ones first, so that what is off line lies on top."""
    order = (Light.ONLINE, Light.DISABLED, Light.NEVER, Light.LATE, Light.OFFLINE)
    return [_trace(light, [row for row in terminals if row.light is light], projects) for light in order]


def _trace(light: Light, rows: Sequence[TerminalRow], projects: Mapping[int, ProjectRow]) -> go.Scattergeo:
    mark = theme.LIGHTS[light]
    spots = [(row, place) for row in rows if (place := spot(row, projects))]
    return go.Scattergeo(
        lon=[place[0] for _, place in spots],
        lat=[place[1] for _, place in spots],
        name=LIGHTS[light],
        mode="markers",
        marker={
            "symbol": mark.symbol,
            "size": mark.size,
            "color": mark.colour,
            "line": {"color": theme.SURFACE if "open" not in mark.symbol else mark.colour, "width": 1},
        },
        customdata=[["terminal", row.id] for row, _ in spots],
        text=[_terminal(row, place[2]) for row, place in spots],
        hovertemplate="%{text}<extra></extra>",
    )


def _terminal(row: TerminalRow, own: bool) -> str:
    mark = theme.LIGHTS[row.light]
    lines = [
        f"<b>{mark.sign} {LIGHTS[row.light]}</b>　{escape(row.place)}",
        f"{escape(row.unit)}　{row.county}",
        escape(f"{row.brand} {row.model}　{row.serial}"),
        f"{wording.LAST_SEEN} {clock(row.last_seen)}",
    ]
    return "<br>".join(lines if own else [*lines, wording.AT_PROJECT])
