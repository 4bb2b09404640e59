"""The payer's door: what opens on the phone when somebody scans a code."""

from decimal import Decimal
from typing import Any

from babel.numbers import format_currency, get_currency_precision
from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from plugins.payment.bank.simulator import collections
from plugins.payment.bank.simulator.bank import Bank
from plugins.payment.bank.simulator.errors import Refusal
from plugins.payment.bank.simulator.texts import LANGUAGES, TEXTS

payer = Blueprint("payer", __name__)

# How a payer, or a bank that was asked in the same second, can act: (times, minor units too few, insist).
ACTIONS = {
    "pay": (1, 0, False),
    "wrong_amount": (1, 1, False),
    "twice": (2, 0, True),
    "late": (1, 0, True),
}


@payer.get("/pay/<token>")
def show(token: str) -> ResponseReturnValue:
    """The page that asks whether to pay."""
    found = _find(token)
    if found is None:
        return _page("unknown.html"), 404
    return _page("pay.html", collection=found, problem=None)


@payer.post("/pay/<token>")
def act(token: str) -> ResponseReturnValue:
    """Pay, or do what else the payer pressed."""
    found = _find(token)
    if found is None:
        return _page("unknown.html"), 404
    action = request.form.get("action", "")
    if action == "decline":
        return _page("done.html", collection=found, title="declined", transfers=[])
    if action not in ACTIONS:
        return _page("pay.html", collection=found, problem="bad_action"), 400
    times, short_minor, insist = ACTIONS[action]
    bank = _bank()
    amount_minor = max(1, found["amount_minor"] - short_minor)
    if action == "wrong_amount" and request.form.get("amount_minor", "").isdecimal():
        amount_minor = max(1, int(request.form["amount_minor"]))
    try:
        transfers = [
            collections.pay(
                bank.book,
                token,
                account=request.form.get("account", ""),
                amount_minor=amount_minor,
                insist=insist,
            )
            for _ in range(times)
        ]
    except Refusal as refusal:
        return _page("pay.html", collection=_find(token), problem=refusal.code), refusal.status
    finally:
        bank.courier.wake()
    return _page(
        "done.html",
        collection=_find(token),
        title="paid",
        transfers=transfers,
        paid_minor=amount_minor * times,
    )


def _bank() -> Bank:
    bank: Bank = current_app.extensions["bank"]
    return bank


def _find(token: str) -> dict[str, Any] | None:
    return collections.find_by_token(_bank().book, token, public_url=_bank().public_url)


def _page(template: str, **values: Any) -> str:
    asked = request.args.get("lang", "")
    language = asked if asked in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or "en"
    return render_template(
        f"bank/{template}",
        language=language,
        text=TEXTS[language],
        money=_money,
        languages=LANGUAGES,
        **values,
    )


def _money(amount_minor: int, currency: str) -> str:
    # One way to write an amount in both languages: a bank's app shows ¥, never CN¥.
    digits = get_currency_precision(currency)
    return format_currency(Decimal(amount_minor).scaleb(-digits), currency, locale="zh_Hans_CN")
