"""Which font files the papers are set in: the official faces of a folder, else those of an installed package."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# The faces of the standard, best first. A site that owns the original faces puts them into its fonts folder.
ROLES: Mapping[str, tuple[str, ...]] = {
    "title": ("FZXBSJW.TTF", "FandolSong-Bold.otf"),
    "body": ("simfang.ttf", "FandolFang-Regular.otf"),
    "kai": ("simkai.ttf", "FandolKai-Regular.otf"),
    "hei": ("simhei.ttf", "FandolHei-Regular.otf"),
    "song": ("FandolSong-Regular.otf",),
}
SERIF, SANS = "NotoSerifSC-Regular.otf", "NotoSansSC-Regular.otf"


class NoFonts(LookupError):
    """Neither the fonts folder nor the package of Chinese fonts holds a usable face."""


@dataclass(frozen=True, slots=True)
class Fonts:
    """The files found: a face for each role, and those that lend the glyphs a face lacks (rare names)."""

    faces: Mapping[str, Path]
    lenders: tuple[Path, ...]
    described: str  # one sentence, for /readyz

    @property
    def files(self) -> Mapping[str, Path]:
        """All files by their URL; a paper opens nothing else."""
        return {path.as_uri(): path for path in (*self.faces.values(), *self.lenders)}


def fonts(folder: Path) -> Fonts:
    """Look for the faces in a folder, else in the installed package of Chinese fonts; NoFonts if there are none."""
    noto = _packaged()
    own = {role: path for role, names in ROLES.items() if (path := _first(folder, names))}
    spare = {role: noto[SANS if role == "hei" else SERIF] for role in ROLES if role not in own and noto}
    faces = own | spare
    if absent := [role for role in ROLES if role not in faces]:
        raise NoFonts(f"no Chinese font for {', '.join(absent)}: put the Fandol faces into {folder}")
    return Fonts(faces, tuple(noto.values()), _described(folder, own, spare, noto))


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
