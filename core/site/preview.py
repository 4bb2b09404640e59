"""A signed word that lets its bearer see a draft at the shop's own address for an hour."""

from __future__ import annotations

from core.base import clock
from core.base.crypto import same, signature

LASTS_SECONDS = 3600
TOKEN_CHARACTERS_MAX = 200


def preview_token(merchant_id: str, subject: str) -> str:
    """The word for one subject (a page's id, `look`) of one shop."""
    until = int(clock.now().timestamp()) + LASTS_SECONDS
    return f"{subject}.{until}.{signature('preview', f'{merchant_id}:{subject}:{until}')[:40]}"


def previewed(merchant_id: str, token: str) -> str | None:
    """The subject that a word lets its bearer see, or None: forged, expired, of another shop."""
    subject, _, rest = token[:TOKEN_CHARACTERS_MAX].partition(".")
    until, _, mark = rest.partition(".")
    if not (until.isascii() and until.isdigit() and len(until) < 12) or int(until) < clock.now().timestamp():
        return None
    good = signature("preview", f"{merchant_id}:{subject}:{until}")[:40]
    return subject if same(mark, good) else None
