"""Keys: made once, kept apart, turned without losing what the old one sealed."""

from __future__ import annotations

import stat
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from models import keys
from models.keys import BadKeyFile, WrongKey


def _index_of(folder: Path) -> bytes:
    return keys.load(folder).blind("430100")


def test_the_first_start_makes_four_different_private_files(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "keys"
    keys.load(folder)
    files = sorted(folder.iterdir())
    assert [f.name for f in files] == ["data-1", "index", "ledger", "session"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}
    assert len({f.read_text() for f in files}) == 4


def test_the_second_start_reads_the_same_keys(tmp_path: Path) -> None:
    first, second = keys.load(tmp_path), keys.load(tmp_path)
    assert first == second
    assert second.unseal(first.seal(b"x")) == b"x"


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        assert len(set(pool.map(_index_of, [tmp_path / "keys"] * 12))) == 1


def test_an_existing_folder_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    keys.load(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o750


def test_equal_values_are_sealed_differently_and_say_nothing(tmp_path: Path) -> None:
    ours = keys.load(tmp_path)
    assert ours.seal("身份证".encode()) != ours.seal("身份证".encode())
    assert b"430102199001011234" not in ours.seal(b"430102199001011234")
    assert ours.unseal(ours.seal(b"")) == b""


def test_a_value_opens_only_for_what_it_is_about(tmp_path: Path) -> None:
    ours = keys.load(tmp_path)
    value = ours.seal(b"13800000000", about=b"person:7:phone")
    assert ours.unseal(value, about=b"person:7:phone") == b"13800000000"
    with pytest.raises(WrongKey, match="data-1"):
        ours.unseal(value, about=b"person:8:phone")


def test_after_a_rotation_new_values_use_the_new_key_and_old_ones_still_open(tmp_path: Path) -> None:
    before = keys.load(tmp_path)
    old = before.seal(b"x")
    assert keys.rotate(tmp_path) == 2
    after = keys.load(tmp_path)
    new = after.seal(b"x")
    assert (after.sealed_by(old), after.sealed_by(new)) == (1, 2)
    assert after.unseal(old) == after.unseal(new) == b"x"
    with pytest.raises(WrongKey, match="data-2, which is not in KEY_DIR"):
        before.unseal(new)


def test_the_tenth_key_is_newer_than_the_ninth(tmp_path: Path) -> None:
    keys.load(tmp_path)
    for _ in range(9):
        keys.rotate(tmp_path)
    ours = keys.load(tmp_path)
    assert ours.sealed_by(ours.seal(b"x")) == 10


def test_another_installations_keys_do_not_open_ours(tmp_path: Path) -> None:
    value = keys.load(tmp_path / "a").seal(b"x")
    with pytest.raises(WrongKey, match="another installation"):
        keys.load(tmp_path / "b").unseal(value)


@pytest.mark.parametrize("place", [0, 2, 5, -1])
def test_an_altered_value_does_not_open(tmp_path: Path, place: int) -> None:
    ours = keys.load(tmp_path)
    value = bytearray(ours.seal(b"abc"))
    value[place] ^= 1
    with pytest.raises(WrongKey):
        ours.unseal(bytes(value))


def test_a_damaged_key_file_is_named(tmp_path: Path) -> None:
    keys.load(tmp_path)
    (tmp_path / "index").write_text("abc")
    with pytest.raises(BadKeyFile, match="index"):
        keys.load(tmp_path)


def test_a_blind_index_is_equal_for_equal_texts_only(tmp_path: Path) -> None:
    ours = keys.load(tmp_path / "a")
    assert ours.blind("430102") == ours.blind("430102")
    assert len(ours.blind("430102")) == 32
    assert ours.blind("430102") != ours.blind("430103")
    assert ours.blind("430102") != keys.load(tmp_path / "b").blind("430102")


def test_keys_are_not_shown_when_printed(tmp_path: Path) -> None:
    ours = keys.load(tmp_path)
    assert ours.session not in repr(ours)
