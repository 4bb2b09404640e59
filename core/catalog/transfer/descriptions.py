"""Descriptions from elsewhere made safe: harmless formatting stays, everything that could run or load goes."""

from __future__ import annotations

import re
from typing import Final

import nh3

from .cells import CellRefused
from .drafts import DESCRIPTION_CHARS_MAX

_TAGS: Final = {
    *("a", "b", "blockquote", "br", "caption", "code", "dd", "div", "dl", "dt", "em", "figcaption", "figure"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub"),
    *("sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"),
}
_ATTRIBUTES: Final = {"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan", "scope"}}
_CLEANER: Final = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel="noopener noreferrer nofollow",
)
_BLOCK = re.compile(r"<(?:p|div|br|h[1-6]|ul|ol|dl|table|blockquote|pre|figure|hr)\b", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
_IMAGE = re.compile(r"<(?:img|iframe|video|picture)\b", re.IGNORECASE)


def safe_description(text: str) -> str:
    """Clean a description's HTML; text whose only structure is its line breaks becomes paragraphs.

    Giving the result again changes nothing. Raises `CellRefused` when it is too long.
    """
    cleaned = _CLEANER.clean(text.replace("\x00", "")).strip()
    if "\n" in cleaned and not _BLOCK.search(cleaned):
        paragraphs = (part.strip().replace("\n", "<br>\n") for part in _BLANK_LINES.split(cleaned))
        # once more: a tag open across a blank line is closed where its paragraph ends
        cleaned = _CLEANER.clean("\n".join(f"<p>{part}</p>" for part in paragraphs if part)).strip()
    if len(cleaned) > DESCRIPTION_CHARS_MAX:
        raise CellRefused("text_too_long", chars=len(cleaned), limit=DESCRIPTION_CHARS_MAX)
    return cleaned


def has_pictures(text: str) -> bool:
    """Whether a description shows pictures or films, which are not taken over."""
    return _IMAGE.search(text) is not None
