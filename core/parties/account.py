"""A member's own account: a forgotten password, a new one, another e-mail address."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from core.audit import record
from core.base import clock
from core.base.crypto import decrypt, encrypt
from core.base.database import db
from core.base.i18n import lazy_gettext as _l
from core.base.ids import new_id
from core.base.outbox import emit
from core.base.transactions import transactional
from core.messages.service import send
from core.parties.errors import AccountExists, LinkInvalid
from core.parties.factors import factors_of, require_recent_factor
from core.parties.guard import check_password
from core.parties.letters import tell_security
from core.parties.models import Customer, Person
from core.parties.passwords import checked_password, hash_password
from core.parties.proofs import find_proof, make_proof, take_proof, void_proofs
from core.parties.service import checked_email
from core.parties.sessions import close_sessions_of_customer, close_sessions_of_person
from core.parties.throttle import count_try, throttle_keys

RESET_LASTS = timedelta(hours=1)
EMAIL_LASTS = timedelta(days=1)
RESET_TOPIC = "account.reset_asked"
PLATFORM = "platform"


# --- a forgotten password -----------------------------------------------------------------------------------------


def ask_for_reset(*, email: str, base_url: str, address: str, merchant_id: str | None = None) -> None:
    """Somebody forgot a password, of a member or (with a merchant) of a shop's customer.

    Whether there is such an account is found out by the worker, so the answer, and the time it takes, is the same.
    Raises Invalid (`fields.email`), SignInThrottled.
    """
    asked = checked_email(email)
    count_try(throttle_keys(f"reset:{merchant_id or PLATFORM}", asked, address))
    _emit_asked({"email": asked, "base_url": base_url, "merchant_id": merchant_id, "id": new_id("rst")})


@transactional
def _emit_asked(asked: Mapping[str, Any]) -> None:
    emit(RESET_TOPIC, {"sealed": encrypt(json.dumps(dict(asked)))}, merchant_id=asked["merchant_id"])


def on_reset_asked(_topic: str, payload: Mapping[str, Any]) -> None:
    """Write to whoever has an account with the address (subscription); safe to call again."""
    asked = json.loads(decrypt(payload["sealed"]))
    _write_reset(asked["email"], asked["base_url"], asked["merchant_id"], asked["id"])


@transactional
def _write_reset(email: str, base_url: str, merchant_id: str | None, asked_id: str) -> None:
    who = _account(email, merchant_id)
    if who is None:
        return
    subject = _subject(who)
    token = make_proof("reset", subject, {}, lasts=RESET_LASTS)
    kind = "account.password_reset" if merchant_id is None else "customer.password_reset"
    path = "/reset" if merchant_id is None else "/account/reset"
    values = {"name": who.name, "url": f"{base_url}{path}/{token}"}
    send(kind, to=who.email, locale=who.locale, values=values, merchant_id=merchant_id, key=f"reset:{asked_id}")


def _account(email: str, merchant_id: str | None) -> Person | Customer | None:
    if merchant_id is None:
        return db.session.scalar(select(Person).where(Person.email == email))
    return db.session.scalar(select(Customer).where(Customer.merchant_id == merchant_id, Customer.email == email))


def _subject(who: Person | Customer) -> str:
    return f"person:{who.id}" if isinstance(who, Person) else f"customer:{who.merchant_id}:{who.id}"


def reset_link_works(token: str, *, merchant_id: str | None = None) -> bool:
    """Whether a link to choose a new password is still good here."""
    found = find_proof("reset", token)
    return found is not None and _is_of(found.subject, merchant_id)


def _is_of(subject: str, merchant_id: str | None) -> bool:
    return subject.startswith("person:" if merchant_id is None else f"customer:{merchant_id}:")


def reset_password(token: str, password: str, *, merchant_id: str | None = None) -> None:
    """Choose a new password by a link that was sent; it works once, and whoever was signed in is signed out.

    Raises LinkInvalid, Invalid (`fields.password`).
    """
    found = find_proof("reset", token)
    if found is None or not _is_of(found.subject, merchant_id):
        raise LinkInvalid
    who = _found(found.subject)
    hashed = hash_password(checked_password(password, email=who.email))
    _store_reset(token, found.subject, hashed)


def _found(subject: str) -> Person | Customer:
    kind, _colon, rest = subject.partition(":")
    who: Person | Customer | None
    who = db.session.get(Person, rest) if kind == "person" else db.session.get(Customer, tuple(rest.split(":")))
    if who is None:
        raise LinkInvalid
    return who


@transactional
def _store_reset(token: str, subject: str, hashed: str) -> None:
    if take_proof("reset", token, subject=subject) is None:
        raise LinkInvalid
    who = _found(subject)
    who.password_hash = hashed
    void_proofs(subject, "reset", "email")
    if isinstance(who, Person):
        close_sessions_of_person(who.id)
        record("account.password_reset", actor_id=who.id, subject=subject)
        tell_security(who.id, "password_changed")
    else:
        close_sessions_of_customer(who.merchant_id, who.id)
        values = {"name": who.name, "change": "password_changed", "at": clock.now().isoformat()}
        send("customer.changed", to=who.email, locale=who.locale, values=values, merchant_id=who.merchant_id)


# --- another password, another address ----------------------------------------------------------------------------


def change_password(person_id: str, *, old: str, new: str, token: str, address: str) -> int:
    """Give oneself another password; every other session ends. Returns how many did.

    Raises Invalid (`fields.old`, `fields.password`), FactorNeeded (for those who have one), SignInThrottled.
    """
    _require_factor_if_any(person_id)
    check_password(person_id, old, address=address, field="old")
    person = db.session.get(Person, person_id)
    hashed = hash_password(checked_password(new, email=person.email if person is not None else ""))
    return _store_password(person_id, hashed, token)


def _require_factor_if_any(person_id: str) -> None:
    if factors_of(person_id).any:
        require_recent_factor(person_id)


@transactional
def _store_password(person_id: str, hashed: str, token: str) -> int:
    db.session.execute(update(Person).where(Person.id == person_id).values(password_hash=hashed))
    void_proofs(f"person:{person_id}", "reset")
    ended = close_sessions_of_person(person_id, keep=token)
    record("account.password_changed", actor_id=person_id, subject=f"person:{person_id}")
    tell_security(person_id, "password_changed")
    return ended


def ask_for_email(person_id: str, *, email: str, password: str, base_url: str, address: str) -> None:
    """Want to sign in with another address: a link is sent there, and nothing changes before it is followed.

    Raises Invalid (`fields.email`, `fields.password`), FactorNeeded, SignInThrottled.
    """
    _require_factor_if_any(person_id)
    wanted = checked_email(email)
    check_password(person_id, password, address=address)
    _write_email_link(person_id, wanted, base_url)


@transactional
def _write_email_link(person_id: str, wanted: str, base_url: str) -> None:
    person = db.session.get(Person, person_id)
    if person is None:
        return
    void_proofs(f"person:{person_id}", "email")
    token = make_proof("email", f"person:{person_id}", {"sealed": encrypt(wanted)}, lasts=EMAIL_LASTS)
    values = {"name": person.name, "url": f"{base_url}/member/security/email/{token}"}
    send("account.prove_email", to=wanted, locale=person.locale, values=values)


@transactional
def confirm_email(person_id: str, token: str) -> str:
    """The link to the new address was followed by its person, signed in: from now on it counts; gives it.

    The old address is told. Raises LinkInvalid, AccountExists.
    """
    taken = take_proof("email", token, subject=f"person:{person_id}")
    person = db.session.get(Person, person_id)
    if taken is None or person is None:
        raise LinkInvalid
    before, wanted = person.email, decrypt(taken[1]["sealed"])
    try:
        with db.session.begin_nested():
            person.email = wanted
    except IntegrityError:
        raise AccountExists(_l("There is an account with this e-mail address already.")) from None
    void_proofs(f"person:{person_id}", "reset", "email")
    record("account.email_changed", actor_id=person_id, subject=f"person:{person_id}")
    tell_security(person_id, "email_changed", to=before)
    return wanted
