"""Files that a merchant has sent and that wait for their import, where every web and worker process finds them."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, insert, select

from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.i18n import lazy_gettext as _
from core.base.transactions import transactional
from core.catalog.models import Asset

MEDIA_TYPE: Final = "text/csv"
"""Never served: only pictures are."""
BYTES_MAX: Final = 30 * 1024 * 1024
KEPT: Final = timedelta(days=2)


@transactional
def keep_upload(merchant_id: str, content: bytes) -> str:
    """Keep a catalogue file; gives back the key to find it by. Files that nobody imported are swept after two days.

    Raises Invalid (empty, too large).
    """
    if not content:
        raise Invalid(_("The file is empty."), fields={"file": _("Choose a file.")})
    if len(content) > BYTES_MAX:
        words = _("The file is larger than 30 MB. Split it into several.")
        raise Invalid(words, fields={"file": words})
    key = hashlib.sha256(content).hexdigest()[:48]
    forgotten = Asset.created_at < clock.now() - KEPT
    db.session.execute(
        delete(Asset).where(
            Asset.merchant_id == merchant_id, Asset.media_type == MEDIA_TYPE, forgotten | (Asset.hash == key)
        )
    )
    db.session.execute(
        insert(Asset).values(
            merchant_id=merchant_id, hash=key, media_type=MEDIA_TYPE, content=content, created_at=clock.now()
        )
    )
    return key


def upload(merchant_id: str, key: str) -> bytes:
    """A file that was kept. Raises NotFound."""
    content = db.session.scalar(
        select(Asset.content).where(Asset.merchant_id == merchant_id, Asset.hash == key, Asset.media_type == MEDIA_TYPE)
    )
    if content is None:
        raise NotFound(_("This file is not here any more. Upload it again."))
    return content


@transactional
def forget_upload(merchant_id: str, key: str) -> None:
    """The file has been imported, or is not wanted after all."""
    db.session.execute(
        delete(Asset).where(Asset.merchant_id == merchant_id, Asset.hash == key, Asset.media_type == MEDIA_TYPE)
    )
