"""Font files as a paper needs them: one ascent and descent, one width of the space, and a glyph for every character."""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from reports.fonts import Fonts

ASCENT, DESCENT = 0.88, -0.12  # em, the same for all faces, so that a lent glyph does not push the lines apart
SPACE = 0.333  # em, the same for all faces, whichever the layout takes the space from
SPACES = (0x20, 0xA0)
WORD_SPACE = 0x2002  # what justification puts between Latin words
LATIN = {*range(0x21, 0x7F), 0x2013, WORD_SPACE}  # no narrow space: gaps would change the font at every character


class NoGlyph(LookupError):
    """No font at hand holds a character of the paper."""


@cache
def font(path: Path, latin: bool = False) -> bytes:
    """A font file with the common measures; `latin`: with its letters, digits and Latin marks only."""
    with TTFont(path, lazy=True, recalcBBoxes=False, recalcTimestamp=False) as face:
        em, lines, os2, widths = face["head"].unitsPerEm, face["hhea"], face["OS/2"], face["hmtx"]
        ascent, descent = round(ASCENT * em), round(DESCENT * em)
        lines.ascent, lines.descent, lines.lineGap = ascent, descent, 0
        os2.sTypoAscender, os2.sTypoDescender, os2.sTypoLineGap = ascent, descent, 0
        os2.usWinAscent, os2.usWinDescent = ascent, -descent
        if "BASE" in face:
            del face["BASE"]  # Pango would shift the lent glyphs against the others
        space = face.getBestCmap().get(0x20, ".notdef")
        for name in {face.getBestCmap().get(code, space) for code in SPACES} - {".notdef"}:
            widths[name] = (round(SPACE * em), widths[name][1])
        for table in face["cmap"].tables:
            table.cmap = {code: name for code, name in table.cmap.items() if not latin or code in LATIN}
            table.cmap.setdefault(WORD_SPACE, space)
        changed = io.BytesIO()
        face.save(changed, reorderTables=None)
    return changed.getvalue()


@cache
def characters(path: Path) -> frozenset[str]:
    """What a font file has glyphs for."""
    with TTFont(path, lazy=True) as face:
        return frozenset(map(chr, face.getBestCmap()))


def lent(fonts: Fonts, role: str, text: Iterable[str]) -> tuple[Path, ...]:
    """The lenders that a text needs beside a role's own face; NoGlyph for a character that no font holds."""
    wanted = {character for character in text if character.isprintable() and not character.isspace()}
    wanted -= characters(fonts.faces[role])
    needed = []
    for lender in fonts.lenders[role]:
        if found := wanted & characters(lender):
            wanted -= found
            needed.append(lender)
    if wanted:
        told = ", ".join(f"{character} (U+{ord(character):04X})" for character in sorted(wanted))
        raise NoGlyph(f"no font holds {told}: put one that does into {fonts.folder}, its name beginning with rare")
    return tuple(needed)
