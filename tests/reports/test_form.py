"""The form of GB/T 9704-2012, measured on the printed page."""

from __future__ import annotations

import dataclasses
from io import BytesIO
from itertools import pairwise

import pytest
from pypdf import PdfReader

from reports import circulars, fonts
from tests.reports.measure import measure
from tests.reports.ruler import (
    BOTTOM,
    LEFT,
    PITCH,
    RIGHT,
    TOP,
    body,
    line_with,
    page_of,
    text,
    words,
)
from tests.reports.samples import paper, ranking, silent


def test_a_page_holds_22_lines_of_28_characters(issued: PdfReader) -> None:
    first, second = (body(issued, number) for number in (0, 1))
    baselines = [line[0].y for line in second]
    pitch = (baselines[-1] - baselines[0]) / 21
    assert len(baselines) == 22
    assert {round((after - before) / PITCH) for before, after in pairwise(baselines)} == {1}
    assert pitch * 22 == pytest.approx(225, abs=1)
    assert TOP < baselines[0] < TOP + pitch
    assert BOTTOM - pitch < baselines[-1] < BOTTOM
    for line in first[1:]:  # below the number
        offset = (line[0].y - baselines[0]) / pitch
        assert offset == pytest.approx(round(offset), abs=0.02), words(line)
    full = [line for line in first if len(line) == 28 and all(len(g.text.encode()) == 3 for g in line)]
    assert full
    for line in full:
        across = (line[-1].x - line[0].x) / 27 * 28
        assert across == pytest.approx(156, abs=1)
        assert line[0].x == pytest.approx(LEFT, abs=0.5)
        assert line[-1].right == pytest.approx(RIGHT, abs=1)


def test_lines_fill_the_type_area_and_none_leaves_it(issued: PdfReader) -> None:
    for number in range(3):
        rows = [line for line in body(issued, number) if line[0].y > 200 or number]
        ending = [line for line, after in pairwise(rows) if after[0].x == pytest.approx(LEFT, abs=0.1)]
        full = [words(line) for line in ending if line[-1].right != pytest.approx(RIGHT, abs=0.5)]
        assert ending
        assert full == []
        assert all(line[0].x > LEFT - 0.1 for line in rows)
        assert all(line[-1].right < RIGHT + 0.5 for line in rows)


def test_text_begins_on_the_first_page(issued: PdfReader) -> None:
    assert "现将有关情况通报如下" in text(issued, 0)


def test_the_date_ends_four_characters_from_the_right_and_the_name_is_centred_over_it(issued: PdfReader) -> None:
    number = page_of(issued, "附件：1.")
    em = 16 * 25.4 / 72
    name, signed = (line_with(issued, number, wanted) for wanted in ("湖南省交通运输厅", "2018年10月12日"))
    assert RIGHT - signed[-1].right == pytest.approx(4 * em, abs=0.5)
    assert name[0].x + name[-1].right == pytest.approx(signed[0].x + signed[-1].right, abs=0.5)
    assert signed[0].y - name[0].y == pytest.approx(PITCH, abs=0.1)


def test_a_long_agency_keeps_its_name_and_letterhead_within_the_type_area(faces: fonts.Fonts) -> None:
    area = "湘西土家族苗族自治州"
    own = dataclasses.replace(ranking(3), cities=ranking().cities[:1])
    long = paper(area=area, agency=f"{area}交通运输局", ranking=own, before=None)
    points = measure(circulars.render(long, faces, silent))
    assert [point for point in points if not point.kept] == []


def test_an_undated_draft_leaves_room_for_the_date_within_the_type_area(draft: PdfReader) -> None:
    number = page_of(draft, "附件：1.")
    name, blank = (line_with(draft, number, wanted) for wanted in ("湖南省交通运输厅", "年月日"))
    assert blank[0].x > name[0].x + 10
    assert blank[-1].right < RIGHT - 5


@pytest.mark.parametrize("count", [8, 16, 24])
def test_the_imprint_closes_the_last_page_and_that_page_is_even(faces: fonts.Fonts, count: int) -> None:
    reader = PdfReader(BytesIO(circulars.render(paper(ranking=ranking(count)), faces, silent)))
    last = len(reader.pages) - 1
    assert last % 2 == 1
    assert [number for number in range(last + 1) if "2018年10月12日印发" in text(reader, number)] == [last]
    closing = line_with(reader, last, "印发")
    assert closing[0].y == pytest.approx(BOTTOM - 3.5, abs=1.5)
    alone = text(reader, last).startswith("抄送")
    assert (f"—{last + 1}—" in text(reader, last)) != alone


def test_the_head_of_a_ranking_returns_on_each_of_its_pages(issued: PdfReader) -> None:
    first = page_of(issued, "附件22018年")
    pages, names = range(first, page_of(issued, "附件32018年")), [row.name for row in ranking().units]
    ranked = [number for number in pages if any(name in text(issued, number) for name in names)]
    assert len(ranked) >= 3
    assert all("名次单位名称类别项目人员应考勤缺勤" in text(issued, number) for number in ranked)


def test_rows_of_a_ranking_are_never_broken(issued: PdfReader) -> None:
    for row in ranking().units:
        number = page_of(issued, f"{row.people}{row.due}{row.missed}{row.attendance:.1%}".rstrip("%"))
        assert row.name in text(issued, number)


def test_a_draft_has_no_number_and_says_that_it_is_one(draft: PdfReader) -> None:
    assert "〔2018〕" not in text(draft, 0)
    assert "年月日" in text(draft)
    for number in range(len(draft.pages)):
        marked = line_with(draft, number, "草稿")
        assert marked[-1].y < TOP


def test_an_issued_paper_carries_no_mark(issued: PdfReader) -> None:
    assert "草稿" not in text(issued)
    assert "演示" not in text(issued)
    assert "湘交函〔2018〕512号" in text(issued, 0)


def test_a_demonstration_says_so_on_each_page_outside_the_type_area(draft: PdfReader) -> None:
    for number in range(len(draft.pages)):
        assert line_with(draft, number, "演示数据，不得作为正式文件")[0].y < TOP
