"""Organisations that people act for, and the roles that an organisation defines for itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from core.audit import record
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import lazy_gettext as _l
from core.base.ids import new_id
from core.base.transactions import transactional
from core.contract.runtime import registry
from core.parties.models import Membership, Organisation, OrganisationRole, Person
from core.parties.roles import OTHER_ROLES, PERMISSIONS, ROLES, require_permission

KINDS: Mapping[str, Any] = MappingProxyType(
    {
        "merchant": _l("Merchant"),
        "funder": _l("Funder"),
        "borrower": _l("Borrower"),
        "investor": _l("Investor"),
        "intermediary": _l("Intermediary"),
        "platform": _l("Platform"),
    }
)
OPENED_BY_PEOPLE = ("funder", "borrower", "investor", "intermediary")
"""Kinds that anybody who signs in may open; what they may then do depends on their verification."""
ROLE_LABELS: Mapping[str, Any] = MappingProxyType(
    {"owner": _l("Owner"), "manager": _l("Manager"), "clerk": _l("Clerk"), "viewer": _l("Viewer")}
)
NAME_CHARACTERS_MAX = 120
LABEL_CHARACTERS_MAX = 60
OWN_ROLES_MAX = 30
ORGANISATIONS_OPENED_MAX = 10

_GROUPS: Sequence[tuple[Any, Sequence[tuple[str, Any]]]] = (
    (
        _l("Orders"),
        (
            ("orders.view", _l("See orders and buyers")),
            ("orders.fulfil", _l("Pack and ship orders")),
            ("orders.refund", _l("Give refunds")),
        ),
    ),
    (
        _l("Products and stock"),
        (
            ("catalog.view", _l("See products")),
            ("catalog.edit", _l("Change products, categories and discounts")),
            ("stock.edit", _l("Count and change stock")),
        ),
    ),
    (
        _l("Money"),
        (
            ("money.view", _l("See balances and statements")),
            ("reports.view", _l("See figures of the trade")),
            ("money.withdraw", _l("Withdraw money and keep bank accounts")),
        ),
    ),
    (
        _l("Online shop"),
        (
            ("shop.edit", _l("Change how the shop looks and its rules")),
            ("domains.edit", _l("Claim and remove domains")),
        ),
    ),
    (
        _l("Plugins and people"),
        (
            ("plugins.use", _l("Use the pages of plugins")),
            ("plugins.edit", _l("Switch plugins on and off and set them up")),
            ("people.edit", _l("Invite people and change their roles")),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class PermissionGroup:
    """Permissions that belong together, for the page on which a role is put together."""

    label: Any
    permissions: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role of an organisation. `own` roles may be changed; `members` is how many people have it."""

    name: str
    label: Any
    permissions: frozenset[str]
    own: bool
    members: int = 0


def permission_groups(plugins: Collection[str] | None = None) -> list[PermissionGroup]:
    """Every permission by what it concerns, core's first, then those of the plugins (of these alone, if given)."""
    groups = [PermissionGroup(label, tuple(permissions)) for label, permissions in _GROUPS]
    for manifest in registry().manifests:
        if manifest.permissions and (plugins is None or manifest.id in plugins):
            listed = tuple((one.key, one.label) for one in manifest.permissions)
            groups.append(PermissionGroup(manifest.name, listed))
    return groups


def _known_permissions() -> frozenset[str]:
    return frozenset(name for group in permission_groups() for name, _label in group.permissions)


@transactional
def open_organisation(kind: str, name: str, *, owner_person_id: str, country: str = "") -> str:
    """Open an organisation of which this person is the owner; returns its id. Merchants are opened with their shop.

    Raises Invalid (`fields`), NotFound, Refused (too many already).
    """
    if kind not in OPENED_BY_PEOPLE:
        raise Invalid(_l("Choose what the organisation does."), fields={"kind": _l("Choose one.")})
    name, country = checked_organisation_name(name), checked_country(country)
    # The person's row is locked so that two tries at once are counted one after the other.
    if db.session.get(Person, owner_person_id, with_for_update=True) is None:
        raise NotFound(_l("There is no such person."))
    owned = db.session.scalar(
        select(func.count()).where(Membership.person_id == owner_person_id, Membership.role == "owner")
    )
    if (owned or 0) >= ORGANISATIONS_OPENED_MAX:
        raise Refused(_l("You own as many organisations as one person can."))
    organisation_id, now = new_id("org"), clock.now()
    db.session.add(Organisation(id=organisation_id, kind=kind, name=name, country=country, created_at=now))
    db.session.flush()
    db.session.add(Membership(person_id=owner_person_id, organisation_id=organisation_id, role="owner", created_at=now))
    _record("organisation.opened", owner_person_id, organisation_id, {"kind": kind})
    return organisation_id


@transactional
def rename_organisation(organisation_id: str, name: str, *, actor_id: str) -> None:
    """Change the name of an organisation. Raises RoleNotEnough, Invalid."""
    require_permission(actor_id, organisation_id, "people.edit")
    _locked(organisation_id).name = checked_organisation_name(name)
    _record("organisation.renamed", actor_id, organisation_id)


def organisation(organisation_id: str) -> Organisation:
    """An organisation. Raises NotFound."""
    found = db.session.get(Organisation, organisation_id)
    if found is None:
        raise NotFound(_l("There is no such organisation."))
    return found


def builtin_roles(kind: str) -> tuple[str, ...]:
    """The roles that every organisation of a kind has."""
    return ROLES if kind == "merchant" else OTHER_ROLES


def roles_of_organisation(organisation_id: str) -> list[RoleView]:
    """The built-in roles of an organisation and its own, each with how many people have it. Raises NotFound."""
    kind = organisation(organisation_id).kind
    rows = db.session.execute(
        select(Membership.role, func.count())
        .where(Membership.organisation_id == organisation_id)
        .group_by(Membership.role)
    )
    counts = {row[0]: row[1] for row in rows}
    found = [
        RoleView(name, ROLE_LABELS[name], PERMISSIONS[name], False, counts.get(name, 0)) for name in builtin_roles(kind)
    ]
    own = db.session.scalars(
        select(OrganisationRole)
        .where(OrganisationRole.organisation_id == organisation_id)
        .order_by(OrganisationRole.label)
    )
    found += [RoleView(row.id, row.label, frozenset(row.permissions), True, counts.get(row.id, 0)) for row in own]
    return found


def role_labels(organisation_id: str) -> dict[str, Any]:
    """The name of each role of an organisation, as people read it."""
    return {role.name: role.label for role in roles_of_organisation(organisation_id)}


def require_role_name(organisation_id: str, role: str) -> None:
    """Raises Invalid (`fields.role`) where the organisation has no such role."""
    if role in builtin_roles(organisation(organisation_id).kind):
        return
    if db.session.get(OrganisationRole, (organisation_id, role)) is None:
        raise Invalid(_l("There is no such role."), fields={"role": _l("Choose a role.")})


@transactional
def define_role(organisation_id: str, label: str, permissions: Collection[str], *, actor_id: str) -> str:
    """Define a role of the organisation's own; returns its id. Raises RoleNotEnough, Invalid, Refused (too many)."""
    require_permission(actor_id, organisation_id, "people.edit")
    _locked(organisation_id)
    count = db.session.scalar(select(func.count()).where(OrganisationRole.organisation_id == organisation_id))
    if (count or 0) >= OWN_ROLES_MAX:
        raise Refused(_l("There are %(count)d roles already. Remove one first.", count=OWN_ROLES_MAX))
    label, chosen = _checked_role(label, permissions)
    _may_grant(actor_id, organisation_id, chosen)
    role_id, now = new_id("rol"), clock.now()
    role = OrganisationRole(
        organisation_id=organisation_id, id=role_id, label=label, permissions=chosen, created_at=now, changed_at=now
    )
    try:
        with db.session.begin_nested():
            db.session.add(role)
    except IntegrityError:
        raise _label_taken() from None
    _record("role.defined", actor_id, organisation_id, {"role": role_id, "permissions": chosen})
    return role_id


@transactional
def change_own_role(
    organisation_id: str, role_id: str, label: str, permissions: Collection[str], *, actor_id: str
) -> None:
    """Change a role of the organisation's own, for everybody who has it. Raises RoleNotEnough, NotFound, Invalid."""
    require_permission(actor_id, organisation_id, "people.edit")
    role = _own_role(organisation_id, role_id)
    label, chosen = _checked_role(label, permissions)
    _may_grant(actor_id, organisation_id, chosen)
    before = list(role.permissions)
    try:
        with db.session.begin_nested():
            role.label, role.permissions, role.changed_at = label, chosen, clock.now()
    except IntegrityError:
        raise _label_taken() from None
    _record("role.changed", actor_id, organisation_id, {"role": role_id, "before": before, "after": chosen})


@transactional
def remove_own_role(organisation_id: str, role_id: str, *, actor_id: str) -> None:
    """Remove a role that nobody has any more. Raises RoleNotEnough, NotFound, Refused."""
    require_permission(actor_id, organisation_id, "people.edit")
    _own_role(organisation_id, role_id)
    if db.session.scalar(
        select(Membership.person_id)
        .where(Membership.organisation_id == organisation_id, Membership.role == role_id)
        .limit(1)
    ):
        raise Refused(_l("Somebody has this role. Give them another one first."))
    db.session.execute(
        delete(OrganisationRole).where(
            OrganisationRole.organisation_id == organisation_id, OrganisationRole.id == role_id
        )
    )
    _record("role.removed", actor_id, organisation_id, {"role": role_id})


def _locked(organisation_id: str) -> Organisation:
    found = db.session.get(Organisation, organisation_id, with_for_update=True)
    if found is None:
        raise NotFound(_l("There is no such organisation."))
    return found


def _own_role(organisation_id: str, role_id: str) -> OrganisationRole:
    role = db.session.get(OrganisationRole, (organisation_id, role_id), with_for_update=True)
    if role is None:
        raise NotFound(_l("There is no such role."))
    return role


def _may_grant(actor_id: str, organisation_id: str, permissions: Collection[str]) -> None:
    """Nobody puts a permission into a role that they do not hold themselves."""
    for permission in permissions:
        require_permission(actor_id, organisation_id, permission)


def _checked_role(label: str, permissions: Collection[str]) -> tuple[str, list[str]]:
    label = " ".join(label.replace("\x00", "").split())
    fields: dict[str, object] = {}
    if not 0 < len(label) <= LABEL_CHARACTERS_MAX:
        fields["label"] = _l("Write a name of 1 to %(count)d characters.", count=LABEL_CHARACTERS_MAX)
    chosen = sorted(set(permissions))
    if not chosen:
        fields["permissions"] = _l("Choose at least one permission.")
    elif not _known_permissions().issuperset(chosen):
        fields["permissions"] = _l("One of these permissions does not exist.")
    if fields:
        raise Invalid(_l("Please correct the marked fields."), fields=fields)
    return label, chosen


def _label_taken() -> Invalid:
    words = _l("There is a role of this name already.")
    return Invalid(words, fields={"label": words})


def checked_organisation_name(text: str) -> str:
    """An organisation's name as it is stored. Raises Invalid (`fields.name`)."""
    name = " ".join(text.split())
    if not 0 < len(name) <= NAME_CHARACTERS_MAX or "\x00" in name:
        words = _l("Write a name of 1 to %(count)d characters.", count=NAME_CHARACTERS_MAX)
        raise Invalid(words, fields={"name": words})
    return name


def checked_country(text: str) -> str:
    """A country's two letters, or nothing. Raises Invalid (`fields.country`)."""
    code = text.strip().upper()
    if code and not (len(code) == 2 and code.isascii() and code.isalpha()):
        words = _l("Choose a country or region.")
        raise Invalid(words, fields={"country": words})
    return code


def _record(action: str, actor_id: str, organisation_id: str, details: Mapping[str, Any] | None = None) -> None:
    record(
        action,
        actor_id=actor_id,
        subject=f"organisation:{organisation_id}",
        merchant_id=organisation_id,
        details=details,
    )
