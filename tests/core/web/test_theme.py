"""A shop's colours can always be read, and nothing of its theme but a colour reaches the stylesheet."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.web.theme import CARD_DARK, CARD_LIGHT, PRESETS, contrast, luminance, mixed, readable, theme_css

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def values(css: str) -> tuple[dict[str, str], dict[str, str]]:
    """The custom properties of a stylesheet: in the light, in the dark."""
    light, dark = (dict(re.findall(r"--([\w-]+):([^;]+)", part)) for part in re.findall(r":root\{([^}]*)\}", css))
    return light, dark


def assert_readable(css: str) -> None:
    for found, card in zip(values(css), (CARD_LIGHT, CARD_DARK), strict=True):
        assert contrast(found["accent-ink"], found["accent"]) >= 4.5
        for ground in (found["paper"], card, found["accent-soft"]):
            assert contrast(found["accent-text"], ground) >= 4.5


@given(accent=COLOURS, paper=COLOURS)
def test_every_choice_of_colours_can_be_read_in_light_and_in_dark(accent: str, paper: str) -> None:
    assert_readable(theme_css({"accent": accent, "paper": paper}))


@given(accent=COLOURS, paper=COLOURS)
def test_a_button_stands_out_from_the_paper(accent: str, paper: str) -> None:
    for found in values(theme_css({"accent": accent, "paper": paper})):
        assert contrast(found["accent"], found["paper"]) >= 2.9


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_keeps_its_own_accent(name: str) -> None:
    css = theme_css({"preset": name})
    assert_readable(css)
    assert values(css)[0]["accent"] == PRESETS[name].accent


KEYS = st.sampled_from(["preset", "accent", "paper", "radius", "type", "body", "space"])
SIGNS = st.text("#;:}{abf019/*\\\n", max_size=12)


@given(
    st.dictionaries(
        KEYS, SIGNS | st.sampled_from(["ink", "round", "serif", "wide", "brush"]) | st.integers() | st.none()
    )
)
def test_whatever_a_theme_holds_the_stylesheet_holds_only_our_own_rules(theme: dict[str, object]) -> None:
    rule = r"--[a-z0-9-]+:(#[0-9a-f]{6}|\d+px|[\d.]+rem|var\(--font-(sans|serif|round|brush|mono)\))"
    rules = rf"{rule}(;{rule})*"
    assert re.fullmatch(
        rf":root\{{{rules}\}}\n@media \(prefers-color-scheme:dark\)\{{:root\{{{rules}\}}\}}\n", theme_css(theme)
    )


@pytest.mark.parametrize("bad", ["red", "#fff", "#12345g", "url(//x)", "#123456;}", "#123456\n", 7, None])
def test_what_is_not_a_colour_of_six_digits_is_left_out(bad: object) -> None:
    assert theme_css({"accent": bad}) == theme_css({})


def test_a_light_accent_keeps_its_hue_as_it_is_darkened_for_text() -> None:
    found = readable("#ffd400", "#ffffff")
    red, green, blue = (int(found[at : at + 2], 16) for at in (1, 3, 5))
    assert red > green > blue == 0


def test_a_dark_paper_is_only_a_tint() -> None:
    assert luminance(values(theme_css({"paper": "#000000"}))[0]["paper"]) > 0.8


def test_contrast_of_black_and_white_is_twenty_one_whichever_comes_first() -> None:
    assert contrast("#000000", "#ffffff") == contrast("#ffffff", "#000000") == pytest.approx(21)


@given(COLOURS, COLOURS)
def test_all_of_a_colour_hides_the_ground_and_none_of_it_shows_the_ground(colour: str, ground: str) -> None:
    assert mixed(colour, ground, 1) == colour
    assert mixed(colour, ground, 0) == ground
