"""Saved views: filters of a list that a member keeps, for themselves or for the whole team."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, or_, select

from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.transactions import transactional
from core.orders.models import SavedView
from core.parties.roles import require_permission

NAME_CHARACTERS_MAX = 60
QUERY_CHARACTERS_MAX = 500
VIEWS_MAX = 40


def saved_views(merchant_id: str, list_name: str, person_id: str) -> Sequence[SavedView]:
    """A member's own views of a list and the team's, by name."""
    return db.session.scalars(
        select(SavedView)
        .where(
            SavedView.merchant_id == merchant_id,
            SavedView.list_name == list_name,
            or_(SavedView.person_id == person_id, SavedView.person_id.is_(None)),
        )
        .order_by(SavedView.name, SavedView.id)
        .limit(2 * VIEWS_MAX)
    ).all()


@transactional
def save_view(merchant_id: str, list_name: str, *, name: str, query: str, shared: bool, actor_id: str) -> str:
    """Keep a filter under a name; gives the view's id. Raises RoleNotEnough, Invalid, Refused (too many)."""
    require_permission(actor_id, merchant_id, "orders.view")
    name = " ".join(name.replace("\x00", "").split())
    if not 0 < len(name) <= NAME_CHARACTERS_MAX:
        words = _("A name has 1 to %(count)d characters.", count=NAME_CHARACTERS_MAX)
        raise Invalid(words, fields={"name": words})
    if not query or len(query) > QUERY_CHARACTERS_MAX:
        raise Invalid(_("Filter the list first; then keep it under a name."))
    owner = None if shared else actor_id
    own = (SavedView.merchant_id == merchant_id, SavedView.list_name == list_name, SavedView.person_id == owner)
    count = db.session.scalar(select(func.count()).select_from(SavedView).where(*own))
    if (count or 0) >= VIEWS_MAX:
        raise Refused(_("There are %(count)d saved views already. Remove one first.", count=VIEWS_MAX))
    view_id = new_id("vie")
    db.session.add(
        SavedView(
            merchant_id=merchant_id,
            id=view_id,
            list_name=list_name,
            name=name,
            query=query,
            person_id=owner,
            created_at=clock.now(),
        )
    )
    return view_id


@transactional
def remove_view(merchant_id: str, view_id: str, *, actor_id: str) -> None:
    """Forget a view of one's own or of the team. Raises RoleNotEnough, NotFound."""
    require_permission(actor_id, merchant_id, "orders.view")
    removed = db.session.execute(
        delete(SavedView)
        .where(
            SavedView.merchant_id == merchant_id,
            SavedView.id == view_id,
            or_(SavedView.person_id == actor_id, SavedView.person_id.is_(None)),
        )
        .returning(SavedView.id)
    ).first()
    if removed is None:
        raise NotFound(_("There is no such view."))
