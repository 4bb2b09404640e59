"""A customer's own data in one shop: packed up, erased; and the link to an account of the platform."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response

from core.base.errors import NotFound, SignInNeeded, TongbaoError
from core.base.i18n import gettext as _
from core.base.ids import new_token
from core.contract.contributions import DataSubject
from core.parties.links import link_customer, link_request, unlink_customer
from core.parties.service import confirm_customer, customer
from core.privacy.service import erase, erasure_preview, fetch_package, packages_of, request_package
from core.web.account.data import package_response
from core.web.sessions import flash, remember, sign_out, visitor
from core.web.storefront.site import blueprint, show
from core.web.tenancy import current_shop, the_config

NONCE = "link_nonce"


def _me() -> DataSubject:
    customer_id = visitor().customer_id
    if customer_id is None:
        raise SignInNeeded(_("You have been signed out. Sign in and try again."))
    return DataSubject("customer", customer_id, current_shop().merchant_id)


@blueprint.get("/account/data")
def account_data() -> Response:
    """Packages of one's data, the link to the platform, and what an erasure would do."""
    if visitor().customer_id is None:
        return redirect("/account/sign-in?next=/account/data", 303)
    return _page()


def _page(*, status: int = 200, problems: dict[str, object] | None = None, message: object = None) -> Response:
    subject = _me()
    who = customer(current_shop().merchant_id, subject.id)
    response = show(
        "account_data",
        status=status,
        customer=who,
        linked=who.person_id is not None,
        packages=packages_of(subject),
        parts=erasure_preview(subject),
        problems=problems or {},
        message=message,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/account/data/package")
def account_data_package() -> Response:
    """Have everything packed up."""
    request_package(_me())
    flash(_("Your data is being packed up. This page shows when it is ready."), "info")
    return redirect("/account/data", 303)


@blueprint.get("/account/data/package/<package_id>")
def account_data_fetch(package_id: str) -> Response:
    """The package, for its subject alone."""
    if visitor().customer_id is None:
        raise NotFound(_("This file is not here any more. Ask for a new one."))
    return package_response(fetch_package(package_id[:40], _me()))


@blueprint.post("/account/data/erase")
def account_data_erase() -> Response:
    """Erase the account, after the password was typed in once more."""
    subject, shop = _me(), current_shop()
    try:
        confirm_customer(
            shop.merchant_id,
            subject.id,
            password=request.form.get("password", ""),
            address=request.remote_addr or "",
        )
        erase(subject)
    except TongbaoError as refusal:
        return _page(status=refusal.status, problems=dict(refusal.fields), message=refusal.message)
    sign_out()
    return redirect("/", 303)


@blueprint.post("/account/link")
def account_link() -> Response:
    """Begin to link this account to one of the platform: the next step is there, in this browser."""
    subject = _me()
    nonce = new_token()
    remember(**{NONCE: nonce})
    token = link_request(current_shop().merchant_id, subject.id, nonce)
    port = f":{request.host.rsplit(':', 1)[1]}" if ":" in request.host else ""
    return show("link", url=f"{request.scheme}://{the_config().platform_host}{port}/member/link?token={token}")


@blueprint.get("/account/link/done")
def account_link_done() -> Response:
    """Back from the platform: the answer counts in the session that asked, once."""
    if visitor().customer_id is None:
        return redirect("/account/sign-in", 303)
    nonce = str(visitor().data.get(NONCE, ""))
    try:
        link_customer(current_shop().merchant_id, _me().id, nonce, request.args.get("answer", ""))
    except TongbaoError as refusal:
        flash(refusal.message, "danger")
    else:
        remember(**{NONCE: None})
        flash(_("Your accounts are linked."))
    return redirect("/account/data", 303)


@blueprint.post("/account/unlink")
def account_unlink() -> Response:
    """End the link."""
    unlink_customer(current_shop().merchant_id, _me().id)
    flash(_("The link is ended."))
    return redirect("/account/data", 303)
