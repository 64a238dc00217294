"""Numbers that identify: unified social credit codes (GB 32100-2015), resident identity numbers (GB 11643), masks."""

from __future__ import annotations

import re
from datetime import date

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_USCC_PATTERN = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def uscc_check(first17: str) -> str:
    """Check character of the first 17 of a 统一社会信用代码 (GB 32100-2015)."""
    total = sum(_USCC_ALPHABET.index(c) * w for c, w in zip(first17, _USCC_WEIGHTS, strict=True))
    return _USCC_ALPHABET[(31 - total % 31) % 31]


def valid_uscc(code: str) -> bool:
    """Is this a well-formed 统一社会信用代码? Letters may stand in the first two places (A, N, Y codes)."""
    return bool(_USCC_PATTERN.fullmatch(code)) and uscc_check(code[:17]) == code[17]


def id_check(first17: str) -> str:
    """Check character of the first 17 digits of a 居民身份证号 (GB 11643)."""
    return "10X98765432"[sum(int(c) * w for c, w in zip(first17, _ID_WEIGHTS, strict=True)) % 11]


def valid_id_number(number: str, today: date) -> bool:
    """Is this a well-formed 居民身份证号 born before `today`? Abolished address codes stay valid."""
    if not re.fullmatch(r"\d{17}[\dX]", number):
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return born <= today and id_check(number[:17]) == number[17]


def mask_id_number(number: str) -> str:
    """First three and last four, the rest starred (stricter than GB/T 35273)."""
    return number[:3] + "*" * (len(number) - 7) + number[-4:]


def mask_phone(phone: str) -> str:
    """138****1234."""
    return phone[:3] + "****" + phone[-4:] if len(phone) >= 7 else "*" * len(phone)


def mask_name(name: str) -> str:
    """The surname's first character stays: 张**."""
    return name[:1] + "*" * (len(name) - 1)
