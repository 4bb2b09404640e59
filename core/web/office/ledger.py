"""The ledger down to its entries, and corrections of it."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, NotFound, Refused, TongbaoError
from core.base.i18n import lazy_gettext as _
from core.base.money import MoneyError, parse_minor
from core.control.adjustments import propose_adjustment
from core.ledger.service import AccountRef, Posting
from core.web.console.page import Errors, argument, posted, words_of
from core.web.member import flash_member
from core.web.office import queries
from core.web.office.page import blueprint, show, staff_id, staff_page

LINES = 4


@blueprint.get("/ledger")
@staff_page("ledger.view")
def ledger() -> Response:
    """Accounts of the ledger, and what each kind holds in all."""
    text = argument("q", 80)
    rows, next_after = queries.accounts(text, argument("after", 80) or None)
    totals = queries.totals() if not text and not argument("after", 80) else ()
    return show("ledger", rows=rows, next_after=next_after, text=text, totals=totals)


@blueprint.get("/ledger/accounts/<account_id>")
@staff_page("ledger.view")
def account(account_id: str) -> Response:
    """The entries of one account."""
    before = argument("before", 18)
    is_number = before.isascii() and before.isdigit()
    rows, next_before = queries.account_entries(account_id, int(before) if is_number else None)
    found, _after = queries.accounts(account_id)
    if not found:
        raise NotFound(_("There is no such account."))
    return show("account", account=found[0], rows=rows, next_before=next_before)


@blueprint.get("/ledger/transfers/<transfer_id>")
@staff_page("ledger.view")
def transfer(transfer_id: str) -> Response:
    """One transfer with its entries."""
    found = queries.transfer(transfer_id)
    if found is None:
        raise NotFound(_("There is no such transfer."))
    return show("transfer", transfer=found)


@blueprint.get("/ledger/correct")
@staff_page("ledger.adjust")
def correction() -> Response:
    """The form of a correction."""
    return _form()


def _form(*, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    return show(
        "correction",
        status=status,
        lines=range(1, LINES + 1),
        kinds=queries.account_kind_choices(),
        values=request.form or request.args,
        errors=errors or {},
        message=message,
    )


@blueprint.post("/ledger/correct")
@staff_page("ledger.adjust")
def propose_correction() -> WerkzeugResponse:
    """Propose it; it is posted once somebody else approves."""
    currency = posted("currency", 3).upper()
    errors: dict[str, object] = {}
    postings = []
    for line in range(1, LINES + 1):
        amount, kind = posted(f"amount{line}", 40), posted(f"kind{line}", 60)
        if not amount:
            continue
        try:
            minor = parse_minor(amount.replace("−", "-"), currency)
        except MoneyError:
            errors[f"amount{line}"] = _("Write an amount like 12.50 or -12.50, with the digits that the currency has.")
            continue
        owner = posted(f"owner{line}", 80) or "platform"
        postings.append(Posting(AccountRef(kind, owner, currency, posted(f"subject{line}", 80)), minor))
    try:
        if errors:
            raise Invalid(_("Please correct the marked fields."), fields=errors)
        propose_adjustment(postings, memo=posted("memo", 200), maker_id=staff_id())
    except (Invalid, Refused) as error:
        return _form(status=error.status, errors=error.fields, message=words_of(error))
    except TongbaoError as error:
        return _form(status=422, message=error.message)
    flash_member(_("Proposed. It is posted as soon as somebody else approves it."))
    return redirect(url_for("office.approvals"), 303)
