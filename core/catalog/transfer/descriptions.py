"""Descriptions from elsewhere made safe: harmless formatting stays, everything that could run or load goes."""

from __future__ import annotations

import re

from core.catalog.texts import clean_description

from .cells import CellRefused
from .drafts import DESCRIPTION_CHARS_MAX

_BLOCK = re.compile(r"<(?:p|div|br|h[1-6]|ul|ol|dl|table|blockquote|pre|figure|hr)\b", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
_IMAGE = re.compile(r"<(?:img|iframe|video|picture)\b", re.IGNORECASE)


def safe_description(text: str) -> str:
    """Make a description from a file safe, as `tidy_description` does. Raises `CellRefused` when it is too long."""
    if len(text) > DESCRIPTION_CHARS_MAX:
        raise CellRefused("text_too_long", chars=len(text), limit=DESCRIPTION_CHARS_MAX)
    return tidy_description(text)


def tidy_description(text: str) -> str:
    """Clean a description's HTML; text whose only structure is its line breaks becomes paragraphs.

    Giving the result again changes nothing.
    """
    cleaned = clean_description(text)
    if "\n" in cleaned and not _BLOCK.search(cleaned):
        paragraphs = (part.strip().replace("\n", "<br>\n") for part in _BLANK_LINES.split(cleaned))
        # once more: a tag open across a blank line is closed where its paragraph ends
        cleaned = clean_description("\n".join(f"<p>{part}</p>" for part in paragraphs if part))
    return cleaned


def has_pictures(text: str) -> bool:
    """Whether a description shows pictures or films, which are not taken over."""
    return _IMAGE.search(text) is not None
