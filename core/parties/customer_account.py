"""A customer's own account in one shop: another password, another e-mail address."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from core.base import clock
from core.base.crypto import decrypt, encrypt
from core.base.database import db
from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import end_read, transactional
from core.messages.service import send
from core.parties.account import EMAIL_LASTS
from core.parties.errors import AccountExists, LinkInvalid
from core.parties.models import Customer
from core.parties.passwords import checked_password, hash_password, password_fits
from core.parties.proofs import make_proof, take_proof, void_proofs
from core.parties.service import checked_email, customer
from core.parties.sessions import close_sessions_of_customer
from core.parties.throttle import count_try, forget_tries, throttle_keys


def _check(merchant_id: str, customer_id: str, password: str, address: str, field: str) -> str:
    """The customer's e-mail address, when this is the password. Raises Invalid, SignInThrottled, NotFound."""
    keys = throttle_keys(f"password:{merchant_id}", customer_id, address)
    count_try(keys)
    known = customer(merchant_id, customer_id)
    stored, email = known.password_hash, known.email
    end_read()
    if not password_fits(stored, password):
        words = _l("This is not your password.")
        raise Invalid(words, code="wrong_password", fields={field: words})
    forget_tries(keys)
    return email


def change_customer_password(
    merchant_id: str, customer_id: str, *, old: str, new: str, token: str, address: str
) -> None:
    """Give oneself another password; every other session of the customer ends.

    Raises Invalid (`fields.old`, `fields.password`), SignInThrottled.
    """
    email = _check(merchant_id, customer_id, old, address, "old")
    _store(merchant_id, customer_id, hash_password(checked_password(new, email=email)), token)


@transactional
def _store(merchant_id: str, customer_id: str, hashed: str, token: str) -> None:
    who = customer(merchant_id, customer_id)
    who.password_hash = hashed
    void_proofs(f"customer:{merchant_id}:{customer_id}", "reset")
    close_sessions_of_customer(merchant_id, customer_id, keep=token)
    tell_customer(who, "password_changed")


@transactional
def tell_customer(who: Customer, change: str, *, to: str | None = None) -> None:
    """Tell a customer of a change to how the account is entered, in the running use case."""
    values = {"name": who.name, "change": change, "at": clock.now().isoformat()}
    send("customer.changed", to=to or who.email, locale=who.locale, values=values, merchant_id=who.merchant_id)


def ask_for_customer_email(
    merchant_id: str, customer_id: str, *, email: str, password: str, base_url: str, address: str
) -> None:
    """Want to sign in with another address: a link is sent there, and nothing changes before it is followed.

    Raises Invalid (`fields.email`, `fields.password`), SignInThrottled.
    """
    wanted = checked_email(email)
    _check(merchant_id, customer_id, password, address, "password")
    _write_link(merchant_id, customer_id, wanted, base_url)


@transactional
def _write_link(merchant_id: str, customer_id: str, wanted: str, base_url: str) -> None:
    who, subject = customer(merchant_id, customer_id), f"customer:{merchant_id}:{customer_id}"
    void_proofs(subject, "email")
    token = make_proof("email", subject, {"sealed": encrypt(wanted)}, lasts=EMAIL_LASTS)
    values = {"name": who.name, "url": f"{base_url}/account/email/{token}"}
    send("customer.prove_email", to=wanted, locale=who.locale, values=values, merchant_id=merchant_id)


@transactional
def confirm_customer_email(merchant_id: str, customer_id: str, token: str) -> str:
    """The link to the new address was followed by its customer, signed in: from now on it counts; gives it.

    The old address is told. Raises LinkInvalid, AccountExists.
    """
    subject = f"customer:{merchant_id}:{customer_id}"
    taken = take_proof("email", token, subject=subject)
    if taken is None:
        raise LinkInvalid
    who = customer(merchant_id, customer_id)
    before, wanted = who.email, decrypt(taken[1]["sealed"])
    try:
        with db.session.begin_nested():
            who.email = wanted
    except IntegrityError:
        raise AccountExists(_l("There is an account with this e-mail address already.")) from None
    void_proofs(subject, "reset", "email")
    tell_customer(who, "email_changed", to=before)
    return wanted
