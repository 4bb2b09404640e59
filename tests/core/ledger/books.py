"""Accounts and movements that the tests of the ledger share."""

from core.ledger.service import AccountRef, Posting, Transfer, post_transfer

BANK = AccountRef("custody", "demo.bank", "CNY")
BANK_USD = AccountRef("custody", "demo.bank", "USD")
FEES = AccountRef("platform_fees", "platform", "CNY")
TEA = AccountRef("merchant_available", "mer_tea", "CNY")
TEA_USD = AccountRef("merchant_available", "mer_tea", "USD")
CERAMICS = AccountRef("merchant_available", "mer_ceramics", "CNY")


def escrow(order: str) -> AccountRef:
    return AccountRef("order_escrow", "mer_tea", "CNY", order)


def move(source: AccountRef, target: AccountRef, amount_minor: int, key: str, **more: object) -> Transfer:
    postings = [Posting(source, -amount_minor), Posting(target, amount_minor)]
    return post_transfer("payment_captured", postings, **{"reference": "ord_1", "idempotency_key": key, **more})


def pay_in(target: AccountRef, amount_minor: int, key: str = "pay-in") -> Transfer:
    """Money arrives at the bank for somebody."""
    bank = AccountRef("custody", "demo.bank", target.currency)
    return move(bank, target, amount_minor, key)
