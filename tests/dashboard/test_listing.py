"""Long lists: order, pages and filters stand in the address; nothing renders thousands of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from dash import dcc, html

from dashboard import listing
from dashboard.listing import Column, Listing


@dataclass(frozen=True)
class Site:
    name: str
    missed: int | None


COLUMNS: tuple[Column[Site], ...] = (
    Column("项目", lambda r: r.name, "name", lambda r: r.name),
    Column("缺勤", lambda r: str(r.missed), "missed", lambda r: r.missed, "number", "minor"),
    Column("备注", lambda _: "—"),
)
SITES = [Site("乙", 3), Site("甲", None), Site("丙", 9)]
LISTED = Listing(COLUMNS, "项目", "name")


def walk(node: Any) -> Iterator[Any]:
    if isinstance(node, list | tuple):
        for child in node:
            yield from walk(child)
    elif node is not None:
        yield node
        yield from walk(getattr(node, "children", None))


def find(node: Any, kind: type) -> list[Any]:
    return [part for part in walk(node) if isinstance(part, kind)]


def words(node: Any) -> str:
    return "".join(part for part in walk(node) if isinstance(part, str))


def names(query: dict[str, str], listed: Listing[Site] = LISTED) -> list[str]:
    return [row.name for row in listed.sort(SITES, query)]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("", ["丙", "乙", "甲"]),
        ("-name", ["甲", "乙", "丙"]),
        ("missed", ["乙", "丙", "甲"]),
        ("-missed", ["丙", "乙", "甲"]),  # what has no value is last either way
        ("nonsense", ["丙", "乙", "甲"]),
        ("--missed", ["丙", "乙", "甲"]),
    ],
)
def test_rows_are_sorted_as_the_address_says(asked: str, expected: list[str]) -> None:
    assert names({"sort": asked} if asked else {}) == expected


def test_a_head_turns_its_own_order_and_starts_with_the_most() -> None:
    shown = LISTED.show(SITES, "/projects", {"area": "4301", "page": "2"})
    name, missed, note = find(shown, html.Th)[:3]
    assert (name.children.href, getattr(name, "aria-sort")) == ("/projects?area=4301&sort=-name", "ascending")
    assert missed.children.href == "/projects?area=4301&sort=-missed"
    assert not hasattr(missed, "aria-sort")
    assert note.children == "备注"
    assert missed.className == "number minor"


def test_two_lists_of_a_page_do_not_turn_each_other() -> None:
    other = Listing(COLUMNS, "考勤机", "name", name="t")
    assert names({"sort": "missed"}, other) == ["丙", "乙", "甲"]
    assert names({"tsort": "missed"}, other) == ["乙", "丙", "甲"]
    assert find(other.show(SITES, "/", {"sort": "missed"}), html.Th)[0].children.href == "/?sort=missed&tsort=-name"


@pytest.mark.parametrize(
    ("page", "first", "rows"),
    [("", "0000", 50), ("2", "0050", 50), ("40", "1950", 50), ("41", "1950", 50), ("0", "0000", 50), ("-3", "0000", 50),
     ("x", "0000", 50), ("9" * 30, "0000", 50)],
)  # fmt: skip
def test_two_thousand_rows_are_sent_fifty_at_a_time(page: str, first: str, rows: int) -> None:
    many = [Site(f"{k:04d}", k) for k in range(2000)]
    shown = LISTED.show(many, "/", {"page": page} if page else {})
    (body,) = find(shown, html.Tbody)
    assert len(body.children) == rows
    assert body.children[0].children[0].children == first
    assert "共 2,000 条" in words(shown)


def test_the_pages_around_the_present_one_are_links_and_it_says_where_one_is() -> None:
    shown = listing.pager(2000, 20, 50, "/terminals", {"light": "offline", "page": "20"})
    assert [link.children for link in find(shown, dcc.Link)] == ["1", "18", "19", "21", "22", "40"]
    assert find(shown, dcc.Link)[0].href == "/terminals?light=offline"
    assert find(shown, dcc.Link)[1].href == "/terminals?light=offline&page=18"
    assert [span.children for span in find(shown, html.Span) if hasattr(span, "aria-current")] == ["20"]
    assert "第 951–1000 条" in words(shown)
    assert listing.pager(50, 1, 50, "/", {}) is None


def test_every_word_of_a_search_must_be_found() -> None:
    assert listing.matches({"search": "总监 浏阳"}, "浏阳市", "总监办")
    assert not listing.matches({"search": "总监 宁乡"}, "浏阳市", "总监办")
    assert listing.matches({}, "浏阳市")
    assert listing.matches({"search": "senseface"}, "SenseFace 4A")


def test_nothing_found_leads_back_to_everything() -> None:
    assert find(listing.none("/terminals", "没有", {"search": "x"}), dcc.Link)[0].href == "/terminals"
    assert find(listing.none("/terminals", "没有", {}), dcc.Link) == []


def test_a_choice_shows_what_the_address_says_and_all_by_a_value_of_its_own() -> None:
    shown: Any = listing.choice({"kind": "waterway"}, "类型", [("highway", "公路"), ("waterway", "水运")], "kind")
    select = shown.children[1]
    assert (select.id, select.value) == ({"filter": "kind"}, "waterway")
    assert [option["value"] for option in select.options] == [listing.ALL, "highway", "waterway"]
    assert listing.choice({}, "类型", [], "kind").children[1].value == listing.ALL


def test_a_province_chooses_among_prefectures_and_a_city_among_its_counties() -> None:
    whole: Any = listing.areas("43", {})
    assert len(whole.children[1].options) == 15
    city: Any = listing.areas("4301", {})
    assert {option["value"][:4] for option in city.children[1].options[1:]} == {"4301"}
    assert len(city.children[1].options) == 10


def test_an_address_drops_what_is_empty() -> None:
    assert listing.href("/", {"a": "1", "b": "2"}, b="", c=3) == "/?a=1&c=3"
    assert listing.href("/", {"a": "1"}, a=None) == "/"
