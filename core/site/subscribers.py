"""Who wants the shop's news: asked for by themselves, with the words that they agreed to."""

from __future__ import annotations

from sqlalchemy import select, update

from core.base import clock
from core.base.database import db
from core.base.ids import new_id
from core.base.transactions import transactional
from core.parties.service import checked_email
from core.site.models import SiteSubscriber


@transactional
def subscribe(merchant_id: str, email: str, *, locale: str, agreed_to: str) -> None:
    """Note that somebody wants the shop's news. Asking twice changes nothing. Raises Invalid (no e-mail address)."""
    address = checked_email(email)
    found = db.session.scalar(
        select(SiteSubscriber).where(SiteSubscriber.merchant_id == merchant_id, SiteSubscriber.email == address)
    )
    if found is None:
        found = SiteSubscriber(merchant_id=merchant_id, id=new_id("sub"), email=address)
        db.session.add(found)
    elif found.left_at is None:
        return
    found.locale, found.agreed_to, found.agreed_at, found.left_at = locale, agreed_to[:300], clock.now(), None


@transactional
def unsubscribe(merchant_id: str, email: str) -> None:
    """Somebody wants no more news; nothing is said about whether they did before."""
    db.session.execute(
        update(SiteSubscriber)
        .where(
            SiteSubscriber.merchant_id == merchant_id,
            SiteSubscriber.email == email.strip().lower(),
            SiteSubscriber.left_at.is_(None),
        )
        .values(left_at=clock.now())
    )
