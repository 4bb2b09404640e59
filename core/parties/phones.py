"""Phone numbers as they are stored: `+` and digits (E.164). Plain functions; no database."""

from __future__ import annotations

import re

from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _l

_SEPARATORS = re.compile(r"[\s().‐-―-]+")
_INTERNATIONAL = re.compile(r"\+[1-9]\d{6,14}")
_CHINESE_MOBILE = re.compile(r"1[3-9]\d{9}")


def phone_or_none(text: str) -> str | None:
    """A phone number as it is stored, or None when it is none. A Chinese mobile number needs no country code."""
    number = _SEPARATORS.sub("", text[:60])
    if number.startswith("00"):
        number = "+" + number[2:]
    if _CHINESE_MOBILE.fullmatch(number):
        number = "+86" + number
    if not (number.isascii() and _INTERNATIONAL.fullmatch(number)):
        return None
    if number.startswith("+86") and number[3:4] == "1" and not _CHINESE_MOBILE.fullmatch(number[3:]):
        return None
    return number


def checked_phone(text: str) -> str:
    """A phone number as it is stored. Raises Invalid (`fields.phone`)."""
    number = phone_or_none(text)
    if number is None:
        words = _l("Write a phone number with its country code, like +86 138 0013 8000.")
        raise Invalid(words, fields={"phone": words})
    return number
