"""Translation marks that every floor may use; English is the source language."""

from contextlib import AbstractContextManager
from typing import Any

import flask_babel
from babel.numbers import format_currency
from flask_babel.speaklater import LazyString
from markupsafe import Markup, escape

from core.base.money import Money

__all__ = [
    "LOCALES",
    "LazyText",
    "gettext",
    "in_locale",
    "lazy_gettext",
    "lazy_pgettext",
    "money_text",
    "nearest_locale",
    "ngettext",
    "pgettext",
]

LOCALES = {"en": "English", "zh_Hans": "简体中文", "zh_Hant": "繁體中文"}
_TRADITIONAL = {"tw", "hk", "mo", "hant"}


class LazyText(LazyString):
    """A text that is put into the reader's language when it is shown.

    It is escaped like any other text. Flask-Babel's own says of itself that it is markup, whatever was put into it.
    """

    def __html__(self) -> Markup:
        return escape(str(self))


def lazy_gettext(text: str, /, **values: Any) -> Any:
    """A text in the language of whoever reads it later."""
    return LazyText(flask_babel.gettext, text, **values)


def lazy_pgettext(context: str, text: str, /, **values: Any) -> Any:
    """Like `pgettext`, in the language of whoever reads it later."""
    return LazyText(flask_babel.pgettext, context, text, **values)


def gettext(text: str, **values: Any) -> str:
    """A text in the language of the request under way."""
    return str(flask_babel.gettext(text, **values))


def ngettext(singular: str, plural: str, num: int, **values: Any) -> str:
    """A text about a number of things; `%(num)d` is the number."""
    return str(flask_babel.ngettext(singular, plural, num, **values))


def pgettext(context: str, text: str, **values: Any) -> str:
    """A text that means different things in different places, told apart by a word of context."""
    return str(flask_babel.pgettext(context, text, **values))


def money_text(amount_minor: int, currency: str) -> str:
    """An amount as people of the language under way write it, with its currency."""
    amount = Money(amount_minor, currency)
    return format_currency(amount.decimal, currency, locale=flask_babel.get_locale() or "en")


def in_locale(locale: str) -> AbstractContextManager[None]:
    """Say everything inside the block in one language, whoever is being served (files, messages)."""
    forced: AbstractContextManager[None] = flask_babel.force_locale(locale)
    return forced


def nearest_locale(tag: str | None) -> str | None:
    """Map any language tag (`zh-TW`, `zh_CN`, `en-GB`) to one of LOCALES; None when the language is another."""
    if not tag:
        return None
    parts = tag.replace("-", "_").lower().split("_")
    if parts[0] == "zh":
        return "zh_Hant" if _TRADITIONAL & set(parts[1:]) else "zh_Hans"
    return "en" if parts[0] == "en" else None
