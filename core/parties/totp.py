"""Codes of an authenticator app (RFC 6238): a secret that is shown once, codes that count once."""

from __future__ import annotations

import pyotp
from sqlalchemy import delete, update

from core.audit import record
from core.base import clock
from core.base.crypto import decrypt, encrypt, same
from core.base.database import db
from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.parties.errors import WrongCode
from core.parties.factor_models import TotpFactor
from core.parties.factors import factors_of, forget_factor_proofs, require_recent_factor
from core.parties.guard import guard_factor_change
from core.parties.letters import tell_security
from core.parties.models import Person

STEP_SECONDS = 30
_NEIGHBOURS = (0, -1, 1)
"""Clocks differ: the half minutes before and after count, too."""
ISSUER = "Tongbao"


def begin_totp(person_id: str, *, secret: str | None = None) -> str:
    """A new secret for an app, to be confirmed by a code; gives it in base 32. It is worth nothing until then.

    Raises Refused when there is a confirmed app already (take it away first).
    """
    return _begin(person_id, secret or pyotp.random_base32(32))


@transactional
def _begin(person_id: str, secret: str) -> str:
    known = db.session.get(TotpFactor, person_id, with_for_update=True)
    if known is not None and known.confirmed_at is not None:
        raise Refused(_l("An authenticator app is set up already."), code="totp_exists")
    if known is not None:
        # The page may be opened again: a secret that was scanned already stays the one.
        return decrypt(known.secret_encrypted)
    db.session.add(
        TotpFactor(person_id=person_id, secret_encrypted=encrypt(secret), last_step=0, created_at=clock.now())
    )
    return secret


def totp_address(person: Person, secret: str) -> str:
    """The `otpauth://` address that a QR code holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name=ISSUER)


def confirm_totp(person_id: str, code: str, *, password: str, address: str) -> None:
    """The app shows the right code: from now on it counts. The first factor asks for the password once more.

    Raises Invalid (`fields.code`, `fields.password`), WrongCode, FactorNeeded, SignInThrottled.
    """
    guard_factor_change(person_id, password=password, address=address)
    _confirm(person_id, code)


@transactional
def _confirm(person_id: str, code: str) -> None:
    known = db.session.get(TotpFactor, person_id, with_for_update=True)
    if known is None or known.confirmed_at is not None:
        raise WrongCode(_l("Open the page again and scan the new code."))
    step = _step_of(decrypt(known.secret_encrypted), code)
    if step is None:
        words = _l("This is not the code that the app shows now. Check the clock of your phone.")
        raise Invalid(words, code="wrong_code", fields={"code": words})
    known.confirmed_at, known.last_step = clock.now(), step
    record("factor.app_added", actor_id=person_id, subject=f"person:{person_id}")
    tell_security(person_id, "app_added")


def code_of(secret: str, *, ahead: int = 0) -> str:
    """The code of a secret at this moment (or so many half minutes ahead)."""
    return str(pyotp.TOTP(secret).generate_otp(_now_step() + ahead))


def _now_step() -> int:
    return int(clock.now().timestamp()) // STEP_SECONDS


def _step_of(secret: str, code: str) -> int | None:
    typed = "".join(code.split())
    if not (typed.isascii() and typed.isdigit() and len(typed) == 6):
        return None
    totp, now = pyotp.TOTP(secret), _now_step()
    return next((now + near for near in _NEIGHBOURS if same(str(totp.generate_otp(now + near)), typed)), None)


@transactional
def use_totp(person_id: str, code: str) -> bool:
    """Whether this is the app's code; it counts once, and no earlier one counts after it."""
    known = db.session.get(TotpFactor, person_id)
    if known is None or known.confirmed_at is None:
        return False
    step = _step_of(decrypt(known.secret_encrypted), code)
    if step is None:
        return False
    taken = db.session.execute(
        update(TotpFactor)
        .where(TotpFactor.person_id == person_id, TotpFactor.last_step < step)
        .values(last_step=step)
        .returning(TotpFactor.person_id)
        .execution_options(synchronize_session=False)
    ).first()
    return taken is not None


@transactional
def remove_totp(person_id: str) -> None:
    """Take the app away. Raises FactorNeeded; Refused when staff would be left without any factor."""
    require_recent_factor(person_id)
    refuse_last(person_id, app=True)
    gone = db.session.execute(
        delete(TotpFactor).where(TotpFactor.person_id == person_id).returning(TotpFactor.person_id)
    ).first()
    if gone is None:
        return
    record("factor.app_removed", actor_id=person_id, subject=f"person:{person_id}")
    tell_security(person_id, "app_removed")
    if not factors_of(person_id).any:
        forget_factor_proofs(person_id)


def refuse_last(person_id: str, *, app: bool) -> None:
    """Staff keep at least one factor. Raises Refused."""
    person, has = db.session.get(Person, person_id), factors_of(person_id)
    left = has.passkeys if app else max(has.passkeys - 1, 0) + (has.app_since is not None)
    if person is not None and person.staff_role is not None and left == 0:
        raise Refused(_l("Staff need a second factor. Add another one before you take this away."), code="last_factor")
