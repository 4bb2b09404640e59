"""Signing in: the password, then the second factor; or a passkey, which is both at once."""

from __future__ import annotations

from flask import make_response, redirect, request
from werkzeug.wrappers import Response

from core.base.errors import SignInNeeded, TongbaoError
from core.base.ids import new_token
from core.parties.factors import factors_of
from core.parties.passkeys import authentication_options
from core.parties.proving import finish_sign_in
from core.parties.service import sign_in_member, sign_in_with_passkey, sign_out_member
from core.parties.sessions import MEMBER_LASTS, Device, is_pending, pending_member
from core.web.member import current_member
from core.web.platform.views import safe_next
from core.web.security.demo import demo_code_for
from core.web.security.page import address, blueprint, origin, show
from core.web.sessions import cookie_token, set_session_cookie
from core.web.tenancy import the_config

DEVICE_LASTS_SECONDS = 400 * 24 * 3600
_TOKEN_CHARACTERS_MAX = 64


@blueprint.get("/sign-in")
def sign_in() -> Response:
    """The members' sign-in form."""
    target = safe_next(request.args.get("next"))
    return redirect(target) if current_member() is not None else _form(target)


def _form(target: str, *, status: int = 200, email: str = "", error: object = None) -> Response:
    return show("sign_in", status=status, next=target, email=email, error=error)


@blueprint.post("/sign-in")
def sign_in_submit() -> Response:
    """Check e-mail and password (or a passkey's answer); a new session each time."""
    email, target = request.form.get("email", "")[:254], safe_next(request.form.get("next"))
    passkey, device = request.form.get("passkey", ""), _device()
    try:
        if passkey:
            token = sign_in_with_passkey(passkey, origin=origin(), address=address(), device=device)
        else:
            token = sign_in_member(
                email=email, password=request.form.get("password", ""), address=address(), device=device
            )
    except TongbaoError as error:
        return _form(target, status=error.status, email=email, error=error.message)
    old = cookie_token()
    if old is not None:
        sign_out_member(old)
    if is_pending(token):
        target = f"/sign-in/factor?next={target}"
    return _enter(token, target, device)


def _enter(token: str, target: str, device: Device | None = None) -> Response:
    response = make_response(redirect(target, 303))
    set_session_cookie(response, token, lasts_seconds=int(MEMBER_LASTS.total_seconds()))
    if device is not None:
        response.set_cookie(
            _device_cookie(),
            device.device_token,
            max_age=DEVICE_LASTS_SECONDS,
            path="/",
            secure=the_config().production,
            httponly=True,
            samesite="Lax",
        )
    return response


def _device_cookie() -> str:
    return "__Host-tb_d" if the_config().production else "tb_d"


def _device() -> Device:
    """The browser that asks. Its cookie opens nothing: it only tells a browser that was here from a new one."""
    known = request.cookies.get(_device_cookie(), "")
    token = known if 0 < len(known) <= _TOKEN_CHARACTERS_MAX and known.isascii() else new_token()
    return Device(request.headers.get("User-Agent", ""), address(), token)


@blueprint.get("/sign-in/factor")
def second_step() -> Response:
    """The second step, for whoever has a second factor."""
    return _second_step(safe_next(request.args.get("next")))


def _second_step(target: str, *, status: int = 200, error: object = None) -> Response:
    token = cookie_token()
    try:
        waiting = pending_member(token or "")
    except SignInNeeded as refusal:
        return _form(target, status=200 if status == 200 else refusal.status, error=refusal.message)
    return show(
        "second_step",
        status=status,
        next=target,
        who=waiting,
        has=factors_of(waiting.person_id),
        error=error,
        demo_code=demo_code_for(waiting.person_id),
    )


@blueprint.post("/sign-in/factor")
def second_step_submit() -> Response:
    """Check the code or the passkey; the session gets a new token."""
    target = safe_next(request.form.get("next"))
    try:
        token = finish_sign_in(
            cookie_token() or "",
            code=request.form.get("code", "")[:40],
            passkey=request.form.get("passkey", ""),
            address=address(),
            origin=origin(),
        )
    except TongbaoError as error:
        return _second_step(target, status=error.status, error=error.message)
    return _enter(token, target)


@blueprint.post("/sign-in/passkey")
def passkey_options() -> Response:
    """What a browser needs to answer with a passkey: of who is half or wholly signed in, or of anybody."""
    member, token = current_member(), cookie_token()
    person_id = member.person_id if member is not None else None
    if member is None and token is not None and request.args.get("step") == "2":
        person_id = pending_member(token).person_id
    return _json(authentication_options(person_id))


def _json(text: str) -> Response:
    return make_response(text, 200, {"Content-Type": "application/json", "Cache-Control": "no-store"})
