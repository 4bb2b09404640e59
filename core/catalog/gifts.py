"""Products that are gift cards: what they may be worth, and how long they last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _
from core.catalog.details import VariantDetails

MONTHS_MAX: Final = 600
AMOUNT_MINOR_MAX: Final = 10**9
"""Nobody needs a card that is worth more than this, and a slip of the finger should not make one."""


@dataclass(frozen=True, slots=True)
class GiftTerms:
    """Between which amounts buyers may choose their own (minor units; None: only those of the variants), and after how
    many months a card ends (None: never)."""

    own_min_minor: int | None = None
    own_max_minor: int | None = None
    months: int | None = None

    @staticmethod
    def of(stored: Mapping[str, Any]) -> GiftTerms:
        """The terms as a product keeps them."""
        return GiftTerms(**{name: stored.get(name) for name in ("own_min_minor", "own_max_minor", "months")})

    def as_json(self) -> dict[str, Any]:
        """What a product keeps."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @property
    def own_amount(self) -> bool:
        """Whether buyers may choose an amount of their own."""
        return self.own_max_minor is not None

    def takes(self, amount_minor: int) -> bool:
        """Whether a buyer may put this amount on a card."""
        return self.own_max_minor is not None and (self.own_min_minor or 1) <= amount_minor <= self.own_max_minor

    def checked(self) -> GiftTerms:
        """The terms, complete. Raises Invalid with `fields`."""
        fields: dict[str, object] = {}
        least, most = self.own_min_minor, self.own_max_minor
        if least is not None and not 0 < least <= AMOUNT_MINOR_MAX:
            fields["own_min"] = _("The amount must be more than zero.")
        if most is not None and not 0 < most <= AMOUNT_MINOR_MAX:
            fields["own_max"] = _("The amount must be more than zero, and not absurdly large.")
        if least is not None and most is None:
            fields["own_max"] = _("Say up to which amount, too.")
        elif least is not None and most is not None and least > most:
            fields["own_max"] = _("This is less than the least amount.")
        if self.months is not None and not 0 < self.months <= MONTHS_MAX:
            fields["months"] = _("Write a number of months, or leave it empty.")
        if fields:
            raise Invalid(_("Please correct the marked fields."), fields=fields)
        return replace(self, own_min_minor=least or 1) if most is not None else self


NO_TERMS: Final = GiftTerms()


def as_gift_cards(variants: list[VariantDetails]) -> list[VariantDetails]:
    """Variants as gift cards have them: no weight, no stock that is counted, nothing to send, no tax, no price before.

    Raises Invalid with `fields` for one that is worth nothing.
    """
    fields: dict[str, object] = {
        f"variants.{index}.price": _("A gift card is worth something.")
        for index, variant in enumerate(variants)
        if not 0 < variant.price_minor <= AMOUNT_MINOR_MAX
    }
    if fields:
        raise Invalid(_("Please correct the marked fields."), fields=fields)
    return [
        replace(
            variant,
            compare_at_minor=None,
            weight_grams=0,
            taxable=False,
            requires_shipping=False,
            tracked=False,
            on_hand=0,
        )
        for variant in variants
    ]
