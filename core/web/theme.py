"""A shop's look as a small style sheet: an accent with readable text on it, corners, a display type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.base.i18n import lazy_pgettext

PRESETS: dict[str, tuple[object, str]] = {
    "celadon": (lazy_pgettext("colour", "Celadon"), "#2b6b5a"),
    "vermilion": (lazy_pgettext("colour", "Vermilion"), "#b23a26"),
    "indigo": (lazy_pgettext("colour", "Indigo"), "#2f4b8a"),
    "ink": (lazy_pgettext("colour", "Ink"), "#33302b"),
    "persimmon": (lazy_pgettext("colour", "Persimmon"), "#b4561a"),
    "plum": (lazy_pgettext("colour", "Plum"), "#7a3558"),
}
DEFAULT_ACCENT = PRESETS["celadon"][1]
CONTRAST_MIN = 4.5
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_RADIUS = {"square": ("2px", "2px"), "soft": ("10px", "6px"), "round": ("18px", "12px")}


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2.2)."""
    parts = [channel / 255 for channel in _channels(colour)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2), 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _darker(colour: str, against: str) -> str:
    """The colour, darkened until text of it can be read on a background."""
    red, green, blue = _channels(colour)
    while contrast(f"#{red:02x}{green:02x}{blue:02x}", against) < CONTRAST_MIN and red + green + blue:
        red, green, blue = red * 9 // 10, green * 9 // 10, blue * 9 // 10
    return f"#{red:02x}{green:02x}{blue:02x}"


def accent_of(theme: Mapping[str, Any]) -> str:
    """The accent colour of a theme: its own, its preset's, or the default."""
    own = str(theme.get("accent") or "")
    if _HEX.fullmatch(own):
        return own.lower()
    preset = PRESETS.get(str(theme.get("preset") or ""))
    return preset[1] if preset else DEFAULT_ACCENT


def theme_css(theme: Mapping[str, Any]) -> str:
    """The style sheet of a shop's look. Text on the accent, and text in it, can always be read (contrast 4.5)."""
    accent = accent_of(theme)
    ink = "#ffffff" if contrast(accent, "#ffffff") >= contrast(accent, "#1c1a17") else "#1c1a17"
    radius, radius_small = _RADIUS.get(str(theme.get("corners") or ""), _RADIUS["soft"])
    rules = [
        f":root{{--accent:{accent};--accent-ink:{ink};--radius:{radius};--radius-s:{radius_small}}}",
        f"@media(prefers-color-scheme:light){{:root{{--accent-text:{_darker(accent, '#f2eee5')}}}}}",
    ]
    if theme.get("type") == "sans":
        rules.append(
            ".display,.shop-name,.hero h1,.shelf-head h1,.shelf-head h2,.product h1{font-family:var(--font-sans)}"
        )
    return "\n".join(rules) + "\n"
