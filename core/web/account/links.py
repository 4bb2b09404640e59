"""Linking a shop's customer to one's account: the platform's half."""

from __future__ import annotations

from flask import Response, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import TongbaoError
from core.base.i18n import lazy_gettext as _
from core.parties.links import link_answer, read_link_request, unlink_customer
from core.parties.service import customer
from core.shops.queries import shop_context
from core.web.account.page import blueprint, here, show, the_member
from core.web.console.page import posted
from core.web.member import flash_member


@blueprint.get("/link")
def link() -> WerkzeugResponse:
    """Says who asks to be linked, and asks whether that is right."""
    token = request.args.get("token", "")
    try:
        asked = read_link_request(token)
    except TongbaoError as error:
        flash_member(error.message, "danger")
        return redirect(here("overview"), 303)
    who, shop = customer(asked.merchant_id, asked.customer_id), shop_context(asked.merchant_id)
    return show("link", token=token, customer=who, shop_name=shop.name, member=the_member())


@blueprint.post("/link")
def agree() -> WerkzeugResponse:
    """Agree; the shop finishes it."""
    try:
        asked = read_link_request(posted("token", 1000))
    except TongbaoError as error:
        flash_member(error.message, "danger")
        return redirect(here("overview"), 303)
    shop = shop_context(asked.merchant_id)
    port = f":{request.host.rsplit(':', 1)[1]}" if ":" in request.host else ""
    answer = link_answer(asked, the_member().person_id)
    url = f"{request.scheme}://{shop.primary_host}{port}/account/link/done?answer={answer}"
    return show("link_done", url=url, shop_name=shop.name)


@blueprint.post("/links/<merchant_id>/<customer_id>/end")
def unlink(merchant_id: str, customer_id: str) -> Response | WerkzeugResponse:
    """End a link."""
    unlink_customer(merchant_id, customer_id, person_id=the_member().person_id)
    flash_member(_("The shop is not linked any more."))
    return redirect(here("overview"), 303)
