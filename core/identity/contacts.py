"""Proving that an e-mail address or a phone is somebody's: six digits are sent there and typed in here."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Literal

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from core.audit import record
from core.base import clock
from core.base.crypto import same, signature, token_hash
from core.base.database import db
from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.identity.errors import CodeWrong
from core.identity.levels import raise_level
from core.identity.models import ContactCode
from core.messages.service import send
from core.parties.models import Membership, Person
from core.parties.phones import checked_phone
from core.parties.throttle import count_try

Medium = Literal["email", "phone"]
CODE_LASTS = timedelta(minutes=10)
TRIES_MAX = 5
CODES_MAX = 5
"""Codes that one person may ask for in a quarter of an hour."""


def send_code(person_id: str, medium: Medium, *, phone: str = "", code: str | None = None) -> str:
    """Send a code to the person's own e-mail address, or to a phone that is to become theirs; returns the address.

    Raises NotFound, Invalid (`fields.phone`), Refused (the phone is somebody else's), SignInThrottled (too many codes).
    """
    number = checked_phone(phone) if medium == "phone" else ""
    count_try({"code:" + token_hash(f"{medium}:{person_id}"): CODES_MAX})
    return _send_code(person_id, medium, number, code or f"{secrets.randbelow(1_000_000):06d}")


@transactional
def _send_code(person_id: str, medium: Medium, number: str, code: str) -> str:
    person = _person(person_id)
    address = number or person.email
    if number:
        holder = db.session.scalar(select(Person.id).where(Person.phone == number))
        if holder is not None and holder != person_id:
            raise _phone_taken()
    row = db.session.get(ContactCode, (person_id, medium), with_for_update=True)
    if row is None:
        row = ContactCode(person_id=person_id, medium=medium)
        db.session.add(row)
    row.address, row.code_hash, row.tries = address, _hash(person_id, medium, address, code), 0
    row.expires_at = clock.now() + CODE_LASTS
    minutes = int(CODE_LASTS.total_seconds() // 60)
    kind = "contact.code" if medium == "email" else "contact.code_sms"
    send(kind, to=address, locale=person.locale, values={"code": code, "minutes": minutes})
    return address


def waiting_code(person_id: str, medium: Medium) -> str | None:
    """The address to which a code that still holds was sent."""
    row = db.session.get(ContactCode, (person_id, medium))
    return row.address if row is not None and row.expires_at > clock.now() and row.tries < TRIES_MAX else None


def prove_contact(person_id: str, medium: Medium, code: str) -> None:
    """Type in the code: the contact is proven, and with it level 1. Raises CodeWrong (`fields.code`), Refused."""
    digits = "".join(sign for sign in code if sign.isdigit())[:6]
    address = _try_code(person_id, medium, digits)
    if address is None:
        words = _l("This code is wrong or has expired. Try again, or have a new one sent.")
        raise CodeWrong(words, fields={"code": words})


@transactional
def _try_code(person_id: str, medium: Medium, code: str) -> str | None:
    """The address that is proven, or None; a wrong try stays counted."""
    row = db.session.get(ContactCode, (person_id, medium), with_for_update=True)
    if row is None or row.expires_at <= clock.now() or row.tries >= TRIES_MAX:
        return None
    row.tries += 1
    if not same(row.code_hash, _hash(person_id, medium, row.address, code)):
        return None
    address = row.address
    db.session.execute(delete(ContactCode).where(ContactCode.person_id == person_id, ContactCode.medium == medium))
    note_proven(person_id, medium, address)
    return address


@transactional
def note_proven(person_id: str, medium: Medium, address: str) -> None:
    """A contact is proven: level 1 for the person, and for the organisations that the person owns.

    Raises NotFound, Refused (the phone is somebody else's by now), Invalid (the e-mail address was changed meanwhile).
    """
    person, now = _person(person_id), clock.now()
    if medium == "email":
        if person.email != address:
            raise Invalid(_l("Your e-mail address was changed meanwhile. Have a new code sent."))
        person.email_proven_at = now
    else:
        try:
            with db.session.begin_nested():
                person.phone, person.phone_proven_at = address, now
        except IntegrityError:
            raise _phone_taken() from None
    raise_level("person", person_id, 1)
    for organisation_id in db.session.scalars(
        select(Membership.organisation_id).where(Membership.person_id == person_id, Membership.role == "owner")
    ).all():
        raise_level("organisation", organisation_id, 1)
    record("contact.proven", actor_id=person_id, subject=f"person:{person_id}", details={"medium": medium})


@transactional
def forget_phone(person_id: str) -> None:
    """Take the phone number away again; it signs nobody in any more."""
    db.session.execute(update(Person).where(Person.id == person_id).values(phone=None, phone_proven_at=None))
    record("contact.forgotten", actor_id=person_id, subject=f"person:{person_id}", details={"medium": "phone"})


def _person(person_id: str) -> Person:
    person = db.session.get(Person, person_id, with_for_update=True)
    if person is None:
        raise NotFound(_l("There is no such person."))
    return person


def _phone_taken() -> Refused:
    words = _l("This phone number belongs to another account.")
    return Refused(words, code="phone_taken", fields={"phone": words})


def _hash(person_id: str, medium: str, address: str, code: str) -> str:
    return signature("contact-code", f"{person_id}:{medium}:{address}:{code}")
