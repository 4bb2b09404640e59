"""Pictures: checked by their content, never by their name, and made afresh in two sizes."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from core.base.i18n import lazy_gettext as _
from core.catalog.errors import PictureRefused

UPLOAD_BYTES_MAX: Final = 12 * 1024 * 1024
PIXELS_MAX: Final = 40_000_000
SIDE_MIN: Final = 16
LARGE_SIDE: Final = 1200
SMALL_SIDE: Final = 480
MEDIA_TYPE: Final = "image/webp"
EXTENSION: Final = "webp"
KEY_DIGITS: Final = 40
_FORMATS: Final = ("PNG", "JPEG", "WEBP")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture ready to be kept. `key` names the large size by its content; the small one is `small_key(key)`."""

    key: str
    large: bytes
    small: bytes
    width: int
    height: int


def small_key(key: str) -> str:
    """The name of the 480-pixel size that belongs to a large one."""
    return hashlib.sha256(f"{key}:{SMALL_SIDE}".encode()).hexdigest()[:KEY_DIGITS]


def media_url(key: str) -> str:
    """Where the shop serves the large size."""
    return f"/media/{key}.{EXTENSION}"


def small_media_url(key: str) -> str:
    """Where the shop serves the small size."""
    return f"/media/{small_key(key)}.{EXTENSION}"


def prepare_picture(content: bytes) -> Picture:
    """Read an upload and make both sizes of it, without its metadata. Slow: call it outside any transaction.

    Raises PictureRefused with words: not a PNG, JPEG or WebP picture, damaged, too many bytes or pixels, too small.
    """
    if len(content) > UPLOAD_BYTES_MAX:
        raise PictureRefused(
            _("The picture is larger than 12 MB. Save it smaller and try again."), code="picture_bytes"
        )
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as source:
            if source.width * source.height > PIXELS_MAX:
                raise PictureRefused(
                    _("The picture has more than 40 million pixels. Save it smaller and try again."),
                    code="picture_pixels",
                )
            if min(source.size) < SIDE_MIN:
                raise PictureRefused(_("The picture is too small to show."), code="picture_small")
            source.draft("RGB", (LARGE_SIDE, LARGE_SIDE))
            upright = ImageOps.exif_transpose(source)
            picture = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except PictureRefused:
        raise
    except UnidentifiedImageError:
        raise PictureRefused(_("This is not a PNG, JPEG or WebP picture."), code="picture_kind") from None
    except (Image.DecompressionBombError, OSError, SyntaxError, ValueError, EOFError):
        raise PictureRefused(_("The picture is damaged and cannot be read."), code="picture_damaged") from None
    picture.thumbnail((LARGE_SIDE, LARGE_SIDE), Image.Resampling.LANCZOS)
    large = _encode(picture, quality=82)
    width, height = picture.size
    picture.thumbnail((SMALL_SIDE, SMALL_SIDE), Image.Resampling.LANCZOS)
    key = hashlib.sha256(large).hexdigest()[:KEY_DIGITS]
    return Picture(key=key, large=large, small=_encode(picture, quality=78), width=width, height=height)


def _encode(picture: Image.Image, *, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=quality, method=4)
    return out.getvalue()
