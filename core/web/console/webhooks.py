"""Webhooks: where systems are told of events, what was sent and what came back."""

from __future__ import annotations

import json
from datetime import timedelta

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base import clock
from core.base.errors import Invalid, NotAllowed, Refused
from core.base.i18n import lazy_gettext as _
from core.web.console.forms import Form
from core.web.console.page import Errors, actor_id, argument, attempt, blueprint, merchant_id, posted, show, words_of
from core.web.member import flash_member, require_member
from core.webhooks import queries, service
from core.webhooks.events import ALL, EVENTS

STATES = {"waiting": _("Waits"), "done": _("Heard"), "failed": _("Given up")}
SINCE = ((1, _("An hour")), (24, _("A day")), (168, _("A week")), (720, _("30 days")))


@blueprint.get("/webhooks")
@require_member("shop.edit")
def webhooks() -> Response:
    """All webhooks, with the form for a new one."""
    return _page()


def _page(*, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    return show(
        "webhooks",
        status=status,
        endpoints=queries.endpoints_of(merchant_id()),
        events=list(EVENTS.values())[:-1],
        errors=errors or {},
        message=message,
        values=request.form,
        chosen=request.form.getlist("topics"),
    )


@blueprint.post("/webhooks")
@require_member("shop.edit")
def new_webhook() -> Response:
    """Have a system told of events; its secret is on the page that follows and nowhere else."""
    try:
        made = service.create_endpoint(
            merchant_id(),
            url=posted("url", 1001),
            topics=_topics(),
            description=posted("description", 201),
            actor_id=actor_id(),
        )
    except (Invalid, Refused) as error:
        return _page(status=error.status, errors=error.fields, message=words_of(error))
    return _endpoint_page(made.endpoint_id, secret=made.secret)


def _topics() -> list[str]:
    return [ALL] if request.form.get("all") == "1" else request.form.getlist("topics")[:100]


@blueprint.get("/webhooks/<endpoint_id>")
@require_member("shop.edit")
def webhook(endpoint_id: str) -> Response:
    """One webhook, with what was sent to it."""
    return _endpoint_page(endpoint_id)


def _endpoint_page(
    endpoint_id: str, *, status: int = 200, errors: Errors | None = None, message: object = "", secret: str = ""
) -> Response:
    merchant, state = merchant_id(), argument("state", 10)
    endpoint = queries.endpoint(merchant, endpoint_id)
    state = state if state in STATES else ""
    rows, before = queries.deliveries_page(
        merchant, endpoint_id, state=state or None, before=argument("before", 40) or None
    )
    response = show(
        "webhook",
        status=status,
        endpoint=endpoint,
        deliveries=rows,
        next_before=before,
        counts=queries.states_of(merchant, endpoint_id),
        state=state,
        states=STATES,
        events=list(EVENTS.values())[:-1],
        labels={event.name: event.label for event in EVENTS.values()},
        since=SINCE,
        secret=secret,
        errors=errors or {},
        message=message,
        values=request.form,
    )
    if secret:
        response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/webhooks/<endpoint_id>")
@require_member("shop.edit")
def change_webhook(endpoint_id: str) -> WerkzeugResponse:
    """Save, switch, test, renew the secret, send all again, or take the webhook away."""
    merchant, person = merchant_id(), actor_id()
    do, here = request.form.get("do"), url_for("console.webhook", endpoint_id=endpoint_id)
    try:
        if do == "delete":
            service.delete_endpoint(merchant, endpoint_id, actor_id=person)
            flash_member(_("The webhook is gone."))
            return redirect(url_for("console.webhooks"), 303)
        if do == "rotate":
            hours = Form(request.form).whole("overlap_hours") or 0
            made = service.rotate_secret(merchant, endpoint_id, overlap_hours=hours, actor_id=person)
            return _endpoint_page(endpoint_id, secret=made.secret)
        if do == "test":
            service.send_test(merchant, endpoint_id, actor_id=person)
            flash_member(_("A test is on its way. Reload to see what came back."))
        elif do == "replay":
            hours = min(Form(request.form).whole("hours") or 1, service.REPLAY_DAYS_MAX * 24)
            since = clock.now() - timedelta(hours=hours) + timedelta(minutes=1)
            count = service.send_all_again(merchant, endpoint_id, since, actor_id=person)
            flash_member(_("%(count)d events are sent again.", count=count))
        elif do in {"on", "off"}:
            service.change_endpoint(merchant, endpoint_id, active=do == "on", actor_id=person)
            flash_member(_("It is on; what waited is sent.") if do == "on" else _("It is off."))
        else:
            service.change_endpoint(
                merchant,
                endpoint_id,
                url=posted("url", 1001),
                topics=_topics(),
                description=posted("description", 201),
                actor_id=person,
            )
            flash_member(_("Saved."))
    except (Invalid, Refused, NotAllowed) as error:
        return _endpoint_page(endpoint_id, status=error.status, errors=error.fields, message=words_of(error))
    return redirect(here, 303)


@blueprint.get("/webhooks/deliveries/<delivery_id>")
@require_member("shop.edit")
def webhook_delivery(delivery_id: str) -> Response:
    """One delivery: what was sent, and what came back each time."""
    row, tries = queries.delivery(merchant_id(), delivery_id)
    body = {"id": row.event_id, "type": row.topic, "timestamp": row.happened_at.isoformat(), "data": row.payload}
    return show(
        "webhook_delivery",
        delivery=row,
        tries=tries,
        endpoint=queries.endpoint(merchant_id(), row.endpoint_id),
        label=EVENTS[row.topic].label if row.topic in EVENTS else row.topic,
        states=STATES,
        body=json.dumps(body, ensure_ascii=False, indent=2),
    )


@blueprint.post("/webhooks/deliveries/<delivery_id>")
@require_member("shop.edit")
def resend_delivery(delivery_id: str) -> WerkzeugResponse:
    """Send one delivery once more."""
    return attempt(
        lambda: service.send_again(merchant_id(), delivery_id, actor_id=actor_id()),
        _("It is sent again in a moment."),
        to=url_for("console.webhook_delivery", delivery_id=delivery_id),
    )
