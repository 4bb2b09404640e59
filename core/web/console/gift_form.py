"""The form of a product that is a gift card: its amounts in one line instead of a table of variants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.base.errors import Invalid
from core.base.i18n import gettext
from core.base.i18n import lazy_gettext as _
from core.base.money import MoneyError, parse_minor
from core.catalog.details import OPTION_VALUES_MAX, OptionDetails, VariantDetails
from core.catalog.gifts import GiftTerms
from core.catalog.shapes import ProductView, VariantView
from core.web.formats import amount_text

FIELDS = ("amounts", "own_min", "own_max", "months")


@dataclass(frozen=True, slots=True)
class GiftForm:
    """What stands in the fields."""

    amounts: str = ""
    own_min: str = ""
    own_max: str = ""
    months: str = ""


def gift_form_of(product: ProductView, currency: str) -> GiftForm:
    """The form of a gift card that is there."""
    terms = product.gift
    return GiftForm(
        amounts=", ".join(amount_text(variant.price_minor, currency) for variant in product.variants),
        own_min=amount_text(terms.own_min_minor, currency) if terms.own_min_minor else "",
        own_max=amount_text(terms.own_max_minor, currency) if terms.own_max_minor else "",
        months=str(terms.months or ""),
    )


def read_gift_form(sent: Mapping[str, str]) -> GiftForm:
    """The form as it was sent, word for word."""
    return GiftForm(**{name: sent.get(name, "").strip()[:500] for name in FIELDS})


def gift_details(
    form: GiftForm, known: tuple[VariantView, ...], currency: str
) -> tuple[GiftTerms, list[OptionDetails], list[VariantDetails]]:
    """The terms, the option and its variants; an amount that was there keeps its variant. Raises Invalid (`fields`)."""
    fields: dict[str, object] = {}
    amounts: list[int] = []
    for text in form.amounts.replace("，", ",").replace("、", ",").split(","):
        amount = _amount(text, currency)
        if text.strip() and not amount:
            fields["amounts"] = _("Write amounts like 50, 100, 200.")
        elif amount and amount not in amounts:
            amounts.append(amount)
    if not amounts:
        fields["amounts"] = _("Write amounts like 50, 100, 200.")
    if len(amounts) > OPTION_VALUES_MAX:
        fields["amounts"] = _("At most %(limit)d amounts.", limit=OPTION_VALUES_MAX)
    bounds: dict[str, int | None] = {}
    for name in ("own_min", "own_max"):
        text = getattr(form, name)
        bounds[name] = _amount(text, currency)
        if text and not bounds[name]:
            fields[name] = _("Write an amount like 12.50, with the digits that the currency has.")
    months = int(form.months) if form.months.isascii() and form.months.isdigit() and len(form.months) < 5 else None
    if form.months and months is None:
        fields["months"] = _("Write a whole number.")
    try:
        terms = GiftTerms(bounds["own_min"], bounds["own_max"], months).checked()
    except Invalid as refusal:
        fields = {**refusal.fields, **fields}
    if fields:
        raise Invalid(_("Please correct the marked fields."), fields=fields)
    before = {variant.price_minor: variant for variant in known}
    values = {amount: amount_text(amount, currency) for amount in amounts}
    variants = [
        VariantDetails(
            price_minor=amount,
            option_values=(values[amount],),
            id=before[amount].id if amount in before else None,
            sku=before[amount].sku if amount in before else "",
            tracked=False,
        )
        for amount in amounts
    ]
    return terms, [OptionDetails(gettext("Amount"), tuple(values.values()))], variants


def _amount(text: str, currency: str) -> int | None:
    try:
        return parse_minor(text.strip(), currency) if text.strip() else None
    except MoneyError:
        return None
