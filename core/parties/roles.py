"""Who may do what for an organisation. Checked in services, not only in pages.

A role is a named set of permissions: a few are built in, others an organisation defines for itself
(`core.parties.organisations`). An owner holds them all, always.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, select

from core.base.acting import acting_through
from core.base.database import db
from core.base.i18n import lazy_gettext as _l
from core.parties.errors import KeyNotEnough, RoleNotEnough
from core.parties.models import Membership, Organisation, OrganisationRole

Role = Literal["owner", "manager", "clerk"]
ROLES: tuple[Role, ...] = ("owner", "manager", "clerk")
"""A merchant's built-in roles."""
OTHER_ROLES = ("owner", "manager", "viewer")
"""Those of any other organisation."""

_CLERK = frozenset({"catalog.view", "orders.view", "orders.fulfil", "stock.edit"})
_MANAGER = _CLERK | {"catalog.edit", "orders.refund", "shop.edit", "reports.view", "money.view", "plugins.use"}
_OWNER = _MANAGER | {"money.withdraw", "domains.edit", "plugins.edit", "people.edit"}
PERMISSIONS: dict[str, frozenset[str]] = {
    "owner": _OWNER,
    "manager": _MANAGER,
    "clerk": _CLERK,
    "viewer": frozenset({"reports.view", "money.view"}),
}
"""What the built-in roles hold of core's permissions."""


def role_may(role: str, permission: str, own: Collection[str] | None = None) -> bool:
    """Whether a role holds a permission; `own` are the permissions of a role that the organisation defined itself.

    Plugins' permissions (`<plugin>.<verb>`): owners always, managers too, viewers those that only look.
    """
    if own is not None:
        return permission in own
    if permission in _OWNER:
        return permission in PERMISSIONS.get(role, frozenset())
    return role in ("owner", "manager") or (role == "viewer" and permission.endswith(".view"))


@dataclass(frozen=True, slots=True)
class Held:
    """A person's role in an organisation; `own` are its permissions when the organisation defined it itself."""

    role: str
    own: frozenset[str] | None

    def may(self, permission: str) -> bool:
        """Whether the role holds a permission."""
        return role_may(self.role, permission, self.own)


def held(role: str, permissions: Sequence[str] | None) -> Held:
    """A role as it stands in rows of a membership and of the organisation's own roles (None: a built-in one)."""
    return Held(role, None if permissions is None else frozenset(permissions))


def role_held(person_id: str, organisation_id: str) -> Held | None:
    """The role in which a person acts for an organisation, with what it holds; None without one."""
    row = db.session.execute(
        select(Membership.role, OrganisationRole.permissions)
        .outerjoin(OrganisationRole, own_role())
        .where(Membership.person_id == person_id, Membership.organisation_id == organisation_id)
    ).first()
    return held(row.role, row.permissions) if row is not None else None


def own_role() -> ColumnElement[bool]:
    """The condition that joins a membership to the role that its organisation defined, for outer joins."""
    return (OrganisationRole.organisation_id == Membership.organisation_id) & (OrganisationRole.id == Membership.role)


def role_of(person_id: str, merchant_id: str) -> str | None:
    """The role in which a person acts for a merchant (or any organisation), or None."""
    return db.session.scalar(
        select(Membership.role).where(Membership.person_id == person_id, Membership.organisation_id == merchant_id)
    )


def require_permission(person_id: str, merchant_id: str, permission: str) -> str:
    """The person's role, when it holds the permission for this merchant (or any organisation), and so does the key that
    a program uses. Raises RoleNotEnough, KeyNotEnough.
    """
    key = acting_through.get()
    if key is not None and not key.may(merchant_id, permission):
        raise KeyNotEnough(_l("This key was not given the scope for this. Make one that has it."))
    found = role_held(person_id, merchant_id)
    if found is None or not found.may(permission):
        raise RoleNotEnough(_l("Your role in this shop does not allow this. Ask the owner."))
    return found.role


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
    """An organisation that a person may act for. `merchant_id` is its id, whatever its kind."""

    merchant_id: str
    role: str
    kind: str
    name: str


def posts_of(person_id: str) -> Sequence[Post]:
    """Every organisation that a person may act for, in the order in which the person came to them."""
    rows = db.session.execute(
        select(Membership.organisation_id, Membership.role, Organisation.kind, Organisation.name)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id == person_id)
        .order_by(Membership.created_at, Membership.organisation_id)
    ).all()
    return [Post(*row) for row in rows]
