"""Prove that it is you, then go on with what you were doing.

A use case that needs the second factor refuses with FactorNeeded. The page shown then holds what was sent, and a field
for the code: sent again with the code, the proof is checked before the view, and the view does what was asked.
"""

from __future__ import annotations

from flask import Flask, g, redirect, request
from werkzeug.wrappers import Response

from core.base.errors import TongbaoError
from core.base.i18n import gettext as _
from core.parties.errors import FactorMissing, FactorNeeded
from core.parties.factors import factors_of
from core.parties.proving import prove_factor
from core.web.errors import on_refusal, wants_json
from core.web.member import current_member, flash_member
from core.web.security.demo import demo_code_for
from core.web.security.page import ACCOUNT, address, origin, show
from core.web.sessions import cookie_token

CODE, PASSKEY = "_factor_code", "_factor_passkey"
PROVE = f"{ACCOUNT}/prove"
_LEFT_OUT = {"csrf_token", CODE, PASSKEY}
_FIELDS_MAX = 500


def init_app(app: Flask) -> None:
    """Check proofs that come with a form, and ask for one where it is missing."""
    app.before_request(_take_proof)
    app.register_error_handler(FactorNeeded, _ask)
    app.register_error_handler(FactorMissing, _send_to_set_up)


def _take_proof() -> Response | None:
    if request.method != "POST" or g.get("face") != "platform" or request.mimetype == "application/json":
        return None
    if CODE not in request.form and PASSKEY not in request.form:
        return None
    member, token = current_member(), cookie_token()
    if member is None or token is None:
        return None
    try:
        prove_factor(
            member.person_id,
            token,
            code=request.form.get(CODE, "")[:40],
            passkey=request.form.get(PASSKEY, "")[:20_000],
            address=address(),
            origin=origin(),
        )
    except TongbaoError as refusal:
        return _page(refusal.status, error=refusal.message)
    return None


def _ask(refusal: FactorNeeded) -> Response:
    if wants_json() or current_member() is None or g.get("face") != "platform":
        return on_refusal(refusal)
    return _page(refusal.status, error=None)


def _page(status: int, *, error: object) -> Response:
    member = current_member()
    assert member is not None
    sent_again = request.method == "POST"
    kept = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in _LEFT_OUT and "password" not in name
    ][:_FIELDS_MAX]
    return show(
        "prove",
        status=status,
        action=request.full_path.rstrip("?") if sent_again else PROVE,
        kept=kept if sent_again else [("next", request.full_path.rstrip("?"))],
        files_lost=bool(request.files),
        has=factors_of(member.person_id),
        error=error,
        demo_code=demo_code_for(member.person_id),
    )


def _send_to_set_up(refusal: FactorMissing) -> Response:
    if wants_json() or current_member() is None or g.get("face") != "platform":
        return on_refusal(refusal)
    flash_member(_("This needs a second factor beside the password. Set one up, then do it again."), "warning")
    return redirect(ACCOUNT, 303)
