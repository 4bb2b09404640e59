"""Setting second factors up and taking them away."""

from __future__ import annotations

from flask import make_response, redirect, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from core.base.database import db
from core.base.errors import Invalid, Refused, SignInNeeded, TooMany
from core.base.i18n import gettext as _
from core.parties.errors import FactorMissing, FactorNeeded
from core.parties.factors import factors_of, note_factor, require_recent_factor
from core.parties.models import Person
from core.parties.passkeys import add_passkey, registration_options, remove_passkey
from core.parties.recovery import new_recovery_codes
from core.parties.totp import begin_totp, confirm_totp, remove_totp, totp_address
from core.web.member import flash_member
from core.web.qr import qr_svg
from core.web.security.page import ACCOUNT, address, blueprint, origin, show, the_member

APP, PASSKEYS, CODES = f"{ACCOUNT}/app", f"{ACCOUNT}/passkeys", f"{ACCOUNT}/codes"


@blueprint.get(APP)
def app() -> Response:
    """A code to scan with an authenticator app, and a field for what the app shows then."""
    return _app_page()


def _app_page(*, status: int = 200, errors: dict[str, object] | None = None, message: object = None) -> Response:
    member = the_member()
    has = factors_of(member.person_id)
    if has.app_since is not None:
        return redirect(ACCOUNT, 303)
    if has.any:
        require_recent_factor(member.person_id)
    secret = begin_totp(member.person_id)
    person = db.session.get(Person, member.person_id)
    assert person is not None
    return show(
        "app",
        status=status,
        qr=_qr(totp_address(person, secret)),
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        first=not has.any,
        errors=errors or {},
        message=message,
    )


def _qr(text: str) -> Markup:
    return qr_svg(text, label=_("Code to scan with an authenticator app"))


@blueprint.post(APP)
def app_submit() -> Response:
    """The app shows the right code: it counts from now on."""
    member = the_member()
    try:
        confirm_totp(
            member.person_id,
            request.form.get("code", "")[:20],
            password=request.form.get("password", ""),
            address=address(),
        )
    except (FactorNeeded, FactorMissing):
        raise
    except (Invalid, TooMany, SignInNeeded) as refusal:
        return _app_page(status=refusal.status, errors=refusal.fields, message=refusal.message)
    note_factor(member.token)
    flash_member(_("The authenticator app is set up."))
    return _go_on(member.person_id)


def _go_on(person_id: str) -> Response:
    """After the first factor come the recovery codes."""
    return redirect(ACCOUNT if factors_of(person_id).recovery_codes else CODES, 303)


@blueprint.post(f"{APP}/remove")
def app_remove() -> Response:
    """Take the app away."""
    try:
        remove_totp(the_member().person_id)
    except Refused as refusal:
        flash_member(refusal.message, "danger")
    else:
        flash_member(_("The authenticator app is removed."))
    return redirect(ACCOUNT, 303)


@blueprint.get(f"{PASSKEYS}/new")
def passkey() -> Response:
    """The page on which a passkey is made; that needs a script."""
    return _passkey_page()


def _passkey_page(*, status: int = 200, message: object = None) -> Response:
    member = the_member()
    has = factors_of(member.person_id)
    if has.any:
        require_recent_factor(member.person_id)
    return show("passkey", status=status, first=not has.any, message=message)


@blueprint.post(f"{PASSKEYS}/options")
def new_passkey_options() -> Response:
    """What the browser needs to make a passkey."""
    member = the_member()
    text = registration_options(member.person_id, password=request.form.get("password", ""), address=address())
    return make_response(text, 200, {"Content-Type": "application/json", "Cache-Control": "no-store"})


@blueprint.post(f"{PASSKEYS}/new")
def passkey_submit() -> Response:
    """Keep the passkey that was made; making it proved its holder."""
    member = the_member()
    try:
        add_passkey(
            member.person_id,
            request.form.get("passkey", ""),
            name=request.form.get("name", "")[:80],
            origin=origin(),
        )
    except (Refused, SignInNeeded) as refusal:
        return _passkey_page(status=refusal.status, message=refusal.message)
    note_factor(member.token)
    flash_member(_("The passkey is set up."))
    return _go_on(member.person_id)


@blueprint.post(f"{PASSKEYS}/<passkey_id>/remove")
def passkey_remove(passkey_id: str) -> Response:
    """Take a passkey away."""
    try:
        remove_passkey(the_member().person_id, passkey_id)
    except Refused as refusal:
        flash_member(refusal.message, "danger")
    else:
        flash_member(_("The passkey is removed."))
    return redirect(ACCOUNT, 303)


@blueprint.get(CODES)
def codes() -> Response:
    """What recovery codes are for, and the button that makes them."""
    member = the_member()
    require_recent_factor(member.person_id)
    return show("codes", codes=(), has=factors_of(member.person_id))


@blueprint.post(CODES)
def codes_submit() -> Response:
    """Make new codes and show them this once; as a file when asked for."""
    member = the_member()
    made = new_recovery_codes(member.person_id)
    return show("codes", codes=made, member=member, has=factors_of(member.person_id))
