"""Justified Chinese lines for WeasyPrint, which stretches only U+0020 and U+00A0.

So a gap of no width stands between Chinese characters before layout: a space where a line may end, a no-break space
where it may not. After layout the gaps leave the text again (`gaps.py`), their distances stay.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import pairwise
from xml.etree.ElementTree import Element

NO_START = {"Pe", "Pf", "Po"}  # closing marks, commas and stops start no line
NO_END = {"Ps", "Pi"}  # opening marks end no line
WORD_SPACE = "\u2002"  # stands for a space that was written as one


def open_gaps(paragraph: Element) -> None:
    """Put gaps into the text of a paragraph; none at the edges of inline elements, where lines break by themselves."""
    for element in paragraph.iter():
        element.text = _gapped(element.text)
        if element is not paragraph:
            element.tail = _gapped(element.tail)


def _gapped(text: str | None) -> str | None:
    if not text:
        return text
    text = re.sub(" +", _word_space, re.sub(r"\s*\n\s*", "", text))
    return "".join(a + _gap(a, b) for a, b in pairwise(text)) + text[-1:]


def _word_space(found: re.Match[str]) -> str:
    """A space is kept between two Latin words; beside a Chinese character it says nothing."""
    around = found.string[max(found.start() - 1, 0) : found.start()] + found.string[found.end() : found.end() + 1]
    return WORD_SPACE if len(around) == 2 and not any(map(_wide, around)) else ""


@cache
def _gap(left: str, right: str) -> str:
    """What stands between two neighbours: nothing, a place to break, or a gap without one."""
    if not (_wide(left) or _wide(right)):
        return ""
    bound = unicodedata.category(right) in NO_START or unicodedata.category(left) in NO_END
    return "\u00a0" if bound else " "


def _wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WFA"
