"""What terminals may speak, as wsgi.py hands it over, and what is typed into one so that it reaches the platform."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import urlsplit

from flask import current_app

from models import wording

UNTOLD: Final = "〈令牌〉"


class Dialect(NamedTuple):
    """A protocol: its name in the register, its first door, and where its token stands: none, header or path."""

    name: str
    label: str
    door: str
    secret: str

    @property
    def chinese(self) -> str:
        return wording.PROTOCOLS.get(self.name, self.label)

    @property
    def keeps_token(self) -> bool:
        return self.secret != "none"  # noqa: S105  a place, no password


def spoken() -> tuple[Dialect, ...]:
    """All protocols there are."""
    return tuple(Dialect(*row) for row in current_app.config["DIALECTS"])


def find(name: str) -> Dialect | None:
    """The protocol of that name."""
    return next((dialect for dialect in spoken() if dialect.name == name), None)


def typed_in(dialect: Dialect, token: str = "") -> list[tuple[str, str]]:
    """What is typed into a terminal: (name of the setting, value). Without the token its place is shown."""
    base = current_app.config["BASE_URL"]
    at, told = urlsplit(base), token or UNTOLD
    if dialect.name == "zkteco":
        port = at.port if at.scheme == "http" and at.port else 80
        return [("服务器地址", at.hostname or ""), ("端口", str(port)), ("HTTPS", "关闭（保持不启用）")]
    if dialect.secret == "path":  # noqa: S105
        return [("上报地址", f"{base}{dialect.door}/{told}")]
    if dialect.secret == "header":  # noqa: S105
        return [("上报地址", f"{base}{dialect.door}"), ("请求头", f"Authorization: Bearer {told}")]
    return [("服务器地址", base)]
