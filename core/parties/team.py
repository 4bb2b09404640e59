"""Who works for a merchant: people added, invited, given another post, taken out. Owners only.

An invitation is a link that carries what was offered, to whom and until when, signed: nothing is stored. It opens an
account for that e-mail address, so it works once; it is worthless as soon as who invited is no owner any more.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, or_, select

from core.audit import record
from core.base import clock
from core.base.crypto import same, signature
from core.base.database import db
from core.base.errors import NotFound, Refused
from core.base.i18n import lazy_gettext as _l
from core.base.outbox import emit
from core.base.transactions import transactional
from core.parties.errors import AccountExists, RoleNotEnough
from core.parties.factor_models import Passkey, TotpFactor
from core.parties.factors import factors_of, require_recent_factor
from core.parties.models import MemberSession, Membership, Person
from core.parties.organisations import require_role_name, roles_of_organisation
from core.parties.roles import require_permission, role_held
from core.parties.service import checked_email, register_member, set_role

INVITATION_LASTS = timedelta(days=3)
_PURPOSE = "invitation"
_TOKEN_CHARACTERS_MAX = 1000


class InvitationInvalid(Refused):
    code = "invitation_invalid"

    def __init__(self) -> None:
        super().__init__(_l("This invitation has expired or was used already. Ask for a new one."))


@dataclass(frozen=True, slots=True)
class TeamMember:
    person_id: str
    name: str
    email: str
    role: str
    since: datetime
    seen_at: datetime | None = None
    two_steps: bool = False
    """Whether the person proves a second factor when signing in."""


def names_of(person_ids: Sequence[str]) -> dict[str, str]:
    """The names of people by id, for logs; one statement."""
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(list(person_ids)))).all()
    return {row.id: row.name for row in rows}


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a link offers."""

    merchant_id: str
    email: str
    role: str
    invited_by: str


def team_of(merchant_id: str) -> Sequence[TeamMember]:
    """Everybody who may act for a merchant, in the order in which they came."""
    seen = select(func.max(MemberSession.seen_at)).where(MemberSession.person_id == Person.id).scalar_subquery()
    factors = or_(
        exists().where(TotpFactor.person_id == Person.id, TotpFactor.confirmed_at.is_not(None)),
        exists().where(Passkey.person_id == Person.id),
    )
    rows = db.session.execute(
        select(Person.id, Person.name, Person.email, Membership.role, Membership.created_at, seen, factors)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == merchant_id)
        .order_by(Membership.created_at, Person.id)
    )
    return [TeamMember(*row[:6], two_steps=bool(row[6])) for row in rows]


@transactional
def add_member(merchant_id: str, *, email: str, role: str, actor_id: str) -> str | None:
    """Let a person who has an account act for the merchant. None when nobody has this address: invite them then.

    Raises RoleNotEnough, Invalid, AccountExists (works here already).
    """
    require_permission(actor_id, merchant_id, "people.edit")
    address = checked_email(email)
    require_role_name(merchant_id, role)
    person_id = db.session.scalar(select(Person.id).where(Person.email == address))
    if person_id is None:
        return None
    if db.session.get(Membership, (person_id, merchant_id)) is not None:
        words = _l("This person works for the shop already.")
        raise AccountExists(words, fields={"email": words})
    _require_may_give(actor_id, merchant_id, role)
    set_role(merchant_id, person_id, role)
    _record("team.joined", actor_id, merchant_id, person_id, {"role": role})
    emit("team.joined", {"person_id": person_id, "role": role}, merchant_id=merchant_id)
    return person_id


@transactional
def change_role(merchant_id: str, person_id: str, role: str | None, *, actor_id: str) -> None:
    """Give somebody another post, or none. The last owner stays one.

    Raises RoleNotEnough, Invalid, NotFound.
    """
    require_permission(actor_id, merchant_id, "people.edit")
    post = db.session.get(Membership, (person_id, merchant_id))
    if post is None:
        raise RoleNotEnough(_l("This person does not work for the shop."))
    _require_may_give(actor_id, merchant_id, role, before=post.role)
    set_role(merchant_id, person_id, role)
    _record("team.changed" if role else "team.left", actor_id, merchant_id, person_id, {"role": role})
    emit("team.changed", {"person_id": person_id, "role": role}, merchant_id=merchant_id)


@transactional
def transfer_ownership(merchant_id: str, person_id: str, *, actor_id: str) -> None:
    """Make another member of the team owner in one's own place; who gives it becomes manager.

    Asks for a second factor proven just now, where the owner has one. Raises RoleNotEnough, NotFound, FactorNeeded.
    """
    actor = role_held(actor_id, merchant_id)
    if actor is None or actor.role != "owner":
        raise RoleNotEnough(_l("Only an owner can do this."))
    if db.session.get(Membership, (person_id, merchant_id)) is None or person_id == actor_id:
        raise NotFound(_l("This person does not work for the shop."))
    if factors_of(actor_id).any:
        require_recent_factor(actor_id)
    set_role(merchant_id, person_id, "owner")
    set_role(merchant_id, actor_id, "manager")
    _record("team.ownership_transferred", actor_id, merchant_id, person_id, {"role": "owner"})
    emit("team.changed", {"person_id": person_id, "role": "owner"}, merchant_id=merchant_id)


def invite(merchant_id: str, *, email: str, role: str, actor_id: str) -> str:
    """The token of a link by which somebody without an account joins within three days.

    Raises RoleNotEnough, Invalid.
    """
    require_permission(actor_id, merchant_id, "people.edit")
    require_role_name(merchant_id, role)
    _require_may_give(actor_id, merchant_id, role)
    until = int((clock.now() + INVITATION_LASTS).timestamp())
    body = json.dumps([merchant_id, checked_email(email), role, actor_id, until]).encode()
    packed = base64.urlsafe_b64encode(body).decode().rstrip("=")
    return f"{packed}.{signature(_PURPOSE, packed)}"


def read_invitation(token: str) -> Invitation:
    """What a link offers, if it still does. Raises InvitationInvalid."""
    packed, _dot, signed = token[:_TOKEN_CHARACTERS_MAX].partition(".")
    if not same(signed, signature(_PURPOSE, packed)):
        raise InvitationInvalid
    try:
        merchant_id, email, role, invited_by, until = json.loads(
            base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        )
    except (ValueError, binascii.Error):
        raise InvitationInvalid from None
    known = db.session.scalar(select(Person.id).where(Person.email == email))
    if until < clock.now().timestamp() or known is not None:
        raise InvitationInvalid
    try:
        require_permission(invited_by, merchant_id, "people.edit")
    except RoleNotEnough:
        raise InvitationInvalid from None
    return Invitation(merchant_id, email, role, invited_by)


def accept_invitation(token: str, *, name: str, password: str, locale: str = "en") -> str:
    """Open an account for who was invited and let it act for the merchant; gives back the person's id.

    Raises InvitationInvalid, Invalid (`fields`).
    """
    offered = read_invitation(token)
    try:
        person_id = register_member(email=offered.email, name=name, password=password, locale=locale)
    except AccountExists:
        raise InvitationInvalid from None
    add_member(offered.merchant_id, email=offered.email, role=offered.role, actor_id=offered.invited_by)
    return person_id


def _record(action: str, actor_id: str, merchant_id: str, person_id: str, details: dict[str, str | None]) -> None:
    record(action, actor_id=actor_id, subject=f"person:{person_id}", merchant_id=merchant_id, details=details)


@transactional
def leave(organisation_id: str, *, actor_id: str) -> None:
    """Give up one's own post. The last owner stays. Raises NotFound (no post there), RoleNotEnough."""
    if db.session.get(Membership, (actor_id, organisation_id)) is None:
        raise NotFound(_l("There is no such organisation."))
    set_role(organisation_id, actor_id, None)
    _record("team.left", actor_id, organisation_id, actor_id, {"role": None})
    emit("team.changed", {"person_id": actor_id, "role": None}, merchant_id=organisation_id)


def _require_may_give(actor_id: str, organisation_id: str, role: str | None, before: str | None = None) -> None:
    """Owners are made and unmade by owners; nobody gives a role that holds more than their own."""
    actor = role_held(actor_id, organisation_id)
    if actor is not None and actor.role == "owner":
        return
    wanted = {one.name: one.permissions for one in roles_of_organisation(organisation_id)}.get(role or "", frozenset())
    if actor is None or "owner" in (role, before) or not all(actor.may(permission) for permission in wanted):
        raise RoleNotEnough(_l("Only an owner can do this."))
