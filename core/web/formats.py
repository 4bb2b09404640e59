"""How amounts, rates and moments are written for people."""

from __future__ import annotations

from datetime import date as Day
from datetime import datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_date as format_day
from babel.dates import format_skeleton
from babel.numbers import format_currency, format_decimal
from flask import Flask, g
from flask_babel import format_date as babel_date
from flask_babel import format_time as babel_time

from core.base.money import Money, minor_digits
from core.web.i18n import current_locale

_SHORT = "¥"
_LONG_SYMBOLS = {"CNY": "CN¥", "JPY": "JP¥"}
"""What CLDR writes to tell yuan and yen apart; a shop has one currency, so its pages need not."""


def money(amount_minor: int, currency: str | None = None) -> str:
    """An amount of minor units as people write it ("¥12.50"); by default in the shop's currency."""
    code = currency or g.shop.currency
    text = format_currency(Money(int(amount_minor), code).decimal, code, locale=current_locale())
    return text.replace(_LONG_SYMBOLS.get(code, code), _SHORT) if code in _LONG_SYMBOLS else text


def amount_text(amount_minor: int, currency: str) -> str:
    """An amount as a form field holds it ("12.50")."""
    return f"{Money(int(amount_minor), currency).decimal:.{minor_digits(currency)}f}"


def percent_ppm(rate_ppm: int) -> str:
    """A rate in parts per million as a percentage ("7.5%")."""
    return format_decimal(Decimal(rate_ppm) / 10_000, format="#,##0.####", locale=current_locale()) + "%"


def date(moment: datetime | None) -> str:
    """A day ("23 Nov 2026"); nothing for no moment."""
    return str(babel_date(moment, "medium")) if moment else ""


def short_day(day: Day) -> str:
    """A day without its year ("11/23"), for the axis of a chart."""
    return str(format_skeleton("Md", day, locale=current_locale()))


def short_month(day: Day) -> str:
    """A month with its year ("Nov 2026"), for the axis of a chart."""
    return str(format_skeleton("yMMM", day, locale=current_locale()))


def long_day(day: Day) -> str:
    """A day with its year ("23 Nov 2026"); of the calendar, whatever the time zone."""
    return str(format_day(day, "medium", locale=current_locale()))


def datetime_text(moment: datetime | None) -> str:
    """A day and time to the minute; nothing for no moment."""
    return f"{babel_date(moment, 'medium')} {babel_time(moment, 'short')}" if moment else ""


def iso(moment: datetime | None) -> str:
    """A moment for `<time datetime>`."""
    return moment.isoformat() if moment else ""


def number(value: int) -> str:
    """A whole number with its thousands apart ("12,345")."""
    return format_decimal(value, locale=current_locale())


_SIZES = ("B", "kB", "MB", "GB")


def file_size(size: int) -> str:
    """How large a file is ("1.4 MB")."""
    exact, unit = Decimal(size), 0
    while exact >= 1000 and unit < len(_SIZES) - 1:
        exact, unit = exact / 1000, unit + 1
    return f"{format_decimal(exact, format='#,##0.#' if unit else '#,##0', locale=current_locale())} {_SIZES[unit]}"


def init_app(app: Flask) -> None:
    """Make them filters of every template."""
    filters: dict[str, Any] = {
        "money": money,
        "amount_text": amount_text,
        "percent_ppm": percent_ppm,
        "date": date,
        "long_day": long_day,
        "short_month": short_month,
        "datetime": datetime_text,
        "iso": iso,
        "number": number,
        "file_size": file_size,
    }
    app.jinja_env.filters.update(filters)
