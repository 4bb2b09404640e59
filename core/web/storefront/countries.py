"""Countries that an address can be in, by ISO 3166 code, named in the buyer's language."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale

_NOT_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB", "XK", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"})
COUNTRY_CODES: frozenset[str] = frozenset(
    code
    for code in map(str, Locale.parse("en").territories)
    if len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES
)
_FIRST = ("CN", "HK", "TW", "MO", "SG")
_BY_CURRENCY = {"CNY": "CN", "HKD": "HK", "TWD": "TW", "USD": "US", "GBP": "GB", "JPY": "JP", "EUR": "DE", "SGD": "SG"}


@lru_cache(maxsize=8)
def country_choices(locale: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of every country; those that most buyers live in come first."""
    names = Locale.parse(locale).territories
    rest = sorted((str(names.get(code, code)), code) for code in COUNTRY_CODES - set(_FIRST))
    return (*((code, str(names.get(code, code))) for code in _FIRST), *((code, name) for name, code in rest))


def likely_country(currency: str) -> str:
    """The country to begin with in a shop of this currency."""
    return _BY_CURRENCY.get(currency, "CN")
