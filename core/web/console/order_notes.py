"""What the team writes on an order: notes, tags, another address, the confirmation once more."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _
from core.contract.views import AddressView
from core.orders import desk
from core.web.console.forms import Form
from core.web.console.orders import checked, do, order_page
from core.web.console.page import actor_id, attempt, blueprint, merchant_id, posted, words_of
from core.web.member import flash_member, require_member


def _back(order_id: str) -> str:
    return url_for("console.order", order_id=order_id) + "#happened"


@blueprint.post("/orders/<order_id>/notes")
@require_member("orders.view")
def add_note(order_id: str) -> WerkzeugResponse:
    """A new note."""
    try:
        desk.add_note(merchant_id(), order_id, posted("text", 5000), actor_id=actor_id())
    except (Invalid, Refused) as error:
        return order_page(order_id, status=error.status, errors=error.fields, message=words_of(error), form="note")
    return redirect(_back(order_id), 303)


@blueprint.post("/orders/<order_id>/notes/<note_id>")
@require_member("orders.view")
def change_note(order_id: str, note_id: str) -> WerkzeugResponse:
    """Change a note of one's own, or take it away."""
    if posted("do", 10) == "delete":
        return attempt(
            lambda: desk.delete_note(merchant_id(), note_id, actor_id=actor_id()),
            _("The note is gone."),
            to=_back(order_id),
        )
    text = posted("text", 5000)
    return attempt(
        lambda: desk.edit_note(merchant_id(), note_id, text, actor_id=actor_id()), _("Saved."), to=_back(order_id)
    )


@blueprint.post("/orders/<order_id>/tags")
@require_member("orders.fulfil")
def tag_order(order_id: str) -> WerkzeugResponse:
    """Sort an order by words."""
    tags = posted("tags", 1000).replace("，", ",").replace("、", ",").split(",")
    return attempt(
        lambda: desk.set_tags(merchant_id(), order_id, tags, actor_id=actor_id()),
        _("The tags are saved."),
        to=url_for("console.order", order_id=order_id),
    )


@blueprint.post("/orders/<order_id>/address")
@require_member("orders.fulfil")
def change_order_address(order_id: str) -> WerkzeugResponse:
    """Send what has not left to another address."""
    form = Form(request.form)
    address = AddressView(
        name=form.text("name", required=True, most=120),
        phone=form.text("phone", most=40),
        country="",
        region=form.text("region", most=120),
        city=form.text("city", required=True, most=120),
        line1=form.text("line1", required=True, most=200),
        line2=form.text("line2", most=200),
        postal_code=form.text("postal_code", most=20),
    )

    def action() -> None:
        desk.change_address(merchant_id(), order_id, address, actor_id=actor_id())

    return do(order_id, "address", checked(form, action), _("The address is changed."))


@blueprint.post("/orders/<order_id>/confirmation")
@require_member("orders.fulfil")
def resend_confirmation(order_id: str) -> WerkzeugResponse:
    """Write the confirmation to the buyer once more."""
    try:
        desk.resend_confirmation(merchant_id(), order_id, actor_id=actor_id())
    except (Invalid, Refused) as error:
        flash_member(words_of(error), "danger")
    else:
        flash_member(_("The confirmation is on its way once more."))
    return redirect(url_for("console.order", order_id=order_id), 303)
