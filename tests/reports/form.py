"""What GB/T 9704-2012 asks of a circular, each point measured on the printed pages. Lengths in mm."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from pypdf import PdfReader

from tests.reports import ruler
from tests.reports.ruler import LEFT, MM, PITCH, RIGHT, TOP, Glyph, Rule, words

EM = 16 * MM  # a character of 3号
Line = list[Glyph]


@dataclass(frozen=True)
class Point:
    """A requirement and what was found."""

    what: str
    required: str
    measured: str
    kept: bool


def near(what: str, required: float, measured: float, tolerance: float, unit: str = " mm") -> Point:
    """A length that may differ by a tolerance."""
    kept = abs(measured - required) <= tolerance
    return Point(what, f"{required:g}{unit} ± {tolerance:g}", f"{measured:.2f}{unit}", kept)


def told(what: str, required: str, wrong: Sequence[object], found: object) -> Point:
    """A property of many things: `wrong` names those that lack it, `found` says how many were looked at."""
    return Point(what, required, f"{found}; not: {', '.join(map(str, wrong[:3]))}" if wrong else str(found), not wrong)


class Paper:
    """A printed circular, cut into letter and annexes."""

    def __init__(self, reader: PdfReader) -> None:
        self.reader = reader
        self.pages = range(len(reader.pages))

    @cached_property
    def lines(self) -> list[list[Line]]:
        """Lines within the type area, by page."""
        return [ruler.lines(ruler.inside(ruler.glyphs(self.reader, number))) for number in self.pages]

    @cached_property
    def annexes(self) -> list[int]:
        """Pages that begin with 附件, 附件1, …"""
        return [n for n in self.pages if self.lines[n] and re.fullmatch(r"附件\d*", words(self.lines[n][0]))]

    @property
    def letter(self) -> range:
        return range(self.annexes[0] if self.annexes else len(self.pages))

    @cached_property
    def body(self) -> list[list[Line]]:
        """Lines of 3号 of the letter, by page, below its number."""
        rows = [[line for line in self.lines[n] if round(line[0].size) == 16] for n in self.letter]
        return [[line for line in page if not (n == 0 and "〕" in words(line))] for n, page in enumerate(rows)]

    @cached_property
    def mark(self) -> Line:
        """发文机关标志: the red line of the first page."""
        return next(line for line in self.lines[0] if line[0].colour[0] > 0.5 and line[0].size > 30)

    @cached_property
    def number(self) -> Line:
        return next(line for line in self.lines[0] if "〕" in words(line))

    @cached_property
    def line(self) -> Rule:
        """The red rule."""
        return next(rule for rule in self.rules(0) if rule.colour[0] > 0.5 and rule.across)

    @cached_property
    def title(self) -> list[Line]:
        return [line for line in self.lines[0] if "title" in line[0].font and line is not self.mark]

    def rules(self, number: int) -> list[Rule]:
        return ruler.rules(self.reader, number)


def ascent(glyph: Glyph, reader: PdfReader) -> float:
    """From the baseline up to the edge of the character's box, mm."""
    face = next(face for face in ruler.faces(reader).values() if face.name == glyph.font)
    return face.ascent * glyph.size * MM


def leading(page: Sequence[Line]) -> float:
    """Distance of the baselines of a page, mm."""
    return (page[-1][0].y - page[0][0].y) / (len(page) - 1)


def page_and_grid(paper: Paper) -> Iterator[Point]:
    """A4, the margins, 22 lines of 28 characters of 3号."""
    box = paper.reader.pages[0].mediabox
    yield near("paper, width", 210, float(box.width) * MM, 0.5)
    yield near("paper, height", 297, float(box.height) * MM, 0.5)
    full = max(paper.body, key=len)
    pitch, first = leading(full), full[0][0]
    top = first.y - ascent(first, paper.reader) - (pitch - first.size * MM) / 2
    rows = [line for page in paper.body for line in page]
    yield near("天头 (upper margin)", TOP, top, 1)
    yield near("订口 (left margin)", LEFT, min(line[0].x for line in rows), 1)
    yield near("right margin", 26, 210 - max(line[-1].right for line in full), 1)
    yield near("lower margin", 35, 297 - top - pitch * 22, 1)
    yield Point("lines on a full page", "22", str(len(full)), len(full) == 22)
    yield near("height of 22 lines", 225, pitch * 22, 1)
    square = [line for line in rows if all(len(glyph.text.encode()) == 3 for glyph in line)]
    longest = max(square, key=len)
    yield Point("characters in a full line", "28", str(len(longest)), len(longest) == 28)
    yield near("width of 28 characters", 156, (longest[-1].x - longest[0].x) / (len(longest) - 1) * 28, 1)
    sizes = {round(glyph.size, 1) for line in rows for glyph in line}
    yield told("size of the text, 3号", "16 pt", [size for size in sizes if size != 16], sorted(sizes))


def head(paper: Paper) -> Iterator[Point]:
    """版头 and 标题."""
    mark, number, line, title = paper.mark, paper.number, paper.line, paper.title
    yield near("发文机关标志 under the type area's edge", 35, min(g.upper for g in mark) - TOP, 1)
    yield near("发文机关标志 centred", 0, middle(mark) - (LEFT + RIGHT) / 2, 0.5)
    gap = number[0].y - ascent(number[0], paper.reader) - max(glyph.lower for glyph in mark)
    yield near("发文字号 under it, lines left free", 2, gap / PITCH, 0.4, "")
    box = number[0].y + (1 - 0.88) * number[0].size * MM
    yield near("red line under 发文字号", 4, line.top - box, 0.5)
    yield near("red line, width", 156, line.right - line.left, 0.5)
    gap = title[0][0].y - ascent(title[0][0], paper.reader) - line.bottom
    yield near("标题 under the red line, lines left free", 2, gap / PITCH, 0.4, "")
    small = [words(row) for row in title if round(row[0].size, 1) != 22]
    yield told("标题, 2号", "22 pt", small, f"{len(title)} lines")
    off = [words(row) for row in title if abs(middle(row) - (LEFT + RIGHT) / 2) > 0.5]
    yield told("标题 centred", "each line", off, f"{len(title)} lines")
    wide = [words(row) for row in title if row[0].x < LEFT or row[-1].right > RIGHT]
    yield told("标题 within the type area", "each line", wide, f"{len(title)} lines")
    begun = len(paper.body[0]) > 1
    yield Point("正文 begins on page 1", "yes", "yes" if begun else "no", begun)


def middle(line: Line) -> float:
    return (line[0].x + line[-1].right) / 2


def text(paper: Paper) -> Iterator[Point]:
    """正文: indents, justified lines, heads that are not left alone."""
    rows = [line for page in paper.body for line in page]
    inner = [line for line, after in pairwise(rows) if abs(after[0].x - LEFT) < 0.5 and not words(line).endswith("：")]
    ragged = [line for line in inner if abs(line[-1].right - RIGHT) > 0.5]
    worst = max((abs(line[-1].right - RIGHT) for line in inner), default=0.0)
    found = f"{len(inner)} lines, {worst:.2f} mm"
    yield told("lines of 正文 reach the right edge", "within 0.5 mm", list(map(words, ragged)), found)
    notes = list(annex_notes(paper))
    ragged = [line for line in notes if abs(line[-1].right - RIGHT) > 0.5]
    yield told("lines of 说明 reach the right edge", "within 0.5 mm", list(map(words, ragged)), f"{len(notes)} lines")
    indents = {round((line[0].x - LEFT) / EM, 1) for line in rows if words(line).startswith(("一、", "（一）", "二、"))}
    yield told("paragraphs and heads indented", "2 characters", [i for i in indents if i != 2], sorted(indents))
    alone = [words(page[-1]) for page in paper.body if page and re.match(r"[一二三四五六七八九十]、", words(page[-1]))]
    yield told("no head is the last line of a page", "none", alone, f"{len(paper.body)} pages")
    lines = [line for page in paper.lines for line in page]
    out = [words(line) for line in lines if line[0].x < LEFT - 0.3 or line[-1].right > RIGHT + 0.5]
    yield told("nothing stands outside the type area", "none", out, f"{len(paper.pages)} pages")


def annex_notes(paper: Paper) -> Iterator[Line]:
    """Lines of 说明 whose paragraph goes on in the next line."""
    for number in paper.pages[len(paper.letter) :]:
        lowest = max((rule.bottom for rule in paper.rules(number) if rule.thickness < 0.3), default=TOP)
        rows = [row for row in paper.lines[number] if row[0].y > lowest and round(row[0].size, 1) == 10.5]
        yield from (line for line, after in pairwise(rows) if abs(after[0].x - LEFT) < 0.5)


def closing_of_letter(paper: Paper) -> Iterator[Point]:
    """附件说明, 署名, 成文日期 (sealed: date four characters from the right, name centred over it)."""
    rows = [line for page in paper.body for line in page]
    listed = next((line for line in rows if words(line).startswith("附件：")), None)
    if listed:
        yield near("附件说明 indented", 2, (listed[0].x - LEFT) / EM, 0.1, " characters")
        starts = {round(line[3 if line is listed else 0].x, 1) for line in rows[rows.index(listed) : -2]}
        yield told("附件 names stand under each other", "one edge", sorted(starts)[1:], sorted(starts))
    name, dated = rows[-2:]
    long = middle(name) + (name[-1].right - name[0].x) / 2 > RIGHT - 0.1  # a long name fills the line: the date follows
    if not long:
        yield near("成文日期 from the right edge", 4, (RIGHT - dated[-1].right) / EM, 0.1, " characters")
    if words(dated)[0].isdigit():  # else it is still to be written by hand
        yield near("署名 centred over 成文日期", 0, middle(name) - middle(dated), 0.5)
    together = name in paper.body[-1] and dated in paper.body[-1] and len(paper.body[-1]) > 2
    yield Point("署名 on a page with text", "yes", "yes" if together else "no", together)


CHECKS: tuple[Callable[[Paper], Iterator[Point]], ...] = (page_and_grid, head, text, closing_of_letter)
