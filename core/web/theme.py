"""A shop's look as a stylesheet: a few custom properties, safe and readable whatever the shop chose.

Everything that is drawn derives from these properties (`static/css/base.css` has their defaults). Colours are moved
along their own hue until text on them, and they as text, reach the contrast of WCAG 2.2 AA.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

AA_TEXT = 4.5
"""The contrast that text needs against what it stands on."""
INK_LIGHT, INK_DARK = "#ffffff", "#16140f"
INK_TEXT = "#1d1c19"
CARD_LIGHT, PAPER_DARK, CARD_DARK = "#ffffff", "#171614", "#21201d"
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_STEPS = 200

RADII = {"square": ("2px", "2px"), "soft": ("6px", "10px"), "round": ("12px", "20px")}
"""Names of roundness: of controls, and of cards and pictures."""
TYPES = {
    "sans": "var(--font-sans)",
    "serif": "var(--font-serif)",
    "round": "var(--font-round)",
    "brush": "var(--font-brush)",
    "mono": "var(--font-mono)",
}
"""Names of the lettering of headings, and of running text."""
SPACES = {"close": 0.75, "usual": 1.0, "wide": 1.35}
"""Names of how much room stands between things."""
_STEPS_OF_SPACE = {"s2": 1.0, "s3": 1.5, "s4": 2.0, "s5": 3.0, "s6": 4.0}


@dataclass(frozen=True, slots=True)
class Preset:
    """A look that a shop can pick as a whole."""

    accent: str
    paper: str
    radius: str = "soft"
    type: str = "sans"
    body: str = "sans"
    space: str = "usual"


PRESETS = {
    "celadon": Preset("#2f6b5b", "#f6f6f1", "soft", "serif"),
    "vermilion": Preset("#b3321f", "#faf6f1", "square", "serif"),
    "indigo": Preset("#2f4a8a", "#f5f6f9", "soft", "sans"),
    "ink": Preset("#26262b", "#f7f7f5", "square", "sans"),
    "persimmon": Preset("#b8501a", "#fbf7f0", "round", "sans"),
    "plum": Preset("#6d2f5b", "#f9f5f8", "round", "round", "sans", "wide"),
    "scroll": Preset("#7a5a24", "#f8f3e6", "square", "brush", "serif", "wide"),
    "market": Preset("#0b6e4f", "#ffffff", "soft", "sans", "sans", "close"),
}
DEFAULT_PRESET = "celadon"


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb`, from 0 (black) to 1 (white), as WCAG defines it."""
    red, green, blue = (_linear(part) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, *grounds: str, at_least: float = AA_TEXT) -> str:
    """The colour nearest to `colour`, of the same hue, that can be read as text on every one of `grounds`."""
    hue, light, saturation = colorsys.rgb_to_hls(*_parts(colour))
    towards = 0.0 if min(luminance(ground) for ground in grounds) > 0.18 else 1.0
    for step in range(_STEPS + 1):
        moved = light + (towards - light) * step / _STEPS
        found = _hex(colorsys.hls_to_rgb(hue, moved, saturation))
        if all(contrast(found, ground) >= at_least for ground in grounds):
            return found
    return INK_DARK if towards == 0.0 else INK_LIGHT


def ink_on(ground: str) -> str:
    """White or near-black, whichever is easier to read on `ground`."""
    return max((INK_LIGHT, INK_DARK), key=lambda ink: contrast(ink, ground))


def mixed(colour: str, ground: str, share: float) -> str:
    """`colour` laid over `ground`; `share` is how much of it shows, from 0 to 1."""
    pairs = zip(_parts(colour), _parts(ground), strict=True)
    red, green, blue = (top * share + under * (1 - share) for top, under in pairs)
    return _hex((red, green, blue))


def preset_of(theme: Mapping[str, Any]) -> Preset:
    """The look that a theme begins with."""
    return PRESETS.get(str(theme.get("preset", "")), PRESETS[DEFAULT_PRESET])


def accent_of(theme: Mapping[str, Any]) -> str:
    """The accent that the shop chose, or its preset's (`#rrggbb`)."""
    return _colour(theme.get("accent"), preset_of(theme).accent)


def theme_css(theme: Mapping[str, Any]) -> str:
    """The stylesheet of a shop's theme: `preset`, `accent`, `paper` (`#rrggbb`), `radius`, `type`, `body` and `space`
    (names).

    What is missing or not valid is taken from the preset; nothing of the theme is ever copied into the stylesheet
    unless it is a colour of six hexadecimal digits or one of our own names.
    """
    preset = preset_of(theme)
    accent = accent_of(theme)
    paper = _light_paper(_colour(theme.get("paper"), preset.paper))
    radius, radius_large = RADII.get(str(theme.get("radius", "")), RADII[preset.radius])
    lettering = TYPES.get(str(theme.get("type", "")), TYPES[preset.type])
    body = TYPES.get(str(theme.get("body", "")), TYPES[preset.body])
    space = SPACES.get(str(theme.get("space", "")), SPACES[preset.space])
    shape = {"radius": radius, "radius-large": radius_large, "font-display": lettering, "font-body": body}
    if space != 1.0:
        shape |= {name: f"{rem * space:g}rem" for name, rem in _STEPS_OF_SPACE.items()}
    light = shape | _light_colours(accent, paper)
    return f":root{{{_rules(light)}}}\n@media (prefers-color-scheme:dark){{:root{{{_rules(_dark_colours(accent))}}}}}\n"


def paper_of(theme: Mapping[str, Any]) -> str:
    """The ground that the shop chose, or its preset's, as it is drawn (`#rrggbb`)."""
    return _light_paper(_colour(theme.get("paper"), preset_of(theme).paper))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two colours that stand on each other: as chosen, and as drawn once they can be read."""

    name: str
    chosen: float
    drawn: float

    @property
    def enough(self) -> bool:
        """Whether the colours were readable as chosen."""
        return self.chosen >= AA_TEXT


def contrasts(theme: Mapping[str, Any]) -> tuple[Pair, ...]:
    """How readable a theme's colours are, in light and in dark, before and after they are adjusted."""
    accent, paper = accent_of(theme), paper_of(theme)
    light, dark = _light_colours(accent, paper), _dark_colours(accent)
    return (
        Pair("links", contrast(accent, paper), contrast(light["accent-text"], paper)),
        Pair("button", contrast(ink_on(accent), accent), contrast(light["accent-ink"], light["accent"])),
        Pair("text", contrast(INK_TEXT, paper), contrast(INK_TEXT, paper)),
        Pair("dark_links", contrast(accent, PAPER_DARK), contrast(dark["accent-text"], dark["paper"])),
    )


def _light_colours(accent: str, paper: str) -> dict[str, str]:
    # A button must stand out from the paper as well as carry its label.
    fill = readable(accent, paper, at_least=3.0)
    soft = mixed(accent, paper, 0.1)
    return {
        "paper": paper,
        "accent": _carrying(fill),
        "accent-ink": ink_on(_carrying(fill)),
        "accent-text": readable(accent, paper, CARD_LIGHT, soft),
        "accent-soft": soft,
    }


def _dark_colours(accent: str) -> dict[str, str]:
    fill = _carrying(readable(accent, PAPER_DARK, CARD_DARK))
    soft = mixed(accent, PAPER_DARK, 0.22)
    return {
        "paper": mixed(accent, PAPER_DARK, 0.03),
        "accent": fill,
        "accent-ink": ink_on(fill),
        "accent-text": readable(accent, PAPER_DARK, CARD_DARK, soft),
        "accent-soft": soft,
    }


def _carrying(fill: str) -> str:
    """The fill itself, or one so little darker or lighter that one of the inks is readable on it."""
    ink = ink_on(fill)
    return fill if contrast(ink, fill) >= AA_TEXT else readable(fill, ink)


def _light_paper(paper: str) -> str:
    """Paper stays paper: a dark choice is laid thinly over white."""
    return paper if luminance(paper) >= 0.8 else mixed(paper, CARD_LIGHT, 0.08)


def _colour(value: object, default: str) -> str:
    return value.lower() if isinstance(value, str) and _HEX.fullmatch(value) else default


def _rules(values: Mapping[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in values.items())


def _parts(colour: str) -> tuple[float, float, float]:
    if not _HEX.fullmatch(colour):
        raise ValueError(f"not a colour: {colour!r}")
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _hex(parts: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(min(max(part, 0.0), 1.0) * 255):02x}" for part in parts)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
