"""Numbers that identify: check digits, dates, masks."""

from __future__ import annotations

from datetime import date

import pytest

from models.rules import identity

TODAY = date(2018, 7, 1)


@pytest.mark.parametrize(
    ("code", "valid"),
    [
        ("91110000600037341L", True),  # the example of domain notes
        ("91110000600037341A", False),
        ("9111000060003734IL", False),  # I is not in the alphabet
        ("A1110000600037341L", False),  # letters may lead, but the check differs
        ("91110000600037341", False),
    ],
)
def test_credit_codes_by_gb_32100(code: str, valid: bool) -> None:
    assert identity.valid_uscc(code) is valid


def test_a_credit_code_may_begin_with_a_letter() -> None:
    first = "N1439999000000001"
    assert identity.valid_uscc(first + identity.uscc_check(first))


@pytest.mark.parametrize(
    ("first17", "valid"),
    [
        ("43012419800229001", True),
        ("43999919991301001", False),
        ("43999920180702001", False),
        ("43999920180630001", True),
    ],
)
def test_identity_numbers_by_gb_11643(first17: str, valid: bool) -> None:
    number = first17 + identity.id_check(first17)
    assert identity.valid_id_number(number, TODAY) is valid
    assert not identity.valid_id_number(number[:-1] + "0X"[number[-1] == "0"], TODAY)


def test_masks_keep_no_more_than_they_say() -> None:
    assert identity.mask_id_number("439999198001010012") == "439***********0012"
    assert identity.mask_phone("13900001234") == "139****1234"
    assert identity.mask_name("欧阳祎") == "欧**"
