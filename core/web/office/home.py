"""What waits for the platform's staff today, and how the platform's trade goes."""

from __future__ import annotations

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.i18n import lazy_gettext as _
from core.contract.runtime import registry
from core.control.queries import waiting_counts
from core.web.charts import chart
from core.web.formats import short_day
from core.web.office import queries
from core.web.office.page import blueprint, show, staff_page, the_member

DAYS = 30


@blueprint.get("")
def start() -> WerkzeugResponse:
    """The address without its slash."""
    return redirect(url_for("office.home"))


@blueprint.get("/")
@staff_page("office.view")
def home() -> Response:
    """What waits, in the order of how soon it hurts."""
    member, waiting = the_member(), waiting_counts()
    items = []
    if waiting["approvals"]:
        items.append(
            {
                "title": _("Proposals that need a second person"),
                "detail": _("Money and limits wait for them."),
                "url": url_for("office.approvals"),
                "state": waiting["approvals"],
                "tone": "warn",
            }
        )
    for name, kind in registry().review_kinds.items():
        if waiting.get(name) and member.may_in_office(kind.permission):
            items.append(
                {
                    "title": kind.label,
                    "detail": _("Somebody waits for an answer."),
                    "url": url_for("office.reviews", kind=name),
                    "state": waiting[name],
                    "tone": "warn",
                }
            )
    if member.may_in_office("work.view"):
        items += [
            {**item, "url": url_for("office.work")}
            for item in (
                _item(
                    queries.dead_deliveries(),
                    _("Events that could not be delivered"),
                    _("Try them again, or give them up."),
                ),
                _item(
                    queries.failing_jobs(), _("Jobs whose last run failed"), _("They are tried again by themselves.")
                ),
            )
            if item is not None
        ]
    sales = queries.captured_by_day(DAYS)
    drawn = chart([(short_day(when), count, str(count)) for when, count in sales])
    return show("home", items=items, figures=queries.figures(), sales=drawn, days=DAYS)


def _item(count: int, title: object, detail: object) -> dict[str, object] | None:
    return {"title": title, "detail": detail, "state": count, "tone": "bad"} if count else None
