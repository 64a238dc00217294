"""What the place decides: settings from the environment, checked once at the start and then frozen."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Variable:
    """One line of the README's table: a variable, what it may be, what holds without it, what it is for."""

    name: str
    allowed: str
    default: str
    meaning: str


VARIABLES = (
    Variable("PORT", "a number from 1 to 65535", "8050", "the port of the web server"),
    Variable("HOST", "an address of this machine", "0.0.0.0", "where it listens: terminals push from outside"),  # noqa: S104  the argument is the meaning
    Variable("DATA_DIR", "a folder", "as root /var/lib/lvyue, else .data in the checkout", "all that must be kept"),
    Variable("DATABASE_URL", "a postgresql:// address", "empty: PostgreSQL of our own", "role of web and worker"),
    Variable("OWNER_DATABASE_URL", "a postgresql:// address", "DATABASE_URL", "role that migrates the schema"),
    Variable("KEY_DIR", "a folder", "keys in DATA_DIR", "keys, made at the first start; never back up with the data"),
    Variable("BASE_URL", "an http:// or https:// address", "http://localhost:PORT", "how people reach the platform"),
    Variable("TRUSTED_PROXIES", "a number from 0 to 9", "0", "how many proxies of our own stand in front"),
    Variable("COOKIE_SECURE", "auto, 0 or 1", "auto", "Secure cookies: as the request came, never, always"),
    Variable("TOTP", "required or optional", "required", "second factor; optional only for a demonstration"),
    Variable("FONTS_DIR", "a folder", "fonts in DATA_DIR", "fonts of the papers, *.otf and *.ttf"),
    Variable("MAP_APPROVAL_NO", "a text", "empty", "审图号 that is printed under every map"),
    Variable("MAX_BODY", "bytes from 65536 to 1073741824", "8388608", "the longest request that is taken"),
)


class BadSetting(ValueError):
    """A variable of the environment cannot be used; the message names it, its value and what is allowed."""

    def __init__(self, name: str, value: str, allowed: str) -> None:
        super().__init__(f"{name} is {value!r}; allowed is {allowed}.")


@dataclass(frozen=True)
class Settings:
    """The place's decisions; `database_url` is None when the embedded PostgreSQL serves."""

    port: int
    host: str
    data_dir: Path
    database_url: str | None
    owner_database_url: str | None
    key_dir: Path
    base_url: str
    trusted_proxies: int
    cookie_secure: bool | None  # None: as the request came
    totp_required: bool
    fonts_dir: Path
    map_approval_no: str
    max_body: int

    @property
    def embedded(self) -> bool:
        """Does the platform run a PostgreSQL of its own?"""
        return self.database_url is None


def default_data_dir() -> Path:
    """Root's checkout is often unreadable to others (/root), and PostgreSQL never runs as root."""
    return Path("/var/lib/lvyue") if os.geteuid() == 0 else ROOT / ".data"


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from `environ`; an empty variable counts as not set. Raises BadSetting."""
    given = {v.name: environ.get(v.name, "").strip() for v in VARIABLES}
    data_dir = _folder(given["DATA_DIR"], default_data_dir())
    port = _number(given, "PORT", 8050, 1, 65535)
    database_url, owner_url = _database(given, "DATABASE_URL"), _database(given, "OWNER_DATABASE_URL")
    if owner_url and not database_url:
        raise BadSetting("OWNER_DATABASE_URL", "(set)", "only together with DATABASE_URL")
    return Settings(
        port=port,
        host=given["HOST"] or "0.0.0.0",  # noqa: S104  terminals push from outside
        data_dir=data_dir,
        database_url=database_url,
        owner_database_url=owner_url or database_url,
        key_dir=_folder(given["KEY_DIR"], data_dir / "keys"),
        base_url=_base(given, f"http://localhost:{port}"),
        trusted_proxies=_number(given, "TRUSTED_PROXIES", 0, 0, 9),
        cookie_secure={"auto": None, "0": False, "1": True}[_choice(given, "COOKIE_SECURE", ("auto", "0", "1"))],
        totp_required=_choice(given, "TOTP", ("required", "optional")) == "required",
        fonts_dir=_folder(given["FONTS_DIR"], data_dir / "fonts"),
        map_approval_no=given["MAP_APPROVAL_NO"],
        max_body=_number(given, "MAX_BODY", 8 * 1024**2, 64 * 1024, 1024**3),
    )


def _allowed(name: str) -> str:
    return next(v.allowed for v in VARIABLES if v.name == name)


def _folder(value: str, default: Path) -> Path:
    return Path(value).expanduser().absolute() if value else default


def _number(given: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    value = given[name]
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        raise BadSetting(name, value, _allowed(name))
    return int(value)


def _choice(given: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """The value given, or the first choice."""
    value = given[name].lower() or choices[0]
    if value not in choices:
        raise BadSetting(name, given[name], _allowed(name))
    return value


def _base(given: Mapping[str, str], default: str) -> str:
    value = given["BASE_URL"].rstrip("/") or default
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise BadSetting("BASE_URL", value, _allowed("BASE_URL"))
    return value


def _database(given: Mapping[str, str], name: str) -> str | None:
    """The address with its driver named: SQLAlchemy 2.1 takes the bare scheme for psycopg 3."""
    value = given[name]
    if not value:
        return None
    scheme, mark, rest = value.partition("://")
    if not mark or not rest or scheme not in {"postgresql", "postgres", "postgresql+psycopg2"}:
        raise BadSetting(name, f"{scheme if mark else '…'}://…", _allowed(name))  # the value may hold a password
    return f"postgresql+psycopg2://{rest}"
