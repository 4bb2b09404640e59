"""The platform's own staff: their roles, what each may do, and who gives them. Checked in services."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.audit import record
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.parties.errors import RoleNotEnough
from core.parties.factors import require_factor
from core.parties.models import Person

_EVERYBODY = frozenset({"office.view", "merchants.view", "search"})
STAFF_PERMISSIONS: dict[str, frozenset[str]] = {
    "support": _EVERYBODY | {"members.look_as", "people.view"},
    "reviewer": _EVERYBODY | {"reviews.decide", "identity.unmask", "merchants.onboard", "people.view"},
    "finance": _EVERYBODY | {"ledger.view", "ledger.adjust", "money.approve", "fees.propose", "audit.view"},
    "risk": _EVERYBODY
    | {"ledger.view", "reviews.decide", "limits.propose", "limits.approve", "money.approve", "merchants.suspend"}
    | {"audit.view", "people.view"},
    "operator": _EVERYBODY | {"work.view", "work.retry", "plugins.view"},
}
STAFF_PERMISSIONS["admin"] = frozenset().union(*STAFF_PERMISSIONS.values()) | {
    "staff.edit",
    "fees.approve",
    "merchants.onboard",
}
STAFF_ROLES: dict[str, Any] = {
    "support": _l("Support"),
    "reviewer": _l("Reviewer"),
    "finance": _l("Finance"),
    "risk": _l("Risk"),
    "operator": _l("Operator"),
    "admin": _l("Administrator"),
}


def staff_may(role: str | None, permission: str) -> bool:
    """Whether a role among the platform's staff holds a permission."""
    return role is not None and permission in STAFF_PERMISSIONS.get(role, frozenset())


def staff_role_of(person_id: str) -> str | None:
    """The person's role among the platform's staff, or None."""
    return db.session.scalar(select(Person.staff_role).where(Person.id == person_id))


def require_staff(person_id: str, permission: str) -> str:
    """The person's role among the platform's staff, when it holds the permission and the second factor is proven.

    Raises RoleNotEnough, FactorNeeded, FactorMissing.
    """
    role = staff_role_of(person_id)
    if role is None or not staff_may(role, permission):
        raise RoleNotEnough(_l("Your role on the platform does not allow this. Ask an administrator."))
    require_factor(person_id)
    return role


@transactional
def set_staff_role(person_id: str, role: str | None, *, actor_id: str | None) -> None:
    """Let a person work for the platform in a role, change it, or end it (None). Nobody changes their own.

    Raises RoleNotEnough, Invalid, NotFound.
    """
    if actor_id is not None:
        require_staff(actor_id, "staff.edit")
    if role is not None and role not in STAFF_ROLES:
        raise Invalid(_l("There is no such role."), fields={"role": _l("Choose a role.")})
    if actor_id == person_id:
        raise RoleNotEnough(_l("Nobody changes their own role. Ask another administrator."))
    person = db.session.get(Person, person_id, with_for_update=True)
    if person is None:
        raise NotFound(_l("There is no such person."))
    before, person.staff_role = person.staff_role, role
    record(
        "staff.role_changed",
        actor_id=actor_id,
        subject=f"person:{person_id}",
        details={"before": before, "after": role},
    )
