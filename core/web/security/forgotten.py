"""A forgotten password: ask for a link, follow it, choose a new one."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from core.base.errors import TongbaoError
from core.parties.account import ask_for_reset, reset_link_works, reset_password
from core.parties.errors import LinkInvalid
from core.web.security.page import address, base_url, blueprint, show


@blueprint.get("/forgot")
def forgot() -> Response:
    """Where a link to choose a new password is asked for."""
    return show("forgot", email=request.args.get("email", "")[:254], errors={}, message=None, sent=False)


@blueprint.post("/forgot")
def forgot_submit() -> Response:
    """The same answer whether or not there is such an account."""
    email = request.form.get("email", "")[:254]
    try:
        ask_for_reset(email=email, base_url=base_url(), address=address())
    except TongbaoError as refusal:
        return show(
            "forgot",
            status=refusal.status,
            email=email,
            errors=refusal.fields,
            message=refusal.message,
            sent=False,
        )
    return show("forgot", email=email, errors={}, message=None, sent=True)


@blueprint.get("/reset/<token>")
def reset(token: str) -> Response:
    """The form to choose a new password, when the link is good."""
    if not reset_link_works(token):
        raise LinkInvalid
    return _reset_form()


def _reset_form(*, status: int = 200, errors: dict[str, object] | None = None) -> Response:
    response = show("reset", status=status, errors=errors or {}, done=False)
    # The link is a secret: it must not travel on to wherever the reader goes next.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.post("/reset/<token>")
def reset_submit(token: str) -> Response:
    """Keep the new password; whoever was signed in is signed out."""
    try:
        reset_password(token, request.form.get("password", ""))
    except LinkInvalid:
        raise
    except TongbaoError as refusal:
        return _reset_form(status=refusal.status, errors=refusal.fields)
    return show("reset", errors={}, done=True)
