"""Second factors of the demo's people: secrets that everybody may know, as the password is one that everybody knows."""

from __future__ import annotations

import base64
import hashlib

from sqlalchemy import select

from core.base import clock
from core.base.crypto import decrypt
from core.base.database import db
from core.base.transactions import end_read
from core.parties.factor_models import TotpFactor
from core.parties.models import Person
from core.parties.totp import STEP_SECONDS, code_of


def demo_secret(email: str) -> str:
    """The secret of a person of the demo, made from the address."""
    return base64.b32encode(hashlib.sha256(b"tongbao demo " + email.encode()).digest()[:20]).decode()


def demo_code(person_id: str) -> str | None:
    """The next code that counts for a person of the demo; None for anybody whose secret is a real one."""
    row = db.session.execute(
        select(Person.email, TotpFactor.secret_encrypted, TotpFactor.last_step)
        .join(TotpFactor, TotpFactor.person_id == Person.id)
        .where(Person.id == person_id, TotpFactor.confirmed_at.is_not(None))
    ).first()
    end_read()
    if row is None or decrypt(row.secret_encrypted) != demo_secret(row.email):
        return None
    return _next_code(row.email, row.last_step)


def _next_code(email: str, last_step: int) -> str:
    now = int(clock.now().timestamp()) // STEP_SECONDS
    # A code counts once: when this half minute's was used already, the next one does.
    return code_of(demo_secret(email), ahead=1 if last_step >= now else 0)


def demo_code_of(email: str) -> str | None:
    """The same by e-mail address, for the command line."""
    person_id = db.session.scalar(select(Person.id).where(Person.email == email.strip().lower()))
    return demo_code(person_id) if person_id is not None else None
