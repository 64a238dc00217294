"""HTML and CSS onto paper: the only module that knows WeasyPrint and its fonts."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from reports import glyphs
from reports.fonts import RUNNING, Fonts
from reports.gaps import close_gaps
from reports.justification import open_gaps
from reports.sheets import Sheet

with warnings.catch_warnings():
    # A bare machine has no fontconfig file; every face we use is given by its own path.
    warnings.filterwarnings("ignore", message=".*Expect ugly output", category=UserWarning)
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

TIGHT = -0.015  # em between characters: 28 of 16 pt stand in 156 mm (the exact quotient -0.0129 breaks at 27)
LATIN = "?latin"  # behind the URL of a font: only its letters, digits and Latin marks


class Refused(ValueError):
    """A paper asked for a file or address that was not given to it."""


class GivenFiles(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
    """Opens the given fonts and nothing else: no network, no other file."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        super().__init__(allowed_protocols=("file",), allow_redirects=False)
        self.files = files

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        name = url.removesuffix(LATIN)
        if name not in self.files:
            raise Refused(f"a paper may not open {url}")
        font = glyphs.font(self.files[name], latin=url != name)
        return URLFetcherResponse(url, font, {"Content-Type": "font/otf"})


@dataclass(frozen=True, slots=True)
class Proof:
    """A paper after layout: its pages are counted and can be put together anew, nothing is written yet."""

    document: Any

    @property
    def pages(self) -> Sequence[Any]:
        return self.document.pages  # type: ignore[no-any-return]

    def height(self, name: str) -> float:
        """How far under the upper edge of its page the element with this id begins, in CSS px; it must be there."""
        return next(float(page.anchors[name][1]) for page in self.pages if name in page.anchors)

    def write(self, sheets: Sequence[Sheet] | None = None) -> bytes:
        """The PDF of all pages, or of sheets made of pages of any proof of the same press."""
        sheets = sheets or [Sheet(page) for page in self.pages]
        return self.document.copy(sheets).write_pdf(finisher=close_gaps)  # type: ignore[no-any-return]


class Press:
    """Sets the parts of one paper: the fonts are loaded once."""

    def __init__(self, faces: Fonts) -> None:
        self._faces = faces
        self._fetcher = GivenFiles(faces.files)
        self._fonts = FontConfiguration()
        self._sheets: dict[str, CSS] = {}

    def _sheet(self, text: str) -> CSS:
        if text not in self._sheets:
            self._sheets[text] = CSS(string=text, font_config=self._fonts, url_fetcher=self._fetcher)
        return self._sheets[text]

    def proof(self, html: str, styles: Sequence[str]) -> Proof:
        """Lay out HTML with style sheets (as text); the lines of each `<p>` can be justified."""
        page = HTML(string=html, url_fetcher=self._fetcher)
        root = page.etree_element
        rules = face_rules(self._faces, "".join(root.itertext()), "".join(_frame(root)))
        for paragraph in root.iter("p"):
            open_gaps(paragraph)
        sheets = [self._sheet(text) for text in (rules, *styles)]
        return Proof(page.render(stylesheets=sheets, font_config=self._fonts))


def pdf(html: str, styles: Sequence[str], faces: Fonts) -> bytes:
    """HTML and style sheets (as text) as a PDF."""
    return Press(faces).proof(html, styles).write()


def _frame(element: Element) -> Iterator[str]:
    """The words around paragraphs and cells: heads, titles, labels."""
    yield element.text or ""
    for child in element:
        if child.tag not in ("p", "td"):
            yield from _frame(child)
        yield child.tail or ""


def face_rules(faces: Fonts, whole: str, frame: str) -> str:
    """@font-face of each role and of the lenders that it needs; as variables the family of each role.

    Paragraphs and cells are set in FangSong and Kai, only the `frame` around them in other faces: a rare name in a
    table shall not bring in the large files that would lend it to a title.
    """
    named: dict[str, str] = {}
    families = []
    for role, path in faces.faces.items():
        text = whole if role in RUNNING else frame
        chain = {f"lvyue-{role}": path.as_uri()}
        if latin := faces.latin(role):
            chain = {"lvyue-latin": latin.as_uri() + LATIN, **chain}
        chain |= {f"lvyue-lent-{lender.stem}": lender.as_uri() for lender in glyphs.lent(faces, role, text)}
        families.append(f"--{role}: {', '.join(chain)};")
        named |= chain
    rules = [f'@font-face {{ font-family: "{name}"; src: url("{url}") }}' for name, url in named.items()]
    gap = f"--gap: {-glyphs.SPACE - TIGHT:.4f}em;"  # a gap takes back the width of its space
    return "\n".join([*rules, f":root {{ --tight: {TIGHT}em; {gap} {' '.join(families)} }}"])
