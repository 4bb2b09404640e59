"""The Tongbao open bank transfer protocol, version 1: how both sides sign what they say.

Requests, answers and notices are JSON over HTTP, each signed with Ed25519. What is signed is a list of lines,
so that no two messages can have the same signed text; docs/bank-protocol.md shows examples. Nothing here does
input or output.
"""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

VERSION = "TONGBAO-BANK-1"
REPLAY_WINDOW_SECONDS = 300
BODY_BYTES_MAX = 64 * 1024
NONCE_LENGTH_MIN, NONCE_LENGTH_MAX = 16, 64

TIMESTAMP_HEADER = "Bank-Timestamp"
NONCE_HEADER = "Bank-Nonce"
KEY_ID_HEADER = "Bank-Key-Id"
SIGNATURE_HEADER = "Bank-Signature"


class SignatureRefused(Exception):
    """A message cannot be trusted; `code` names why, in words that are safe to answer and to log."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class SigningKey:
    """A private key and the id under which the other side knows its public half."""

    key_id: str
    private: Ed25519PrivateKey

    @classmethod
    def generate(cls, key_id: str) -> "SigningKey":
        """Make a new key pair."""
        return cls(key_id, Ed25519PrivateKey.generate())

    @classmethod
    def from_text(cls, key_id: str, text: str) -> "SigningKey":
        """Read a private key as `private_text` writes it; raises ValueError when it is not one."""
        return cls(key_id, Ed25519PrivateKey.from_private_bytes(_decoded(text)))

    @property
    def private_text(self) -> str:
        """The private key as base64 of its 32 bytes: a secret."""
        return base64.b64encode(self.private.private_bytes_raw()).decode()

    @property
    def public_text(self) -> str:
        """The public key as base64 of its 32 bytes, to hand to the other side."""
        return base64.b64encode(self.private.public_key().public_bytes_raw()).decode()


@dataclass(frozen=True)
class VerifyingKey:
    """The other side's public key, valid from `not_before` until before `not_after` (Unix seconds)."""

    key_id: str
    public: Ed25519PublicKey
    not_before: int | None = None
    not_after: int | None = None

    @classmethod
    def from_text(
        cls, key_id: str, text: str, *, not_before: int | None = None, not_after: int | None = None
    ) -> "VerifyingKey":
        """Read a public key from base64 of its 32 bytes; raises ValueError when it is not one."""
        return cls(key_id, Ed25519PublicKey.from_public_bytes(_decoded(text)), not_before, not_after)

    def valid_at(self, timestamp: int) -> bool:
        """Whether a message signed at `timestamp` may use this key."""
        return (self.not_before is None or self.not_before <= timestamp) and (
            self.not_after is None or timestamp < self.not_after
        )


class KeyRing:
    """The public keys of the other side by id. Two are valid at once while a key is being replaced."""

    def __init__(self, keys: Iterable[VerifyingKey]) -> None:
        self._keys = {key.key_id: key for key in keys}

    def find(self, key_id: str, timestamp: int) -> VerifyingKey:
        """The key to verify with; raises SignatureRefused `unknown_key` or `key_not_valid`."""
        key = self._keys.get(key_id)
        if key is None:
            raise SignatureRefused("unknown_key")
        if not key.valid_at(timestamp):
            raise SignatureRefused("key_not_valid")
        return key


class Headers(Protocol):
    """The headers of a message, found by name."""

    def get(self, name: str, /) -> str | None:
        """The value of a header."""


class NonceMemory(Protocol):
    """Remembers nonces for as long as a message that carries them could still be accepted."""

    def remember(self, key_id: str, nonce: str, until: int) -> bool:
        """Keep the nonce until that Unix second; False when it was already there. Must be atomic."""


def sign_request(
    key: SigningKey, *, method: str, target: str, body: bytes, timestamp: int, nonce: str | None = None
) -> dict[str, str]:
    """The headers that sign a request or a notice. `target` is the path with its query string, as sent."""
    nonce = nonce or secrets.token_urlsafe(18)
    text = _request_text(key.key_id, method, target, timestamp, nonce, body)
    return _headers(key, timestamp, nonce, text)


def verify_request(
    headers: Headers,
    *,
    method: str,
    target: str,
    body: bytes,
    keys: KeyRing,
    nonces: NonceMemory | None,
    now: int,
) -> str:
    """Check who signed a request or a notice, that it is fresh and that it is seen for the first time.

    Returns the id of the key. Raises SignatureRefused with `not_signed`, `bad_timestamp`, `expired`,
    `bad_nonce`, `unknown_key`, `key_not_valid`, `bad_signature` or `replayed`. The nonce is remembered only
    once the signature has proved right, so a stranger cannot use nonces up.
    """
    timestamp, nonce, key_id, signature = _parse(headers)
    if abs(now - timestamp) > REPLAY_WINDOW_SECONDS:
        raise SignatureRefused("expired")
    key = keys.find(key_id, timestamp)
    _check(key, signature, _request_text(key_id, method, target, timestamp, nonce, body))
    if nonces is not None and not nonces.remember(key_id, nonce, timestamp + REPLAY_WINDOW_SECONDS + 1):
        raise SignatureRefused("replayed")
    return key_id


def sign_answer(
    key: SigningKey, *, status: int, target: str, request_nonce: str, body: bytes, timestamp: int
) -> dict[str, str]:
    """The headers that sign an answer; they bind it to the one request it answers."""
    nonce = secrets.token_urlsafe(18)
    text = _answer_text(key.key_id, status, target, request_nonce, timestamp, nonce, body)
    return _headers(key, timestamp, nonce, text)


def verify_answer(
    headers: Headers,
    *,
    status: int,
    target: str,
    request_nonce: str,
    body: bytes,
    keys: KeyRing,
    now: int,
) -> str:
    """Check that the bank itself gave this answer to this very request; raises SignatureRefused if not."""
    timestamp, nonce, key_id, signature = _parse(headers)
    if abs(now - timestamp) > REPLAY_WINDOW_SECONDS:
        raise SignatureRefused("expired")
    key = keys.find(key_id, timestamp)
    _check(key, signature, _answer_text(key_id, status, target, request_nonce, timestamp, nonce, body))
    return key_id


def _request_text(key_id: str, method: str, target: str, timestamp: int, nonce: str, body: bytes) -> bytes:
    lines = (VERSION, "request", key_id, method.upper(), target, str(timestamp), nonce, _digest(body))
    return "\n".join(lines).encode()


def _answer_text(
    key_id: str, status: int, target: str, request_nonce: str, timestamp: int, nonce: str, body: bytes
) -> bytes:
    lines = (
        VERSION,
        "answer",
        key_id,
        str(status),
        target,
        request_nonce,
        str(timestamp),
        nonce,
        _digest(body),
    )
    return "\n".join(lines).encode()


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _headers(key: SigningKey, timestamp: int, nonce: str, text: bytes) -> dict[str, str]:
    return {
        TIMESTAMP_HEADER: str(timestamp),
        NONCE_HEADER: nonce,
        KEY_ID_HEADER: key.key_id,
        SIGNATURE_HEADER: base64.b64encode(key.private.sign(text)).decode(),
    }


def _parse(headers: Headers) -> tuple[int, str, str, bytes]:
    values = [headers.get(name) for name in (TIMESTAMP_HEADER, NONCE_HEADER, KEY_ID_HEADER, SIGNATURE_HEADER)]
    timestamp, nonce, key_id, signature = (value or "" for value in values)
    if not (timestamp and nonce and key_id and signature):
        raise SignatureRefused("not_signed")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise SignatureRefused("bad_timestamp")
    if not NONCE_LENGTH_MIN <= len(nonce) <= NONCE_LENGTH_MAX or not nonce.isascii() or not nonce.isprintable():
        raise SignatureRefused("bad_nonce")
    try:
        return int(timestamp), nonce, key_id, _decoded(signature)
    except ValueError:
        raise SignatureRefused("bad_signature") from None


def _check(key: VerifyingKey, signature: bytes, text: bytes) -> None:
    try:
        key.public.verify(signature, text)
    except InvalidSignature:
        raise SignatureRefused("bad_signature") from None


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.strip().encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError("not base64") from None
