"""Parts of a page: pure functions from values to Dash components; their looks stand in assets/*.css."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard import theme
from dashboard.figures import wording
from models.queries.rows import Finding
from models.rules.presence import Light
from models.wording import LIGHTS, MARKS, percent

Node = Component | str | None
Body = Node | Sequence[Node]
SIGN_LOOKS: Final = {
    "offline": ("bad", "✕"),
    "clock": ("warn", "▲"),
    "gap": ("bad", "◆"),
    "tamper": ("bad", "!"),
    "missed": ("bad", "■"),
    "unresolved": ("idle", "?"),
}
BONES: Final = {"kpis": 5, "map": 2, "table": 14, "heatmap": 22, "text": 3}


@dataclass(frozen=True, slots=True)
class Change:
    """A difference to the period before; `good` None: neither good nor bad."""

    text: str
    up: bool | None
    good: bool | None


@dataclass(frozen=True, slots=True)
class Head:
    """A column of a table; `sort` is the address that sorts by it, `sorted` its aria-sort value.

    `look`: minor (not on a phone), lesser (only on a desk), long (cut with an ellipsis).
    """

    text: str
    kind: Literal["text", "number", "bar"] = "text"
    sort: str = ""
    sorted: Literal["", "ascending", "descending"] = ""
    look: str = ""


def aria(**words: str) -> dict[str, Any]:
    """Attributes for those who hear the screen: `label` becomes aria-label."""
    return {f"aria-{name}": word for name, word in words.items()}


def change(now: float | None, before: float | None, more_is_better: bool = True) -> Change | None:
    """The difference of two shares in percentage points with one digit; None when one is unknown."""
    if now is None or before is None:
        return None
    points = round((now - before) * 100, 1)
    if points == 0:
        return Change(wording.LEVEL, None, None)
    return Change(f"{abs(points):.1f} {wording.POINTS}", points > 0, (points > 0) == more_is_better)


def delta(value: Change | None, short: bool = False) -> Node:
    """▲ 0.8 个百分点: arrow, number and word; the colour says good or bad, not up or down."""
    if value is None:
        return html.Span("—", className="delta idle")
    arrow = "" if value.up is None else "▲" if value.up else "▼"
    look = "idle" if value.good is None else "good" if value.good else "bad"
    text = value.text.removesuffix(f" {wording.POINTS}") if short else value.text
    return html.Span([html.I(arrow, className="arrow"), text], className=f"delta {look}")


def kpi(
    label: str, value: str, unit: str = "", note: Body = "", delta: Change | None = None, tone: str = "", href: str = ""
) -> Component:
    """A key figure: label, large value with unit, then the change and a note."""
    known = value != percent(None)
    figures = [html.Span(value, className="kpi-value"), html.Span(unit if known else "", className="kpi-unit")]
    foot = [_delta(delta) if delta else None, html.Span(note, className="kpi-note")]
    body = [html.Div(label, className="kpi-label"), html.Div(figures), html.Div(foot, className="kpi-foot")]
    look = f"kpi {tone}".strip()
    return dcc.Link(body, href=href, className=look) if href else html.Div(body, className=look)


_delta = delta  # the parameter of `kpi` bears the same name


def title(text: str) -> Component:
    """A page's name for those who hear it, and for the window: where no panel's heading says it."""
    return html.H1(text, className="visually-hidden")


def card(title: Node, body: Body, aside: Body = None, foot: Body = None, look: str = "", level: int = 2) -> Component:
    """A panel with a heading; `aside` stands right of it, `foot` below the body. `look`: fills, map-card, heat-card."""
    heading = {1: html.H1, 2: html.H2, 3: html.H3}[level](title, className="panel-title")
    parts: list[Component] = [html.Header([heading, html.Div(aside, className="panel-aside") if aside else None])]
    parts.append(html.Div(body, className="panel-body"))
    if foot:
        parts.append(html.Footer(foot))
    return html.Section(parts, className=f"panel {look}".strip())


def badge(of: Light | str, text: str = "") -> Component:
    """A light or the sign of a finding as shape and word on its tone; KeyError for a sign unknown."""
    if isinstance(of, Light):
        mark = theme.LIGHTS[of]
        return tag(mark.tone, mark.sign, text or LIGHTS[of])
    look, sign = SIGN_LOOKS[of]
    return tag(look, sign, text or wording.SIGNS[of])


def tag(look: str, sign: str, text: str) -> Component:
    """A small label. `look`: good, warn, bad, idle, info."""
    return html.Span([html.I(sign, **aria(hidden="true")) if sign else None, text], className=f"tag {look}")


def bar(share: float | None, look: str = "", floor: float = 0.0) -> Component:
    """The little bar in a table: a share in 0..1 drawn from `floor` to 1; the number stands beside it in the row."""
    width = 0.0 if share is None else min(1.0, max(0.0, (share - floor) / (1 - floor)))
    fill = html.Span(className=f"bar-fill {look or theme.tone(share)}", style={"width": f"{width * 100:.1f}%"})
    return html.Span(fill, className="bar", role="img", **aria(label=percent(share)))


def share(value: float | None) -> Component:
    """A share in a row: the bar from 50 %, and the number."""
    return html.Span([bar(value, floor=0.5), html.Span(percent(value), className="percent")], className="share")


def table(head: Sequence[Head], rows: Sequence[Sequence[Body]], caption: str, look: str = "") -> Component:
    """A table with scoped headings; the first cell of a row is its heading. The caption is read, not shown."""
    lines = [html.Tr([_cell(*pair, k == 0) for k, pair in enumerate(zip(head, row, strict=True))]) for row in rows]
    body = [html.Caption(caption), html.Thead(html.Tr([_heading(column) for column in head])), html.Tbody(lines)]
    # Focusable, so that a keyboard can scroll a table wider than its panel.
    return html.Div(
        html.Table(body, className=f"rows {look}".strip()),
        className="rows-frame",
        tabIndex=0,
        role="group",
        **aria(label=caption),
    )


def _cell(column: Head, body: Body, first: bool) -> Component:
    look = f"{column.kind} {column.look}".strip()
    return html.Th(body, scope="row", className=look) if first else html.Td(body, className=look)


def _heading(column: Head) -> Component:
    arrow = {"ascending": " ▲", "descending": " ▼"}.get(column.sorted, "")
    link = dcc.Link(column.text + arrow, href=column.sort, title=wording.SORT_BY) if column.sort else column.text
    look = f"{column.kind} {column.look}".strip()
    return html.Th(link, scope="col", className=look, **(aria(sort=column.sorted) if column.sorted else {}))


def freshness() -> Component:
    """Frame of the stamp that says how old the figures are; assets/stamp.js fills it with these words each second."""
    said: dict[str, Any] = {f"data-{name}": word for name, word in wording.STAMP.items()}
    spans = [html.Span(className="as-of"), html.Span(className="every"), html.Span(className="age", role="status")]
    return html.Div([html.I(className="lamp"), *spans], id="fresh", className="freshness", **said)


def empty(why: str, next_step: Body = "") -> Component:
    """Nothing to show: why, and what to do next."""
    return html.Div(
        [html.I(className="pictogram pictogram-empty"), html.P(why), html.P(next_step, className="next")],
        className="hollow",
    )


def error(what: str, retry: Component | str = "", last_good: str = "", title: str = wording.FAILED) -> Component:
    """Something is in the way: what, the last good time, and a way on (an address or a component)."""
    since = f"{wording.LAST_GOOD} {last_good}" if last_good else ""
    button: Node = None if isinstance(retry, str) else retry
    if isinstance(retry, str) and retry:
        button = dcc.Link(wording.BACK, href=retry, className="btn btn-sm btn-outline-danger")
    said = [html.I(className="pictogram pictogram-fault"), html.H1(title, className="fault-title"), html.P(what)]
    return html.Div([*said, html.P(since, className="next"), button], className="fault", role="alert")


def fault() -> Component:
    """What stands for a page that did not come; assets/session.js puts the last good time at {time}."""
    button = html.Button(wording.RETRY, id="retry", className="btn btn-sm btn-outline-danger", type="button")
    return error(wording.NO_ANSWER, button, "{time}")


def skeleton(kind: str) -> Component:
    """Grey bones in the shape of what is coming: kpis, map, table, heatmap, text; KeyError for another kind."""
    bones = [html.Span(className="bone") for _ in range(BONES[kind])]
    return html.Div(bones, className=f"skeleton {kind}")


def skeletons(name: str, kinds: Sequence[str]) -> Component:
    """What a page looks like before its first answer: key figures as cards, all else in a panel."""
    bones = [skeleton(kind) for kind in kinds]
    shown = [
        bone if kind == "kpis" else html.Div(bone, className="panel") for kind, bone in zip(kinds, bones, strict=True)
    ]
    return html.Div([title(name), *shown], className="skeletons", role="status", **aria(label=wording.LOADING))


def breadcrumb(items: Sequence[tuple[str, str]]) -> Component:
    """The way down from the province: (text, address); the last is where we are."""
    steps = [html.Li(dcc.Link(text, href=href)) for text, href in items[:-1]]
    here = html.Li(items[-1][0], **aria(current="page"))
    return html.Nav(html.Ol([*steps, here], className="trail"), **aria(label=wording.TRAIL))


def legend(items: Sequence[tuple[str, str, str]], glyphs: bool = False, title: str = "") -> Component:
    """(colour, sign, words): a filled swatch that holds the sign, or with `glyphs` the sign itself in its colour."""
    rows = [html.Span(title, className="key-title")] if title else []
    return html.Div([*rows, *(_key(colour, sign, words, glyphs) for colour, sign, words in items)], className="key")


def _key(colour: str, sign: str, words: str, glyph: bool) -> Component:
    light = colour in (theme.RED, theme.GREY, theme.NAVY, theme.INK)
    look = "glyph" if glyph else "swatch round" if colour == theme.INK else "swatch"  # ink: a bubble of the map
    paint = {"color": colour} if glyph else {"background": colour, "color": theme.SURFACE if light else theme.INK}
    return html.Span([html.I(sign, className=look, style=paint), words], className="key-item")


def segment(items: Sequence[tuple[str, str, bool]], label: str) -> Component:
    """A switch of two or more views as links: (text, address, is it the present one?)."""
    links = [
        html.Li(dcc.Link(text, href=href), **(aria(current="true") if here else {}))  # dcc.Link takes no aria-*
        for text, href, here in items
    ]
    return html.Nav(html.Ul(links), className="segment", **aria(label=label))


def facts(pairs: Sequence[tuple[str, Body]]) -> Component:
    """A definition list: what, and what it is."""
    return html.Dl([html.Div([html.Dt(what), html.Dd(value)]) for what, value in pairs], className="facts")


def worklist(findings: Sequence[Finding], as_of: datetime) -> Component:
    """What needs a hand today, each a link with its sign and age."""
    if not findings:
        return empty(*wording.NOTHING_TO_DO)
    return html.Ul([_work(finding, as_of) for finding in findings], className="worklist")


def _work(finding: Finding, as_of: datetime) -> Component:
    age = wording.ago((as_of - finding.since).total_seconds()) if finding.since else ""
    return html.Li([badge(finding.sign), dcc.Link(finding.title, href=finding.link), html.Span(age, className="age")])


def drawer(name: str, title: str, body: Body, opened: bool = False) -> Component:
    """A frame at the right edge for the evidence of a cell; what lies beneath stays visible and usable."""
    frame: Component = dbc.Offcanvas(
        html.Div(body, id=f"{name}-body", className="drawer-body"),
        id=name,
        title=html.Span(title, id=f"{name}-title"),
        labelledby=f"{name}-title",
        is_open=opened,
        placement="end",
        backdrop=False,
        scrollable=True,
        class_name="drawer",
    )
    return frame


def banner(mark: str) -> Component:
    """The stripe on every page of a database that is not real; KeyError for a mark unknown."""
    said = [html.B(MARKS[mark]), html.Span(wording.MARK_NOTES[mark])]
    return html.Aside(said, className="mark", **aria(label=MARKS[mark]))
