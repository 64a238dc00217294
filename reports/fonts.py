"""Which font files the papers are set in: the official faces of a folder, else those of an installed package.

Faces of the standard seldom hold the rare characters of names. Lenders do: files `rare*` of the folder, then
`faces/rare.ttf` (what the 通用规范汉字表 has and Fandol lacks, in a weight that stands beside FangSong), then Noto.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

RARE = Path(__file__).parent / "faces" / "rare.ttf"
# The faces of the standard, best first. A site that owns the original faces puts them into its fonts folder.
ROLES: Mapping[str, tuple[str, ...]] = {
    "title": ("FZXBSJW.TTF", "FandolSong-Bold.otf"),
    "body": ("simfang.ttf", "FandolFang-Regular.otf"),
    "kai": ("simkai.ttf", "FandolKai-Regular.otf"),
    "hei": ("simhei.ttf", "FandolHei-Regular.otf"),
    "song": ("FandolSong-Regular.otf",),
}
RUNNING = ("body", "kai")  # the faces of running text and tables, where names stand
# Fandol's FangSong carries the digits of its Hei, too heavy among its strokes; those of its Song stand well there.
OTHERS_DIGITS = ("FandolFang-Regular.otf", "FandolKai-Regular.otf")
SERIF, SANS = "NotoSerifSC-Regular.otf", "NotoSansSC-Regular.otf"


class NoFonts(LookupError):
    """Neither the fonts folder nor the package of Chinese fonts holds a usable face."""


@dataclass(frozen=True, slots=True)
class Fonts:
    """The files found: a face for each role, and for each role those that lend it the glyphs it lacks."""

    faces: Mapping[str, Path]
    lenders: Mapping[str, tuple[Path, ...]]
    described: str  # one sentence, for /readyz
    folder: Path

    @property
    def files(self) -> Mapping[str, Path]:
        """All files by their URL; a paper opens nothing else."""
        return {path.as_uri(): path for path in {*self.faces.values(), *sum(self.lenders.values(), ())}}

    def latin(self, role: str) -> Path | None:
        """The face whose Latin letters and digits stand in for those of a role's own."""
        song = self.faces["song"]
        return song if self.faces[role].name in OTHERS_DIGITS and song.name in ROLES["song"] else None


def fonts(folder: Path) -> Fonts:
    """Look for the faces in a folder, else in the installed package of Chinese fonts; NoFonts if there are none."""
    noto = _packaged()
    own = {role: path for role, names in ROLES.items() if (path := _first(folder, names))}
    spare = {role: noto[_like(role)] for role in ROLES if role not in own and noto}
    faces = own | spare
    if absent := [role for role in ROLES if role not in faces]:
        raise NoFonts(f"no Chinese font for {', '.join(absent)}: put the Fandol faces into {folder}")
    sites = tuple(sorted(path.resolve() for path in folder.glob("rare*") if path.suffix in (".otf", ".ttf")))
    lenders = {role: (*sites, *_lenders(role, noto)) for role in ROLES}
    return Fonts(faces, lenders, _described(folder, own, spare, noto), folder)


def _like(role: str) -> str:
    return SANS if role == "hei" else SERIF


def _lenders(role: str, noto: Mapping[str, Path]) -> tuple[Path, ...]:
    """The rare characters for the light faces, then Noto in the nearer design, then in the other."""
    rare = (RARE,) if role in RUNNING else ()
    return (*rare, *sorted(noto.values(), key=lambda path: path.name != _like(role)))


def _packaged() -> dict[str, Path]:
    spec = importlib.util.find_spec("pylopdf_fonts_zh_cn")
    here = Path(spec.origin).parent if spec and spec.origin else None
    found = {name: here / name for name in (SERIF, SANS)} if here else {}
    return found if all(path.is_file() for path in found.values()) else {}


def _first(folder: Path, names: Sequence[str]) -> Path | None:
    return next((path for name in names if (path := (folder / name).resolve()).is_file()), None)


def _described(folder: Path, own: Mapping[str, Path], spare: Mapping[str, Path], noto: Mapping[str, Path]) -> str:
    found = f"{len(own)} of {len(ROLES)} official faces in {folder}"
    instead = f", Noto instead of {', '.join(spare)}" if spare else ""
    return f"{found}{instead}, rare characters {'from Noto' if noto else 'would be missing'}"
