"""Text with formatting, made safe in one place: what people typed, pasted or imported, for descriptions and pages."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

import nh3

HTML_CHARS_MAX: Final = 100_000

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
_BLOCK: Final = re.compile(r"<(?:p|div|br|h[1-6]|ul|ol|dl|table|blockquote|pre|figure|hr)\b", re.IGNORECASE)
_BLANK_LINES: Final = re.compile(r"\n[ \t]*\n\s*")


def clean_html(html: str) -> str:
    """Keep what describes (paragraphs, lists, tables, links) and drop what could act (scripts, styles, frames).

    Text whose only structure is its line breaks becomes paragraphs. Giving the result again changes nothing.
    """
    cleaned = _cleaned(html)
    if "\n" in cleaned and not _BLOCK.search(cleaned):
        paragraphs = (part.strip().replace("\n", "<br>\n") for part in _BLANK_LINES.split(cleaned))
        # once more: a tag open across a blank line is closed where its paragraph ends
        cleaned = _cleaned("\n".join(f"<p>{part}</p>" for part in paragraphs if part))
    return cleaned


def _cleaned(html: str) -> str:
    return _CLEANER.clean(html[:HTML_CHARS_MAX].replace("\x00", "").replace("\r\n", "\n")).strip()


def plain_words(html: str) -> str:
    """The words of a formatted text without its tags, for search and short previews."""
    spaced = _TAGS.sub("", _BREAKS.sub(" ", html))
    return _SPACE.sub(" ", unescape(spaced)).strip()
