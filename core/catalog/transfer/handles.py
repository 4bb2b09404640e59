"""Handles: the part of a web address that names a product."""

from __future__ import annotations

import re
import unicodedata

from .cells import CellRefused, shown
from .drafts import HANDLE_CHARS_MAX

_NOT_HANDLE = re.compile(r"[^\w-]", re.UNICODE)
_BLANK = re.compile(r"[^\w]+", re.UNICODE)
_RUN = re.compile(r"[^a-z0-9]+")


def plain_handle(text: str) -> str:
    """A handle in the one form in which two are compared."""
    return unicodedata.normalize("NFC", text.strip().lower())


def read_handle(text: str) -> str:
    """Take a handle as the file gives it, in lower case; letters of any script, digits, hyphens and underscores."""
    value = plain_handle(text)
    if not value or len(value) > HANDLE_CHARS_MAX or _NOT_HANDLE.search(value) or not value.strip("-_"):
        raise CellRefused("handle_invalid", value=shown(text))
    return value


def made_handle(*sources: str) -> str:
    """Make a handle from the first source that has Latin letters or digits; '' when none has."""
    for source in sources:
        plain = unicodedata.normalize("NFKD", source).encode("ascii", "ignore").decode().lower()
        if handle := _RUN.sub("-", plain).strip("-")[:HANDLE_CHARS_MAX].strip("-"):
            return handle
    return ""


def handle_of_any_script(title: str) -> str:
    """Make a handle from a title in whatever script it is written; '' when it has no letter or digit."""
    plain = unicodedata.normalize("NFC", title.lower())
    return _BLANK.sub("-", plain).strip("-_")[:HANDLE_CHARS_MAX].strip("-_")
