"""The frame: when a page is refreshed, its name, its shape before the first answer; small rules of pages."""

from __future__ import annotations

import json
from datetime import timedelta
from inspect import iscoroutinefunction
from typing import Any

import pytest
from dash import html

from dashboard import drawer, live, parts, shell
from dashboard.app import PAGES
from dashboard.pages import ranking, terminal, terminals
from models import database
from models.rules.instants import day_start, epoch_ms
from tests import world as worlds
from tests.cast import LEADER, World, wall
from tests.serving import Site

NOW = wall("2018-09-30T12:00:00")


@pytest.fixture(scope="module")
def world(bare: str) -> World:
    return worlds.build()


def shown(path: str, age: float, search: str = "") -> dict[str, Any]:
    """What a browser keeps that got this page `age` seconds ago."""
    return {"at": [path, search], "as_of": epoch_ms(database.now()) - int(age * 1000), "version": None}


def test_a_page_is_refreshed_when_it_is_old() -> None:
    assert not shell.due(PAGES, "/terminals", "", shown("/terminals", 10))
    assert shell.due(PAGES, "/terminals", "", shown("/terminals", 31))
    assert shell.due(PAGES, "/terminals", "", {"fault": True})


def test_a_page_is_not_refreshed_while_an_answer_is_on_its_way() -> None:
    assert not shell.due(PAGES, "/terminals", "", None)
    assert not shell.due(PAGES, "/terminals", "", shown("/projects", 31))
    assert not shell.due(PAGES, "/terminals", "", shown("/terminals", 31, "?light=offline"))
    assert not shell.due(PAGES, "/nothing", "", shown("/nothing", 31))


def test_a_page_says_itself_how_often_it_is_refreshed() -> None:
    assert not shell.due(PAGES, "/ranking", "", shown("/ranking", 200))
    assert shell.due(PAGES, "/ranking", "", shown("/ranking", 301))
    assert shell.due(PAGES, "/papers", "", shown("/papers", 4))


def test_the_first_heading_names_the_page() -> None:
    page = html.Div([html.P("x"), live.part("title", html.Div([html.H1("考勤机"), html.H2("列表")])), html.H1("二")])
    assert shell.name_of(page) == "考勤机"
    assert shell.name_of(parts.error("没有", title="找不到页面")) == "找不到页面"
    assert shell.name_of(html.P("x")) == ""


@pytest.mark.parametrize(
    ("path", "bones", "on"),
    [("/", ["kpis", "map"], "总览"), ("/ranking?of=people", ["kpis", "table"], "信用排名"),
     ("/project/7", ["heatmap"], "项目"), ("/nothing", ["table"], "")],
)  # fmt: skip
def test_before_its_first_answer_a_page_has_its_shape_and_its_place_in_the_navigation(
    site: Site, world: World, path: str, bones: list[str], on: str
) -> None:
    told = site.enter("leader").get("/_dash-layout", Referer=site.base + path).text
    frame = json.loads(told)["props"]["children"]
    main = next(part for part in frame if part and part["type"] == "Main")
    looks = [part["props"] for part in main["props"]["children"]["props"]["children"][1:]]
    inner = [look if "skeleton" in look["className"] else look["children"]["props"] for look in looks]
    assert [look["className"] for look in inner] == [f"skeleton {kind}" for kind in bones]
    nav = next(part for part in frame if part and part["type"] == "Header")["props"]["children"][1]
    marked = [link["props"]["children"] for link in nav["props"]["children"] if link["props"]["className"] == "on"]
    assert marked == ([on] if on else [])


def test_a_terminals_days_add_up_to_its_silences() -> None:
    day = timedelta(days=1)
    midnight = day_start(NOW.date())
    silences = [(midnight - 3 * day - timedelta(hours=6), midnight - 2 * day), (NOW - timedelta(hours=2), None)]
    days = terminal.lost(silences, NOW)
    assert len(days) == terminal.DAYS
    assert [gone / timedelta(hours=1) for _, gone in days[-5:]] == [6, 24, 0, 0, 2]
    assert sum((gone for _, gone in days), timedelta()) == timedelta(hours=32)
    assert days[-1][0] == midnight


@pytest.mark.parametrize(
    ("ms", "text"), [(None, "—"), (900, "准确"), (-1900, "准确"), (3000, "慢 3 秒"), (-59_000, "快 59 秒")]
)
def test_a_clock_is_right_slow_or_fast(ms: int | None, text: str) -> None:
    assert terminals.skew(ms) == text


def test_a_clock_far_off_is_marked() -> None:
    marked = terminals.skew(420_000)
    assert (marked.className, marked.children[1]) == ("tag warn", "慢 7 分钟")


@pytest.mark.parametrize(
    ("text", "count", "found"),
    [("4-11", 2, (4, 11)), ("4-11-3", 3, (4, 11, 3)), ("4-11--1", 3, (4, 11, -1)), ("4-11", 3, None), ("x", 2, None),
     (None, 2, None), ("4-" + "9" * 30, 2, None), ("4-11; drop", 2, None)],
)  # fmt: skip
def test_an_id_of_the_browser_is_numbers_or_nothing(text: Any, count: int, found: tuple[int, ...] | None) -> None:
    assert drawer.numbers(text, count) == found


def test_no_request_starts_a_thread_and_a_loop_of_its_own(site: Site) -> None:
    """Dash does so by itself where asgiref is installed; it costs each callback five times its work."""
    hooks = [*site.server.before_request_funcs.get(None, ()), *site.server.after_request_funcs.get(None, ())]
    for function in (*hooks, *site.server.view_functions.values()):
        assert not iscoroutinefunction(function), function


@pytest.mark.parametrize("period", ["0000", "9999", "9999Q4", "2017", "2018-13", "x", "2099-12"])
def test_a_period_that_somebody_wrote_by_hand_gives_a_page(world: World, period: str) -> None:
    assert "信用排名" in str(ranking.layout(LEADER, {"period": period}))


def test_a_zero_byte_in_an_address_is_dropped() -> None:
    assert shell.query_of("?search=%00张&page=2") == {"search": "张", "page": "2"}
