"""A shop's look: what a theme may hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _l

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_NAME = re.compile(r"[a-z][a-z_]{0,29}")
_TEXT_CHARACTERS_MAX = 300
_KEYS_MAX = 30


def checked_theme(theme: Mapping[str, Any]) -> dict[str, Any]:
    """A theme that is safe to show: colours `#rrggbb` (keys `paper`, `…accent`, `…color`), short plain texts.

    Raises Invalid with the keys at fault.
    """
    if len(theme) > _KEYS_MAX:
        raise Invalid(_l("A theme has at most %(count)d settings.", count=_KEYS_MAX))
    problems: dict[str, object] = {}
    for key, value in theme.items():
        if not _NAME.fullmatch(key):
            problems[key] = _l("There is no such setting of the look.")
        elif key == "paper" or key.endswith(("accent", "color")):
            if value and not (isinstance(value, str) and _COLOUR.fullmatch(value)):
                problems[key] = _l("Write a colour as # and six digits, like #2f6f4f.")
        elif isinstance(value, str):
            if len(value) > _TEXT_CHARACTERS_MAX or any(sign in value for sign in "<>{}\x00"):
                problems[key] = _l("This text is too long or holds signs that cannot be used here.")
        elif not isinstance(value, bool | int):
            problems[key] = _l("This cannot be used here.")
    if problems:
        raise Invalid(_l("Please correct the marked fields."), fields=problems)
    return dict(theme)
