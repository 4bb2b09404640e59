"""What may be handed in as a document: told by its content, not by its name. Plain functions; no database."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from PIL import Image

from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _l

BYTES_MAX = 8 * 1024 * 1024
PIXELS_MAX = 50_000_000
SIDE_PIXELS_MIN = 200
_FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}

PAPER_LABELS: Mapping[str, Any] = MappingProxyType(
    {
        "front": _l("Front (with the photograph)"),
        "back": _l("Back (with the emblem)"),
        "data_page": _l("Page with the photograph"),
        "licence": _l("Business licence"),
        "certificate": _l("Certificate of registration"),
        "address": _l("Proof of address, not older than three months"),
        "authority": _l("Proof that you may act for the organisation"),
    }
)


def media_type_of(content: bytes, field: str) -> str:
    """What a file is: a JPEG, PNG or WebP picture, or a PDF. Raises Invalid (`fields.<field>`)."""
    if not content:
        raise _refused(field, _l("Choose a file."))
    if len(content) > BYTES_MAX:
        raise _refused(field, _l("The file is larger than 8 MB. Take a smaller picture."))
    if content.startswith(b"%PDF-"):
        if b"%%EOF" not in content[-2048:]:
            raise _refused(field, _l("This PDF is damaged. Save it again and try once more."))
        return "application/pdf"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=tuple(_FORMATS)) as picture:
                width, height = picture.size
                if width * height > PIXELS_MAX:
                    raise _refused(field, _l("This picture has too many pixels. Take a smaller one."))
                picture.draft("RGB", (SIDE_PIXELS_MIN, SIDE_PIXELS_MIN))
                picture.load()
                found = _FORMATS[str(picture.format)]
    except Invalid:
        raise
    except (OSError, SyntaxError, ValueError, KeyError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _refused(field, _l("Hand in a photograph (JPEG, PNG, WebP) or a PDF.")) from None
    if min(width, height) < SIDE_PIXELS_MIN:
        raise _refused(field, _l("This picture is too small to be read. Take a larger one."))
    return found


def _refused(field: str, words: object) -> Invalid:
    return Invalid(words, fields={field: words})
