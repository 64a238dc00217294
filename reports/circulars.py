"""The quarterly circular (每季一通报): the figures of a ranking in the official form GB/T 9704-2012.

Units and cities are named, persons never: `Ranking.people` does not reach the page. Every sentence stands in the
templates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from models import wording
from models.queries.rows import Ranking
from models.rules.instants import Period, last_day, local
from reports.findings import change, find
from reports.fonts import Fonts
from reports.sheets import Sheet
from reports.typesetting import Press, Proof

HERE = Path(__file__).parent
STYLES = ("official.css", "annexes.css")
WIDTH = 442.2  # pt: 156 mm of the type area
MARK_SIZE, MARK_WIDTH = 54, 0.97  # pt: height of the letterhead's characters; share of the width it may fill
NARROWEST = 0.7  # of a letterhead's characters: a longer name is set smaller
STROKES = 6.2  # pt: so far below their line the strokes of a letterhead of 54 pt begin
BLANK_DATE = 7  # em: 年, 月, 日 with room between them
INDENT = 4  # em from the right edge to 成文日期, where a seal is laid over it


@dataclass(frozen=True, slots=True)
class Paper:
    """What a circular is made of. Without a number it is a draft."""

    kind: str  # circular
    period: Period
    area: str  # 湖南省, or a city
    agency: str  # whose letterhead and signature: 湖南省交通运输厅
    number: str | None
    date: date | None
    ranking: Ranking
    before: Ranking | None  # of the period before; None: nothing to compare with
    mark: str | None  # demonstration | scratch
    named: int = 3  # so many units or cities are named at either end

    @property
    def provincial(self) -> bool:
        return self.area == wording.PROVINCE


@dataclass(frozen=True, slots=True)
class Letterhead:
    """发文机关标志, in pt: size of the characters, how far they are narrowed, where the line then begins."""

    size: float
    scale: float
    left: float
    lower: float  # by so much, that smaller strokes begin at the same height

    @classmethod
    def of(cls, characters: int) -> Letterhead:
        size = min(MARK_SIZE, MARK_WIDTH * WIDTH / NARROWEST / characters)
        natural = characters * size
        scale = min(1.0, MARK_WIDTH * WIDTH / natural)
        return cls(size, scale, (WIDTH - natural) / 2, STROKES * (1 - size / MARK_SIZE))


@dataclass(frozen=True, slots=True)
class Signature:
    """署名 over 成文日期, each centred on the other, in em."""

    width: float
    right: float  # to the edge of the type area

    @classmethod
    def of(cls, paper: Paper) -> Signature:
        name, day = len(paper.agency), paper.date
        dated = 3 + len(f"{day:%Y}{day.month}{day.day}") / 2 if day else BLANK_DATE  # digits are half as wide
        return cls(max(name, dated), max(0.0, INDENT - max(0.0, (name - dated) / 2)))


def render(paper: Paper, fonts: Fonts, progress: Callable[[int, str], None]) -> bytes:
    """The circular as PDF; `progress` hears 0..100 with a word. ValueError for a paper of another kind."""
    if paper.kind != "circular":
        raise ValueError(f"a {paper.kind} is not set as a circular")
    steps = _words(paper)["steps"]
    progress(0, steps["layout"])
    press, styles = Press(fonts), [(HERE / "styles" / name).read_text(encoding="utf-8") for name in STYLES]
    proof = press.proof(page(paper), styles)
    sheets = bound(proof, press.proof(closing(paper), styles))
    progress(70, steps["write"])
    written = proof.write(sheets)
    progress(100, steps["done"])
    return written


def bound(text: Proof, closing: Proof) -> list[Sheet]:
    """版记 stands on an even page: over the foot of the last one, else overleaf, behind a vacant page if need be."""
    foot, vacant, overleaf = closing.pages
    *others, last = text.pages
    if len(text.pages) % 2:
        sheets = [*others, last, overleaf]
    elif text.height("end") > closing.height("imprint"):
        sheets = [*others, last, vacant, overleaf]
    else:
        return [*map(Sheet, others), Sheet(last, foot)]
    return [Sheet(page) for page in sheets]


def page(paper: Paper) -> str:
    """The circular as HTML, without 版记."""
    found = find(paper.ranking, paper.before, paper.named)
    words = _words(paper, listed=bool(found.heaviest))
    template = _templates().get_template("circular.html")
    return template.render(
        paper=paper,
        ranking=paper.ranking,
        total=paper.ranking.total,
        found=found,
        words=words,
        letterhead=Letterhead.of(len(words["letterhead"])),
        signature=Signature.of(paper),
        first_day=local(paper.period.start),
        last_day=last_day(paper.period.end),
        as_of=local(paper.ranking.as_of),
        closed=paper.ranking.as_of >= paper.period.end,
    )


def closing(paper: Paper) -> str:
    """版记 as HTML: over a foot, a vacant page, overleaf."""
    return _templates().get_template("closing.html").render(paper=paper, words=_words(paper))


def _words(paper: Paper, *, listed: bool = False) -> dict[str, Any]:
    """The fixed words of a paper: title, addressees, names of periods; `listed`: units with most deductions follow."""
    module = _templates().get_template("words.html").make_module({"paper": paper, "listed": listed})
    return dict(vars(module))


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"wording": wording, "change": change}
    environment.filters |= {"percent": wording.percent, "points": wording.points}
    return environment
