"""The merchant's own pages, the shop's door, and who wants its news."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import make_response, redirect, request
from werkzeug.wrappers import Response

from core.base.errors import Invalid, NotFound
from core.base.i18n import lazy_gettext as _l
from core.shops.door import knock
from core.site.queries import in_language, live_page, preview_page
from core.site.subscribers import subscribe
from core.web.i18n import current_locale
from core.web.sessions import flash
from core.web.storefront.blocks import blocks_shown
from core.web.storefront.door import DOOR_COOKIE, DOOR_SECONDS
from core.web.storefront.frame import preview_subject
from core.web.storefront.site import blueprint, show
from core.web.tenancy import current_shop, the_config

AGREED = _l("I want news of this shop by e-mail. I can end this at any time.")


@blueprint.get("/pages/<slug>")
def page(slug: str) -> Response:
    """A page of the merchant's, in the reader's language or the nearest there is."""
    shop = current_shop()
    subject = preview_subject(shop)
    found = preview_page(shop.merchant_id, slug[:120]) if subject else live_page(shop.merchant_id, slug[:120])
    if found is not None and subject not in (None, found.id):
        found = live_page(shop.merchant_id, slug[:120])
    if found is None:
        raise NotFound(_l("There is no such page in this shop."))
    text = in_language(found.content["texts"], current_locale(), shop.locale)
    return show(
        "page",
        page_title=text["title"],
        seo_title=text.get("seo_title") or text["title"],
        seo_description=text.get("seo_description") or "",
        blocks=blocks_shown(shop, text["blocks"]),
        trail=[{"label": shop.name, "url": "/"}, {"label": text["title"], "url": None}],
    )


@blueprint.post("/news")
def news() -> Response:
    """Somebody asks for the shop's news; the box with the words must be ticked."""
    shop = current_shop()
    back = urlsplit(request.form.get("back", "/")).path or "/"
    if not back.startswith("/") or back.startswith("//"):
        back = "/"
    try:
        if request.form.get("agreed") != "1":
            raise Invalid(_l("Tick the box if you want to hear from the shop."))
        email = request.form.get("email", "")[:300]
        subscribe(shop.merchant_id, email, locale=current_locale(), agreed_to=str(AGREED))
    except Invalid as error:
        flash(error.message, "danger")
    else:
        flash(_l("Thank you. You will hear from the shop."), "success")
    return redirect(back, 303)


@blueprint.post("/door")
def enter() -> Response:
    """The password of a shop that is open to some only."""
    shop = current_shop()
    word = knock(shop, request.form.get("password", "")[:200], address=request.remote_addr or "")
    response = make_response(redirect("/", 303))
    response.set_cookie(
        DOOR_COOKIE,
        word,
        max_age=DOOR_SECONDS,
        path="/",
        secure=the_config().production,
        httponly=True,
        samesite="Lax",
    )
    return response
