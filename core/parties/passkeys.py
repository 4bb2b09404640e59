"""Passkeys (WebAuthn): a key in the person's phone or computer answers a challenge; nothing secret is stored here."""

from __future__ import annotations

import json
from collections.abc import Sequence

from flask import current_app
from sqlalchemy import delete, select, update
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from core.audit import record
from core.base import clock
from core.base.crypto import token_hash
from core.base.database import db
from core.base.errors import NotFound, Refused
from core.base.i18n import lazy_gettext as _l
from core.base.ids import new_id
from core.base.transactions import end_read, transactional
from core.parties.errors import WrongCode
from core.parties.factor_models import Passkey
from core.parties.factors import factors_of, forget_factor_proofs, require_recent_factor
from core.parties.guard import guard_factor_change
from core.parties.letters import tell_security
from core.parties.models import Person
from core.parties.proofs import PASSKEY_LASTS, make_proof, take_proof
from core.parties.totp import refuse_last

RP_NAME = "Tongbao 通寶"
PASSKEYS_MAX = 20
ANSWER_CHARACTERS_MAX = 20_000
_ANYBODY = "anybody"


def _rp_id() -> str:
    return str(current_app.config["TONGBAO"].platform_host)


def passkeys_of(person_id: str) -> Sequence[Passkey]:
    """A person's passkeys, the oldest first."""
    return db.session.scalars(
        select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.created_at, Passkey.id)
    ).all()


def registration_options(person_id: str, *, password: str, address: str) -> str:
    """What the browser needs to make a passkey, as JSON. The first factor asks for the password once more.

    Raises FactorNeeded, Invalid (`fields.password`), Refused, SignInThrottled.
    """
    guard_factor_change(person_id, password=password, address=address)
    person, known = db.session.get(Person, person_id), passkeys_of(person_id)
    if person is None:
        raise NotFound(_l("There is no such person."))
    if len(known) >= PASSKEYS_MAX:
        raise Refused(_l("You have as many passkeys as there can be. Take one away first."))
    email, name = person.email, person.name
    descriptors = [_descriptor(one) for one in known]
    challenge = make_proof("passkey_new", f"person:{person_id}", {}, lasts=PASSKEY_LASTS)
    return options_to_json(
        generate_registration_options(
            rp_id=_rp_id(),
            rp_name=RP_NAME,
            user_id=token_hash(person_id).encode(),
            user_name=email,
            user_display_name=name,
            challenge=challenge.encode(),
            exclude_credentials=descriptors,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
        )
    )


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    known = {one.value: one for one in AuthenticatorTransport}
    return PublicKeyCredentialDescriptor(
        id=base64url_to_bytes(passkey.credential_id),
        transports=[known[name] for name in passkey.transports if name in known],
    )


def _challenge_of(answer: str) -> tuple[dict[str, object], str]:
    """An answer of a browser and the challenge that it says it answers. Raises WrongCode."""
    try:
        credential = json.loads(answer[:ANSWER_CHARACTERS_MAX])
        client = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))
        challenge = base64url_to_bytes(client["challenge"]).decode()
    except (ValueError, KeyError, TypeError, AttributeError, WebAuthnException):
        raise _wrong() from None
    return credential, challenge


def _wrong() -> WrongCode:
    return WrongCode(_l("The passkey could not be used. Try again, or use another way."))


@transactional
def add_passkey(person_id: str, answer: str, *, name: str, origin: str) -> str:
    """Keep the passkey that the browser made for our challenge; gives its id. Raises WrongCode, Refused."""
    credential, challenge = _challenge_of(answer)
    if take_proof("passkey_new", challenge, subject=f"person:{person_id}") is None:
        raise _wrong()
    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=challenge.encode(),
            expected_rp_id=_rp_id(),
            expected_origin=origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise _wrong() from None
    found_by = token_hash(bytes_to_base64url(made.credential_id))
    if db.session.scalar(select(Passkey.id).where(Passkey.credential_hash == found_by)) is not None:
        raise Refused(_l("This passkey is known already."), code="passkey_known")
    response = credential.get("response")
    said = response.get("transports") if isinstance(response, dict) else None
    passkey_id = new_id("pky")
    db.session.add(
        Passkey(
            id=passkey_id,
            person_id=person_id,
            credential_hash=found_by,
            credential_id=bytes_to_base64url(made.credential_id),
            public_key=bytes_to_base64url(made.credential_public_key),
            sign_count=made.sign_count,
            transports=[one[:20] for one in said if isinstance(one, str)][:8] if isinstance(said, list) else [],
            name=" ".join(name.split())[:80] or "Passkey",
            created_at=clock.now(),
        )
    )
    record("factor.passkey_added", actor_id=person_id, subject=f"person:{person_id}")
    tell_security(person_id, "passkey_added")
    return passkey_id


def authentication_options(person_id: str | None) -> str:
    """What the browser needs to answer with a passkey, as JSON: a person's (second step), or anybody's (sign-in)."""
    known = [_descriptor(one) for one in passkeys_of(person_id)] if person_id else []
    end_read()
    subject = f"person:{person_id}" if person_id else _ANYBODY
    challenge = make_proof("passkey_use", subject, {}, lasts=PASSKEY_LASTS)
    return options_to_json(
        generate_authentication_options(
            rp_id=_rp_id(),
            challenge=challenge.encode(),
            allow_credentials=known,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


@transactional
def use_passkey(answer: str, *, origin: str, person_id: str | None = None) -> str:
    """The person whose passkey answered the challenge: of this person, or of anybody for a sign-in.

    The holder was verified by the device (a finger, a face, a PIN), so it is two factors at once. Raises WrongCode.
    """
    credential, challenge = _challenge_of(answer)
    subject = f"person:{person_id}" if person_id else _ANYBODY
    if take_proof("passkey_use", challenge, subject=subject) is None:
        raise _wrong()
    known = db.session.scalar(
        select(Passkey).where(Passkey.credential_hash == token_hash(str(credential.get("id", "")))).with_for_update()
    )
    if known is None or (person_id is not None and known.person_id != person_id):
        raise _wrong()
    try:
        checked = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge.encode(),
            expected_rp_id=_rp_id(),
            expected_origin=origin,
            credential_public_key=base64url_to_bytes(known.public_key),
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise _wrong() from None
    db.session.execute(
        update(Passkey)
        .where(Passkey.id == known.id)
        .values(sign_count=checked.new_sign_count, last_used_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    return known.person_id


@transactional
def remove_passkey(person_id: str, passkey_id: str) -> None:
    """Take a passkey away. Raises FactorNeeded, NotFound; Refused when staff would be left without any factor."""
    require_recent_factor(person_id)
    refuse_last(person_id, app=False)
    gone = db.session.execute(
        delete(Passkey).where(Passkey.id == passkey_id, Passkey.person_id == person_id).returning(Passkey.id)
    ).first()
    if gone is None:
        raise NotFound(_l("There is no such passkey."))
    record("factor.passkey_removed", actor_id=person_id, subject=f"person:{person_id}")
    tell_security(person_id, "passkey_removed")
    if not factors_of(person_id).any:
        forget_factor_proofs(person_id)
