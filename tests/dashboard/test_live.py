"""What changes in place: a page is taken apart, and only what differs is sent."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
from dash import html, no_update

from dashboard import listing, live

CHOICES = [("4301", "长沙")]


def page(text: str = "7", bars: tuple[int, ...] = (1, 2), title: str = "总览", area: str = "") -> Any:
    query = {"area": area} if area else {}
    return html.Div(
        [
            html.H1(title),
            listing.choice(query, "市州", CHOICES, "area"),
            live.part("figures", html.Div([html.B(text), html.I("台")])),
            live.room("heat", live.plot("map", go.Figure(go.Bar(y=list(bars))), {}, "map"), {"--row": "17px"}, "heat"),
        ]
    )


def seen(drawn: live.Drawn) -> dict[str, Any]:
    """What a browser that shows this page keeps of it."""
    return {"frame": drawn.frame, "digests": drawn.digests}


MOUNTED = {"part": ["figures"], "plot": ["map"], "room": ["heat"], "filter": ["area"]}
SAME = {"part": [no_update], "plot": [no_update], "room": [no_update], "filter": [no_update]}


def test_a_page_is_taken_apart_and_stays_whole_itself() -> None:
    whole = page()
    drawn = live.draw(whole)
    assert set(drawn.parts) == {("part", "figures"), ("plot", "map"), ("room", "heat"), ("filter", "area")}
    assert drawn.parts["part", "figures"]["props"]["children"][0]["props"]["children"] == "7"
    assert drawn.parts["room", "heat"] == {"--row": "17px"}
    assert whole.children[2].children.children[0].children == "7"


def test_nothing_is_sent_when_nothing_moved() -> None:
    assert live.changes(live.draw(page()), seen(live.draw(page())), MOUNTED, ["-"]) == (False, SAME)


def test_only_the_part_that_moved_is_sent() -> None:
    whole, sent = live.changes(live.draw(page("8")), seen(live.draw(page("7"))), MOUNTED, ["-"])
    assert not whole
    assert sent["part"][0]["props"]["children"][0]["props"]["children"] == "8"
    assert sent | {"part": [no_update]} == SAME
    _, sent = live.changes(live.draw(page(bars=(1, 3))), seen(live.draw(page())), MOUNTED, ["-"])
    assert sent | {"plot": [no_update]} == SAME
    assert sent["plot"] != [no_update]


def test_a_filter_is_set_only_where_it_holds_something_else() -> None:
    drawn = live.draw(page(area="4301"))
    _, sent = live.changes(drawn, seen(drawn), MOUNTED, ["-"])
    assert sent["filter"] == ["4301"]
    assert live.changes(drawn, seen(drawn), MOUNTED, ["4301"])[1]["filter"] == [no_update]


def test_what_stands_outside_the_parts_needs_the_whole_page() -> None:
    assert live.changes(live.draw(page(title="长沙")), seen(live.draw(page())), MOUNTED, ["-"]) == (True, SAME)


def test_a_browser_that_shows_other_parts_needs_the_whole_page() -> None:
    drawn = live.draw(page())
    nothing: dict[str, list[str]] = {kind: [] for kind in live.KINDS}
    assert live.changes(drawn, seen(drawn), nothing, [])[0]
    assert live.changes(drawn, {"fault": True}, MOUNTED, ["-"])[0]
    assert live.changes(drawn, {}, MOUNTED, ["-"])[0]


def test_a_filters_own_value_is_not_part_of_the_frame() -> None:
    assert live.draw(page(area="4301")).frame == live.draw(page()).frame


def test_a_graph_keeps_its_look_and_its_configuration() -> None:
    graph: Any = live.plot("map", go.Figure(), {"displayModeBar": False}, "map map-city")
    assert graph.to_plotly_json()["type"] == "Graph"
    assert (graph.id, graph.className, graph.config) == ({"plot": "map"}, "map map-city", {"displayModeBar": False})
