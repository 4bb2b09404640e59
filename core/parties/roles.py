"""Who may do what for a merchant. Checked in services, not only in pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from core.base.database import db
from core.base.i18n import lazy_gettext as _l
from core.parties.errors import RoleNotEnough
from core.parties.models import Membership

Role = Literal["owner", "manager", "clerk"]
ROLES: tuple[Role, ...] = ("owner", "manager", "clerk")

_CLERK = frozenset({"catalog.view", "orders.view", "orders.fulfil", "stock.edit"})
_MANAGER = _CLERK | {"catalog.edit", "orders.refund", "shop.edit", "reports.view", "money.view", "plugins.use"}
_OWNER = _MANAGER | {"money.withdraw", "domains.edit", "plugins.edit", "people.edit"}
PERMISSIONS: dict[str, frozenset[str]] = {"owner": _OWNER, "manager": _MANAGER, "clerk": _CLERK}


def role_may(role: str, permission: str) -> bool:
    """Whether a role holds a permission. Plugins' own permissions (`<plugin>.<verb>`): owners always, managers too."""
    if permission in _OWNER:
        return permission in PERMISSIONS.get(role, frozenset())
    return role == "owner" or (role == "manager" and "plugins.use" in _MANAGER)


def role_of(person_id: str, merchant_id: str) -> str | None:
    """The role in which a person acts for a merchant, or None."""
    return db.session.scalar(
        select(Membership.role).where(Membership.person_id == person_id, Membership.merchant_id == merchant_id)
    )


def require_permission(person_id: str, merchant_id: str, permission: str) -> str:
    """The person's role, when it holds the permission for this merchant. Raises RoleNotEnough."""
    role = role_of(person_id, merchant_id)
    if role is None or not role_may(role, permission):
        raise RoleNotEnough(_l("Your role in this shop does not allow this. Ask the owner."))
    return role


def authorise(actor_id: str | None, merchant_id: str, permission: str) -> None:
    """A person needs the permission for this merchant; None is the system itself (seed, jobs, the command line).

    Raises RoleNotEnough.
    """
    if actor_id is not None:
        require_permission(actor_id, merchant_id, permission)


def require_role(person_id: str, merchant_id: str, *roles: Role) -> str:
    """The person's role, when it is one of these. Raises RoleNotEnough."""
    role = role_of(person_id, merchant_id)
    if role is None or role not in roles:
        raise RoleNotEnough(_l("Your role in this shop does not allow this. Ask the owner."))
    return role


@dataclass(frozen=True, slots=True)
class Post:
    """A merchant that a person may act for."""

    merchant_id: str
    role: str


def posts_of(person_id: str) -> Sequence[Post]:
    """Every merchant that a person may act for."""
    rows = db.session.execute(
        select(Membership.merchant_id, Membership.role)
        .where(Membership.person_id == person_id)
        .order_by(Membership.created_at, Membership.merchant_id)
    ).all()
    return [Post(row.merchant_id, row.role) for row in rows]
