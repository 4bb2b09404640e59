"""Refusals about stock."""

from __future__ import annotations

from collections.abc import Mapping

from core.base.errors import Refused
from core.base.i18n import lazy_gettext as _


class StockGone(Refused):
    """Not enough is left of some variants. `short` maps each to what is available now."""

    code = "stock_gone"

    def __init__(self, short: Mapping[str, int]):
        super().__init__(_("Some of the goods have just been sold. Nothing was charged; the cart shows what is left."))
        self.short = dict(short)


class StockPromised(Refused):
    """The count is lower than what is already promised to orders."""

    code = "stock_promised"

    def __init__(self, reserved: int):
        super().__init__(
            _(
                "%(reserved)s are promised to open orders, so the stock cannot be set below that. "
                "Cancel or ship those orders first.",
                reserved=reserved,
            )
        )
