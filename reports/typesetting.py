"""HTML and CSS onto paper: the only module that knows WeasyPrint and its fonts."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from reports.fonts import Fonts
from reports.justification import close_gaps, open_gaps

with warnings.catch_warnings():
    # A bare machine has no fontconfig file; every face we use is given by its own path.
    warnings.filterwarnings("ignore", message=".*Expect ugly output", category=UserWarning)
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

TIGHT = -0.015  # em between characters: 28 of 16 pt stand in 156 mm (the exact quotient -0.0129 breaks at 27)
ASCENT, DESCENT = 0.88, -0.12  # em, the same for all faces, so that a lent glyph does not push the lines apart


class Refused(ValueError):
    """A paper asked for a file or address that was not given to it."""


class GivenFiles(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
    """Opens the given fonts and nothing else: no network, no other file."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        super().__init__(allowed_protocols=("file",), allow_redirects=False)
        self.files = files

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        if url not in self.files:
            raise Refused(f"a paper may not open {url}")
        return URLFetcherResponse(url, _face(self.files[url]), {"Content-Type": "font/otf"})


@cache
def _face(path: Path) -> bytes:
    """A font file with the common ascent and descent."""
    with TTFont(path, lazy=True, recalcBBoxes=False, recalcTimestamp=False) as face:
        em, lines, os2 = face["head"].unitsPerEm, face["hhea"], face["OS/2"]
        ascent, descent = round(ASCENT * em), round(DESCENT * em)
        lines.ascent, lines.descent, lines.lineGap = ascent, descent, 0
        os2.sTypoAscender, os2.sTypoDescender, os2.sTypoLineGap = ascent, descent, 0
        os2.usWinAscent, os2.usWinDescent = ascent, -descent
        if "BASE" in face:
            del face["BASE"]  # Pango would shift the lent glyphs against the others
        changed = io.BytesIO()
        face.save(changed, reorderTables=None)
    return changed.getvalue()


@cache
def _space(path: Path) -> float:
    """Width of the space of a face, in em."""
    with TTFont(path, lazy=True) as face:
        return float(face["hmtx"][face.getBestCmap()[0x20]][0] / face["head"].unitsPerEm)


@dataclass(frozen=True, slots=True)
class Proof:
    """A paper after layout: its pages are counted, nothing is written yet."""

    document: Any

    @property
    def pages(self) -> int:
        return len(self.document.pages)

    def write(self) -> bytes:
        return self.document.write_pdf(finisher=close_gaps)  # type: ignore[no-any-return]


class Press:
    """Sets one paper, as often as its layout asks: the fonts are loaded once."""

    def __init__(self, faces: Fonts) -> None:
        self._fetcher = GivenFiles(faces.files)
        self._fonts = FontConfiguration()
        self._faces = self._sheet(_face_rules(faces))

    def _sheet(self, text: str) -> CSS:
        return CSS(string=text, font_config=self._fonts, url_fetcher=self._fetcher)

    def proof(self, html: str, styles: Sequence[str]) -> Proof:
        """Lay out HTML with style sheets (as text); the lines of each `<p>` can be justified."""
        page = HTML(string=html, url_fetcher=self._fetcher)
        for paragraph in page.etree_element.iter("p"):
            open_gaps(paragraph)
        sheets = [self._faces, *(self._sheet(text) for text in styles)]
        return Proof(page.render(stylesheets=sheets, font_config=self._fonts))


def pdf(html: str, styles: Sequence[str], faces: Fonts) -> bytes:
    """HTML and style sheets (as text) as a PDF."""
    return Press(faces).proof(html, styles).write()


def _face_rules(faces: Fonts) -> str:
    """@font-face of each role, and as variables its family with the lenders and the width its gaps take back."""
    lenders = {f"lvyue-rare{index}": path for index, path in enumerate(faces.lenders)}
    named = {f"lvyue-{role}": path for role, path in faces.faces.items()} | lenders
    rules = [f'@font-face {{ font-family: "{name}"; src: url("{path.as_uri()}") }}' for name, path in named.items()]
    variables = [
        f"--{role}: {', '.join([f'lvyue-{role}', *lenders])}; --{role}-gap: {-_space(path) - TIGHT:.4f}em;"
        for role, path in faces.faces.items()
    ]
    return "\n".join([*rules, f":root {{ --tight: {TIGHT}em; {' '.join(variables)} }}"])
