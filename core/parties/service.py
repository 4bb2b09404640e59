"""What people can do: register, sign in and out, act for a merchant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.i18n import LOCALES
from core.base.i18n import lazy_gettext as _l
from core.base.ids import new_id
from core.base.transactions import end_read, transactional
from core.contract.views import AddressView
from core.parties.errors import AccountExists, PasswordWrong, RoleNotEnough, WrongSignIn
from core.parties.factors import factors_of
from core.parties.known_devices import note_device
from core.parties.models import Customer, Membership, Organisation, Person
from core.parties.organisations import require_role_name
from core.parties.passkeys import use_passkey
from core.parties.passwords import checked_password, hash_password, needs_rehash, password_fits
from core.parties.phones import phone_or_none
from core.parties.roles import role_of
from core.parties.sessions import (
    Device,
    change_member_session,
    close_member_session,
    close_visitor_session,
    open_member_session,
    open_visitor_session,
)
from core.parties.throttle import count_try, forget_tries, throttle_keys

_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]{1,185}\.[^@\s.\x00-\x1f\x7f]{2,63}")
_NAME_CHARACTERS_MAX = 120


def checked_email(text: str) -> str:
    """An e-mail address as it is stored (lower case). Raises Invalid (`fields.email`)."""
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email) or len(email) > 254:
        words = _l("Write an e-mail address like name@example.com.")
        raise Invalid(words, fields={"email": words})
    return email


def _checked_name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > _NAME_CHARACTERS_MAX or "\x00" in name:
        words = _l("Write a name of 1 to %(count)d characters.", count=_NAME_CHARACTERS_MAX)
        raise Invalid(words, fields={"name": words})
    return name


def _checked_locale(locale: str) -> str:
    return locale if locale in LOCALES else "en"


# --- customers of one shop ---------------------------------------------------------------------------------------


def register_customer(merchant_id: str, *, email: str, name: str, password: str, locale: str = "en") -> str:
    """Open a customer's account in one shop; returns its id. Raises Invalid (`fields`), AccountExists."""
    email, name = checked_email(email), _checked_name(name)
    hashed = hash_password(checked_password(password, email=email))
    return _store_customer(merchant_id, email, name, hashed, _checked_locale(locale))


@transactional
def _store_customer(merchant_id: str, email: str, name: str, hashed: str, locale: str) -> str:
    customer = Customer(
        merchant_id=merchant_id,
        id=new_id("cus"),
        email=email,
        name=name,
        password_hash=hashed,
        locale=locale,
        created_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(customer)
    except IntegrityError:
        words = _l("There is an account with this e-mail address already. Sign in instead.")
        raise AccountExists(words, fields={"email": words}) from None
    return customer.id


def check_customer(merchant_id: str, *, email: str, password: str, address: str) -> str:
    """The customer whose e-mail and password these are. `address` is the client's network address.

    Raises WrongSignIn, SignInThrottled.
    """
    account = email.strip().lower()[:254]
    keys = throttle_keys(f"shop:{merchant_id}", account, address)
    count_try(keys)
    row = db.session.execute(
        select(Customer.id, Customer.password_hash).where(
            Customer.merchant_id == merchant_id, Customer.email == account.replace("\x00", "")
        )
    ).first()
    end_read()
    if not password_fits(row.password_hash if row else None, password) or row is None:
        raise WrongSignIn(_l("The e-mail address or the password is wrong."))
    forget_tries(keys)
    if needs_rehash(row.password_hash):
        _store_customer_hash(merchant_id, row.id, hash_password(password))
    return str(row.id)


@transactional
def _store_customer_hash(merchant_id: str, customer_id: str, hashed: str) -> None:
    db.session.execute(
        update(Customer)
        .where(Customer.merchant_id == merchant_id, Customer.id == customer_id)
        .values(password_hash=hashed)
    )


@transactional
def start_customer_session(
    merchant_id: str, customer_id: str, *, old_token: str | None, cart_id: str | None, data: Mapping[str, Any]
) -> str:
    """Sign a customer in: a new token (the old one ends) that keeps the cart and the orders placed as a guest."""
    if old_token:
        close_visitor_session(merchant_id, old_token)
    return open_visitor_session(merchant_id, customer_id=customer_id, cart_id=cart_id, data=data)


@transactional
def remember_address(merchant_id: str, customer_id: str, address: AddressView) -> None:
    """Keep the address used last, to fill in the next checkout."""
    changed = db.session.execute(
        update(Customer)
        .where(Customer.merchant_id == merchant_id, Customer.id == customer_id)
        .values(address=asdict(address), phone=address.phone[:40])
        .returning(Customer.id)
    ).first()
    if changed is None:
        raise NotFound(_l("There is no such customer."))


def customer(merchant_id: str, customer_id: str) -> Customer:
    """A customer of this shop. Raises NotFound."""
    found = db.session.get(Customer, (merchant_id, customer_id))
    if found is None:
        raise NotFound(_l("There is no such customer."))
    return found


# --- members of the platform -------------------------------------------------------------------------------------


def register_member(*, email: str, name: str, password: str, locale: str = "en", staff_role: str | None = None) -> str:
    """Make a person known who may act for merchants (or, with a `staff_role`, works for the platform); returns the id.

    Raises Invalid (`fields`), AccountExists.
    """
    email, name = checked_email(email), _checked_name(name)
    hashed = hash_password(checked_password(password, email=email))
    return _store_person(email, name, hashed, _checked_locale(locale), staff_role)


@transactional
def _store_person(email: str, name: str, hashed: str, locale: str, staff_role: str | None) -> str:
    person = Person(
        id=new_id("per"),
        email=email,
        name=name,
        password_hash=hashed,
        locale=locale,
        staff_role=staff_role,
        created_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(person)
    except IntegrityError:
        words = _l("There is an account with this e-mail address already. Sign in instead.")
        raise AccountExists(words, fields={"email": words}) from None
    return person.id


def sign_in_member(*, email: str, password: str, address: str, device: Device | None = None) -> str:
    """Sign a member in on the platform's host, by e-mail address or proven phone number; returns the token for the
    cookie. A member of one organisation acts for it at once. Who has a second factor must still prove it
    (core.parties.proving): until then the session is pending.

    Raises WrongSignIn, SignInThrottled."""
    account = email.strip().lower()[:254]
    keys = throttle_keys("platform", account, address)
    count_try(keys)
    phone = phone_or_none(account)
    known = Person.phone == phone if phone else Person.email == account.replace("\x00", "")
    row = db.session.execute(select(Person.id, Person.password_hash).where(known)).first()
    end_read()
    if not password_fits(row.password_hash if row else None, password) or row is None:
        raise WrongSignIn(_l("The e-mail address or the password is wrong."))
    forget_tries(keys)
    new_hash = hash_password(password) if needs_rehash(row.password_hash) else None
    return _open_member(str(row.id), new_hash, device or Device(address=address))


def sign_in_with_passkey(answer: str, *, origin: str, address: str, device: Device | None = None) -> str:
    """Sign a member in by a passkey alone: the device has verified its holder, so it is two factors at once.

    Returns the token for the cookie. Raises WrongCode, SignInThrottled.
    """
    keys = throttle_keys("passkey", "anybody", address)
    # Only the address counts: nobody's account is named before the answer is checked.
    by_address = {key: limit for key, limit in keys.items() if key.startswith("address:")}
    count_try(by_address)
    person_id = use_passkey(answer, origin=origin)
    forget_tries(by_address)
    return _open_member(person_id, None, device or Device(address=address), proven=True)


@transactional
def _open_member(person_id: str, new_hash: str | None, device: Device, *, proven: bool = False) -> str:
    if new_hash is not None:
        db.session.execute(update(Person).where(Person.id == person_id).values(password_hash=new_hash))
    posts = db.session.execute(
        select(Organisation.id, Organisation.kind)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == person_id)
    ).all()
    # Whoever has one shop goes to work there, whatever else they belong to.
    likely = [post.id for post in posts if post.kind == "merchant"] or [post.id for post in posts]
    note_device(person_id, device)
    return open_member_session(
        person_id,
        merchant_id=likely[0] if len(likely) == 1 else None,
        device=device,
        pending=not proven and factors_of(person_id).any,
        factor_at=clock.now() if proven else None,
    )


@transactional
def change_profile(person_id: str, *, name: str, locale: str) -> None:
    """Change one's own name and language. Raises Invalid (`fields`), NotFound."""
    name = _checked_name(name)
    if locale not in LOCALES:
        raise Invalid(_l("Choose one of the languages."), fields={"locale": _l("Choose one of the languages.")})
    changed = db.session.execute(
        update(Person).where(Person.id == person_id).values(name=name, locale=locale).returning(Person.id)
    ).first()
    if changed is None:
        raise NotFound(_l("There is no such person."))


def confirm_customer(merchant_id: str, customer_id: str, *, password: str, address: str) -> None:
    """Make sure that it is still the same customer, by the password. Raises PasswordWrong, SignInThrottled."""
    stored = db.session.scalar(
        select(Customer.password_hash).where(Customer.merchant_id == merchant_id, Customer.id == customer_id)
    )
    end_read()
    keys = throttle_keys(f"shop:{merchant_id}", f"confirm:{customer_id}", address)
    count_try(keys)
    if not password_fits(stored, password):
        raise PasswordWrong
    forget_tries(keys)


def sign_out_member(token: str) -> None:
    """End a member's session."""
    close_member_session(token)


@transactional
def act_for(token: str, person_id: str, organisation_id: str) -> None:
    """Let a member's session act for an organisation from now on. Raises RoleNotEnough (no post there)."""
    if role_of(person_id, organisation_id) is None:
        raise RoleNotEnough(_l("You do not act for this organisation."))
    change_member_session(token, organisation_id=organisation_id)


@transactional
def set_role(merchant_id: str, person_id: str, role: str | None) -> None:
    """Give a person a post in an organisation, change it, or take it away (None). The last owner stays.

    Raises Invalid, NotFound, RoleNotEnough.
    """
    if role is not None:
        require_role_name(merchant_id, role)
    if db.session.get(Person, person_id) is None:
        raise NotFound(_l("There is no such person."))
    owners = db.session.scalars(
        select(Membership.person_id)
        .where(Membership.organisation_id == merchant_id, Membership.role == "owner")
        .with_for_update()
    ).all()
    if role != "owner" and list(owners) == [person_id]:
        raise RoleNotEnough(_l("There must be at least one owner. Make somebody else owner first."))
    post = db.session.get(Membership, (person_id, merchant_id))
    if role is None:
        db.session.execute(
            delete(Membership).where(Membership.person_id == person_id, Membership.organisation_id == merchant_id)
        )
    elif post is None:
        db.session.add(Membership(person_id=person_id, organisation_id=merchant_id, role=role, created_at=clock.now()))
    else:
        post.role = role
