"""What the form asks of annexes, their tables, page numbers, 版记 and the file itself. Lengths in mm."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from itertools import pairwise

from tests.reports import ruler
from tests.reports.form import Line, Paper, Point, middle, near, told
from tests.reports.ruler import BOTTOM, LEFT, MM, PITCH, RIGHT, TOP, Rule, words

NUMBER = re.compile(r"— (\d+) —")


def annexes(paper: Paper) -> Iterator[Point]:
    """附件: label on line 1 flush left in 黑体, title centred on line 3; tables whole, their heads on each page."""
    labels = [paper.lines[number][0] for number in paper.annexes]
    names = [words(label) for label in labels]
    bad = [words(line) for line in labels if abs(line[0].x - LEFT) > 0.5 or "hei" not in line[0].font]
    yield told("附件 label flush left, 黑体, on a new page", "each", bad, ", ".join(names))
    bad = [words(line) for line in labels if not TOP < line[0].y < TOP + PITCH]
    yield told("附件 label on line 1", "each", bad, ", ".join(names))
    titles = [paper.lines[number][1] for number in paper.annexes]
    bad = [words(line) for line in titles if round(line[0].size) != 22 or abs(middle(line) - (LEFT + RIGHT) / 2) > 0.5]
    yield told("附件 title 22 pt, centred", "each", bad, f"{len(titles)} titles")
    bad = [words(line) for line in titles if not 2 * PITCH < line[0].y - TOP < 3 * PITCH + 2]
    yield told("附件 title on line 3", "each", bad, f"{len(titles)} titles")
    yield from tables(paper)


def tables(paper: Paper) -> Iterator[Point]:
    first, headless, broken, count, rows = "", [], [], 0, 0
    for number in paper.pages[len(paper.letter) :]:
        ruled = bands(paper, number)
        if not ruled:
            continue
        if number in paper.annexes:
            first = "".join(map(words, ruled[0]))
        count += 1
        rows += len(ruled) - 1
        if "".join(map(words, ruled[0])) != first:
            headless.append(f"page {number + 1}")
        broken += [f"page {number + 1}" for row in ruled if not row or halved(row)]
    yield told("table head on each of its pages", "each", headless, f"{count} pages")
    yield told("rows of tables in one piece", "each", broken, f"{rows} rows")


def bands(paper: Paper, number: int) -> list[list[Line]]:
    """The lines of text between each two horizontal rules of a page's table."""
    edges = sorted({round(rule.top, 2) for rule in paper.rules(number) if rule.across and thin(rule)})
    lines = paper.lines[number]
    return [[line for line in lines if upper < line[0].y < lower] for upper, lower in pairwise(edges)]


def thin(rule: Rule) -> bool:
    """Rules of tables; the thin one of 版记 stands alone among thick ones."""
    return rule.thickness < 0.3 and rule.bottom < BOTTOM - 5 and rule.colour == (0, 0, 0)


def halved(row: list[Line]) -> bool:
    """A row cut by the end of a page begins without its place; so do only the total (黑体) and a divider (楷体)."""
    begins = min((line[0] for line in row), key=lambda glyph: glyph.x)
    return begins.x > LEFT + 9 and not any(role in begins.font for role in ("hei", "kai"))


def page_numbers(paper: Paper) -> Iterator[Point]:
    """页码: 4号, outer side, 7 mm under the type area; none on the page of 版记 alone nor on a vacant one before it."""
    gaps, edges, wrong, found = [], [], [], 0
    for number in paper.pages:
        lines = ruler.lines([glyph for glyph in ruler.glyphs(paper.reader, number) if glyph.y > BOTTOM])
        bare = not paper.lines[number] or words(paper.lines[number][0]).startswith("抄送")
        shown = [line for line in lines if (at := NUMBER.fullmatch(words(line))) and int(at[1]) == number + 1]
        if bool(shown) == bare:
            wrong.append(f"page {number + 1}")
        for line in shown:
            found += 1
            dash = next(glyph for glyph in line if glyph.text == "—")
            gaps.append((dash.upper + dash.lower) / 2 - BOTTOM)
            edges.append((RIGHT - line[-1].right if number % 2 == 0 else line[0].x - LEFT) / (14 * MM))
            wrong += [f"page {number + 1}"] if round(line[0].size) != 14 else []
    yield told("页码 4号, on each page but bare ones", "14 pt", wrong, f"{found} numbers")
    yield near("页码, its line under the type area", 7, max(gaps, key=lambda gap: abs(gap - 7)), 0.5)
    yield near("页码 from the outer edge", 1, max(edges, key=lambda edge: abs(edge - 1)), 0.1, " character")


def imprint(paper: Paper) -> Iterator[Point]:
    """版记: on the last page, an even one; thick, thin, thick; its last line on the type area's lower edge."""
    last = len(paper.pages) - 1
    printed = [number for number in paper.pages if any("印发" in words(line) for line in paper.lines[number][-1:])]
    kept = printed == [last] and last % 2 == 1
    yield Point("版记 on the last page, an even one", f"{last + 1}", ", ".join(f"{at + 1}" for at in printed), kept)
    rules = sorted((rule for rule in paper.rules(last) if rule.across), key=lambda rule: rule.top)[-3:]
    for rule, what, required in zip(rules, ("first", "middle", "last"), (0.35, 0.25, 0.35), strict=True):
        yield near(f"版记, {what} line, thickness", required, rule.thickness, 0.02)
    yield near("版记, last line on the type area's edge", BOTTOM, rules[-1].bottom, 0.3)
    yield near("版记, width", 156, rules[-1].right - rules[-1].left, 0.5)
    rows = [line for line in paper.lines[last] if line[0].y > rules[0].top]
    sizes = {round(glyph.size, 1) for line in rows for glyph in line}
    yield told("版记, 4号", "14 pt", [size for size in sizes if size != 14], sorted(sizes))
    sides = {round((line[0].x - LEFT) / (14 * MM), 1) for line in rows}
    yield told("版记, indented", "1 character", [side for side in sides if side not in (1, 4)], sorted(sides))


def file(paper: Paper) -> Iterator[Point]:
    """Fonts, glyphs, and the words that another program finds."""
    faces = {face.name.partition("+")[2]: face for face in ruler.faces(paper.reader).values()}
    drawn = {name for name, face in faces.items() if "glyf" in face.program or "CFF " in face.program}
    loose = [name for name in faces if name not in drawn or not name.startswith("lvyue-")]
    yield told("fonts embedded", "all", loose, f"{len(faces)} fonts")
    shown = [glyph for number in paper.pages for glyph in ruler.glyphs(paper.reader, number) if glyph.text.strip()]
    blank = sorted({glyph.text for glyph in shown if glyph.ink is None})
    rare = sorted({glyph.text for glyph in shown if "lent" in glyph.font})
    yield told("characters with a glyph of their own", "all", blank, f"{len(shown)}, lent: {''.join(rare) or 'none'}")
    if shutil.which("pdftotext"):
        said = spaced(paper)
        yield told("words found by pdftotext without gaps", "all lines", said, "letter")


def spaced(paper: Paper) -> list[str]:
    """Lines of the letter in which poppler sees a space between two characters."""
    given = paper.reader.stream
    given.seek(0)
    command = ["pdftotext", "-l", str(len(paper.letter)), "-", "-"]
    said = subprocess.run(command, input=given.read(), capture_output=True, check=True).stdout.decode()
    wide = "[\u3001-\u3015\u4e00-\u9fff\uff00-\uff60\U00020000-\U0003ffff]"
    gap = f"^.*{wide} +(?:{wide}|[0-9]).*$|^.*[0-9%] +{wide}.*$"
    return [line for line in re.findall(gap, said, re.MULTILINE) if "印发" not in line]


CHECKS: tuple[Callable[[Paper], Iterator[Point]], ...] = (annexes, page_numbers, imprint, file)
