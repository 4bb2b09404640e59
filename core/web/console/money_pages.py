"""The pages about money beside the overview: statement, escrow, withdrawals, refunds, bank accounts, fees."""

from __future__ import annotations

from typing import Any, Literal, cast

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.days import days_of
from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _
from core.base.money import share_ppm
from core.contract.providers import PayoutState
from core.ledger import kinds
from core.ledger.queries import StatementFilter, statement
from core.ledger.service import AccountRef
from core.orders.figures import codes_of, escrow_page, money_now
from core.payments.accounts import add_bank_account, bank_accounts, disable_bank_account, make_primary
from core.payments.money_out import payouts_page, refunds_page
from core.payments.schedules import schedule_of, set_schedule, stop_schedule
from core.shops.zones import zone_of
from core.web.console import words
from core.web.console.forms import Form
from core.web.console.money import order_codes
from core.web.console.page import (
    Errors,
    actor_id,
    argument,
    attempt,
    blueprint,
    merchant_id,
    number_argument,
    posted,
    show,
    the_member,
    the_shop,
    words_of,
)
from core.web.member import flash_member, require_member

LINES = 30
EXAMPLE_MINOR = 10_000
STATEMENT_KINDS = (
    kinds.ESCROW_RELEASED,
    kinds.REFUND_PAID,
    kinds.PAYOUT_PAID,
    kinds.FEE_RETURNED,
    kinds.ADJUSTMENT,
    kinds.REVERSAL,
)


@blueprint.get("/money/statement")
@require_member("money.view")
def statement_page() -> Response:
    """Every line of the balance, with filters and the balance after each."""
    shop = the_shop()
    filters = {name: argument(name, 30) for name in ("from", "to", "kind", "direction")}
    errors: Errors = {}
    since = until = None
    try:
        since, until = days_of(filters, zone_of(shop))
    except Invalid as refusal:
        errors = refusal.fields
    direction = filters["direction"] if filters["direction"] in ("in", "out") else ""
    only = StatementFilter(
        kinds=(filters["kind"],) if filters["kind"] in STATEMENT_KINDS else (),
        since=since,
        until=until,
        direction=cast(Literal["", "in", "out"], direction),
    )
    account = AccountRef(kinds.MERCHANT_AVAILABLE, shop.merchant_id, shop.currency)
    found = statement(account, before_entry=number_argument("before"), limit=LINES + 1, only=only)
    lines = found[:LINES]
    kept = {name: value for name, value in filters.items() if value}
    more = url_for("console.statement", before=lines[-1].entry_id, **cast(Any, kept)) if len(found) > LINES else None
    return show(
        "money_statement",
        lines=lines,
        codes=order_codes(lines),
        label_of=words.transfer_label,
        kinds=[("", _("Everything")), *((name, words.transfer_label(name)) for name in STATEMENT_KINDS)],
        filters=filters,
        filtered=bool(kept),
        errors=errors,
        more=more,
        may_export=the_member().may("money.view"),
    )


blueprint.add_url_rule("/money/statement", endpoint="statement", view_func=statement_page)


@blueprint.get("/money/escrow")
@require_member("money.view")
def escrow() -> Response:
    """What is held for which order, and when it is released."""
    shop = the_shop()
    found = escrow_page(shop.merchant_id, shop.currency, before=argument("before", 40), limit=LINES + 1)
    lines = found[:LINES]
    return show(
        "money_escrow",
        lines=lines,
        states=words.order_labels(),
        now=money_now(shop.merchant_id, shop.currency),
        more=url_for("console.escrow", before=lines[-1].order_id) if len(found) > LINES else None,
    )


@blueprint.get("/money/payouts")
@require_member("money.view")
def payouts() -> Response:
    """All withdrawals, and those that are made without being asked for."""
    return _payouts()


def _payouts(*, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    shop = the_shop()
    state = argument("state", 20)
    known = state if state in words.OUTWARD_STATES else ""
    found = payouts_page(shop.merchant_id, before=argument("before", 40), state=known, limit=LINES + 1)
    lines = found[:LINES]
    accounts = bank_accounts(shop.merchant_id)
    more = url_for("console.payouts", before=lines[-1].id, state=known or None) if len(found) > LINES else None
    return show(
        "money_payouts",
        status=status,
        payouts=lines,
        state=known,
        states=words.OUTWARD_STATES,
        tones=words.OUTWARD_TONES,
        failed=str(PayoutState.FAILED),
        more=more,
        schedule=schedule_of(shop.merchant_id),
        accounts=[(account.id, f"{account.bank_name} {account.masked}".strip()) for account in accounts],
        may_withdraw=the_member().may("money.withdraw"),
        errors=errors or {},
        message=message,
        values=request.form,
    )


@blueprint.post("/money/schedule")
@require_member("money.withdraw")
def save_schedule() -> WerkzeugResponse:
    """Withdraw by itself, or no more."""
    if request.form.get("stop"):
        return attempt(
            lambda: stop_schedule(merchant_id(), actor_id=actor_id()),
            _("Nothing is withdrawn by itself any more."),
            to=url_for("console.payouts"),
        )
    form = Form(request.form, the_shop().currency)
    least = form.amount("least", required=True)
    keep = form.amount("keep") or 0
    account_id = form.text("bank_account_id", required=True, most=40)
    try:
        form.check()
        assert least is not None
        every = posted("every", 10)
        set_schedule(merchant_id(), account_id, every=every, least_minor=least, keep_minor=keep, actor_id=actor_id())
    except (Invalid, Refused) as error:
        return _payouts(status=error.status, errors=error.fields, message=words_of(error))
    flash_member(_("From now on it is withdrawn by itself."))
    return redirect(url_for("console.payouts") + "#schedule", 303)


@blueprint.get("/money/refunds")
@require_member("money.view")
def refunds() -> Response:
    """What went back to buyers, or is on its way."""
    found = refunds_page(merchant_id(), before=argument("before", 40), limit=LINES + 1)
    lines = found[:LINES]
    return show(
        "money_refunds",
        refunds=lines,
        codes=codes_of(merchant_id(), {line.subject_id for line in lines}),
        states=words.OUTWARD_STATES,
        tones=words.OUTWARD_TONES,
        more=url_for("console.refunds", before=lines[-1].id) if len(found) > LINES else None,
    )


@blueprint.get("/money/accounts")
@require_member("money.view")
def accounts() -> Response:
    """Where withdrawals go."""
    return _accounts()


def _accounts(*, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    return show(
        "money_accounts",
        status=status,
        accounts=bank_accounts(merchant_id()),
        may_withdraw=the_member().may("money.withdraw"),
        errors=errors or {},
        message=message,
        values=request.form,
    )


@blueprint.post("/money/accounts")
@require_member("money.withdraw")
def new_bank_account() -> WerkzeugResponse:
    """A bank account for withdrawals; its number is encrypted and never shown again."""
    try:
        add_bank_account(
            merchant_id(),
            holder=posted("holder", 120),
            bank_name=posted("bank_name", 120),
            bank_code=posted("bank_code", 40),
            number=posted("number", 60),
            actor_id=actor_id(),
        )
    except (Invalid, Refused) as error:
        return _accounts(status=error.status, errors=error.fields, message=words_of(error))
    flash_member(_("The bank account is saved."))
    return redirect(url_for("console.money"), 303)


@blueprint.post("/money/accounts/<account_id>/primary")
@require_member("money.withdraw")
def primary_bank_account(account_id: str) -> WerkzeugResponse:
    """Offer an account first."""
    return attempt(
        lambda: make_primary(merchant_id(), account_id, actor_id=actor_id()),
        _("This account is offered first now."),
        to=url_for("console.accounts"),
    )


@blueprint.post("/money/accounts/<account_id>/disable")
@require_member("money.withdraw")
def disable_account(account_id: str) -> WerkzeugResponse:
    """Withdraw to an account no more."""
    return attempt(
        lambda: disable_bank_account(merchant_id(), account_id, actor_id=actor_id()),
        _("Nothing is withdrawn to this account any more."),
        to=url_for("console.accounts"),
    )


@blueprint.get("/money/fees")
@require_member("money.view")
def fees() -> Response:
    """What the platform takes, with an example that one can change."""
    shop = the_shop()
    form = Form(request.args, shop.currency)
    asked = form.amount("amount") if request.args.get("amount") else EXAMPLE_MINOR
    back = form.amount("back") if request.args.get("back") else 0
    errors = dict(form.errors)
    amount = asked if asked is not None and asked >= 0 else EXAMPLE_MINOR
    back = min(max(back or 0, 0), amount)
    fee = share_ppm(amount - back, shop.fee_ppm)
    return show(
        "money_fees",
        amount_minor=amount,
        back_minor=back,
        fee_minor=fee,
        yours_minor=amount - back - fee,
        errors=errors,
        values=request.args,
    )
