"""Encryption at rest and signatures of short-lived tokens, from the one secret of the installation."""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app


class CannotDecrypt(ValueError):
    """What was stored was encrypted with another secret, or altered."""


@lru_cache(maxsize=8)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet(
        Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"at rest:" + key.encode()).digest())) for key in keys
    )


def _keys() -> tuple[str, ...]:
    """The key for what is new, then those for what is old: so a key is changed without losing what is stored.

    TONGBAO_SECRET_KEY always stands last, so that naming the first data key loses nothing either.
    """
    return (*current_app.config["TONGBAO"].data_keys, _secret_key())


def _secret_key() -> str:
    return str(current_app.config["SECRET_KEY"])


def encrypt(plain: str) -> str:
    """Encrypt a text for storage; the same text never looks the same twice."""
    return _fernet(_keys()).encrypt(plain.encode()).decode()


def decrypt(stored: str) -> str:
    """Give back what `encrypt` was given. Raises CannotDecrypt."""
    try:
        return _fernet(_keys()).decrypt(stored.encode()).decode()
    except InvalidToken:
        raise CannotDecrypt("the stored text was encrypted with another secret, or altered") from None


def encrypted_anew(stored: str) -> str:
    """The same plain text under the newest key, for whoever retires an old one. Raises CannotDecrypt."""
    try:
        return _fernet(_keys()).rotate(stored.encode()).decode()
    except InvalidToken:
        raise CannotDecrypt("the stored text was encrypted with another secret, or altered") from None


def blind_indexes(purpose: str, text: str) -> tuple[str, ...]:
    """Keyed hashes under which a secret text may be stored, one for each key, the newest first: to search by."""
    return tuple(
        hmac.new(f"blind:{purpose}:{key}".encode(), text.encode(), hashlib.sha256).hexdigest() for key in _keys()
    )


def blind_index(purpose: str, text: str) -> str:
    """The keyed hash under which a secret text is stored, so that it is found by the exact text and by nothing else."""
    return blind_indexes(purpose, text)[0]


def encrypt_bytes(plain: bytes) -> bytes:
    """Encrypt a file for storage."""
    return _fernet(_keys()).encrypt(plain)


def decrypt_bytes(stored: bytes) -> bytes:
    """Give back what `encrypt_bytes` was given. Raises CannotDecrypt."""
    try:
        return _fernet(_keys()).decrypt(stored)
    except InvalidToken:
        raise CannotDecrypt("the stored file was encrypted with another secret, or altered") from None


def under_newest_key(stored: str | bytes) -> bool:
    """Whether what is stored was encrypted with the newest key."""
    token = stored if isinstance(stored, bytes) else stored.encode()
    try:
        _fernet(_keys()[:1]).decrypt(token)
    except InvalidToken:
        return False
    return True


def token_hash(token: str) -> str:
    """The SHA-256 under which a secret token is stored, so that a stolen table opens nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def signature(purpose: str, message: str) -> str:
    """An HMAC-SHA-256 in hexadecimal; `purpose` keeps signatures of different uses apart."""
    return hmac.new(f"{purpose}:{_secret_key()}".encode(), message.encode(), hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())
