"""The second factor: who has one, when it was proven, and the guard of whatever moves money or changes who may.

A session remembers when its second factor was proven. The guard stands in the services: it looks at the session under
way, which the faces name for each request. Where there is none (jobs, the command line, a program's key), a person's
use case is refused, unless whoever calls it vouches for the person.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from core.base import clock
from core.base.acting import acting_through
from core.base.crypto import token_hash
from core.base.database import db
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.parties.errors import FactorMissing, FactorNeeded
from core.parties.factor_models import Passkey, RecoveryCode, TotpFactor
from core.parties.models import MemberSession

RECENT = timedelta(minutes=10)
"""How long a proof is good for moving money and changing who may."""

acting_session: ContextVar[str | None] = ContextVar("acting_session", default=None)
"""The token of the member's session under way; set by the faces for each request."""
_vouched: ContextVar[frozenset[str]] = ContextVar("vouched", default=frozenset())
EVERYBODY = "*"
"""For `vouch_for`: whoever it is (the demo, which has nobody at a keyboard)."""


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person has set up."""

    app_since: datetime | None
    passkeys: int
    recovery_codes: int

    @property
    def any(self) -> bool:
        return self.app_since is not None or self.passkeys > 0


def factors_of(person_id: str) -> Factors:
    """What a person has set up beside the password. One statement."""
    row = db.session.execute(
        select(
            select(TotpFactor.confirmed_at).where(TotpFactor.person_id == person_id).scalar_subquery(),
            select(func.count()).select_from(Passkey).where(Passkey.person_id == person_id).scalar_subquery(),
            select(func.count())
            .select_from(RecoveryCode)
            .where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
            .scalar_subquery(),
        )
    ).one()
    return Factors(row[0], int(row[1]), int(row[2]))


def factor_proven_at(person_id: str, token: str | None = None) -> datetime | None:
    """When the second factor was proven in a session of this person (by default the one under way)."""
    token = token or acting_session.get()
    if token is None:
        return None
    return db.session.scalar(
        select(MemberSession.factor_at).where(
            MemberSession.token_hash == token_hash(token),
            MemberSession.person_id == person_id,
            MemberSession.expires_at > clock.now(),
            ~MemberSession.pending,
        )
    )


def require_recent_factor(person_id: str | None, token: str | None = None) -> None:
    """The person has proven a second factor within the last ten minutes. None is the system itself; a program's key
    was made with the second factor.

    Raises FactorMissing (none is set up), FactorNeeded (prove it again).
    """
    if person_id is None or _is_vouched(person_id):
        return
    proven = factor_proven_at(person_id, token)
    if proven is None or proven < clock.now() - RECENT:
        _refuse(person_id)


def require_factor(person_id: str | None, token: str | None = None) -> None:
    """The person has proven a second factor in this session, however long ago (what staff need for their work).

    Raises FactorMissing, FactorNeeded.
    """
    if person_id is not None and not _is_vouched(person_id) and factor_proven_at(person_id, token) is None:
        _refuse(person_id)


def _is_vouched(person_id: str) -> bool:
    # A key could only be made by somebody who had just proven the second factor.
    return not _vouched.get().isdisjoint({person_id, EVERYBODY}) or acting_through.get() is not None


def _refuse(person_id: str) -> None:
    if not factors_of(person_id).any:
        raise FactorMissing(_l("This needs a second factor beside the password. Set one up first."))
    raise FactorNeeded(_l("Prove that it is you: this needs your second factor."))


@contextmanager
def vouch_for(person_id: str) -> Iterator[None]:
    """Within the block the person counts as proven: for callers that have proven the person otherwise (a program's
    key that was made with a second factor, the demo, an operator at the command line)."""
    before = _vouched.set(_vouched.get() | {person_id})
    try:
        yield
    finally:
        _vouched.reset(before)


@transactional
def note_factor(token: str) -> None:
    """The second factor has just been proven in this session."""
    db.session.execute(
        update(MemberSession)
        .where(MemberSession.token_hash == token_hash(token))
        .values(factor_at=clock.now(), pending=False)
        .execution_options(synchronize_session=False)
    )


@transactional
def forget_factor_proofs(person_id: str) -> None:
    """No session of this person counts as proven any more (the last factor was taken away)."""
    db.session.execute(
        update(MemberSession)
        .where(MemberSession.person_id == person_id)
        .values(factor_at=None)
        .execution_options(synchronize_session=False)
    )
