"""Proving a second factor: at sign-in, and again before what moves money."""

from __future__ import annotations

from core.base.i18n import lazy_gettext as _l
from core.parties.errors import WrongCode
from core.parties.factors import note_factor
from core.parties.passkeys import use_passkey
from core.parties.recovery import use_recovery_code
from core.parties.sessions import PendingMember, pending_member, renew_member_session
from core.parties.throttle import count_try, forget_tries, throttle_keys
from core.parties.totp import use_totp


def prove_factor(person_id: str, token: str, *, code: str = "", passkey: str = "", address: str, origin: str) -> None:
    """Prove the second factor in a session by the app's code, a recovery code or a passkey's answer.

    Raises WrongCode, SignInThrottled.
    """
    keys = throttle_keys("factor", person_id, address)
    count_try(keys)
    if not _proven(person_id, code=code, passkey=passkey, origin=origin):
        raise WrongCode(_l("This code is wrong or was used already. Wait for the next one and try again."))
    forget_tries(keys)
    note_factor(token)


def _proven(person_id: str, *, code: str, passkey: str, origin: str) -> bool:
    if passkey:
        return use_passkey(passkey, origin=origin, person_id=person_id) == person_id
    return use_totp(person_id, code) or use_recovery_code(person_id, code)


def finish_sign_in(token: str, *, code: str = "", passkey: str = "", address: str, origin: str) -> str:
    """The second step of signing in: gives the token of the session that counts from now on.

    Raises WrongCode, SignInThrottled, SignInNeeded (it took too long).
    """
    waiting: PendingMember = pending_member(token)
    prove_factor(waiting.person_id, token, code=code, passkey=passkey, address=address, origin=origin)
    return renew_member_session(token)
