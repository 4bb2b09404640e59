"""Coming to the platform: an account for anybody, and the application for a shop."""

from __future__ import annotations

from flask import make_response, redirect, request
from werkzeug.wrappers import Response

from core.base.errors import Invalid, Refused, TongbaoError
from core.base.i18n import lazy_gettext as _
from core.base.transactions import transactional
from core.parties.service import register_member, sign_in_member
from core.parties.sessions import MEMBER_LASTS
from core.parties.throttle import count_try, throttle_keys
from core.shops.onboarding import application_of, apply_for_shop
from core.web.console.page import Errors, posted
from core.web.i18n import current_locale
from core.web.member import current_member, ensure_member, flash_member
from core.web.pages import render_page
from core.web.platform.views import blueprint
from core.web.security.page import address
from core.web.sessions import set_session_cookie
from core.web.storefront.countries import country_choices

CURRENCIES = ("CNY", "HKD", "TWD", "SGD", "USD", "EUR", "GBP", "JPY")
APPLY = "/open-a-shop"


@blueprint.get("/sign-up")
def sign_up() -> Response:
    """The form of a new account."""
    return redirect(APPLY) if current_member() is not None else _sign_up_page()


def _sign_up_page(*, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    return render_page(
        "platform/sign_up.html", status=status, errors=errors or {}, message=message, values=request.form
    )


@blueprint.post("/sign-up")
def sign_up_submit() -> Response:
    """Make the account, sign in, go on to the application."""
    email, password = posted("email", 254), request.form.get("password", "")[:200]
    try:
        count_sign_up(address())
        register_member(email=email, name=posted("name", 300), password=password, locale=current_locale())
        token = sign_in_member(email=email, password=password, address=address())
    except TongbaoError as error:
        return _sign_up_page(status=error.status, errors=error.fields, message=error.message)
    response = make_response(redirect(APPLY, 303))
    set_session_cookie(response, token, lasts_seconds=int(MEMBER_LASTS.total_seconds()))
    return response


@transactional
def count_sign_up(whence: str) -> None:
    """Count an account that is asked for from an address. Raises SignInThrottled when it is too many."""
    keys = throttle_keys("sign-up", whence, whence)
    count_try({key: limit for key, limit in keys.items() if key.startswith("address:")})


@blueprint.get(APPLY)
def open_a_shop() -> Response:
    """The application: its form, or where it stands."""
    if current_member() is None:
        return redirect("/sign-up")
    return _application_page()


def _application_page(*, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    member = current_member()
    found = application_of(member.person_id) if member is not None else None
    again = request.args.get("change") == "1"
    kept = request.form if request.method == "POST" else found.payload if found and found.state != "accepted" else {}
    return render_page(
        "platform/apply.html",
        status=status,
        application=found,
        form_shown=found is None or found.state == "refused" or again or status != 200,
        currencies=[(code, code) for code in CURRENCIES],
        countries=country_choices(current_locale()),
        errors=errors or {},
        message=message,
        values=kept,
    )


@blueprint.post(APPLY)
def open_a_shop_submit() -> Response:
    """Send the application, or a better one."""
    sent_away = ensure_member(merchant=False)
    member = current_member()
    if sent_away is not None or member is None:
        return sent_away or redirect("/sign-up")
    try:
        apply_for_shop(
            member.person_id,
            slug=posted("slug", 60),
            name=posted("name", 200),
            currency=posted("currency", 3),
            what=posted("what", 2000),
            country=posted("country", 2),
            locale=current_locale(),
        )
    except (Invalid, Refused) as error:
        return _application_page(status=error.status, errors=error.fields, message=error.message)
    flash_member(_("Your application is sent. We write to you when it is decided."))
    return redirect(APPLY, 303)
