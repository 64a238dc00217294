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
from reports.typesetting import Press, Proof

HERE = Path(__file__).parent
STYLES = ("official.css", "annexes.css")
WIDTH = 442.2  # pt: 156 mm of the type area
MARK_SIZE, MARK_WIDTH = 54, 0.97  # pt: height of the letterhead's characters; share of the width it may fill
BLANK_DATE = 7  # em: 年, 月, 日 with room between them


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
    """发文机关标志: size of the characters in pt, how far they are narrowed, and where the line then begins."""

    size: float
    scale: float
    left: float

    @classmethod
    def of(cls, characters: int) -> Letterhead:
        natural = characters * MARK_SIZE
        return cls(MARK_SIZE, min(1.0, MARK_WIDTH * WIDTH / natural), (WIDTH - natural) / 2)


def render(paper: Paper, fonts: Fonts, progress: Callable[[int, str], None]) -> bytes:
    """The circular as PDF; `progress` hears 0..100 with a word. ValueError for a paper of another kind."""
    if paper.kind != "circular":
        raise ValueError(f"a {paper.kind} is not set as a circular")
    steps = _words(paper)["steps"]
    progress(0, steps["layout"])
    proof = _even(paper, Press(fonts), lambda: progress(50, steps["layout"]))
    progress(70, steps["write"])
    written = proof.write()
    progress(100, steps["done"])
    return written


def _even(paper: Paper, press: Press, again: Callable[[], None]) -> Proof:
    """版记 stands on an even page: where the text ends on an odd one, it moves to the next, with no page number."""
    styles = [(HERE / "styles" / name).read_text(encoding="utf-8") for name in STYLES]
    proof = press.proof(page(paper), styles)
    if proof.pages % 2:
        again()
        proof = press.proof(page(paper, overleaf=True), styles)
    return proof


def page(paper: Paper, *, overleaf: bool = False) -> str:
    """The circular as HTML; `overleaf`: 版记 on a page of its own."""
    words = _words(paper)
    template = _templates().get_template("circular.html")
    return template.render(
        paper=paper,
        ranking=paper.ranking,
        total=paper.ranking.total,
        found=find(paper.ranking, paper.before, paper.named),
        words=words,
        letterhead=Letterhead.of(len(words["letterhead"])),
        signature=_signature(paper),
        first_day=local(paper.period.start),
        last_day=last_day(paper.period.end),
        as_of=local(paper.ranking.as_of),
        closed=paper.ranking.as_of >= paper.period.end,
        overleaf=overleaf,
    )


def _signature(paper: Paper) -> float:
    """Width in em of 署名 and 成文日期: the name, unless the date (digits are half as wide) is the longer one."""
    name = len(paper.agency)
    dated = 3 + len(f"{paper.date:%Y}{paper.date.month}{paper.date.day}") / 2 if paper.date else BLANK_DATE
    return max(name, dated + 2 if dated > name else 0)


def _words(paper: Paper) -> dict[str, Any]:
    """The fixed words of a paper: title, addressees, names of periods, steps of the work."""
    module = _templates().get_template("words.html").make_module({"paper": paper})
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
