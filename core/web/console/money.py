"""Money: what is there, what moved last, and how to withdraw it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import lazy_gettext as _
from core.contract.providers import PayoutRail
from core.contract.runtime import registry
from core.ledger import kinds
from core.ledger.queries import statement
from core.ledger.service import AccountRef
from core.ledger.values import StatementRow
from core.orders.figures import codes_of, money_now
from core.payments.accounts import bank_accounts
from core.payments.models import BankAccount
from core.payments.money_out import payouts_page
from core.payments.payouts import request_payout
from core.payments.schedules import schedule_of
from core.web.console import words
from core.web.console.forms import Form
from core.web.console.page import (
    Errors,
    actor_id,
    blueprint,
    merchant_id,
    show,
    the_member,
    the_shop,
    words_of,
)
from core.web.member import flash_member, require_member

LINES = 10
PAYOUTS_SHOWN = 5
PLACES = (
    ("console.money", _("Overview")),
    ("console.statement", _("Statement")),
    ("console.escrow", _("In escrow")),
    ("console.payouts", _("Withdrawals")),
    ("console.refunds", _("Refunds")),
    ("console.accounts", _("Bank accounts")),
    ("console.fees", _("Fees")),
)
"""The pages about money, as their tabs stand."""


@blueprint.app_context_processor
def _places() -> dict[str, object]:
    return {"money_places": PLACES} if request and request.path.startswith("/console/money") else {}


@blueprint.get("/money")
@require_member("money.view")
def money() -> Response:
    """Balance, statement, withdrawals, bank accounts."""
    return _page()


def order_codes(lines: Sequence[StatementRow]) -> dict[str, str]:
    """What the orders that these lines are about are called."""
    return codes_of(merchant_id(), {line.reference for line in lines if line.reference.startswith("ord_")})


def _page(*, status: int = 200, errors: Errors | None = None, message: object = "", form: str = "") -> Response:
    shop, may_withdraw = the_shop(), the_member().may("money.withdraw")
    account = AccountRef(kinds.MERCHANT_AVAILABLE, shop.merchant_id, shop.currency)
    lines = statement(account, limit=LINES)
    accounts = bank_accounts(shop.merchant_id)
    return show(
        "money",
        status=status,
        now=money_now(shop.merchant_id, shop.currency),
        lines=lines,
        codes=order_codes(lines),
        label_of=words.transfer_label,
        accounts=accounts,
        masked={account.id: f"{account.bank_name} {account.masked}" for account in accounts},
        payout_states=words.OUTWARD_STATES,
        payout_tones=words.OUTWARD_TONES,
        payouts=payouts_page(shop.merchant_id, limit=PAYOUTS_SHOWN),
        schedule=schedule_of(shop.merchant_id),
        rail=bool(registry().providers(PayoutRail, shop.plugins)),
        may_withdraw=may_withdraw,
        form=form,
        errors=errors or {},
        message=message,
        values=request.form,
    )


@blueprint.post("/money/withdraw")
@require_member("money.withdraw")
def withdraw() -> WerkzeugResponse:
    """First step: show what will happen. Second step, from the page that asks: do it."""
    form = Form(request.form, the_shop().currency)
    amount_minor = form.amount("amount", required=True)
    account_id = form.text("bank_account_id", required=True, most=40)
    try:
        form.check()
        assert amount_minor is not None
        if request.form.get("sure") != "1":
            return _sure_page(_account(account_id), amount_minor)
        request_payout(merchant_id(), account_id, amount_minor, actor_id=actor_id())
    except (Invalid, Refused) as error:
        return _page(status=error.status, errors=error.fields, message=words_of(error), form="withdraw")
    flash_member(_("The withdrawal is on its way. Its state is shown below."))
    return redirect(url_for("console.payouts"), 303)


def _account(account_id: str) -> BankAccount:
    found = next((one for one in bank_accounts(merchant_id()) if one.id == account_id), None)
    if found is None:
        raise NotFound(_("There is no such bank account."))
    return found


def _sure_page(account: BankAccount, amount_minor: int) -> Response:
    now = money_now(merchant_id(), the_shop().currency)
    if amount_minor <= 0:
        said = _("The amount must be more than zero.")
        raise Invalid(said, fields={"amount": said})
    if amount_minor > now.available_minor:
        said = _("This is more than is available.")
        raise Invalid(said, fields={"amount": said})
    return show("withdraw", account=account, amount_minor=amount_minor, left_minor=now.available_minor - amount_minor)
