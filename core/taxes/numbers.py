"""Tax numbers of companies that buy: written as their country writes them, or refused."""

from __future__ import annotations

from typing import Final

from stdnum.cn import uscc
from stdnum.eu import vat
from stdnum.exceptions import ValidationError

from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _

NUMBER_MAX: Final = 40
EU: Final = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)


def checked_tax_number(text: str, country: str) -> str:
    """A tax number as it stands on an invoice; empty stays empty.

    A unified social credit code is checked with its check character for mainland China, a VAT number by its country's
    rule for the European Union (with or without the country in front). Others are kept as written.
    Raises Invalid (`fields.tax_id`).
    """
    number = "".join(text.split()).upper()
    if not number:
        return ""
    try:
        if len(number) > NUMBER_MAX or not number.isascii() or not number.replace("-", "").replace(".", "").isalnum():
            raise ValidationError
        if country == "CN":
            return str(uscc.validate(number))
        if country in EU:
            prefix = "EL" if country == "GR" else country
            return str(vat.validate(number if number.startswith(prefix) else prefix + number))
    except ValidationError:
        words = {
            "CN": _("This is no unified social credit code: 18 letters and digits, please check each."),
        }.get(country, _("This is no tax number as that country writes them. Please check each letter and digit."))
        raise Invalid(words, fields={"tax_id": words}) from None
    return number
