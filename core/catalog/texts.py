"""Texts of the catalogue: descriptions made safe, their plain words, and names made into addresses."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from typing import Final

import nh3

DESCRIPTION_CHARS_MAX: Final = 100_000
SLUG_CHARS_MAX: Final = 120

_CLEANER: Final = nh3.Cleaner(
    tags={
        *("a", "b", "blockquote", "br", "caption", "code", "dd", "div", "dl", "dt", "em", "figcaption", "figure"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "li", "ol", "p", "pre", "s", "small", "span", "strong"),
        *("sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"),
    },
    attributes={"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan", "scope"}},
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel="noopener noreferrer nofollow",
)
_BREAKS: Final = re.compile(r"</?(?:p|br|div|li|tr|td|th|h[1-6]|dd|dt|ul|ol|table|blockquote)\b[^>]*>", re.IGNORECASE)
_TAGS: Final = re.compile(r"<[^>]*>")
_SPACE: Final = re.compile(r"\s+")


def clean_description(html: str) -> str:
    """Keep what describes (paragraphs, lists, tables, links) and drop what could act (scripts, styles, frames)."""
    return _CLEANER.clean(html[:DESCRIPTION_CHARS_MAX].replace("\x00", "")).strip()


def plain_words(html: str) -> str:
    """The words of a description without its tags, for search and short previews."""
    spaced = _TAGS.sub("", _BREAKS.sub(" ", html))
    return _SPACE.sub(" ", unescape(spaced)).strip()


def slug_of(name: str) -> str:
    """A name as a part of an address: folded, words joined by hyphens, Chinese kept; empty when nothing is left."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    words = re.split(r"[\W_]+", folded)
    return "-".join(word for word in words if word)[:SLUG_CHARS_MAX].strip("-")
