"""Commissioning: only by the own unit, only whole, once and for good; pictures are clean, sealed and few."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models import database, pictures
from models.acts import attendance, commissioning, registration, terminals
from models.acts.registration import Unfit
from models.acts.terminals import Contact
from models.database import history, transaction
from models.pictures import NoPicture
from models.queries import commissioning as asked
from models.rules.commissioning import Point, Sheet
from models.rules.readings import Method
from models.rules.registration import Sheet as Registration
from models.rules.scope import Refused, Role, Scope
from tests.cast import World, arrival, punch, wall

START, NOW = date(2018, 7, 1), wall("2018-07-20T00:00:00")
CENTRE = Scope(0, Role.TECH_CENTRE)
WHOLE = Sheet(1.18, frozenset(Point))


@pytest.fixture(scope="module")
def world(scratch: str) -> World:
    """甲公司 and 乙公司 work in 长沙, 丙公司 in 株洲."""
    with history() as past:
        past.go(wall("2018-07-01T00:00:00"))
        made = World()
        made.project("长沙项目", START)
        made.project("株洲项目", START, area="430281")
        for unit, project in (("甲公司", "长沙项目"), ("乙公司", "长沙项目"), ("丙公司", "株洲项目")):
            made.engage(unit, project)
    return made


def unit_of(world: World, name: str) -> Scope:
    return Scope(0, Role.UNIT, unit=world.units[name])


def photo(shade: int = 90, kind: str = "JPEG", size: tuple[int, int] = (40, 30)) -> bytes:
    """A small picture with the place where it was taken."""
    exif, kept = Image.Exif(), BytesIO()
    exif.get_ifd(0x8825)[2] = (28.0, 12.0, 0.0)
    exif[0x010F] = "Telephone"
    Image.new("RGB", size, (shade, shade, shade)).save(kept, kind, exif=exif)
    return kept.getvalue()


def made(world: World, serial: str) -> int:
    """A terminal of 甲公司, registered and silent."""
    sheet = Registration(
        protocol="zkteco", serial=serial, unit=world.units["甲公司"], brand="ZKTeco", model="SenseFace 4A",
        area="430181", place="项目部", point=(113.6, 28.2), projects=(world.projects["长沙项目"],), since=START,
        contact="王工", phone="13900001111",
    )  # fmt: skip
    with history() as past:
        past.go(NOW)
        return registration.apply(unit_of(world, "甲公司"), sheet).terminal


def works(world: World, serial: str, method: Method = Method.FACE, skew_ms: int = 900) -> int:
    """The same, heard, punched on and confirmed."""
    terminal = made(world, serial)
    with history() as past:
        past.go(NOW)
        key = ("zkteco", serial, True)
        terminals.seen(asked_by_all(), [Contact(key, NOW, skew_ms=skew_ms, facts={"firmware": "8.0"})])
        attendance.intake(asked_by_all(), [arrival(serial, punch("77", NOW - timedelta(minutes=1), method=method))])
        terminals.admit(asked_by_all(), terminal)
    return terminal


def asked_by_all() -> Scope:
    return Scope(0, Role.PROCESS)


def done(world: World, serial: str) -> int:
    terminal = works(world, serial)
    commissioning.photograph(unit_of(world, "甲公司"), terminal, photo())
    commissioning.commission(unit_of(world, "甲公司"), terminal, WHOLE)
    return terminal


def gaps(world: World, terminal: int, sheet: Sheet = WHOLE) -> set[str]:
    with pytest.raises(Unfit) as lacks:
        commissioning.commission(unit_of(world, "甲公司"), terminal, sheet)
    return set(lacks.value.wrong)


def test_a_silent_terminal_is_not_commissioned_and_every_gap_is_named(world: World) -> None:
    sheet = Sheet(1.3, frozenset({Point.LIGHT}), {Point.POWER: "距插座较远，已加装", Point.PLACE: "\0 "})
    assert gaps(world, made(world, "C1"), sheet) == {
        "contact", "facts", "clock", "punch", "confirmed", "height", "network", "place", "photo",
    }  # fmt: skip


@pytest.mark.parametrize(("height", "right"), [(1.15, True), (1.2, True), (1.14, False), (1.21, False), (None, False),
                                               (float("nan"), False), (118.0, False), (-1.18, False)])  # fmt: skip
def test_the_height_lies_in_what_the_notice_says(world: World, height: float | None, right: bool) -> None:
    terminal = made(world, "C2")
    assert ("height" not in gaps(world, terminal, replace(WHOLE, height=height))) is right


@pytest.mark.parametrize(
    ("serial", "method", "skew_ms", "lacks"),
    [("C3", Method.PASSWORD, 900, {"punch"}), ("C4", Method.FINGERPRINT, 900, {"punch"}),
     ("C5", Method.FACE, 61_000, {"clock"}), ("C6", Method.FACE, -61_000, {"clock"})],
)  # fmt: skip
def test_neither_a_password_nor_a_wrong_clock_is_a_proof(
    world: World, serial: str, method: Method, skew_ms: int, lacks: set[str]
) -> None:
    terminal = works(world, serial, method, skew_ms)
    commissioning.photograph(unit_of(world, "甲公司"), terminal, photo())
    assert gaps(world, terminal) == lacks


def test_a_whole_one_is_commissioned_once_and_stays_as_it_is(world: World) -> None:
    terminal = works(world, "C7")
    mine = unit_of(world, "甲公司")
    kept = commissioning.photograph(mine, terminal, photo())
    with database.reading() as (session, _):
        assert terminal not in asked.bare(session, mine)  # put into service from the command line
    with transaction() as at:
        at.session.execute(text("update terminal set registered_by = 21 where id = :t"), {"t": terminal})
    with database.reading() as (session, _):
        assert terminal in asked.bare(session, mine)
    commissioning.commission(mine, terminal, WHOLE)
    with database.reading() as (session, now):
        found = asked.one(session, CENTRE, now, terminal)
        assert terminal not in asked.bare(session, mine)
    assert found is not None
    assert found.done is not None
    assert (found.done.sheet, found.own, found.photos) == (WHOLE, False, (kept,))
    for act in (
        lambda: commissioning.commission(mine, terminal, WHOLE),
        lambda: commissioning.photograph(mine, terminal, photo(1)),
        lambda: commissioning.discard(mine, kept),
    ):
        with pytest.raises(Refused, match="already"):
            act()
    for statement in (
        "update commissioning set sheet = '{}'",
        "delete from commissioning",
        f"delete from installation_photo where id = {kept:d}",
        "update installation_photo set added_by = 0",
    ):
        with pytest.raises(DBAPIError), database.transaction() as at:
            at.session.execute(text(statement))


ACTS: dict[str, Callable[[Scope, int, int], object]] = {
    "commission": lambda scope, terminal, _: commissioning.commission(scope, terminal, WHOLE),
    "photograph": lambda scope, terminal, _: commissioning.photograph(scope, terminal, photo(7)),
    "discard": lambda scope, _, kept: commissioning.discard(scope, kept),
}


@pytest.mark.parametrize("act", ACTS)
def test_nobody_but_the_own_unit_commissions(world: World, act: str) -> None:
    serial = f"N-{act}"
    terminal = works(world, serial)
    kept = commissioning.photograph(unit_of(world, "甲公司"), terminal, photo())
    others = [Scope(0, role) for role in Role if role not in (Role.OWNER, Role.UNIT)]
    for viewer in (unit_of(world, "乙公司"), unit_of(world, "丙公司"), *others):
        with pytest.raises(Refused):
            ACTS[act](viewer, terminal, kept)
    with pytest.raises(Refused):
        ACTS[act](unit_of(world, "甲公司"), 999_999, 999_999)
    with database.reading() as (session, now):
        found = asked.one(session, unit_of(world, "甲公司"), now, terminal)
    assert found is not None
    assert (found.done, found.photos) == (None, (kept,))


def test_a_picture_is_seen_by_whoever_may_see_the_terminal(world: World) -> None:
    silent, working = made(world, "P1"), works(world, "P2")
    mine = unit_of(world, "甲公司")
    kept = {
        silent: commissioning.photograph(mine, silent, photo()),
        working: commissioning.photograph(mine, working, photo()),
    }
    viewers = {
        "own": mine, "same project": unit_of(world, "乙公司"), "elsewhere": unit_of(world, "丙公司"), "centre": CENTRE,
        "leader": Scope(0, Role.LEADER), "city": Scope(0, Role.CITY_BUREAU, "430100"),
        "other city": Scope(0, Role.CITY_BUREAU, "430200"), "support here": Scope(0, Role.SUPPORT, "430100"),
        "support there": Scope(0, Role.SUPPORT, "430200"),
    }  # fmt: skip
    with database.reading() as (session, _):
        seen = {name: [asked.photo(session, viewer, kept[t]) is not None for t in (silent, working)]
                for name, viewer in viewers.items()}  # fmt: skip
        with pytest.raises(Refused):
            asked.photo(session, Scope(0, Role.SECURITY), kept[working])
    assert seen == {
        "own": [True, True], "same project": [False, True], "elsewhere": [False, False], "centre": [True, True],
        "leader": [False, True], "city": [False, True], "other city": [False, False], "support here": [True, True],
        "support there": [False, False],
    }  # fmt: skip


def test_a_picture_is_kept_without_what_the_telephone_wrote_and_sealed(world: World) -> None:
    terminal, mine = made(world, "P3"), unit_of(world, "甲公司")
    kept = commissioning.photograph(mine, terminal, photo(size=(3000, 1000)))
    with database.reading() as (session, _):
        shown = asked.photo(session, mine, kept)
        stored = bytes(session.scalar(text("select picture from installation_photo where id = :k"), {"k": kept}))
    assert shown is not None
    with Image.open(BytesIO(shown)) as clean:
        assert (clean.format, clean.size, dict(clean.getexif())) == ("JPEG", (1600, 533), {})
    assert b"Telephone" not in shown
    assert shown[:200] not in stored


def test_four_pictures_are_kept_and_the_same_one_once(world: World) -> None:
    terminal, mine = made(world, "P4"), unit_of(world, "甲公司")
    first = commissioning.photograph(mine, terminal, photo(0))
    assert commissioning.photograph(mine, terminal, photo(0)) == first
    for shade in (60, 120, 180):
        commissioning.photograph(mine, terminal, photo(shade))
    with pytest.raises(Refused, match="pictures are kept"):
        commissioning.photograph(mine, terminal, photo(240))
    commissioning.discard(mine, first)
    commissioning.photograph(mine, terminal, photo(240, "PNG"))


def bomb() -> bytes:
    """A small file that unfolds to ten thousand times ten thousand pixels."""
    kept = BytesIO()
    Image.new("1", (10_000, 10_000)).save(kept, "PNG")
    return kept.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "kind"), (b"%PDF-1.7", "kind"), (b"<svg onload='x'/>", "kind"), (photo(kind="JPEG")[:200], "broken"),
     (photo(kind="PNG")[:60], "broken"), (bytes(pictures.LARGEST + 1), "size")],
)  # fmt: skip
def test_what_is_no_picture_is_not_kept(content: bytes, why: str) -> None:
    with pytest.raises(NoPicture, match=why):
        pictures.clean(content)


def test_a_small_file_that_unfolds_to_a_huge_picture_is_not_opened() -> None:
    with pytest.raises(NoPicture, match="size"):
        pictures.clean(bomb())
