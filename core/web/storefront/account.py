"""A customer's account in one shop."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response

from core.base.errors import Invalid, TongbaoError
from core.base.i18n import gettext as _
from core.contract.views import AddressView
from core.orders.queries import orders_of_customer
from core.parties.service import check_customer, customer, register_customer, remember_address
from core.web.i18n import current_locale
from core.web.platform.views import safe_next
from core.web.sessions import flash, sign_in, sign_out, visitor
from core.web.storefront.checkout import ADDRESS_FIELDS
from core.web.storefront.countries import country_choices, likely_country
from core.web.storefront.schemas import Address, Register, load_form
from core.web.storefront.shown import order_row
from core.web.storefront.site import blueprint, show
from core.web.tenancy import current_shop

ORDERS_SHOWN_MAX = 50


@blueprint.get("/account")
def account() -> Response:
    """The customer's orders and address; whoever is not signed in is asked to."""
    if visitor().customer_id is None:
        return redirect("/account/sign-in", 303)
    return _account_page()


def _account_page(
    *, status: int = 200, typed: dict[str, str] | None = None, problems: dict[str, object] | None = None
) -> Response:
    shop, customer_id = current_shop(), visitor().customer_id
    assert customer_id is not None
    who = customer(shop.merchant_id, customer_id)
    kept = {name: str((who.address or {}).get(name, "")) for name in ADDRESS_FIELDS}
    kept["country"] = kept["country"] or likely_country(shop.currency)
    return show(
        "account",
        status=status,
        customer=who,
        orders=[order_row(order) for order in orders_of_customer(shop.merchant_id, customer_id, ORDERS_SHOWN_MAX)],
        typed=typed or kept,
        problems=problems or {},
        countries=country_choices(current_locale()),
    )


@blueprint.post("/account/address")
def account_address() -> Response:
    """Keep the address for the next checkout."""
    customer_id = visitor().customer_id
    if customer_id is None:
        return redirect("/account/sign-in", 303)
    typed = {name: request.form.get(name, "")[:200] for name in ADDRESS_FIELDS}
    try:
        remember_address(current_shop().merchant_id, customer_id, AddressView(**load_form(Address, request.form)))
    except Invalid as refusal:
        return _account_page(status=422, typed=typed, problems=dict(refusal.fields))
    flash(_("Your address is saved."))
    return redirect("/account", 303)


@blueprint.get("/account/sign-in")
def account_sign_in() -> Response:
    """The customers' sign-in form."""
    target = safe_next(request.args.get("next"), "/account")
    if visitor().signed_in:
        return redirect(target, 303)
    return show("sign_in", next=target, typed={}, problems={}, message=None)


@blueprint.post("/account/sign-in")
def account_sign_in_submit() -> Response:
    """Check e-mail and password; a new session that keeps the cart."""
    target = safe_next(request.form.get("next"), "/account")
    email = request.form.get("email", "")[:254]
    try:
        customer_id = check_customer(
            current_shop().merchant_id,
            email=email,
            password=request.form.get("password", ""),
            address=request.remote_addr or "",
        )
    except TongbaoError as refusal:
        return show(
            "sign_in", status=refusal.status, next=target, typed={"email": email}, problems={}, message=refusal.message
        )
    sign_in(customer_id)
    return redirect(target, 303)


@blueprint.get("/account/register")
def account_register() -> Response:
    """Open an account."""
    target = safe_next(request.args.get("next"), "/account")
    return show("register", next=target, typed={}, problems={}, message=None)


@blueprint.post("/account/register")
def account_register_submit() -> Response:
    """Open an account and sign in."""
    target = safe_next(request.form.get("next"), "/account")
    typed = {name: request.form.get(name, "")[:254] for name in ("email", "name")}
    try:
        wanted = load_form(Register, request.form)
        customer_id = register_customer(
            current_shop().merchant_id,
            email=wanted["email"],
            name=wanted["name"],
            password=request.form.get("password", ""),
            locale=current_locale(),
        )
    except TongbaoError as refusal:
        return show(
            "register",
            status=refusal.status,
            next=target,
            typed=typed,
            problems=dict(refusal.fields),
            message=refusal.message,
        )
    sign_in(customer_id)
    flash(_("Welcome. Your account is open."))
    return redirect(target, 303)


@blueprint.post("/account/sign-out")
def account_sign_out() -> Response:
    """End the session."""
    sign_out()
    return redirect("/", 303)
