"""Secrets that are sent out and come back once: links to an address, challenges to a passkey."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update

from core.base import clock
from core.base.crypto import token_hash
from core.base.database import db
from core.base.ids import new_token
from core.base.transactions import transactional
from core.parties.factor_models import ProofToken

PASSKEY_LASTS = timedelta(minutes=5)
_TOKEN_CHARACTERS_MAX = 100
_SWEPT_MAX = 2000


@transactional
def make_proof(purpose: str, subject: str, data: Mapping[str, Any], *, lasts: timedelta) -> str:
    """A new secret for one purpose about somebody; only its hash is stored."""
    token, moment = new_token(), clock.now()
    db.session.add(
        ProofToken(
            token_hash=token_hash(token),
            purpose=purpose,
            subject=subject,
            data=dict(data),
            created_at=moment,
            expires_at=moment + lasts,
        )
    )
    return token


def find_proof(purpose: str, token: str) -> ProofToken | None:
    """What a secret stands for, as long as it is good."""
    return db.session.scalar(
        select(ProofToken).where(
            ProofToken.token_hash == token_hash(token[:_TOKEN_CHARACTERS_MAX]),
            ProofToken.purpose == purpose,
            ProofToken.expires_at > clock.now(),
            ProofToken.used_at.is_(None),
        )
    )


@transactional
def take_proof(purpose: str, token: str, *, subject: str | None = None) -> tuple[str, Mapping[str, Any]] | None:
    """Use a secret up: gives whom it is about and what was kept with it, once. None when it is not good (any more)."""
    statement = update(ProofToken).where(
        ProofToken.token_hash == token_hash(token[:_TOKEN_CHARACTERS_MAX]),
        ProofToken.purpose == purpose,
        ProofToken.expires_at > clock.now(),
        ProofToken.used_at.is_(None),
    )
    if subject is not None:
        statement = statement.where(ProofToken.subject == subject)
    row = db.session.execute(
        statement.values(used_at=clock.now())
        .returning(ProofToken.subject, ProofToken.data)
        .execution_options(synchronize_session=False)
    ).first()
    return (row.subject, row.data) if row is not None else None


@transactional
def void_proofs(subject: str, *purposes: str) -> None:
    """Make what was sent out to somebody worth nothing."""
    db.session.execute(
        delete(ProofToken)
        .where(ProofToken.subject == subject, ProofToken.purpose.in_(purposes))
        .execution_options(synchronize_session=False)
    )


@transactional
def sweep_proofs() -> int:
    """Job: delete what has expired, a bounded number at a time; gives how many."""
    expired = db.session.scalars(
        select(ProofToken.token_hash).where(ProofToken.expires_at <= clock.now()).limit(_SWEPT_MAX)
    ).all()
    if expired:
        db.session.execute(delete(ProofToken).where(ProofToken.token_hash.in_(expired)))
    return len(expired)
