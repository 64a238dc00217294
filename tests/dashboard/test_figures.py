"""Figures are functions of rows: what they return is compared, no browser is started."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard import theme
from dashboard.figures import geo, heatmaps, labels, maps, points, wording
from models.queries.rows import AreaRow, Column, Heatmap, HeatRow, ProjectRow, Tally, TerminalRow
from models.rules.presence import Light
from models.rules.windows import State
from models.wording import LIGHTS, STATES

START = datetime(2026, 8, 31, 16, tzinfo=UTC)  # 00:00 of 1 September at +08:00
AS_OF = START + timedelta(days=7)


def area(code: str, met: int = 95, offline: int = 0, due: int = 100) -> AreaRow:
    place = next(p for level in ("cities", "counties") for p in geo.places(level) if p.code == code)
    tally = Tally(due=due, met=met, terminals=20, online=20 - offline, offline=offline)
    return AreaRow(code, place.name, place.short, tally)


def terminal(light: Light, longitude: float | None = 113.0, number: int = 1) -> TerminalRow:
    latitude = None if longitude is None else 28.2
    where = ("项目部大门", "430104", "岳麓区", "湖南路桥")
    return TerminalRow(number, "SN1", "中控", "F18", *where, longitude, latitude, light, AS_OF, None, 0, ((7, "G209"),))


def project() -> ProjectRow:
    return ProjectRow(7, "G209 改建", "highway", "430104", "岳麓区", "公路中心", 112.9, 28.1, Tally(due=10, met=9))


def columns(count: int) -> tuple[Column, ...]:
    step = timedelta(hours=72)
    return tuple(Column(k, START + step * k, START + step * (k + 1)) for k in range(count))


def grid(*rows: bytes) -> Heatmap:
    people = tuple(
        HeatRow(4, 10 + k, f"张{k}", "湖南路桥", "一标", "项目经理", row, 4, row.count(2)) for k, row in enumerate(rows)
    )
    return Heatmap(7, "G209", AS_OF, 1, columns(len(rows[0]) if rows else 0), people, len(rows), Tally())


def numbers(value: Any) -> list[list[int]]:
    return [[int(number) for number in row] for row in np.asarray(value)]


def signed_area(ring: list[list[float]]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True)) / 2


@pytest.mark.parametrize("name", ["hunan_cities", "hunan_counties", "hunan_outline"])
def test_outer_rings_are_clockwise_else_a_city_fills_the_world(name: str) -> None:
    features = json.loads((geo.FOLDER / f"{name}.geojson").read_text("utf-8"))["features"]
    for feature in features:
        shape = feature["geometry"]
        polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        for polygon in polygons:
            assert signed_area(polygon[0]) < 0, feature["id"]
            assert all(signed_area(hole) > 0 for hole in polygon[1:]), feature["id"]


@pytest.mark.parametrize(("level", "kind"), [("cities", "prefecture"), ("counties", "county")])
def test_places_are_those_of_the_divisions_with_name_and_parent(level: str, kind: str) -> None:
    with (geo.FOLDER / "hunan_divisions.csv").open(encoding="utf-8") as file:
        expected = {(r["code"], r["name"], r["parent"]) for r in csv.DictReader(file) if r["level"] == kind}
    assert {(p.code, p.name, p.parent) for p in geo.places(level)} == expected
    assert len(expected) == {"cities": 14, "counties": 122}[level]


def test_every_label_point_lies_in_its_places_extent() -> None:
    for place in geo.places("cities") + geo.places("counties"):
        extent = place.extent
        assert extent.west < place.longitude < extent.east, place
        assert extent.south < place.latitude < extent.north, place


def test_a_view_has_the_asked_aspect_and_holds_the_place() -> None:
    for place in geo.places("cities"):
        view = geo.around([place.extent], 1.5)
        height = geo.mercator(view.north) - geo.mercator(view.south)
        assert (view.east - view.west) / height == pytest.approx(1.5)
        assert view.west < place.extent.west < place.extent.east < view.east
        assert view.south < place.extent.south < place.extent.north < view.north


def test_every_file_of_a_map_is_local_and_the_topology_stub_is_there() -> None:
    for figure in (maps.province([]), maps.city("430100", [], [], [])):
        urls = {trace.geojson for trace in figure.data if isinstance(trace, go.Choropleth)}
        assert urls <= {geo.CITIES_URL, geo.COUNTIES_URL}
        assert figure.layout.geo.scope in (None, "world")
        assert figure.layout.geo.resolution in (None, 110)
    assets = geo.FOLDER.parent
    for url in (geo.CITIES_URL, geo.COUNTIES_URL, maps.CONFIG["topojsonURL"] + "world_110m.json"):
        assert (assets / url.removeprefix("/assets/")).is_file()
    stub = json.loads((assets / "topojson/world_110m.json").read_text())
    layers = {"coastlines", "land", "ocean", "lakes", "rivers", "countries", "subunits"}
    assert set(stub["objects"]) == layers
    assert maps.CITY_CONFIG["topojsonURL"] == maps.CONFIG["topojsonURL"]


def test_the_province_shows_all_prefectures_and_those_without_figures_pale_with_name() -> None:
    figure = maps.province([area("430100", met=97), area("431200", met=80), area("430200", due=0, met=0)])
    polygons, short, names, _ = figure.data
    codes = dict(zip(polygons.locations, polygons.z, strict=True))
    assert len(codes) == 14
    assert (codes["430100"], codes["431200"], codes["430200"], codes["430300"]) == (5, 1, 0, 0)
    assert list(polygons.customdata) == list(polygons.locations)
    texts = dict(zip(polygons.locations, names.text, strict=True))
    assert texts["430100"] == "<b>长沙</b><br>97.0%"
    assert texts["430300"] == "<b>湘潭</b>"
    assert set(short.text) == {f"<b>{place.short}</b>" for place in geo.places("cities")}


def test_bubbles_count_terminals_off_line_and_let_the_pointer_through() -> None:
    polygons, short, names, bubbles = maps.province([area("430100", offline=7), area("431200", offline=0)]).data
    assert list(bubbles.text) == ["7"]
    assert short.hoverinfo == names.hoverinfo == bubbles.hoverinfo == "skip"
    assert polygons.hoverinfo is None


def test_the_measure_chooses_the_share() -> None:
    row = area("430100", met=80, offline=1)  # attendance 80 %, presence 95 %
    for measure, level in (("attendance", 1), ("presence", 4)):
        polygons = maps.province([row], measure).data[0]  # type: ignore[arg-type]
        assert dict(zip(polygons.locations, polygons.z, strict=True))["430100"] == level


@pytest.mark.parametrize(
    ("share", "level"), [(None, 0), (0.0, 1), (0.879, 1), (0.88, 2), (0.92, 3), (0.95, 4), (0.97, 5), (1.0, 5)]
)
def test_classes_are_closed_below(share: float | None, level: int) -> None:
    assert theme.level(share) == level


def test_the_legend_counts_every_prefecture_once() -> None:
    items = maps.classes([area("430100", met=97), area("431200", met=80)], "attendance")
    assert sum(int(sign) for _, sign, _ in items[:-1]) == 14
    assert items[-1] == (theme.INK, *wording.BUBBLE)
    assert len({colour for colour, _, _ in items}) == len(items)


def test_a_city_shows_its_own_counties_and_its_neighbours_pale() -> None:
    neighbours, counties = maps.city("430100", [area("430104")], [], []).data[:2]
    assert {code[:4] for code in counties.locations} == {"4301"}
    assert len(counties.locations) == 9
    assert "430100" not in neighbours.locations
    assert len(neighbours.locations) == 13


def test_every_light_has_colour_symbol_sign_and_word_of_its_own() -> None:
    assert set(theme.LIGHTS) == set(Light) == set(LIGHTS)
    for attribute in ("colour", "symbol", "sign"):
        assert len({getattr(mark, attribute) for mark in theme.LIGHTS.values()}) == len(Light)
    rows = [terminal(light, number=k) for k, light in enumerate(Light)]
    traces = points.lights(rows, {})
    assert {trace.marker.symbol for trace in traces} == {mark.symbol for mark in theme.LIGHTS.values()}
    for trace in traces:
        assert trace.name in trace.text[0]
    assert traces[-1].name == LIGHTS[Light.OFFLINE]  # what is off line is drawn last, on top
    assert [words for _, _, words in points.legend(rows)] == [f"{LIGHTS[light]} 1" for light in Light]


def test_clicks_on_points_name_kind_and_number() -> None:
    assert list(points.rings([project()]).customdata) == [["project", 7]]
    trace = next(t for t in points.lights([terminal(Light.LATE, number=5)], {}) if t.lon)
    assert list(trace.customdata) == [["terminal", 5]]


def test_a_terminal_without_coordinates_stands_at_its_project_and_says_so() -> None:
    row = terminal(Light.OFFLINE, longitude=None)
    assert points.spot(row, {7: project()}) == (112.9, 28.1, False)
    assert points.spot(row, {}) is None
    trace = points.lights([row], {7: project()})[-1]
    assert wording.AT_PROJECT in trace.text[0]


def test_what_a_terminal_calls_itself_is_shown_as_text() -> None:
    trace = points.lights([replace(terminal(Light.ONLINE), serial="<a href='//x'>SN</a>")], {})[0]
    assert "<a" not in trace.text[0]
    assert "&lt;a" in trace.text[0]


def test_an_unknown_prefecture_is_the_empty_state() -> None:
    figure = maps.city("999900", [], [], [])
    assert not figure.data
    assert figure.layout.annotations[0].text == wording.EMPTY_MAP


@pytest.mark.parametrize("canvas", [labels.NOMINAL_WIDTH, maps.NARROW])
@pytest.mark.parametrize("city", [place.code for place in geo.places("cities")])
def test_county_names_never_cover_each_other(city: str, canvas: float) -> None:
    places = geo.counties_of(city)
    view = geo.around([place.extent for place in places], maps.ASPECT)
    scale = canvas / (view.east - view.west)
    found = labels.spread(places, ["95.0%"] * len(places), view, width=canvas)
    assert found
    boxes = []
    for label in found:
        lines = label.text.replace("<b>", "").replace("</b>", "").split("<br>")
        width = max(sum(12 if ord(c) > 0x2E80 else 12 * 0.58 for c in line) for line in lines)
        boxes.append((label.longitude * scale, geo.mercator(label.latitude) * scale, width, 15.6 * len(lines)))
    for a, b in combinations(boxes, 2):
        apart = abs(a[0] - b[0]) >= (a[2] + b[2]) / 2 or abs(a[1] - b[1]) >= (a[3] + b[3]) / 2 - 1e-6
        assert apart, (a, b)


def test_a_label_leaves_a_terminal_visible_where_there_is_room() -> None:
    place = next(p for p in geo.counties_of("430100") if p.short == "浏阳市")
    view = geo.around([place.extent], maps.ASPECT)
    (free,) = labels.spread([place], ["95.0%"], view)
    (moved,) = labels.spread([place], ["95.0%"], view, [(place.longitude, place.latitude)])
    assert (free.longitude, free.latitude) == pytest.approx((place.longitude, place.latitude))
    assert (moved.longitude, moved.latitude) != (free.longitude, free.latitude)


def test_every_state_has_its_own_colour_between_the_limits() -> None:
    trace = heatmaps.heatmap(grid(bytes(range(len(State))))).data[0]
    assert set(theme.STATES) == set(State) == set(STATES)
    assert len(set(theme.STATES.values())) == len(State)
    assert (trace.zmin, trace.zmax) == (-0.5, len(State) - 0.5)
    n = len(State)
    for state in State:
        stops = [colour for at, colour in trace.colorscale if state / n < at + 1e-9 and at - 1e-9 < (state + 1) / n]
        assert stops.count(theme.STATES[state]) == 2


def test_codes_are_unsigned_so_that_absence_never_reads_as_presence() -> None:
    h = grid(bytes([0, 1, 2, 3, 4, 5, 6]), bytes([6, 5, 4, 3, 2, 1, 0]))
    z = heatmaps.codes(h.rows)
    assert z.dtype == np.uint8
    assert z.tolist() == [list(row.states) for row in h.rows]
    assert numbers(heatmaps.heatmap(h).data[0].z) == z.tolist()


@pytest.mark.parametrize("code", [7, 255])
def test_an_unknown_code_is_refused_instead_of_painted(code: int) -> None:
    with pytest.raises(ValueError, match=f"unknown state code {code}"):
        heatmaps.heatmap(grid(bytes([1, code])))


def test_small_heatmaps_carry_letters_and_large_ones_only_colour_and_hover_word() -> None:
    small = heatmaps.heatmap(grid(bytes([1, 2, 3, 4]))).data[0]
    assert [list(row) for row in small.text] == [["", "缺", "假", "停"]]
    wide = heatmaps.heatmap(grid(bytes([2] * 46))).data[0]
    tall = heatmaps.heatmap(grid(*[bytes([2])] * 41)).data[0]
    for trace in (wide, tall):
        assert trace.text is None
        assert trace.hovertext[0][0] == STATES[State.MISSED]


def test_hover_names_person_unit_post_and_window() -> None:
    trace = heatmaps.heatmap(grid(bytes([1, 2]))).data[0]
    assert trace.y[0] == '<b id="4-10">张0</b>　项目经理<br>湖南路桥　一标'
    assert trace.x[1] == '<b id="1"></b>考勤周期　2026-09-04 00:00 至 09-07 00:00'


def test_a_name_cannot_forge_the_identity_of_a_cell() -> None:
    h = grid(bytes([1]))
    h = replace(h, rows=(h.rows[0]._replace(name='<b id="9-9">'),))
    trace = heatmaps.heatmap(h).data[0]
    assert heatmaps.cell({"points": [{"x": trace.x[0], "y": trace.y[0]}]}) == (4, 10, 0)
    assert '<b id="9-9">' not in trace.y[0]


def test_a_click_yields_engagement_person_and_window() -> None:
    h = grid(bytes([1, 2]), bytes([1, 1]))
    trace = heatmaps.heatmap(h).data[0]
    click = {"points": [{"x": trace.x[1], "y": trace.y[1], "z": 1}]}
    assert heatmaps.cell(click) == (4, 11, 1)


@pytest.mark.parametrize("click", [None, {}, {"points": []}, {"points": [{"x": 0, "y": 0}]}, {"points": [{"z": 1}]}])
def test_what_is_not_a_cell_yields_nothing(click: dict[str, Any] | None) -> None:
    assert heatmaps.cell(click) is None


def test_windows_before_supervision_keep_their_negative_number() -> None:
    h = grid(bytes([1]))
    h = replace(h, columns=(h.columns[0]._replace(k=-1),))
    trace = heatmaps.heatmap(h).data[0]
    assert heatmaps.cell({"points": [{"x": trace.x[0], "y": trace.y[0]}]}) == (4, 10, -1)


def test_rows_stay_in_order_with_the_worst_on_top() -> None:
    figure = heatmaps.heatmap(grid(bytes([2, 2, 1, 1]), bytes([1, 1, 1, 1])))
    assert figure.layout.yaxis.range == (1.5, -0.5)
    assert figure.layout.yaxis2.range == (1.5, -0.5)
    assert figure.layout.margin.l == 0  # the names beside it are HTML, row by row


def test_a_wide_heatmap_keeps_its_cells_and_scrolls() -> None:
    assert heatmaps.size(grid(bytes([2] * 20)))[0] == 400
    assert heatmaps.size(grid(*[bytes([2] * 120)] * 60))[0] == 840
    assert heatmaps.size(grid())[0] == 0


def test_a_line_separates_closed_windows_from_open_ones() -> None:
    figure = heatmaps.heatmap(grid(bytes([1, 1, 5, 5])))  # two windows of 3 days are over on day 7
    assert figure.layout.shapes[0].x0 == 1.5
    closed = heatmaps.heatmap(replace(grid(bytes([1, 1])), as_of=START + timedelta(days=60)))
    assert not closed.layout.shapes


@pytest.mark.parametrize("rows", [1, 25, 40, 60, 80, 150, 300])
def test_the_height_follows_the_rows(rows: int) -> None:
    figure = heatmaps.heatmap(grid(*[bytes([1])] * rows))
    assert figure.layout.height == heatmaps.TOP + heatmaps.BOTTOM + rows * heatmaps.row_height(rows)
    assert figure.layout.height < 1700


def test_no_axis_of_a_heatmap_draws_tick_marks() -> None:
    layout = heatmaps.heatmap(grid(bytes([1, 2]))).layout
    assert {layout[axis].ticks for axis in ("xaxis", "yaxis", "xaxis2", "yaxis2")} == {""}


def test_without_people_the_heatmap_says_why() -> None:
    figure = heatmaps.heatmap(grid())
    assert not figure.data
    assert figure.layout.annotations[0].text == wording.EMPTY_HEATMAP


def test_the_legend_names_every_state() -> None:
    assert {words for _, _, words in heatmaps.legend()} == set(STATES.values())
    assert {colour for colour, _, _ in heatmaps.legend()} == set(theme.STATES.values())
