"""The account's own page: how one gets in, where one is signed in; password and e-mail address."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response

from core.base.errors import Invalid, NotFound, Refused, TooMany
from core.base.i18n import gettext as _
from core.base.i18n import ngettext
from core.parties.account import ask_for_email, change_password, confirm_email
from core.parties.factors import factors_of, require_recent_factor
from core.parties.passkeys import passkeys_of
from core.parties.sessions import close_one_session, close_sessions_of_person, sessions_of
from core.web.member import flash_member
from core.web.platform.views import safe_next
from core.web.security.page import ACCOUNT, address, base_url, blueprint, show, the_member


@blueprint.get(ACCOUNT)
def overview() -> Response:
    """Second factors, sessions, password, e-mail address."""
    member = the_member()
    return show(
        "overview",
        member=member,
        has=factors_of(member.person_id),
        passkeys=passkeys_of(member.person_id),
        sessions=sessions_of(member.person_id, member.token),
        must=member.is_staff or member.may("money.withdraw"),
    )


@blueprint.post(f"{ACCOUNT}/prove")
def prove() -> Response:
    """The second factor was proven (checked before this is called): go on to where it was asked for."""
    require_recent_factor(the_member().person_id)
    return redirect(safe_next(request.form.get("next"), ACCOUNT), 303)


@blueprint.post(f"{ACCOUNT}/sessions/<session_id>")
def end_session(session_id: str) -> Response:
    """Sign out in one other place."""
    try:
        close_one_session(the_member().person_id, session_id)
    except NotFound as gone:
        flash_member(gone.message, "info")
    else:
        flash_member(_("Signed out there."))
    return redirect(f"{ACCOUNT}#sessions", 303)


@blueprint.post(f"{ACCOUNT}/sessions")
def end_other_sessions() -> Response:
    """Sign out everywhere but here."""
    member = the_member()
    ended = close_sessions_of_person(member.person_id, keep=member.token)
    flash_member(ngettext("Signed out in %(num)d other place.", "Signed out in %(num)d other places.", ended))
    return redirect(f"{ACCOUNT}#sessions", 303)


def _prove_first() -> None:
    """Forms with a password ask for the second factor before they are shown, so that nothing need be typed twice."""
    member = the_member()
    if factors_of(member.person_id).any:
        require_recent_factor(member.person_id)


@blueprint.get(f"{ACCOUNT}/password")
def password() -> Response:
    """The form to change the password."""
    _prove_first()
    return show("password", errors={}, message=None)


@blueprint.post(f"{ACCOUNT}/password")
def password_submit() -> Response:
    """Another password; every other session ends."""
    member = the_member()
    try:
        change_password(
            member.person_id,
            old=request.form.get("old", ""),
            new=request.form.get("password", ""),
            token=member.token,
            address=address(),
        )
    except (Invalid, TooMany) as refusal:
        return show("password", status=refusal.status, errors=refusal.fields, message=refusal.message)
    flash_member(_("Your password is changed. Everywhere else you are signed out."))
    return redirect(ACCOUNT, 303)


@blueprint.get(f"{ACCOUNT}/email")
def email() -> Response:
    """The form to change the e-mail address."""
    _prove_first()
    return show("email", member=the_member(), typed="", errors={}, message=None, sent="")


@blueprint.post(f"{ACCOUNT}/email")
def email_submit() -> Response:
    """Send a link to the new address; until it is followed the old one stays."""
    member, typed = the_member(), request.form.get("email", "")[:254]
    try:
        ask_for_email(
            member.person_id,
            email=typed,
            password=request.form.get("password", ""),
            base_url=base_url(),
            address=address(),
        )
    except (Invalid, TooMany) as refusal:
        return show(
            "email",
            status=refusal.status,
            member=member,
            typed=typed,
            errors=refusal.fields,
            message=refusal.message,
            sent="",
        )
    return show("email", member=member, typed="", errors={}, message=None, sent=typed)


@blueprint.get(f"{ACCOUNT}/email/<token>")
def email_link(token: str) -> Response:
    """The link in the message: ask once more, since mail programs open links by themselves."""
    return show("email_confirm", token=token[:100])


@blueprint.post(f"{ACCOUNT}/email/<token>")
def email_confirm(token: str) -> Response:
    """The new address counts from now on."""
    try:
        address_now = confirm_email(the_member().person_id, token)
    except Refused as refusal:
        flash_member(refusal.message, "danger")
    else:
        flash_member(_("From now on you sign in with %(email)s.", email=address_now))
    return redirect(ACCOUNT, 303)
