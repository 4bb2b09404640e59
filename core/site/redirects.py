"""Addresses of a shop that have moved, as the merchant writes them down."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from core.audit import record
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.parties.roles import authorise
from core.site.blocks import checked_address
from core.site.models import SiteRedirect

REDIRECTS_MAX = 500


@transactional
def set_redirect(merchant_id: str, path: str, target: str, *, actor_id: str | None) -> None:
    """Let an address that the shop does not have lead to another. Raises RoleNotEnough, Invalid, Refused."""
    authorise(actor_id, merchant_id, "shop.edit")
    path = "/" + path.strip().strip("/")
    problems: dict[str, object] = {}
    if path == "/" or len(path) > 300 or any(sign in path for sign in " ?#\\"):
        problems["path"] = _l("Write a path of this shop, like /old-page.")
    try:
        target = checked_address(target)
    except Invalid as error:
        problems["target"] = error.message
    if not problems and target == path:
        problems["target"] = _l("This leads to itself.")
    if problems:
        raise Invalid(_l("Please correct the marked fields."), fields=problems)
    mine = SiteRedirect.merchant_id == merchant_id
    if (db.session.scalar(select(func.count()).select_from(SiteRedirect).where(mine)) or 0) >= REDIRECTS_MAX:
        raise Refused(_l("A shop has at most %(count)d redirects.", count=REDIRECTS_MAX))
    db.session.execute(delete(SiteRedirect).where(mine, SiteRedirect.path == path))
    db.session.add(SiteRedirect(merchant_id=merchant_id, path=path, target=target, created_at=clock.now()))
    record("redirect.set", actor_id=actor_id, subject=f"redirect:{path[:100]}", merchant_id=merchant_id)


@transactional
def remove_redirect(merchant_id: str, path: str, *, actor_id: str | None) -> None:
    """Forget a redirect. Raises RoleNotEnough."""
    authorise(actor_id, merchant_id, "shop.edit")
    db.session.execute(delete(SiteRedirect).where(SiteRedirect.merchant_id == merchant_id, SiteRedirect.path == path))
    record("redirect.removed", actor_id=actor_id, subject=f"redirect:{path[:100]}", merchant_id=merchant_id)
