"""What this room keeps about people: accounts, memberships, sessions, customers; handed out and erased."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select, update

from core.audit.models import AuditEntry
from core.base.database import db
from core.base.errors import NotFound, Refused
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.contract.contributions import DataSubject, Kept, PersonalData
from core.parties.factor_models import KnownDevice, Passkey, ProofToken, RecoveryCode, TotpFactor
from core.parties.models import Customer, MemberSession, Membership, Organisation, Person, VisitorSession

ERASED_HOST = "erased.invalid"
"""No mail can ever reach it (RFC 2606)."""
_NO_PASSWORD = "!"  # noqa: S105 - fits no password


def erased_address(subject_id: str) -> str:
    """What stands where an e-mail address stood: unlike any other, and nobody's."""
    return f"{subject_id}@{ERASED_HOST}"


def _collect_person(subject: DataSubject) -> Any:
    person = db.session.get(Person, subject.id) if subject.kind == "person" else None
    if person is None:
        return None
    posts = db.session.execute(
        select(Organisation.name, Organisation.kind, Membership.role, Membership.created_at)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id == subject.id)
    )
    sessions = db.session.execute(
        select(MemberSession.created_at, MemberSession.expires_at).where(MemberSession.person_id == subject.id)
    )
    passkeys = db.session.execute(
        select(Passkey.name, Passkey.created_at, Passkey.last_used_at).where(Passkey.person_id == subject.id)
    )
    linked = db.session.execute(
        select(Customer.merchant_id, Customer.email, Customer.linked_at).where(Customer.person_id == subject.id)
    )
    return {
        "email": person.email,
        "email_proven_at": person.email_proven_at,
        "phone": person.phone,
        "phone_proven_at": person.phone_proven_at,
        "name": person.name,
        "language": person.locale,
        "staff_role": person.staff_role,
        "since": person.created_at,
        "organisations": [dict(row._mapping) for row in posts],
        "passkeys": [dict(row._mapping) for row in passkeys],
        "sessions": [dict(row._mapping) for row in sessions],
        "shops_linked": [dict(row._mapping) for row in linked],
    }


@transactional
def _erase_person(subject: DataSubject) -> None:
    if subject.kind != "person":
        return
    person = db.session.get(Person, subject.id, with_for_update=True)
    if person is None:
        raise NotFound(_l("There is no such person."))
    if person.staff_role is not None:
        raise Refused(_l("You work for the platform. Ask an administrator to end that first."))
    for organisation in _owned_alone(subject.id):
        if organisation.kind == "merchant" or _members(organisation.id) > 1:
            raise Refused(
                _l("You are the only owner of %(name)s. Make somebody else owner first.", name=organisation.name)
            )
    db.session.execute(delete(MemberSession).where(MemberSession.person_id == subject.id))
    db.session.execute(delete(Membership).where(Membership.person_id == subject.id))
    for table in (TotpFactor, Passkey, RecoveryCode, KnownDevice):
        db.session.execute(delete(table).where(table.person_id == subject.id))
    db.session.execute(delete(ProofToken).where(ProofToken.subject == f"person:{subject.id}"))
    db.session.execute(update(Customer).where(Customer.person_id == subject.id).values(person_id=None, linked_at=None))
    person.email, person.name, person.password_hash = erased_address(subject.id), "—", _NO_PASSWORD
    person.phone = person.phone_proven_at = person.email_proven_at = None
    db.session.flush()


def _owned_alone(person_id: str) -> Sequence[Organisation]:
    others = (
        select(Membership.person_id)
        .where(
            Membership.organisation_id == Organisation.id,
            Membership.role == "owner",
            Membership.person_id != person_id,
        )
        .correlate(Organisation)
        .exists()
    )
    return db.session.scalars(
        select(Organisation)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == person_id, Membership.role == "owner", ~others)
    ).all()


def _members(organisation_id: str) -> int:
    return db.session.scalar(select(func.count()).where(Membership.organisation_id == organisation_id)) or 0


def _kept_of_person(subject: DataSubject) -> Sequence[Kept]:
    if subject.kind != "person":
        return ()
    deeds = db.session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.actor_id == subject.id))
    if not deeds:
        return ()
    return (
        Kept(
            _l("What you did for an organisation, under a number instead of your name"),
            _l("The trail of who changed what about money and rights may not be altered by anybody."),
            deeds,
        ),
    )


def _collect_customer(subject: DataSubject) -> Any:
    found = _customer(subject)
    if found is None:
        return None
    return {
        "email": found.email,
        "name": found.name,
        "phone": found.phone,
        "language": found.locale,
        "address": found.address,
        "linked_to_platform_account_at": found.linked_at,
        "since": found.created_at,
    }


def _customer(subject: DataSubject) -> Customer | None:
    if subject.kind != "customer" or subject.merchant_id is None:
        return None
    return db.session.get(Customer, (subject.merchant_id, subject.id))


@transactional
def _erase_customer(subject: DataSubject) -> None:
    if subject.kind != "customer":
        return
    found = _customer(subject)
    if found is None:
        raise NotFound(_l("There is no such customer."))
    db.session.execute(
        delete(VisitorSession).where(
            VisitorSession.merchant_id == found.merchant_id, VisitorSession.customer_id == found.id
        )
    )
    db.session.execute(delete(ProofToken).where(ProofToken.subject == f"customer:{found.merchant_id}:{found.id}"))
    found.email, found.name, found.phone = erased_address(found.id), "—", ""
    found.password_hash, found.address = _NO_PASSWORD, None
    found.person_id = found.linked_at = None
    db.session.flush()


PERSONAL_DATA = (
    PersonalData(
        "account", _l("Account and memberships"), _collect_person, _erase_person, _kept_of_person, frozenset({"person"})
    ),
    PersonalData("customer", _l("Customer account"), _collect_customer, _erase_customer, about=frozenset({"customer"})),
)
