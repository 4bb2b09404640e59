"""Cursors are opaque and signed: one of another list, another filter or another shop is refused."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from core.base.crypto import same, signature
from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _l

_PURPOSE = "api-cursor"
_SIGNED_CHARACTERS = 24


class CursorInvalid(Invalid):
    code = "cursor_invalid"

    def __init__(self) -> None:
        words = _l("This cursor is not of this list. Begin without one.")
        super().__init__(words, fields={"cursor": words})


def list_name(merchant_id: str, path: str, filters: Mapping[str, Any]) -> str:
    """The identity of a list: where it is, whose, and how it is narrowed."""
    kept = {name: value for name, value in filters.items() if name not in {"cursor", "limit", "fields_", "expand"}}
    text = json.dumps([merchant_id, path, kept], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def seal(of_list: str, place: str) -> str:
    """A place in a list as a cursor."""
    packed = base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")
    return f"{packed}.{signature(_PURPOSE, of_list + packed)[:_SIGNED_CHARACTERS]}"


def unseal(of_list: str, cursor: str) -> str:
    """The place that a cursor stands for. Raises CursorInvalid."""
    packed, _dot, signed = cursor.partition(".")
    if not same(signed, signature(_PURPOSE, of_list + packed)[:_SIGNED_CHARACTERS]):
        raise CursorInvalid
    try:
        return base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    except (ValueError, binascii.Error):
        raise CursorInvalid from None
