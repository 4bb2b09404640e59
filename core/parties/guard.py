"""Who changes how a person signs in must have proven to be that person just now."""

from __future__ import annotations

from sqlalchemy import select

from core.base.database import db
from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import end_read
from core.parties.factors import factors_of, require_recent_factor
from core.parties.models import Person
from core.parties.passwords import password_fits
from core.parties.throttle import count_try, forget_tries, throttle_keys


def check_password(person_id: str, password: str, *, address: str, field: str = "password") -> None:
    """The person's own password, typed again. Raises Invalid (`fields`), SignInThrottled."""
    keys = throttle_keys("password", person_id, address)
    count_try(keys)
    stored = db.session.scalar(select(Person.password_hash).where(Person.id == person_id))
    end_read()
    if not password_fits(stored, password):
        words = _l("This is not your password.")
        raise Invalid(words, code="wrong_password", fields={field: words})
    forget_tries(keys)


def guard_factor_change(person_id: str, *, password: str, address: str) -> None:
    """Before a factor is added: those that are there must be proven; without any, the password.

    Raises FactorNeeded, Invalid (`fields.password`), SignInThrottled.
    """
    if factors_of(person_id).any:
        require_recent_factor(person_id)
    else:
        check_password(person_id, password, address=address)
