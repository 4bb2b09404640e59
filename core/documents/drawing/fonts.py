"""Typefaces that print Latin and Chinese: they come with Python packages, and only what is used goes into a paper."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pylopdf_fonts_zh_cn as simplified
import pylopdf_fonts_zh_tw as traditional

MISSING: Final = "□"
"""Stands where no typeface has the character (an emoji, say)."""


def faces(locale: str) -> tuple[Path, Path, Path]:
    """The text face, the title face and the face for what the first lacks, for a language."""
    if locale == "zh_Hant":
        return traditional.sans_path(), traditional.serif_path(), simplified.sans_path()
    return simplified.sans_path(), simplified.serif_path(), traditional.sans_path()
