"""Recovery codes: shown once, stored as hashes, each good for one time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, update

from core.audit import record
from core.base import clock
from core.base.crypto import signature
from core.base.database import db
from core.base.ids import new_code
from core.base.transactions import transactional
from core.parties.factor_models import RecoveryCode
from core.parties.factors import require_recent_factor
from core.parties.letters import tell_security

CODES = 10
_LETTERS = 10


def _hash(person_id: str, code: str) -> str:
    plain = "".join(code.upper().split()).replace("-", "")
    return signature("recovery", f"{person_id}:{plain}")


@transactional
def new_recovery_codes(person_id: str) -> Sequence[str]:
    """Ten new codes, to be shown this once; those from before are worth nothing any more. Raises FactorNeeded."""
    require_recent_factor(person_id)
    codes = [new_code(_LETTERS) for _number in range(CODES)]
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    moment = clock.now()
    db.session.add_all(
        RecoveryCode(person_id=person_id, code_hash=_hash(person_id, code), created_at=moment) for code in codes
    )
    record("factor.codes_made", actor_id=person_id, subject=f"person:{person_id}")
    return [f"{code[:5]}-{code[5:]}" for code in codes]


@transactional
def use_recovery_code(person_id: str, code: str) -> bool:
    """Whether this is an unused recovery code; it is used up. The person is told by message."""
    used = db.session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.person_id == person_id,
            RecoveryCode.code_hash == _hash(person_id, code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
        .returning(RecoveryCode.person_id)
        .execution_options(synchronize_session=False)
    ).first()
    if used is None:
        return False
    record("factor.code_used", actor_id=person_id, subject=f"person:{person_id}")
    tell_security(person_id, "code_used")
    return True
