"""The circular: every figure stands on it, its form is measured, and it says nothing it should not."""

from __future__ import annotations

import dataclasses
import os
import random
import re
import socket
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from fontTools.pens.boundsPen import BoundsPen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from pypdf import PdfReader

from models.queries.rows import CityRankRow, PersonRankRow, Ranking, RankRow, Tally
from models.rules.credit import places
from models.rules.instants import Period
from models.rules.parameters import law
from reports import circulars, findings, typesetting
from reports.circulars import Paper
from tests.reports.measure import Glyph, glyphs, lines, words, written

CITIES = ("长沙", "株洲", "湘潭", "衡阳", "邵阳", "岳阳", "常德", "张家界", "益阳", "郴州", "永州", "怀化", "娄底")
AUTONOMOUS = "湘西土家族苗族自治州"
UNSUPERVISED = "张家界市"
NAMES = ["湖南路桥建设集团第{}分公司", "湘江公路工程监理咨询有限责任公司第{}监理处", "长沙溁{}喆玥䶮工程检测有限公司"]
PERSON = "欧阳履约"
TOP, LEFT, BOTTOM, RIGHT = 37.0, 28.0, 262.0, 184.0  # mm: the type area
PITCH = 225 / 22


def units(count: int, chance: random.Random) -> tuple[RankRow, ...]:
    rows = []
    for index in range(count):
        due = chance.randint(3, 25) if index % 11 == 5 else chance.randint(200, 1500)
        met = due - min(due, chance.randint(0, 90))
        points = Decimal(due - met) / 10
        kind = ("contractor", "supervisor", "laboratory")[index % 3]
        rows.append((NAMES[index % 3].format(index), kind, due, met, points))
    placed = places(rows, key=lambda row: row[4], ranked=lambda row: row[2] >= 30)
    return tuple(
        RankRow(place, index, name, kind, ((1, "项目"),) * chance.randint(1, 4), ("430100",), chance.randint(4, 40),
                due, met, points, 100 - points, "AA" if points < 5 else "A" if points < 8 else "C")
        for index, (place, (name, kind, due, met, points)) in enumerate(placed)
    )  # fmt: skip


def cities(chance: random.Random) -> tuple[CityRankRow, ...]:
    rows = []
    for name in (*(f"{city}市" for city in CITIES), AUTONOMOUS):
        due = chance.randint(800, 4000)
        offline = chance.choice([0, 0, 1, 3])
        met = due - chance.randint(20, 400)
        tally = Tally(chance.randint(3, 30), chance.randint(60, 300), due, met, 3, 20, 20 - offline, offline)
        rows.append((name, Tally() if name == UNSUPERVISED else tally))
    placed = places(rows, key=lambda row: -(row[1].attendance or 0), ranked=lambda row: row[1].due > 0)
    return tuple(
        CityRankRow(place, name, name, tally, Decimal(chance.randint(0, 500)) / 10, 0.8 + (place or 0) / 100)
        for place, (name, tally) in placed
    )


def ranking(count: int = 60, seed: int = 1) -> Ranking:
    chance = random.Random(seed)
    rows = cities(chance)
    parts = [part.name for part in dataclasses.fields(Tally)]
    total = Tally(*(sum(getattr(row.tally, part) for row in rows) for part in parts))
    person = PersonRankRow(1, 1, PERSON, "湘江公路", 1, "项目", "项目经理", 30, 12, Decimal("4.5"))
    points = sum((row.points for row in rows), Decimal())
    as_of = datetime(2018, 10, 8, 1, 30, tzinfo=UTC)
    return Ranking("2018Q3", as_of, units(count, chance), (person,), rows, total, points, "5eed" * 16, law().assumed())


def paper(**changes: object) -> Paper:
    issued = Paper(
        kind="circular",
        period=Period.parse("2018Q3"),
        area="湖南省",
        agency="湖南省交通运输厅",
        number="湘交函〔2018〕512号",
        date=date(2018, 10, 12),
        ranking=ranking(),
        before=ranking(seed=2),
        mark=None,
    )
    return dataclasses.replace(issued, **changes)  # type: ignore[arg-type]


def silent(percent: int, word: str) -> None:
    """Nobody listens to the progress."""


@pytest.fixture(scope="module")
def faces() -> typesetting.Fonts:
    return typesetting.fonts(Path(os.environ.get("FONTS_DIR", "/var/lib/lvyue/fonts")))


@pytest.fixture(scope="module")
def issued(faces: typesetting.Fonts) -> PdfReader:
    return PdfReader(BytesIO(circulars.render(paper(), faces, silent)))


@pytest.fixture(scope="module")
def draft(faces: typesetting.Fonts) -> PdfReader:
    unsigned = paper(number=None, date=None, mark="demonstration", ranking=ranking(8), before=None)
    return PdfReader(BytesIO(circulars.render(unsigned, faces, silent)))


@cache
def text(reader: PdfReader, number: int | None = None) -> str:
    if number is not None:
        return written(reader, number)
    return "".join(text(reader, index).replace(f"—{index + 1}—", "") for index in range(len(reader.pages)))


def page_of(reader: PdfReader, wanted: str) -> int:
    return next(number for number in range(len(reader.pages)) if wanted in text(reader, number))


def line_with(reader: PdfReader, number: int, wanted: str) -> list[Glyph]:
    return next(line for line in lines(glyphs(reader, number)) if wanted in words(line))


def body(reader: PdfReader, number: int) -> list[list[Glyph]]:
    """The lines of 3号 characters within the type area."""
    return lines([glyph for glyph in inside(glyphs(reader, number)) if glyph.size == pytest.approx(16, abs=0.1)])


def inside(found: Sequence[Glyph]) -> list[Glyph]:
    return [glyph for glyph in found if TOP < glyph.y < BOTTOM]


# --- what it says


def test_every_figure_of_the_ranking_stands_on_the_paper(issued: PdfReader) -> None:
    given, printed = ranking(), text(issued)
    rows = [
        f"{row.place}{row.name}{row.tally.projects}{row.tally.people}{row.tally.due}{row.tally.met}"
        f"{row.tally.attendance:.1%}" for row in given.cities if row.tally.projects
    ] + [
        f"{row.place or '—'}{row.name}"
        + {"contractor": "施工", "supervisor": "监理", "laboratory": "工地试验室"}[row.kind]
        + f"{len(row.projects)}{row.people}{row.due}{row.missed}{row.attendance:.1%}"
        + f"{row.points:.1f}{row.score:.2f}{row.band}"
        for row in given.units
    ]  # fmt: skip
    assert [row for row in rows if row.replace("%", "") not in printed] == []
    total = given.total
    for figure in (f"{total.projects}个在建项目", "60家从业单位", f"{total.people}名合同人员", f"应考勤{total.due}人次",
                   f"到岗{total.met}人次", f"缺勤{total.missed}人次", f"到岗率为{total.attendance:.1%}",
                   f"考勤终端{total.terminals}台", f"在线{total.online}台", f"离线{total.offline}台",
                   f"累计扣分{given.points:.1f}分"):  # fmt: skip
        assert figure in printed


def test_the_best_and_the_worst_are_named_by_their_places(issued: PdfReader) -> None:
    placed, printed = [row for row in ranking().cities if row.place], text(issued)
    assert "、".join(row.name for row in placed[:3]) + "到岗率居全省前三位" in printed
    assert "；" + "、".join(row.name for row in placed[-3:]) + "居后三位" in printed


def test_the_change_is_the_difference_of_the_printed_shares(issued: PdfReader) -> None:
    now, before = ranking().total.attendance, ranking(seed=2).total.attendance
    assert findings.change(0.93449, 0.92151) == Decimal("1.2")  # 93.4 − 92.2, though the shares differ by 1.298
    points = abs(Decimal(f"{now:.1%}"[:-1]) - Decimal(f"{before:.1%}"[:-1]))
    assert f"较上季度（{before:.1%}）{'上升' if now > before else '下降'}{points}个百分点" in text(issued)  # type: ignore[operator]


def test_a_city_without_supervised_projects_is_left_out(issued: PdfReader) -> None:
    assert UNSUPERVISED not in text(issued)
    assert "全省13个市（州）" in text(issued)


def test_units_with_few_windows_stand_last_without_a_place(issued: PdfReader) -> None:
    after = text(issued).partition("以下单位暂不排名")[2]
    few = [row.name for row in ranking().units if row.place is None]
    assert few
    assert all(name in after for name in few)


def test_assumed_numbers_and_the_direction_of_the_rankings_are_told(issued: PdfReader) -> None:
    printed = text(issued)
    assert printed.count("名次靠前为履约较好") == 2
    assert all(re.sub(r"\s", "", reason) in printed for reason in law().assumed())


def test_no_person_is_named(issued: PdfReader) -> None:
    assert PERSON not in text(issued)
    assert PERSON not in circulars.page(paper())


def test_sentences_without_anything_to_say_drop_out() -> None:
    nothing = Ranking("2018Q3", datetime(2018, 10, 8, tzinfo=UTC), (), (), (), Tally(), Decimal(0), "0" * 64)
    written = re.sub(r"\s|<[^>]*>", "", circulars.page(paper(ranking=nothing, before=None)).partition("<body>")[2])
    assert all(said in written for said in ("二、有关要求", "不计算到岗率", "未产生扣分"))
    assert not any(said in written for said in ("主要特点", "存在问题", "终端情况"))
    assert re.findall(r"[，、；：][。；，、]|。。|（）|None|为[，。；]", written) == []


@pytest.mark.parametrize("seed", range(40))
def test_no_clause_is_ever_empty(seed: int) -> None:
    chance = random.Random(seed)
    given = ranking(chance.randint(0, 9), seed)
    kept = given.cities[: chance.randint(0, 6)]
    thin = dataclasses.replace(given, cities=kept, points=chance.choice([Decimal(0), Decimal("3.5")]))
    before = ranking(3, seed + 1) if seed % 2 else None
    written = re.sub(r"\s|<[^>]*>", "", circulars.page(paper(ranking=thin, before=before)).partition("<body>")[2])
    assert re.findall(r"[，、；][。；，、]|。。|（）|None|为[，。；]|居[，。；]|在[，。；]", written) == []


def test_units_that_share_a_place_stand_together_and_likes_are_not_ranked() -> None:
    @dataclasses.dataclass(frozen=True)
    class Row:
        place: int | None

    def ends(*numbers: int) -> tuple[list[int | None], list[int | None]]:
        first, last = findings.ends([Row(number) for number in numbers], 3)
        return [row.place for row in first], [row.place for row in last]

    assert ends(1, 2, 3, 4, 5, 6, 7) == ([1, 2, 3], [5, 6, 7])
    assert ends(1, 1, 1, 1, 5, 6, 7) == ([1, 1, 1, 1], [5, 6, 7])
    assert ends(1, 2, 3) == ([1], [3])
    assert ends(1, 1, 1, 1) == ([], [])
    assert ends(1) == ([], [])


def test_a_city_has_one_annex_without_a_number(faces: typesetting.Fonts) -> None:
    own = dataclasses.replace(ranking(3), cities=ranking().cities[:1])
    city = paper(area="长沙市", agency="长沙市交通运输局", ranking=own, before=None)
    printed = text(PdfReader(BytesIO(circulars.render(city, faces, silent))))
    assert "附件：2018年第三季度从业单位信用扣分排名" in printed
    assert "附件1" not in printed
    assert "各市（州）到岗率排名" not in printed


def test_names_are_text_and_never_markup() -> None:
    rows = (dataclasses.replace(ranking().units[0], name="<img src='http://x'>&公司"), *ranking().units[1:])
    assert "&lt;img src=" in circulars.page(paper(ranking=dataclasses.replace(ranking(), units=rows)))


# --- its form


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


def test_the_letterhead_begins_35_mm_under_the_type_areas_edge(issued: PdfReader, faces: typesetting.Fonts) -> None:
    line = line_with(issued, 0, "湖南省交通运输厅文件")
    with TTFont(faces.faces["title"]) as face:
        strokes, named = face.getGlyphSet(), face.getBestCmap()
        heights = []
        for glyph in line:
            pen = BoundsPen(strokes)
            strokes[named[ord(glyph.text)]].draw(pen)
            assert pen.bounds
            heights.append(pen.bounds[3] / face["head"].unitsPerEm)
    upper = line[0].y - max(heights) * line[0].size * 25.4 / 72
    assert upper - TOP == pytest.approx(35, abs=0.5)
    assert LEFT < line[0].x < line[-1].right < RIGHT
    assert (line[0].x + line[-1].right) / 2 == pytest.approx((LEFT + RIGHT) / 2, abs=0.5)


def test_text_begins_on_the_first_page(issued: PdfReader) -> None:
    assert "现将有关情况通报如下" in text(issued, 0)


def test_the_name_ends_two_characters_from_the_right_and_the_date_begins_two_after_it(issued: PdfReader) -> None:
    number = page_of(issued, "附件：1.")
    em = 16 * 25.4 / 72
    name, signed = (line_with(issued, number, wanted) for wanted in ("湖南省交通运输厅", "2018年10月12日"))
    assert RIGHT - name[-1].right == pytest.approx(2 * em, abs=0.5)
    assert signed[0].x - name[0].x == pytest.approx(2 * em, abs=0.5)
    assert signed[0].y - name[0].y == pytest.approx(PITCH, abs=0.1)


def test_page_numbers_stand_7_mm_below_odd_right_even_left(issued: PdfReader) -> None:
    for number in (0, 1):
        line = line_with(issued, number, f"— {number + 1} —")
        dash = line[0].y - 0.3 * 14 * 25.4 / 72  # the stroke of the dash lies 0.3 em above the baseline
        assert dash - BOTTOM == pytest.approx(7, abs=0.5)
        edge = RIGHT - line[-1].right if number % 2 == 0 else line[0].x - LEFT
        assert edge == pytest.approx(14 * 25.4 / 72, abs=0.5)


@pytest.mark.parametrize("count", [8, 16, 24])
def test_the_imprint_closes_the_last_page_and_that_page_is_even(faces: typesetting.Fonts, count: int) -> None:
    reader = PdfReader(BytesIO(circulars.render(paper(ranking=ranking(count)), faces, silent)))
    last = len(reader.pages) - 1
    assert last % 2 == 1
    assert [number for number in range(last + 1) if "2018年10月12日印发" in text(reader, number)] == [last]
    closing = line_with(reader, last, "印发")
    assert closing[0].y == pytest.approx(BOTTOM - 3.5, abs=1.5)
    alone = text(reader, last).startswith("抄送")
    assert (f"—{last + 1}—" in text(reader, last)) != alone


def test_the_head_of_a_ranking_returns_on_each_of_its_pages(issued: PdfReader) -> None:
    first = page_of(issued, "附件2")
    pages, names = range(first, len(issued.pages)), [row.name for row in ranking().units]
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


# --- the file


def test_all_fonts_are_embedded_and_our_own(issued: PdfReader) -> None:
    seen = set()
    for page in issued.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            assert "/FontFile3" in inner["/FontDescriptor"] or "/FontFile2" in inner["/FontDescriptor"]
            seen.add(str(inner["/BaseFont"]).partition("+lvyue-")[2])
    assert {"title", "body", "kai", "hei", "song"} <= seen
    assert "" not in seen, "a font of the system came in"


def test_rare_characters_are_lent_and_keep_the_lines_in_place(faces: typesetting.Fonts) -> None:
    style = (circulars.HERE / "styles" / "official.css").read_text()
    reader = PdfReader(BytesIO(typesetting.pdf("<p>" + "长沙祎喆玥䶮镕溁公司" * 30, [style], faces)))
    rows = lines(inside(glyphs(reader, 0)))
    assert "祎喆玥䶮镕溁" in text(reader)
    assert {round(below[0].y - line[0].y, 1) for line, below in pairwise(rows)} == {round(PITCH, 1)}


def test_words_are_found_as_they_were_written(issued: PdfReader) -> None:
    assert "普通国省道和水运在建项" in issued.pages[0].extract_text()


def test_words_of_another_script_keep_their_space(faces: typesetting.Fonts) -> None:
    style = (circulars.HERE / "styles" / "official.css").read_text()
    found = lines(glyphs(PdfReader(BytesIO(typesetting.pdf("<p>由 China Road 承建。", [style], faces))), 0))[0]
    assert words(found).split() == ["由China", "Road承建。"]
    road, china = (next(glyph for glyph in found if glyph.text == letter) for letter in "Ra")
    assert road.x - china.right > 0.4 * 16 * 25.4 / 72


def test_the_letterhead_is_read_first_and_the_imprint_last(issued: PdfReader) -> None:
    printed = text(issued)
    assert printed.startswith("湖南省交通运输厅文件湘交函〔2018〕512号湖南省交通运输厅关于")
    assert printed.endswith("抄送：各市州人民政府，各市州交通质安机构。湖南省交通运输厅办公室2018年10月12日印发")


def test_title_and_language_are_set(issued: PdfReader) -> None:
    title = "湖南省交通运输厅关于2018年第三季度全省交通建设项目从业人员履约情况的通报"
    assert issued.metadata is not None
    assert issued.metadata.title == title
    assert issued.trailer["/Root"]["/Lang"] == "zh-CN"  # type: ignore[index]


def test_the_same_paper_gives_the_same_bytes(faces: typesetting.Fonts) -> None:
    small = paper(ranking=ranking(2), before=None)
    assert circulars.render(small, faces, silent) == circulars.render(small, faces, silent)


def test_progress_runs_from_layout_to_done(faces: typesetting.Fonts) -> None:
    heard: list[tuple[int, str]] = []
    circulars.render(paper(ranking=ranking(2), before=None), faces, lambda percent, word: heard.append((percent, word)))
    assert heard[0][1] == "排版"
    assert heard[-2:] == [(70, "写文件"), (100, "完成")]
    assert heard == sorted(heard, key=lambda step: step[0])


def test_only_given_files_are_opened(faces: typesetting.Fonts, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def watched(self: typesetting.GivenFiles, url: str, headers: Mapping[str, str] | None = None) -> object:
        asked.append(url)
        return fetch(self, url, headers)

    fetch = typesetting.GivenFiles.fetch
    monkeypatch.setattr(typesetting.GivenFiles, "fetch", watched)
    monkeypatch.setattr(socket, "socket", None)  # any connection would fail loudly
    page = "<img src='http://example.invalid/x.png'><img src='file:///etc/hostname'><p>公文"
    assert typesetting.pdf(page, ["@import url('http://example.invalid/x.css')"], faces).startswith(b"%PDF")
    assert {"http://example.invalid/x.png", "http://example.invalid/x.css", "file:///etc/hostname"} <= set(asked)
    for url in ("http://example.invalid/x.png", "file:///etc/hostname", "data:text/plain,x"):
        with pytest.raises(typesetting.Refused, match="may not open"):
            fetch(typesetting.GivenFiles(faces.files), url)


def test_without_the_official_faces_the_packaged_ones_keep_the_grid(tmp_path: Path) -> None:
    spare = typesetting.fonts(tmp_path)
    assert spare.described.startswith("0 of 5 official faces")
    assert "Noto instead of title, body, kai, hei, song" in spare.described
    reader = PdfReader(BytesIO(circulars.render(paper(ranking=ranking(2)), spare, silent)))
    rows = body(reader, 1)
    assert (rows[-1][0].y - rows[0][0].y) / (len(rows) - 1) * 22 == pytest.approx(225, abs=1)
    assert all(row[-1].right < RIGHT + 0.5 for row in rows)


def test_a_machine_without_any_chinese_font_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "_packaged", dict)
    with pytest.raises(typesetting.NoFonts, match="put the Fandol faces into"):
        typesetting.fonts(tmp_path)


def test_a_paper_of_another_kind_is_refused(faces: typesetting.Fonts) -> None:
    with pytest.raises(ValueError, match="notice"):
        circulars.render(paper(kind="notice"), faces, silent)
