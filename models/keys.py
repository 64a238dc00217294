"""The platform's keys: one file each, made at the first start, none derived from another."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORMAT = b"\x01"
_HEADER = 3  # format, number of the key in two bytes
_NONCE = 12
_TAG = 16


class WrongKey(ValueError):
    """A sealed value cannot be opened; the message says by which key it was sealed."""


class BadKeyFile(ValueError):
    """A file in KEY_DIR does not hold a key; the message names the file."""


@dataclass(frozen=True)
class Keys:
    """The keys of this installation; `session` signs cookies, `ledger` is the 32-byte seed of an Ed25519 key."""

    session: str = field(repr=False)
    ledger: bytes = field(repr=False)
    _index: bytes = field(repr=False)
    _data: dict[int, bytes] = field(repr=False)

    def seal(self, plain: bytes, *, about: bytes = b"") -> bytes:
        """Encrypt with the newest data key (AES-256-GCM); `about` is bound to the value but not stored in it."""
        number = max(self._data)
        header = _FORMAT + number.to_bytes(2, "big")
        nonce = secrets.token_bytes(_NONCE)
        return header + nonce + AESGCM(self._data[number]).encrypt(nonce, plain, header + about)

    def unseal(self, value: bytes, *, about: bytes = b"") -> bytes:
        """The plain bytes of a sealed value. Raises WrongKey if key, `about` or the value are not the same."""
        if len(value) < _HEADER + _NONCE + _TAG or not value.startswith(_FORMAT):
            raise WrongKey("This is no sealed value: its form is unknown.")
        header, nonce, sealed = value[:_HEADER], value[_HEADER : _HEADER + _NONCE], value[_HEADER + _NONCE :]
        number = int.from_bytes(header[1:], "big")
        if number not in self._data:
            raise WrongKey(f"The value was sealed by data-{number}, which is not in KEY_DIR; put that file back.")
        try:
            return AESGCM(self._data[number]).decrypt(nonce, sealed, header + about)
        except InvalidTag:
            raise WrongKey(
                f"data-{number} does not open this value: KEY_DIR is another installation's, or the value was altered."
            ) from None

    def sealed_by(self, value: bytes) -> int:
        """Number of the data key that sealed `value`: rotation re-encrypts what is not by the newest."""
        return int.from_bytes(value[1:_HEADER], "big")

    def blind(self, text: str) -> bytes:
        """Blind index of `text`: 32 bytes (HMAC-SHA256), equal for equal texts, telling nothing without the key."""
        return hmac.digest(self._index, text.encode(), hashlib.sha256)


def load(key_dir: Path) -> Keys:
    """The keys in `key_dir`, made where missing; two processes may do so at once. Raises BadKeyFile."""
    if not key_dir.is_dir():
        key_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _data_files(key_dir):
        _make(key_dir / "data-1")
    return Keys(
        session=_key(key_dir / "session").hex(),
        ledger=_key(key_dir / "ledger"),
        _index=_key(key_dir / "index"),
        _data={int(file.name[5:]): _key(file) for file in _data_files(key_dir)},
    )


def rotate(key_dir: Path) -> int:
    """Make the next data key and return its number; processes use it from their next start on."""
    number = max(int(file.name[5:]) for file in _data_files(key_dir)) + 1
    _make(key_dir / f"data-{number}")
    return number


def _data_files(key_dir: Path) -> list[Path]:
    return [file for file in key_dir.glob("data-*") if file.name[5:].isdigit()]


def _key(file: Path) -> bytes:
    if not file.exists():
        _make(file)
    try:
        key = bytes.fromhex(file.read_text("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise BadKeyFile(f"{file} must hold 64 hexadecimal digits; put back the right file.")
    return key


def _make(file: Path) -> None:
    """Write a new key completely before it gets its name: whoever comes second uses the first one's."""
    handle, draft = tempfile.mkstemp(dir=file.parent, prefix=".draft-")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_hex(32) + "\n")
            stream.flush()
            os.fsync(handle)
        Path(file).hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()


_current: Keys | None = None


def bind(key_dir: Path) -> Keys:
    """Choose the keys of this process."""
    global _current  # noqa: PLW0603 - one set of keys a process, chosen at its start
    _current = load(key_dir)
    return _current


def current() -> Keys:
    """The keys of this process; RuntimeError before `bind`."""
    if _current is None:
        raise RuntimeError("no keys chosen: call models.keys.bind(key_dir) first")
    return _current
