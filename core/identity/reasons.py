"""Why papers are rejected, in words that the person concerned reads and can act on."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from core.base.i18n import lazy_gettext as _l

REASONS: Mapping[str, Any] = MappingProxyType(
    {
        "unreadable": _l("A document cannot be read. Photograph it flat, in good light, with all four corners."),
        "name_differs": _l("The name is not the one on the document. Write it exactly as it stands there."),
        "number_wrong": _l("The number is not the one on the document."),
        "document_wrong": _l("This is another kind of document than the one that was asked for."),
        "expired": _l("The document has expired. Hand in a valid one."),
        "too_old": _l("The document is older than three months."),
        "not_yours": _l("The document does not show that it belongs to you or your organisation."),
        "altered": _l("The document looks altered. Hand in the original."),
    }
)
