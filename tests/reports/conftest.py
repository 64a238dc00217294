"""Circulars printed once for all tests that read or measure them."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from reports import circulars, fonts
from tests.reports.samples import paper, ranking, silent


@pytest.fixture(scope="session")
def faces() -> fonts.Fonts:
    return fonts.fonts(Path(os.environ.get("FONTS_DIR", "/var/lib/lvyue/fonts")))


@pytest.fixture(scope="session")
def issued(faces: fonts.Fonts) -> PdfReader:
    return PdfReader(BytesIO(circulars.render(paper(), faces, silent)))


@pytest.fixture(scope="session")
def draft(faces: fonts.Fonts) -> PdfReader:
    unsigned = paper(number=None, date=None, mark="demonstration", ranking=ranking(8), before=None)
    return PdfReader(BytesIO(circulars.render(unsigned, faces, silent)))
