"""Every point of GB/T 9704-2012 is kept by circulars of all sizes, and a paper that breaks one is found out."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from reports import circulars, fonts, gaps, glyphs, typesetting
from tests.reports.measure import measure, table
from tests.reports.samples import paper, ranking, silent

RARE = "溁镕喆堃焜祎玥燊犇䶮𬭎"


def broken(pdf: bytes) -> list[str]:
    return [point.what for point in measure(pdf) if not point.kept]


@pytest.mark.parametrize("count", [0, 1, 6, 13, 24, 120])
def test_every_point_of_the_form_is_kept(faces: fonts.Fonts, count: int) -> None:
    points = measure(circulars.render(paper(ranking=ranking(count)), faces, silent))
    assert [point for point in points if not point.kept] == []
    assert len(points) > 40


def test_a_draft_of_a_demonstration_keeps_the_form(faces: fonts.Fonts) -> None:
    draft = paper(number=None, date=None, mark="demonstration", ranking=ranking(8), before=None)
    assert broken(circulars.render(draft, faces, silent)) == []


def test_rare_names_are_drawn_with_glyphs_of_their_own(faces: fonts.Fonts) -> None:
    rows = tuple(row._replace(name=f"{RARE}工程有限公司") for row in ranking(9).units)
    printed = circulars.render(paper(ranking=dataclasses.replace(ranking(9), units=rows)), faces, silent)
    told = next(point for point in measure(printed) if point.what == "characters with a glyph of their own")
    assert told.kept
    assert set(RARE) <= set(told.measured)


def test_a_character_that_no_font_holds_stops_the_paper_and_says_what_to_do(faces: fonts.Fonts) -> None:
    rows = (ranking(3).units[0]._replace(name="𠮷野公司"), *ranking(3).units[1:])
    with pytest.raises(glyphs.NoGlyph, match=r"no font holds 𠮷 \(U\+20BB7\): put one that does into"):
        circulars.render(paper(ranking=dataclasses.replace(ranking(3), units=rows)), faces, silent)


def test_a_font_of_the_site_lends_first(faces: fonts.Fonts, tmp_path: Path) -> None:
    shutil.copy(fonts.RARE, tmp_path / "rare-own.ttf")
    lenders = fonts.fonts(tmp_path).lenders["body"]
    assert lenders[0] == (tmp_path / "rare-own.ttf").resolve()
    assert glyphs.lent(dataclasses.replace(faces, lenders={"body": lenders}), "body", "溁") == lenders[:1]


SPOILED = [
    {
        "html, h2 { line-height: 30pt }": "lines on a full page",
        "@page { size: letter }": "paper, height",
        "thead { display: table-row-group }": "table head on each of its pages",
        ".imprint { bottom: 3mm }": "版记, last line on the type area's edge",
    },
    {
        "p { letter-spacing: 0.5pt }": "characters in a full line",
        ".letterhead { padding-top: 30mm }": "发文机关标志 under the type area's edge",
        "h1 { font-size: 20pt }": "标题, 2号",
        ".signature { margin-right: 2em !important }": "成文日期 from the right edge",
        ".annex-title { margin-top: -40pt }": "附件 title on line 3",
        "p { text-align: left }": "lines of 正文 reach the right edge",
        ".imprint { font-size: 16pt }": "版记, 4号",
    },
    {
        "p { text-indent: 1em }": "paragraphs and heads indented",
        "@page { margin-left: 26mm; margin-right: 28mm }": "订口 (left margin)",
        "@page { margin-top: 34mm; margin-bottom: 38mm }": "天头 (upper margin)",
        ".number { height: 40pt }": "red line under 发文字号",
        ".annexed { padding-left: 3em }": "附件说明 indented",
        ".imprint { border-top-width: 1mm }": "版记, first line, thickness",
    },
    {
        "h1 { text-align: left }": "标题 centred",
        "h2 { margin-bottom: 700pt; break-after: auto }": "no head is the last line of a page",
        "p { margin-right: -10mm }": "nothing stands outside the type area",
        ".annex-label { font-family: var(--body) }": "附件 label flush left, 黑体, on a new page",
        "@page :right { @bottom-right { padding-top: 7mm } }": "页码, its line under the type area",
        "@page :left { @bottom-left { padding-left: 0 } }": "页码 from the outer edge",
    },
    {
        "tr { break-inside: auto } td { line-height: 45pt }": "rows of tables in one piece",
    },
]


@pytest.mark.parametrize("spoils", SPOILED, ids=["grid", "head", "margins", "places", "rows"])
def test_a_spoiled_form_is_found_out(faces: fonts.Fonts, spoils: dict[str, str]) -> None:
    assert set(spoils.values()) - set(broken(spoiled(faces, "\n".join(spoils)))) == set()


def spoiled(faces: fonts.Fonts, style: str) -> bytes:
    press = typesetting.Press(faces)
    styles = [(circulars.HERE / "styles" / name).read_text(encoding="utf-8") for name in circulars.STYLES]
    given = paper(ranking=ranking(24))
    proofs = [press.proof(html, [*styles, style]) for html in (circulars.page(given), circulars.closing(given))]
    return proofs[0].write(circulars.bound(*proofs))


def test_a_lent_glyph_that_is_missing_is_found_out(faces: fonts.Fonts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glyphs, "lent", lambda *_: ())
    found = broken(spoiled(faces, ""))
    assert {"characters with a glyph of their own", "fonts embedded"} & set(found)


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils is not installed")
def test_a_stretched_line_that_does_not_say_its_words_is_found_out(
    faces: fonts.Fonts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps, "SEEN", 1e9)
    assert "words found by pdftotext without gaps" in broken(circulars.render(paper(), faces, silent))


def test_the_table_names_what_is_not_kept(faces: fonts.Fonts) -> None:
    printed = table(measure(spoiled(faces, "h1 { font-size: 20pt }")))
    assert [line.split("  ")[0] for line in printed.splitlines() if line.endswith("NOT KEPT")] == ["标题, 2号"]
