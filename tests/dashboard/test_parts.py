"""Parts are functions of values: the returned components are compared, no browser is started."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dash import html

from dashboard import parts, theme
from dashboard.figures import wording
from models.queries.rows import Finding
from models.rules.presence import Light
from models.wording import LIGHTS, MARKS

NOW = datetime(2026, 11, 22, 6, 32, 5, tzinfo=UTC)
ASSETS = Path(theme.__file__).resolve().parents[1] / "assets"


def walk(node: Any) -> Iterator[Any]:
    if isinstance(node, (list, tuple)):
        for child in node:
            yield from walk(child)
    elif node is not None:
        yield node
        yield from walk(getattr(node, "children", None))


def words(node: Any) -> str:
    return "".join(part for part in walk(node) if isinstance(part, str))


def find(node: Any, kind: type) -> list[Any]:
    return [part for part in walk(node) if isinstance(part, kind)]


@pytest.mark.parametrize("light", Light)
def test_a_light_is_shown_by_shape_and_word(light: Light) -> None:
    shown: Any = parts.badge(light)
    assert words(shown) == theme.LIGHTS[light].sign + LIGHTS[light]
    assert shown.className == f"tag {theme.LIGHTS[light].tone}"


@pytest.mark.parametrize("sign", ["offline", "clock", "missed", "unresolved"])
def test_every_sign_of_a_finding_has_shape_and_word(sign: str) -> None:
    shape, word = (part for part in walk(parts.badge(sign)) if isinstance(part, str))
    assert shape
    assert len(word) >= 2


def test_an_unknown_sign_is_an_error_not_an_empty_badge() -> None:
    with pytest.raises(KeyError):
        parts.badge("nonsense")


@pytest.mark.parametrize(
    ("now", "before", "better", "expected"),
    [
        (0.934, 0.926, True, parts.Change("0.8 个百分点", True, True)),
        (0.926, 0.934, True, parts.Change("0.8 个百分点", False, False)),
        (0.05, 0.04, False, parts.Change("1.0 个百分点", True, False)),
        (0.9301, 0.93, True, parts.Change("持平", None, None)),
        (None, 0.9, True, None),
        (0.9, None, True, None),
    ],
)
def test_a_change_is_judged_by_good_and_bad_not_by_direction(
    now: float | None, before: float | None, better: bool, expected: parts.Change | None
) -> None:
    assert parts.change(now, before, better) == expected


def test_a_delta_has_arrow_number_and_tone() -> None:
    shown: Any = parts.delta(parts.Change("1.0 个百分点", True, False))
    assert words(shown) == "▲1.0 个百分点"
    assert shown.className == "delta bad"
    assert words(parts.delta(parts.Change("1.0 个百分点", False, True), short=True)) == "▼1.0"
    assert words(parts.delta(None)) == "—"


def test_a_key_figure_shows_label_value_unit_change_and_note() -> None:
    shown: Any = parts.kpi(
        "到岗率", "93.4", "%", "应到 100", delta=parts.Change("0.8 个百分点", True, True), tone="good"
    )
    assert words(shown) == "到岗率93.4%▲0.8 个百分点应到 100"
    assert shown.className == "kpi good"
    linked: Any = parts.kpi("离线", "3", href="/terminals")
    assert linked.href == "/terminals"


@pytest.mark.parametrize(
    ("share", "floor", "width"), [(0.5, 0.0, "50.0%"), (0.75, 0.5, "50.0%"), (0.2, 0.5, "0.0%"), (None, 0.0, "0.0%")]
)
def test_a_bar_is_drawn_from_its_floor_and_speaks_its_share(share: float | None, floor: float, width: str) -> None:
    shown: Any = parts.bar(share, floor=floor)
    assert shown.children.style == {"width": width}
    assert getattr(shown, "aria-label") == ("—" if share is None else f"{share * 100:.1f}%")


def test_a_table_has_scoped_headings_a_caption_and_aria_sort() -> None:
    head = [parts.Head("单位"), parts.Head("得分", "number", sort="?by=score", sorted="descending")]
    shown: Any = parts.table(head, [["甲", "99"], ["乙", "98"]], "排名")
    assert [cell.scope for cell in find(shown, html.Th)] == ["col", "col", "row", "row"]
    assert getattr(find(shown, html.Th)[1], "aria-sort") == "descending"
    assert words(find(shown, html.Caption)[0]) == "排名"
    assert [cell.className for cell in find(shown, html.Td)] == ["number", "number"]


def test_a_row_of_another_length_than_the_head_is_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        parts.table([parts.Head("单位")], [["甲", "99"]], "排名")


def test_the_stamp_carries_every_word_that_its_script_asks_for() -> None:
    shown: Any = parts.freshness()
    script = (ASSETS / "stamp.js").read_text("utf-8")
    asked = set(re.findall(r"words\.([a-zA-Z]+)", script))
    given = {re.sub("-(.)", lambda found: found[1].upper(), name) for name in wording.STAMP}
    assert asked == given
    assert all(getattr(shown, f"data-{name}") == word for name, word in wording.STAMP.items())
    classes = {span.className for span in find(shown, html.Span)}
    assert classes == set(re.findall(r'querySelector\("\.([a-z-]+)"\)', script))
    assert [span.className for span in find(shown, html.Span) if getattr(span, "role", "") == "status"] == ["age"]


def test_empty_and_error_say_what_to_do_next() -> None:
    assert words(parts.empty("没有项目", "请录入")) == "没有项目请录入"
    shown: Any = parts.error("没有回应", "/again", "14:32:05")
    assert shown.role == "alert"
    assert shown.children[-1].href == "/again"
    assert "14:32:05" in words(shown)
    final: Any = parts.error("没有权限")
    assert final.children[-1] is None
    button = html.Button("重来")
    offered: Any = parts.error("没有回应", button)
    assert offered.children[-1] is button


@pytest.mark.parametrize("kind", parts.BONES)
def test_a_skeleton_says_that_it_loads(kind: str) -> None:
    assert len(parts.skeleton(kind).children) == parts.BONES[kind]
    shown: Any = parts.skeletons("项目", [kind])
    assert (shown.role, getattr(shown, "aria-label")) == ("status", "正在加载")


def test_the_last_step_of_the_trail_is_where_we_are() -> None:
    steps = find(parts.breadcrumb([("全省", "/"), ("长沙市", "")]), html.Li)
    assert steps[0].children.href == "/"
    assert steps[1].children == "长沙市"
    assert getattr(steps[1], "aria-current") == "page"


def test_a_switch_marks_one_view() -> None:
    steps = find(parts.segment([("到岗率", "/", True), ("在线率", "/p", False)], "指标"), html.Li)
    assert [getattr(step, "aria-current", None) for step in steps] == ["true", None]


def test_a_legend_never_relies_on_colour_alone() -> None:
    shown: Any = parts.legend([("#B2182B", "缺", "缺勤"), ("#ffffff", "", "不在册")])
    assert words(shown) == "缺缺勤不在册"
    assert find(parts.legend([("#2166AC", "●", "在线 3")], glyphs=True), html.I)[0].style["color"] == "#2166AC"


def test_the_worklist_links_each_finding_with_its_age() -> None:
    shown: Any = parts.worklist([Finding("offline", "3 号终端", NOW - timedelta(hours=26), "/terminal/3")], NOW)
    assert words(shown) == "✕离线3 号终端26 小时"
    assert shown.children[0].children[1].href == "/terminal/3"
    assert "没有需要处理" in words(parts.worklist([], NOW))


def test_the_drawer_leaves_the_page_beneath_usable() -> None:
    shown: Any = parts.drawer("evidence", "依据", "正文", opened=True)
    assert (shown.id, shown.children.id, shown.is_open, shown.backdrop) == ("evidence", "evidence-body", True, False)
    assert (shown.title.children, shown.title.id) == ("依据", shown.labelledby)


@pytest.mark.parametrize("mark", MARKS)
def test_every_mark_of_a_database_has_its_banner(mark: str) -> None:
    assert words(parts.banner(mark)).startswith(MARKS[mark])


def test_cards_have_a_heading_of_the_asked_level() -> None:
    assert words(find(parts.card("标题", "正文"), html.H2)) == "标题"
    assert words(find(parts.card("标题", "正文", level=3), html.H3)) == "标题"
    assert find(parts.card("标题", "正文", foot="脚"), html.Footer)


SHEETS = sorted(path.name for path in ASSETS.iterdir() if path.suffix in (".css", ".js", ".svg"))


@pytest.mark.parametrize("name", SHEETS)
def test_assets_load_nothing_from_elsewhere(name: str) -> None:
    text = (ASSETS / name).read_text("utf-8")
    assert "@import" not in text
    assert "sourceMappingURL" not in text
    for url in re.findall(r"url\([\"']?([^\"')]+)", text):
        assert url.startswith("data:") or (ASSETS / url.removeprefix("/assets/")).is_file(), url


def test_our_sheets_follow_bootstraps_and_stay_short() -> None:
    sheets = [name for name in SHEETS if name.endswith(".css")]
    assert sheets[0] == "00-bootstrap.min.css"  # Dash links them in this order
    for name in (name for name in SHEETS if "bootstrap" not in name and not name.endswith(".svg")):
        assert (ASSETS / name).read_text("utf-8").count("\n") <= 150, f"{name}: one noun a sheet, split it"


def test_doors_link_sheets_that_are_there() -> None:
    page = (ASSETS.parent / "dashboard/templates/door.html").read_text("utf-8")
    linked = re.findall(r'href="/assets/([^"]+)"', page)
    assert len(linked) >= 5
    assert all((ASSETS / name).is_file() for name in linked)


def test_figures_and_style_sheet_share_their_colours() -> None:
    sheet = (ASSETS / "10-tokens.css").read_text("utf-8").lower()
    tokens = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", sheet))
    names = {"ink": theme.INK, "ink-soft": theme.INK_SOFT, "ink-faint": theme.INK_FAINT, "line": theme.LINE}
    names |= {"page": theme.PAGE, "navy": theme.NAVY, "blue": theme.BLUE, "red": theme.RED, "amber": theme.AMBER}
    assert {name: tokens[name] for name in names} == {name: value.lower() for name, value in names.items()}


def luminance(colour: str) -> float:
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_letters_stand_out_from_every_ground_they_stand_on() -> None:
    for ground in (*theme.CLASSES, theme.SURFACE, theme.PAGE, theme.NO_DATA):
        assert contrast(theme.INK, ground) >= 4.5, ground
    for letters in (theme.INK_SOFT, theme.INK_FAINT, theme.RED, theme.BLUE):
        assert contrast(letters, theme.SURFACE) >= 4.5, letters
