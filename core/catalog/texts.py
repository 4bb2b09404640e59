"""Texts of the catalogue: names made into addresses. Descriptions are made safe by `core.base.richtext`."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from core.base.richtext import HTML_CHARS_MAX, plain_words

__all__ = ["DESCRIPTION_CHARS_MAX", "SLUG_CHARS_MAX", "plain_words", "slug_of"]

DESCRIPTION_CHARS_MAX: Final = HTML_CHARS_MAX
SLUG_CHARS_MAX: Final = 120


def slug_of(name: str) -> str:
    """A name as a part of an address: folded, words joined by hyphens, Chinese kept; empty when nothing is left."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    words = re.split(r"[\W_]+", folded)
    return "-".join(word for word in words if word)[:SLUG_CHARS_MAX].strip("-")
