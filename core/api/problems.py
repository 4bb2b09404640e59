"""What marshmallow found, as a problem with a message for each field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response
from werkzeug.exceptions import HTTPException

from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _l
from core.web.errors import on_http_error, on_refusal

FIELDS_MAX = 100


def on_unreadable(error: HTTPException) -> Response:
    """422: what was sent does not have the shape that the document says."""
    found = getattr(error, "data", {}).get("messages")
    if not found:
        return on_http_error(error)
    fields: dict[str, object] = {}
    for messages in found.values():
        _flatten("", messages, fields)
    return on_refusal(
        Invalid(_l("Some of what was sent cannot be used."), fields=dict(list(fields.items())[:FIELDS_MAX]))
    )


def _flatten(name: str, messages: Any, fields: dict[str, object]) -> None:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            part = "" if key == "_schema" else str(key)
            _flatten(".".join(filter(None, (name, part))), inner, fields)
    elif isinstance(messages, list | tuple):
        fields[name or "body"] = " ".join(str(one) for one in messages)
    else:
        fields[name or "body"] = str(messages)
