"""Limits that stand, and the form by which another one is proposed."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _
from core.base.money import MoneyError, minor_digits
from core.control.limits import LIMITED, SCOPES, limit_rules, propose_limit
from core.web.console.forms import Form
from core.web.console.page import Errors, words_of
from core.web.member import flash_member
from core.web.office.page import blueprint, show, staff_id, staff_page


@blueprint.get("/limits")
@staff_page("office.view")
def limits() -> Response:
    """All limits."""
    return _page()


def _page(*, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    return show(
        "limits",
        status=status,
        rules=limit_rules(),
        limited=LIMITED,
        scopes=SCOPES,
        errors=errors or {},
        message=message,
        values=request.form or request.args,
    )


@blueprint.post("/limits")
@staff_page("limits.propose")
def new_limit() -> WerkzeugResponse:
    """Propose a limit; it stands once somebody else approves."""
    currency = request.form.get("currency", "").strip().upper()[:3]
    form = Form(request.form, currency)
    try:
        minor_digits(currency)
        single, day = form.amount("single_minor"), form.amount("day_minor")
    except MoneyError:
        form.errors["currency"] = _("Write a currency like CNY.")
        single = day = None
    count = form.whole("day_count")
    try:
        form.check()
        propose_limit(
            name=form.text("name", most=40),
            scope=form.text("scope", most=12),
            holder=form.text("holder", most=80),
            currency=currency,
            single_minor=single,
            day_minor=day,
            day_count=count,
            maker_id=staff_id(),
            reason=form.text("reason", most=500),
        )
    except (Invalid, Refused) as error:
        return _page(status=error.status, errors=error.fields, message=words_of(error))
    flash_member(_("Proposed. It stands as soon as somebody else approves it."))
    return redirect(url_for("office.approvals"), 303)
