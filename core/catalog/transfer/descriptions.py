"""Descriptions from elsewhere: `core.base.richtext` makes them safe; here is told what is too long or left behind."""

from __future__ import annotations

import re

from core.base.richtext import clean_html

from .cells import CellRefused
from .drafts import DESCRIPTION_CHARS_MAX

_IMAGE = re.compile(r"<(?:img|iframe|video|picture)\b", re.IGNORECASE)


def safe_description(text: str) -> str:
    """Make a description from a file safe. Raises `CellRefused` when it is too long."""
    if len(text) > DESCRIPTION_CHARS_MAX:
        raise CellRefused("text_too_long", chars=len(text), limit=DESCRIPTION_CHARS_MAX)
    return clean_html(text)


def has_pictures(text: str) -> bool:
    """Whether a description shows pictures or films, which are not taken over."""
    return _IMAGE.search(text) is not None
