"""Long lists: a table that sorts by its heads and turns pages, with filters above it; all of it in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypeVar
from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard import parts
from dashboard.figures import geo, wording

Row = TypeVar("Row")
Query = Mapping[str, str]
PAGE: Final = 50  # rows sent at once; a province has 2,000 terminals
ALL: Final = "-"  # a select shows nothing for an empty value; assets/address.js leaves this one out of the address
NEAR: Final = 2  # pages named on either side of the present one


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column: its head, what it shows of a row, and what it sorts by (`by` None: it does not sort).

    `key` names it in the address. `look`: minor (left out on a phone), lesser (on anything below a desk's screen),
    long (cut with an ellipsis).
    """

    text: str
    show: Callable[[Row], Any]
    key: str = ""
    by: Callable[[Row], Any] | None = None
    kind: Literal["text", "number", "bar"] = "text"
    look: str = ""


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """A list at an address. `order`: the key it is sorted by unless the address says otherwise, - for descending.

    `name` goes before its words in the address where a page has several lists.
    """

    columns: Sequence[Column[Row]]
    caption: str
    order: str = ""
    name: str = ""
    size: int = PAGE
    look: str = ""  # tight: lower rows

    def show(self, rows: Sequence[Row], path: str, query: Query) -> Component:
        """The table of one page of the rows, and the pages below it."""
        here = min(page_of(query, f"{self.name}page"), max(1, -(-len(rows) // self.size)))
        shown = self.sort(rows, query)[(here - 1) * self.size : here * self.size]
        heads = [self._head(column, path, query) for column in self.columns]
        body = [[column.show(row) for column in self.columns] for row in shown]
        pages = pager(len(rows), here, self.size, path, query, f"{self.name}page")
        return html.Div([parts.table(heads, body, self.caption, self.look), pages])

    def sort(self, rows: Sequence[Row], query: Query) -> list[Row]:
        """All rows in the order that the address asks for; rows without a value come last either way."""
        key, down = self._order(query)
        by = next((column.by for column in self.columns if column.key == key and column.by), None)
        if by is None:
            return list(rows)
        known = [(by(row), row) for row in rows]
        first = sorted((pair for pair in known if pair[0] is not None), key=lambda pair: pair[0], reverse=down)
        return [row for _, row in first] + [row for value, row in known if value is None]

    def _order(self, query: Query) -> tuple[str, bool]:
        asked = query.get(f"{self.name}sort", "")
        known = {column.key for column in self.columns if column.by}
        chosen = asked if asked.removeprefix("-") in known else self.order
        return chosen.removeprefix("-"), chosen.startswith("-")

    def _head(self, column: Column[Row], path: str, query: Query) -> parts.Head:
        if column.by is None:
            return parts.Head(column.text, column.kind, look=column.look)
        key, down = self._order(query)
        first = "" if column.kind == "text" else "-"  # numbers: the most first
        turned = ("" if down else "-") if key == column.key else first
        changed = {f"{self.name}sort": turned + column.key, f"{self.name}page": ""}
        address = href(path, query, **changed)
        if key != column.key:
            return parts.Head(column.text, column.kind, address, look=column.look)
        return parts.Head(column.text, column.kind, address, "descending" if down else "ascending", column.look)


def share(of: Callable[[Row], float | None], text: str = "到岗率", look: str = "") -> Column[Row]:
    """The column of a share: a bar, and the number beside it."""
    return Column(text, lambda row: parts.share(of(row)), "attendance", of, "bar", look)


def href(path: str, query: Query, **changes: object) -> str:
    """An address with some parameters changed; empty ones vanish."""
    wanted = {key: str(value) for key, value in {**query, **changes}.items() if value not in (None, "")}
    return f"{path}?{urlencode(wanted)}" if wanted else path


def page_of(query: Query, name: str = "page") -> int:
    """The page that an address asks for, from 1."""
    asked = query.get(name, "")
    return max(1, int(asked)) if asked.isdecimal() and len(asked) < 7 else 1


def pager(total: int, here: int, size: int, path: str, query: Query, name: str = "page") -> Component | None:
    """Which rows are shown, and the way to the others; None when all fit."""
    last = -(-total // size)
    if last < 2:
        return None
    near = sorted({1, last, *range(max(1, here - NEAR), min(last, here + NEAR) + 1)})
    steps: list[Component] = []
    for before, number in zip([0, *near], near, strict=False):
        if number - before > 1:
            steps.append(html.Li("…"))
        steps.append(_step(number, here, href(path, query, **{name: number if number > 1 else ""})))
    span = f"第 {(here - 1) * size + 1}–{min(total, here * size)} 条，共 {total:,} 条"
    return html.Nav([html.Span(span), html.Ul(steps)], className="pager", **parts.aria(label=wording.PAGES))


def _step(number: int, here: int, address: str) -> Component:
    if number == here:
        return html.Li(html.Span(str(number), **parts.aria(current="page")))
    return html.Li(dcc.Link(str(number), href=address, title=f"第 {number} 页"))


def search(query: Query, hint: str, name: str = "search") -> Component:
    """A field that searches as one types."""
    field = dbc.Input(
        id={"filter": name},
        type="search",
        value=query.get(name, ""),
        placeholder=hint,
        debounce=400,
        autocomplete="off",
    )
    return html.Label([html.Span(hint, className="visually-hidden"), field])


def choice(query: Query, label: str, options: Sequence[tuple[str, str]], name: str, every: str = "全部") -> Component:
    """A choice of one of (value, text), or of all."""
    given = [{"label": every, "value": ALL}, *({"label": text, "value": value} for value, text in options)]
    return html.Label([label, dbc.Select(id={"filter": name}, options=given, value=query.get(name) or ALL)])


def matches(query: Query, *texts: str, name: str = "search") -> bool:
    """Does one of the texts hold each word of the search?"""
    return all(any(word in text.lower() for text in texts) for word in query.get(name, "").lower().split())


def none(path: str, what: str, query: Query) -> Component:
    """Nothing found: what was sought, and the way back to everything."""
    if not query:
        return parts.empty(what)
    return parts.empty(what, dcc.Link("清除筛选条件", href=path))


def areas(prefix: str, query: Query) -> Component:
    """A choice of the territory's prefectures, or of its counties where it is one prefecture; the value is a prefix."""
    if len(prefix) == 2:
        return choice(query, "市州", [(place.code[:4], place.name) for place in geo.places("cities")], "area", "全省")
    counties = [place for place in geo.counties_of(prefix[:4] + "00") if place.code.startswith(prefix)]
    return choice(query, "县市区", [(place.code, place.name) for place in counties], "area")
