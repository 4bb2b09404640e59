"""A customer's way back in, and changes to how the account is entered."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response

from core.base.errors import Refused, TongbaoError
from core.base.i18n import gettext as _
from core.parties.account import ask_for_reset, reset_link_works, reset_password
from core.parties.customer_account import ask_for_customer_email, change_customer_password, confirm_customer_email
from core.parties.errors import LinkInvalid
from core.web.sessions import flash, visitor
from core.web.storefront.site import blueprint, show
from core.web.tenancy import current_shop

Problems = dict[str, object]


def _base_url() -> str:
    return f"{request.scheme}://{request.host}"


@blueprint.get("/account/forgot")
def account_forgot() -> Response:
    """Where a link to choose a new password is asked for."""
    return show("forgot", email="", problems={}, message=None, sent=False)


@blueprint.post("/account/forgot")
def account_forgot_submit() -> Response:
    """The same answer whether or not there is such an account."""
    email = request.form.get("email", "")[:254]
    problems: Problems = {}
    try:
        ask_for_reset(
            email=email,
            base_url=_base_url(),
            address=request.remote_addr or "",
            merchant_id=current_shop().merchant_id,
        )
    except TongbaoError as refusal:
        problems = dict(refusal.fields)
        return show(
            "forgot", status=refusal.status, email=email, problems=problems, message=refusal.message, sent=False
        )
    return show("forgot", email=email, problems=problems, message=None, sent=True)


@blueprint.get("/account/reset/<token>")
def account_reset(token: str) -> Response:
    """The form to choose a new password, when the link is good."""
    if not reset_link_works(token, merchant_id=current_shop().merchant_id):
        raise LinkInvalid
    return _reset_form()


def _reset_form(*, status: int = 200, problems: Problems | None = None) -> Response:
    response = show("reset", status=status, problems=problems or {}, done=False)
    # The link is a secret: it must not travel on to wherever the reader goes next.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/account/reset/<token>")
def account_reset_submit(token: str) -> Response:
    """Keep the new password; whoever was signed in is signed out."""
    try:
        reset_password(token, request.form.get("password", ""), merchant_id=current_shop().merchant_id)
    except LinkInvalid:
        raise
    except TongbaoError as refusal:
        return _reset_form(status=refusal.status, problems=dict(refusal.fields))
    return show("reset", problems={}, done=True)


@blueprint.get("/account/security")
def account_security() -> Response:
    """Another password, another e-mail address."""
    if visitor().customer_id is None:
        return redirect("/account/sign-in?next=/account/security", 303)
    return _security_page()


def _security_page(
    *, status: int = 200, problems: Problems | None = None, form: str = "", typed: str = "", message: object = None
) -> Response:
    problems = problems or {}
    return show("security", status=status, problems=problems, form=form, typed=typed, message=message)


@blueprint.post("/account/password")
def account_password() -> Response:
    """Another password; every other session of the customer ends."""
    who = visitor()
    if who.customer_id is None or who.token is None:
        return redirect("/account/sign-in", 303)
    try:
        change_customer_password(
            current_shop().merchant_id,
            who.customer_id,
            old=request.form.get("old", ""),
            new=request.form.get("password", ""),
            token=who.token,
            address=request.remote_addr or "",
        )
    except TongbaoError as refusal:
        problems = dict(refusal.fields)
        return _security_page(status=refusal.status, problems=problems, form="password", message=refusal.message)
    flash(_("Your password is changed. Everywhere else you are signed out."))
    return redirect("/account", 303)


@blueprint.post("/account/email")
def account_email() -> Response:
    """Send a link to the new address; until it is followed the old one stays."""
    who, typed = visitor(), request.form.get("email", "")[:254]
    if who.customer_id is None:
        return redirect("/account/sign-in", 303)
    try:
        ask_for_customer_email(
            current_shop().merchant_id,
            who.customer_id,
            email=typed,
            password=request.form.get("password", ""),
            base_url=_base_url(),
            address=request.remote_addr or "",
        )
    except TongbaoError as refusal:
        problems = dict(refusal.fields)
        return _security_page(
            status=refusal.status, problems=problems, form="email", typed=typed, message=refusal.message
        )
    flash(_("We have sent a link to %(email)s. Until you follow it, your address stays as it is.", email=typed))
    return redirect("/account", 303)


@blueprint.get("/account/email/<token>")
def account_email_link(token: str) -> Response:
    """The link in the message: ask once more, since mail programs open links by themselves."""
    if visitor().customer_id is None:
        return redirect(f"/account/sign-in?next=/account/email/{token[:100]}", 303)
    return show("email_confirm", token=token[:100])


@blueprint.post("/account/email/<token>")
def account_email_confirm(token: str) -> Response:
    """The new address counts from now on."""
    who = visitor()
    if who.customer_id is None:
        return redirect("/account/sign-in", 303)
    try:
        address = confirm_customer_email(current_shop().merchant_id, who.customer_id, token)
    except Refused as refusal:
        flash(refusal.message, "danger")
    else:
        flash(_("From now on you sign in with %(email)s.", email=address))
    return redirect("/account", 303)
