from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.base.errors import Invalid
from core.identity.numbers import checked_number, kinds_for, masked
from core.identity.papers import media_type_of
from core.parties.phones import checked_phone, phone_or_none
from tests.core.identity.conftest import RESIDENT_ID, USCC, picture


def test_a_resident_id_needs_its_check_digit():
    assert checked_number("cn_resident_id", " 360426 1991 0101 0071 ") == RESIDENT_ID
    assert checked_number("cn_resident_id", "11010519491231002x") == "11010519491231002X"
    for wrong in ("360426199101010072", "36042619910101007", "360426199113010071", "", "X" * 18):
        with pytest.raises(Invalid) as refusal:
            checked_number("cn_resident_id", wrong)
        assert "number" in refusal.value.fields


@given(st.integers(0, 16), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_always_found_in_a_resident_id(place, digit):
    changed = RESIDENT_ID[:place] + digit + RESIDENT_ID[place + 1 :]
    if changed != RESIDENT_ID:
        with pytest.raises(Invalid):
            checked_number("cn_resident_id", changed)


def test_a_unified_social_credit_code_needs_its_check_digit():
    assert checked_number("cn_uscc", USCC.lower()) == USCC
    with pytest.raises(Invalid):
        checked_number("cn_uscc", USCC[:-1] + "M")


def test_passports_and_foreign_registrations_have_plausible_shapes():
    assert checked_number("passport", "e 1234 5678") == "E12345678"
    assert checked_number("foreign_registration", "HRB 12345/B") == "HRB12345/B"
    for kind, wrong in (("passport", "E1"), ("passport", "Ｅ12345678"), ("foreign_registration", "-"), ("other", "1")):
        with pytest.raises(Invalid):
            checked_number(kind, wrong)


@given(st.text("0123456789ABCDEFX", min_size=1, max_size=40))
def test_a_masked_number_hides_two_thirds_and_keeps_its_length(number):
    shown = masked(number)
    assert len(shown) == len(number)
    assert shown.count("•") >= min(len(number) - 2, len(number) * 2 // 3 - 1)


def test_people_and_organisations_are_known_by_different_numbers():
    assert [kind.name for kind in kinds_for("person")] == ["cn_resident_id", "passport"]
    assert [kind.name for kind in kinds_for("organisation")] == ["cn_resident_id", "cn_uscc", "foreign_registration"]


def test_documents_are_told_by_their_content():
    assert media_type_of(picture(), "front") == "image/png"
    assert media_type_of(picture(format="JPEG"), "front") == "image/jpeg"
    assert media_type_of(b"%PDF-1.7\n...\n%%EOF\n", "front") == "application/pdf"
    html = b"<html><script>alert(1)</script>"
    for content in (b"", html, b"GIF89a" + html, b"%PDF-1.7 cut", picture()[:40], b"\x89PNG\r\n\x1a\n"):
        with pytest.raises(Invalid) as refusal:
            media_type_of(content, "front")
        assert "front" in refusal.value.fields


def test_pictures_that_are_too_small_or_too_large_are_refused():
    with pytest.raises(Invalid):
        media_type_of(picture((40, 40)), "front")
    with pytest.raises(Invalid):
        media_type_of(b"%PDF-" + b"0" * (8 * 1024 * 1024) + b"%%EOF", "front")
    bomb = io.BytesIO()
    Image.new("1", (9000, 9000)).save(bomb, "PNG")
    with pytest.raises(Invalid):
        media_type_of(bomb.getvalue(), "front")


def test_phone_numbers_are_stored_in_one_way():
    assert {phone_or_none(text) for text in ("13800138000", "+86 138-0013-8000", "0086 138 0013 8000")} == {
        "+8613800138000"
    }
    assert checked_phone("+852 2123 4567") == "+85221234567"
    for wrong in (
        "",
        "1380013800",
        "+86 1",
        "mei@example.com",
        "+0123456789",
        "１３８００１３８０００",
        "+8612345678901",
    ):
        with pytest.raises(Invalid):
            checked_phone(wrong)
