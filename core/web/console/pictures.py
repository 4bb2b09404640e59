"""Pictures of a product: uploaded several at once, put in order, described, removed."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _
from core.base.i18n import ngettext
from core.base.transactions import end_read
from core.catalog import queries, service
from core.catalog.fetching import try_again
from core.catalog.pictures import UPLOAD_BYTES_MAX
from core.web.console.forms import Form
from core.web.console.page import attempt, blueprint, merchant_id, posted, words_of
from core.web.member import flash_member, require_member

AT_ONCE_MAX = 10


@blueprint.post("/products/<product_id>/pictures")
@require_member("catalog.edit")
def add_pictures(product_id: str) -> WerkzeugResponse:
    """Add pictures; one that cannot be used is named, the others stay."""
    queries.product_by_id(merchant_id(), product_id)
    end_read()
    added = 0
    for upload in request.files.getlist("pictures")[:AT_ONCE_MAX]:
        if not upload.filename:
            continue
        try:
            service.add_image(merchant_id(), product_id, upload.stream.read(UPLOAD_BYTES_MAX + 1))
            added += 1
        except (Invalid, Refused) as error:
            flash_member(f"{upload.filename[:80]}: {words_of(error)}", "danger")
    if added:
        flash_member(ngettext("%(num)d picture added.", "%(num)d pictures added.", added))
    return redirect(_pictures(product_id), 303)


@blueprint.post("/products/<product_id>/pictures/<image_id>")
@require_member("catalog.edit")
def change_picture(product_id: str, image_id: str) -> WerkzeugResponse:
    """Describe a picture, move it forward, or take it away."""
    ids = [image.id for image in queries.product_by_id(merchant_id(), product_id).images]
    do = request.form.get("do")
    if do == "remove":
        return attempt(
            lambda: service.remove_image(merchant_id(), image_id), _("Picture removed."), to=_pictures(product_id)
        )
    if do in ("earlier", "later") and image_id in ids:
        place = ids.index(image_id)
        other = max(place - 1, 0) if do == "earlier" else min(place + 1, len(ids) - 1)
        ids[place], ids[other] = ids[other], ids[place]
        return attempt(
            lambda: service.reorder_images(merchant_id(), product_id, ids), _("Moved."), to=_pictures(product_id)
        )
    form = Form(request.form)
    across, down = form.whole("focus_x"), form.whole("focus_y")
    return attempt(
        lambda: service.describe_image(
            merchant_id(),
            image_id,
            alt=posted("alt", 300),
            variant_id=posted("variant_id", 40) or None,
            focus=(across, down) if across is not None and down is not None else None,
        ),
        _("Saved."),
        to=_pictures(product_id),
    )


@blueprint.post("/products/<product_id>/pictures/order")
@require_member("catalog.edit")
def order_pictures(product_id: str) -> WerkzeugResponse:
    """The pictures in a new order, as they were dragged."""
    ids = request.form.getlist("ids")[:100]
    return attempt(
        lambda: service.reorder_images(merchant_id(), product_id, ids), _("Moved."), to=_pictures(product_id)
    )


@blueprint.post("/products/<product_id>/pictures/again")
@require_member("catalog.edit")
def fetch_pictures_again(product_id: str) -> WerkzeugResponse:
    """Try once more to fetch pictures that did not come."""
    return attempt(
        lambda: try_again(merchant_id(), product_id), _("They are being fetched again."), to=_pictures(product_id)
    )


def _pictures(product_id: str) -> str:
    return url_for("console.product", product_id=product_id) + "#pictures"
