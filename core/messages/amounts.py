"""Amounts in messages, written in the reader's language."""

from __future__ import annotations

from babel.numbers import format_currency
from flask_babel import get_locale

from core.base.money import Money


def amount(amount_minor: int, currency: str) -> str:
    """An amount of minor units with its currency, in the language that is set."""
    return str(format_currency(Money(int(amount_minor), currency).decimal, currency, locale=get_locale() or "en"))
