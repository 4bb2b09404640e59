"""Pictures of a product: uploaded several at once, put in order, described, removed."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _
from core.base.i18n import ngettext
from core.base.transactions import end_read
from core.catalog import queries, service
from core.catalog.pictures import UPLOAD_BYTES_MAX
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
    if do == "earlier" and image_id in ids:
        place = max(ids.index(image_id) - 1, 0)
        order = list(dict.fromkeys([*ids[:place], image_id, *ids[place:]]))
        return attempt(
            lambda: service.reorder_images(merchant_id(), product_id, order), _("Moved."), to=_pictures(product_id)
        )
    return attempt(
        lambda: service.describe_image(merchant_id(), image_id, alt=posted("alt", 300)),
        _("Saved."),
        to=_pictures(product_id),
    )


def _pictures(product_id: str) -> str:
    return url_for("console.product", product_id=product_id) + "#pictures"
