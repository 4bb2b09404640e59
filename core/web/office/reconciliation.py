"""Our books against the outside: what is under way and how long, what the statements say."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, url_for

from core.base import clock
from core.base.i18n import gettext
from core.base.i18n import lazy_gettext as _
from core.payments.reconciliation import AGES, Thing, custodies, failed_payouts, oldest_things, under_way
from core.web.charts import chart
from core.web.console.page import argument
from core.web.formats import number
from core.web.office.page import blueprint, show, staff_page
from core.web.office.queries import currencies, names_of_merchants

KINDS = {
    "payment": _("Payments whose end is not known"),
    "refund": _("Refunds on their way"),
    "payout": _("Withdrawals on their way"),
    "unaccepted": _("Money that came in and nobody wanted"),
}
LATE_FROM = 2
"""The groups of AGES that are older than an hour."""
STATEMENT_LATE = timedelta(hours=26)


@blueprint.get("/reconciliation")
@staff_page("ledger.view")
def reconciliation() -> Response:
    """Where our books and the outside stand apart, over all merchants or for one."""
    merchant_id, now = argument("merchant", 40) or None, clock.now()
    waiting = under_way(merchant_id)
    oldest, failed = oldest_things(merchant_id), failed_payouts(merchant_id)
    ages = [sum(one.by_age[place] for one in waiting) for place in range(len(AGES) + 1)]
    ids = {one.merchant_id for one in (*oldest, *failed)} | ({merchant_id} if merchant_id else set())
    return show(
        "reconciliation",
        merchant_id=merchant_id,
        names=names_of_merchants(sorted(ids)),
        waiting=[{"row": one, "label": KINDS[one.kind], "late": sum(one.by_age[LATE_FROM:])} for one in waiting],
        drawn=chart([(label, count, number(count)) for label, count in zip(_age_labels(), ages, strict=True)])
        if waiting
        else None,
        oldest=[{"row": one, "label": KINDS[one.kind], "url": _url(one)} for one in oldest],
        failed=[{"row": one, "url": _url(one)} for one in failed],
        custodies=[] if merchant_id else custodies(currencies()),
        statement_late=now - STATEMENT_LATE,
    )


def _age_labels() -> list[str]:
    return [
        gettext("10 min"),
        gettext("1 h"),
        gettext("6 h"),
        gettext("1 day"),
        gettext("3 days"),
        gettext("older"),
    ]


def _url(one: Thing) -> str:
    if one.kind == "payout":
        return url_for("office.payout", merchant_id=one.merchant_id, payout_id=one.id)
    return url_for("office.payment", merchant_id=one.merchant_id, payment_id=one.payment_id)
