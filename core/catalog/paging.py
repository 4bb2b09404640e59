"""Cursors: where a page ended, as an opaque text that is safe to put into an address."""

from __future__ import annotations

import base64
import binascii
import json

from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _

CURSOR_CHARS_MAX = 600


def write_cursor(*parts: str | int) -> str:
    """Make a cursor of the values by which a list is ordered."""
    return base64.urlsafe_b64encode(json.dumps(parts, ensure_ascii=False).encode()).decode().rstrip("=")


def read_cursor(cursor: str | None, *kinds: type[str] | type[int]) -> list[str | int] | None:
    """Read a cursor back; None for the first page. Raises Invalid for one that is not of this list."""
    if not cursor:
        return None
    try:
        if len(cursor) > CURSOR_CHARS_MAX:
            raise ValueError
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(parts, list) or [type(part) for part in parts] != list(kinds):
            raise ValueError
        if any(isinstance(part, int) and abs(part) > 2**62 for part in parts):
            raise ValueError
    except (ValueError, binascii.Error):
        raise Invalid(_("This page of the list does not exist."), code="cursor_invalid") from None
    return parts
