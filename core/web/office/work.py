"""Jobs, tasks and the outbox, with what is stuck."""

from __future__ import annotations

from flask import Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.i18n import lazy_gettext as _
from core.web.console.page import attempt, posted
from core.web.office import queries
from core.web.office.page import blueprint, show, staff_id, staff_page
from core.web.office.service import discard_delivery, retry_dead, retry_delivery


@blueprint.get("/work")
@staff_page("work.view")
def work() -> Response:
    """Jobs, tasks and the outbox."""
    return show(
        "work",
        jobs=queries.jobs(),
        tasks=queries.tasks(),
        counts=queries.delivery_counts(),
        stuck=queries.stuck_deliveries(),
    )


@blueprint.post("/work/<int:event_id>")
@staff_page("work.retry")
def replay(event_id: int) -> WerkzeugResponse:
    """Try to deliver an event to a subscriber once more, or give it up."""
    subscriber, here = request.form.get("subscriber", "")[:120], url_for("office.work")
    if posted("do", 20) == "discard":
        reason = posted("reason", 300)
        return attempt(
            lambda: discard_delivery(event_id, subscriber, reason=reason, actor_id=staff_id()),
            _("Given up; it is not tried again."),
            to=here,
        )
    return attempt(
        lambda: retry_delivery(event_id, subscriber, actor_id=staff_id()), _("It is tried again shortly."), to=here
    )


@blueprint.post("/work/dead")
@staff_page("work.retry")
def replay_all() -> WerkzeugResponse:
    """Try everything that is dead once more."""
    done = _("All of it is tried again shortly.")
    return attempt(lambda: retry_dead(actor_id=staff_id()), done, to=url_for("office.work"))
