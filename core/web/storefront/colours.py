"""A shop's colours: one accent, and the ink that can be read on it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
INK_DARK, INK_LIGHT = "#1b1a17", "#ffffff"


def theme_value(theme: Mapping[str, Any], key: str, default: str) -> str:
    """A colour of a theme, when it is one."""
    value = theme.get(key)
    return value if isinstance(value, str) and _COLOUR.fullmatch(value) else default


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2 of `#rrggbb`, 0 (black) to 1 (white)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio by WCAG 2.2, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(colour: str) -> str:
    """The ink that is read best on a colour."""
    return max((INK_LIGHT, INK_DARK), key=lambda ink: contrast(ink, colour))


def theme_css(theme: Mapping[str, Any]) -> str:
    """The shop's own values of the design's CSS variables; nothing where the shop chose nothing."""
    accent = theme_value(theme, "accent", "")
    if not accent:
        return ":root{}\n"
    return f":root{{--accent:{accent};--accent-ink:{ink_on(accent)}}}\n"
