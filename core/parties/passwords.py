"""Passwords: argon2id, rules, and the same work for an account that does not exist."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app

from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _l

CHARACTERS_MIN, CHARACTERS_MAX = 10, 200


@lru_cache(maxsize=2)
def _hasher(cheap: bool) -> PasswordHasher:
    # The library's defaults follow RFC 9106's low-memory profile.
    return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1) if cheap else PasswordHasher()


def _current() -> PasswordHasher:
    return _hasher(bool(current_app.config.get("TESTING")))


@lru_cache(maxsize=2)
def _nobody(cheap: bool) -> str:
    return _hasher(cheap).hash("nobody has this password")


def checked_password(password: str, *, email: str) -> str:
    """A password that may be used. Raises Invalid (`fields.password`)."""
    words: object = None
    if len(password) < CHARACTERS_MIN:
        words = _l("Use at least %(count)d characters; a short sentence is good.", count=CHARACTERS_MIN)
    elif len(password) > CHARACTERS_MAX:
        words = _l("Use at most %(count)d characters.", count=CHARACTERS_MAX)
    elif password.strip().lower() in {email, email.partition("@")[0]} or len(set(password)) < 4:
        words = _l("This password is too easy to guess.")
    if words is not None:
        raise Invalid(words, code="weak_password", fields={"password": words})
    return password


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return _current().hash(password.encode("utf-8", "surrogatepass"))


def password_fits(stored: str | None, password: str) -> bool:
    """Whether a password is the one; without an account, the same work is done in vain."""
    hasher = _current()
    known = stored if stored is not None else _nobody(bool(current_app.config.get("TESTING")))
    try:
        hasher.verify(known, password[:CHARACTERS_MAX].encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def needs_rehash(stored: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _current().check_needs_rehash(stored)
