"""The file: fonts, text that can be found, nothing opened that was not given."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from pypdf import PdfReader

from reports import circulars, fonts, typesetting
from tests.reports.ruler import (
    PITCH,
    RIGHT,
    body,
    glyphs,
    inside,
    lines,
    text,
    words,
)
from tests.reports.samples import paper, ranking, silent


def test_all_fonts_are_embedded_and_our_own(issued: PdfReader) -> None:
    seen = set()
    for page in issued.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            assert "/FontFile3" in inner["/FontDescriptor"] or "/FontFile2" in inner["/FontDescriptor"]
            seen.add(str(inner["/BaseFont"]).partition("+lvyue-")[2])
    assert {"title", "body", "kai", "hei", "song"} <= seen
    assert "" not in seen, "a font of the system came in"


def test_rare_characters_are_lent_and_keep_the_lines_in_place(faces: fonts.Fonts) -> None:
    style = (circulars.HERE / "styles" / "official.css").read_text()
    reader = PdfReader(BytesIO(typesetting.pdf("<p>" + "长沙祎喆玥䶮镕溁公司" * 30, [style], faces)))
    rows = lines(inside(glyphs(reader, 0)))
    assert "祎喆玥䶮镕溁" in text(reader)
    assert {round(below[0].y - line[0].y, 1) for line, below in pairwise(rows)} == {round(PITCH, 1)}


def test_words_are_found_as_they_were_written(issued: PdfReader) -> None:
    assert "普通国省道和水运在建项" in issued.pages[0].extract_text()


def test_words_of_another_script_keep_their_space(faces: fonts.Fonts) -> None:
    style = (circulars.HERE / "styles" / "official.css").read_text()
    found = lines(glyphs(PdfReader(BytesIO(typesetting.pdf("<p>由 China Road 承建。", [style], faces))), 0))[0]
    assert words(found).split() == ["由China", "Road承建。"]
    road, china = (next(glyph for glyph in found if glyph.text == letter) for letter in "Ra")
    assert road.x - china.right > 0.3 * 16 * 25.4 / 72


def test_the_letterhead_is_read_first_and_the_imprint_last(issued: PdfReader) -> None:
    printed = text(issued)
    assert printed.startswith("湖南省交通运输厅文件湘交函〔2018〕512号湖南省交通运输厅关于")
    assert printed.endswith("抄送：各市州人民政府，各市州交通质安机构。湖南省交通运输厅办公室2018年10月12日印发")


def test_title_and_language_are_set(issued: PdfReader) -> None:
    title = "湖南省交通运输厅关于2018年第三季度全省交通建设项目从业人员履约情况的通报"
    assert issued.metadata is not None
    assert issued.metadata.title == title
    assert issued.trailer["/Root"]["/Lang"] == "zh-CN"  # type: ignore[index]


def test_the_same_paper_gives_the_same_bytes(faces: fonts.Fonts) -> None:
    small = paper(ranking=ranking(2), before=None)
    assert circulars.render(small, faces, silent) == circulars.render(small, faces, silent)


def test_progress_runs_from_layout_to_done(faces: fonts.Fonts) -> None:
    heard: list[tuple[int, str]] = []
    circulars.render(paper(ranking=ranking(2), before=None), faces, lambda percent, word: heard.append((percent, word)))
    assert heard[0][1] == "排版"
    assert heard[-2:] == [(70, "写文件"), (100, "完成")]
    assert heard == sorted(heard, key=lambda step: step[0])


def test_only_given_files_are_opened(faces: fonts.Fonts, monkeypatch: pytest.MonkeyPatch) -> None:
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
    spare = fonts.fonts(tmp_path)
    assert spare.described.startswith("0 of 5 official faces")
    assert "Noto instead of title, body, kai, hei, song" in spare.described
    reader = PdfReader(BytesIO(circulars.render(paper(ranking=ranking(2)), spare, silent)))
    rows = body(reader, 1)
    assert (rows[-1][0].y - rows[0][0].y) / (len(rows) - 1) * 22 == pytest.approx(225, abs=1)
    assert all(row[-1].right < RIGHT + 0.5 for row in rows)


def test_a_machine_without_any_chinese_font_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_packaged", dict)
    with pytest.raises(fonts.NoFonts, match="put the Fandol faces into"):
        fonts.fonts(tmp_path)


def test_a_paper_of_another_kind_is_refused(faces: fonts.Fonts) -> None:
    with pytest.raises(ValueError, match="notice"):
        circulars.render(paper(kind="notice"), faces, silent)
