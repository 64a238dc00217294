"""Maps: the province by prefecture, and a prefecture by county with its terminals.

Everything is SVG (no WebGL: remote desktops show it too) and every file comes from /assets. plotly fetches a
world topology even for an own geojson, so CONFIG points it to an empty one. Labels and bubbles let the pointer
through: a click answers with the `location` of the polygon, the adcode.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import plotly.graph_objects as go

from dashboard import theme
from dashboard.figures import geo, points, wording
from dashboard.figures.geo import Extent, Place
from dashboard.figures.labels import NOMINAL_WIDTH, spread
from models.queries.rows import AreaRow, ProjectRow, Tally, TerminalRow
from models.wording import percent

Measure = Literal["attendance", "presence"]
ASPECT: Final = 1.5  # width ÷ height of the city map's frame, .map-city in 50-figures.css
NARROW: Final = 340.0  # px of the same map on a phone
CONFIG: Final[dict[str, Any]] = {
    "topojsonURL": "/assets/topojson/",
    "displayModeBar": False,
    "displaylogo": False,
    "scrollZoom": False,
    "doubleClick": False,
    "showTips": False,
    "responsive": True,
    "locale": "zh-CN",
}
CITY_CONFIG: Final[dict[str, Any]] = CONFIG | {
    "displayModeBar": True,
    "modeBarButtons": [["zoomInGeo", "zoomOutGeo", "resetGeo"]],
}
# Degrees by which a prefecture's name leaves its label point, where neighbours crowd it.
OFFSETS: Final[Mapping[str, tuple[float, float]]] = {
    "430100": (-0.05, 0.02),
    "430200": (0.05, -0.12),
    "430300": (-0.08, 0.0),
    "430600": (-0.08, 0.0),
    "430900": (0.2, 0.05),
    "431000": (0.1, 0.05),
    "431200": (0.02, 0.0),
    "431300": (0.1, 0.0),
    "433100": (0.02, -0.08),
}
DROP: Final = 0.13  # degrees, about 14 px at 1440
COLOURS: Final = (theme.NO_DATA, *theme.CLASSES)


def share(tally: Tally, measure: Measure) -> float | None:
    """The share in 0..1 that a map shows of a tally."""
    return tally.attendance if measure == "attendance" else tally.presence


def province(areas: Sequence[AreaRow], measure: Measure = "attendance") -> go.Figure:
    """The 14 prefectures in five classes, named, with a bubble for terminals off line; missing rows stay pale."""
    rows = {row.code: row for row in areas}
    places = geo.places("cities")
    figure = _canvas(geo.around([place.extent for place in places], margin=0.01), "province")
    figure.add_trace(_polygons(places, rows, measure, geo.CITIES_URL, 1.4, wording.OPEN_CITY))
    anchors = [_anchor(place, bool(_bubble(rows.get(place.code)))) for place in places]
    names = _names(places, rows, measure, anchors)
    # Narrow maps show the names alone; 50-figures.css shows one of the two first layers.
    short = go.Scattergeo(names, text=[f"<b>{place.short}</b>" for place in places])
    figure.add_traces([short, names, _bubbles(places, rows, anchors)])
    return figure


def city(
    code: str, counties: Sequence[AreaRow], projects: Sequence[ProjectRow], terminals: Sequence[TerminalRow]
) -> go.Figure:
    """A prefecture: its counties by attendance among pale neighbours, projects as rings, terminals by light."""
    rows, places = {row.code: row for row in counties}, geo.counties_of(code)
    if not places:
        return theme.blank(wording.EMPTY_MAP)
    view = geo.around([place.extent for place in places], ASPECT)
    figure = _canvas(view, code)
    figure.add_trace(_neighbours(code))
    figure.add_trace(_polygons(places, rows, "attendance", geo.COUNTIES_URL, 1.0, ""))
    hosts = {project.id: project for project in projects}
    spots = [(p.longitude, p.latitude) for p in projects] + [s[:2] for t in terminals if (s := points.spot(t, hosts))]
    figure.add_traces([_aside(code, view), points.rings(projects), *points.lights(terminals, hosts)])
    # Narrow maps get names of their own; 50-figures.css shows one of the two last layers.
    figure.add_traces([_county_names(places, rows, view, spots, width) for width in (NARROW, NOMINAL_WIDTH)])
    return figure


def classes(areas: Sequence[AreaRow], measure: Measure) -> list[tuple[str, str, str]]:
    """Legend of `province`, high to low: colour, how many prefectures are in the class, its words; then the bubble."""
    rows = {row.code: row for row in areas}
    found = Counter(_level(rows.get(place.code), measure) for place in geo.places("cities"))
    items = [(COLOURS[k], str(found[k]), wording.CLASS_NAMES[k - 1]) for k in range(len(theme.CLASSES), 0, -1)]
    nothing = [(theme.NO_DATA, str(found[0]), wording.NO_FIGURES)] if found[0] else []
    return [*items, *nothing, (theme.INK, *wording.BUBBLE)]


def _level(row: AreaRow | None, measure: Measure) -> int:
    return theme.level(share(row.tally, measure)) if row else 0


def _canvas(view: Extent, revision: str) -> go.Figure:
    figure = go.Figure(layout={"template": theme.template(), "uirevision": revision})
    figure.update_geos(
        visible=False,
        projection_type="mercator",
        lonaxis_range=[view.west, view.east],
        lataxis_range=[view.south, view.north],
        bgcolor="rgba(0,0,0,0)",
    )
    figure.update_layout(modebar={"bgcolor": "rgba(255,255,255,.9)", "color": theme.INK_SOFT, "orientation": "v"})
    return figure


def _anchor(place: Place, bubble: bool) -> tuple[float, float]:
    """Where a bubble stands: south of the label point, so that name, percent and bubble are centred on it together."""
    east, north = OFFSETS.get(place.code, (0.0, 0.0))
    return place.longitude + east, place.latitude + north - (DROP if bubble else 0.0)


def _told(row: AreaRow | None, place: Place) -> str:
    if row is None or not (row.tally.due or row.tally.terminals):
        return f"<b>{place.name}</b><br>{wording.NO_FIGURES}"
    tally = row.tally
    return "<br>".join(
        (
            f"<b>{place.name}</b>",
            f"{wording.ATTENDANCE}　<b>{percent(tally.attendance)}</b>",
            f"{wording.DUE} {tally.due:,}　{wording.MISSED} {tally.missed:,} {wording.TIMES}".replace(",", " "),
            f"{wording.PRESENCE}　<b>{percent(tally.presence)}</b>",
            f"{wording.ONLINE} {tally.online}/{tally.terminals}　{wording.OFFLINE} {tally.offline} {wording.DEVICES}",
        )
    )


def _polygons(
    places: Sequence[Place], rows: Mapping[str, AreaRow], measure: Measure, url: str, width: float, invitation: str
) -> go.Choropleth:
    return go.Choropleth(
        geojson=url,
        featureidkey="properties.adcode",
        locations=[place.code for place in places],
        z=[_level(rows.get(place.code), measure) for place in places],
        zmin=-0.5,
        zmax=len(COLOURS) - 0.5,
        colorscale=theme.steps(COLOURS),
        showscale=False,
        marker={"line": {"color": theme.SURFACE, "width": width}},
        customdata=[place.code for place in places],
        text=[_told(rows.get(place.code), place) for place in places],
        hovertemplate="%{text}" + (f"<br><i>{invitation}</i>" if invitation else "") + "<extra></extra>",
    )


def _names(
    places: Sequence[Place], rows: Mapping[str, AreaRow], measure: Measure, anchors: Sequence[tuple[float, float]]
) -> go.Scattergeo:
    """Name over percent; with terminals off line the text stands above its bubble."""
    shares = {code: share(row.tally, measure) for code, row in rows.items()}
    sizes = [_bubble(rows.get(place.code)) for place in places]
    known = [shares.get(place.code) is not None for place in places]
    return go.Scattergeo(
        lon=[lon for lon, _ in anchors],
        lat=[lat for _, lat in anchors],
        mode="markers+text",
        marker={"size": [size + 1 for size in sizes], "opacity": 0},
        text=[
            f"<b>{place.short}</b>" + (f"<br>{percent(shares[place.code])}" if here else "")
            for place, here in zip(places, known, strict=True)
        ],
        textposition=["top center" if size else "middle center" for size in sizes],
        textfont={"size": 13, "color": [theme.INK if here else theme.INK_FAINT for here in known]},
        hoverinfo="skip",
    )


def _bubble(row: AreaRow | None) -> float:
    """Diameter in px: area grows with the number, bounded so that it never hides a prefecture."""
    offline = row.tally.offline if row else 0
    return min(34.0, 16.0 + 2.4 * offline**0.5) if offline else 0.0


def _bubbles(
    places: Sequence[Place], rows: Mapping[str, AreaRow], anchors: Sequence[tuple[float, float]]
) -> go.Scattergeo:
    shown = [k for k, place in enumerate(places) if _bubble(rows.get(place.code))]
    return go.Scattergeo(
        lon=[anchors[k][0] for k in shown],
        lat=[anchors[k][1] for k in shown],
        mode="markers+text",
        marker={
            "size": [_bubble(rows[places[k].code]) for k in shown],
            "color": theme.INK,
            "opacity": 0.92,
            "line": {"color": theme.SURFACE, "width": 1.2},
        },
        text=[str(rows[places[k].code].tally.offline) for k in shown],
        textfont={"size": 12, "color": theme.SURFACE},
        hoverinfo="skip",
    )


def _neighbours(code: str) -> go.Choropleth:
    others = [place for place in geo.places("cities") if place.code != code]
    return go.Choropleth(
        geojson=geo.CITIES_URL,
        featureidkey="properties.adcode",
        locations=[place.code for place in others],
        z=[0] * len(others),
        colorscale=theme.steps((theme.NEIGHBOUR,)),
        showscale=False,
        marker={"line": {"color": theme.LINE, "width": 1}},
        customdata=[place.code for place in others],
        text=[place.name for place in others],
        hovertemplate=f"%{{text}}<br><i>{wording.OPEN_CITY}</i><extra></extra>",
    )


def _aside(code: str, view: Extent) -> go.Scattergeo:
    """Names of the neighbours whose label point is well inside the view."""
    pad = (view.east - view.west) * 0.05
    seen = [
        place
        for place in geo.places("cities")
        if place.code != code
        and view.west + pad < place.longitude < view.east - pad
        and view.south + pad / 2 < place.latitude < view.north - pad / 2
    ]
    return go.Scattergeo(
        lon=[place.longitude for place in seen],
        lat=[place.latitude for place in seen],
        mode="text",
        text=[place.short for place in seen],
        textfont={"size": 14, "color": "#9AA8B5"},
        hoverinfo="skip",
    )


def _county_names(
    places: Sequence[Place],
    rows: Mapping[str, AreaRow],
    view: Extent,
    spots: Sequence[tuple[float, float]],
    width: float,
) -> go.Scattergeo:
    shares = [rows[place.code].tally.attendance if place.code in rows else None for place in places]
    labels = spread(places, ["" if value is None else percent(value) for value in shares], view, spots, width)
    return go.Scattergeo(
        lon=[label.longitude for label in labels],
        lat=[label.latitude for label in labels],
        mode="text",
        text=[label.text for label in labels],
        textfont={"size": 12, "color": theme.INK, "shadow": "0 0 3px #fff, 0 0 3px #fff, 0 0 2px #fff"},
        hoverinfo="skip",
    )
