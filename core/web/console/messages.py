"""Messages that went out in the shop's name: to whom, how they went, what they said as long as that is kept."""

from __future__ import annotations

from flask import Response, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _
from core.contract.runtime import registry
from core.messages.queries import message_counts, message_of, messages_page
from core.messages.service import BODY_KEPT, send_again, shown_message
from core.parties.roles import require_permission
from core.web.console.page import actor_id, argument, attempt, blueprint, merchant_id, show
from core.web.member import require_member

STATES = {"waiting": _("On its way"), "sent": _("Sent"), "dead": _("Not delivered")}
TONES = {"waiting": "note", "sent": "good", "dead": "bad"}


@blueprint.get("/messages")
@require_member("shop.edit")
def messages() -> Response:
    """The log, the newest first."""
    state, text = argument("state", 20), argument("q", 100)
    page = messages_page(merchant_id(), state=state, text=text, before=argument("before", 40))
    counts = message_counts(merchant_id())
    return show(
        "messages",
        page=page,
        kinds={name: kind.label for name, kind in registry().message_kinds.items()},
        states=STATES,
        tones=TONES,
        state=state if state in STATES else "",
        text=text,
        counts=counts,
        total=sum(counts.values()),
    )


@blueprint.get("/messages/<message_id>")
@require_member("shop.edit")
def message(message_id: str) -> Response:
    """One message: how it went, and what it said."""
    found = message_of(merchant_id(), message_id)
    kind = registry().message_kinds.get(found.kind)
    return show(
        "message",
        sent=found,
        label=kind.label if kind is not None else found.kind,
        secret=kind is not None and kind.secret,
        said=shown_message(found),
        states=STATES,
        tones=TONES,
        days=BODY_KEPT.days,
    )


@blueprint.post("/messages/<message_id>/again")
@require_member("shop.edit")
def message_again(message_id: str) -> WerkzeugResponse:
    """Try a message that was given up once more. Raises NotFound."""
    require_permission(actor_id(), merchant_id(), "shop.edit")

    def again() -> None:
        send_again(message_id, merchant_id=merchant_id())

    try:
        return attempt(again, _("It is tried again."), to=url_for("console.message", message_id=message_id))
    except NotFound:
        return attempt(lambda: None, _("It is on its way already."), to=url_for("console.messages"))
