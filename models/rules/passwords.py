"""Password rules (等保 GB/T 22239-2019 8.1.4.1 a): at least 10 characters, 3 of 4 classes, no user name inside."""

from __future__ import annotations

LEAST = 10


class WeakPassword(ValueError):
    """The message says what is missing."""


def check(password: str, login: str) -> None:
    """Raise WeakPassword unless the password satisfies the rules."""
    classes = (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum())
    if len(password) < LEAST:
        raise WeakPassword(f"至少 {LEAST} 个字符")
    if sum(any(is_in(c) for c in password) for is_in in classes) < 3:
        raise WeakPassword("大写字母、小写字母、数字、符号至少包含三类")
    if login.lower() in password.lower():
        raise WeakPassword("不能包含账号名")
