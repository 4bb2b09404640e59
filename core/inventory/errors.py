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


class LocationShort(Refused):
    """A place has fewer goods that are free than should be taken from it."""

    code = "location_short"

    def __init__(self) -> None:
        super().__init__(
            _(
                "This location has not enough of it that is free. Goods that are to be packed for orders stay there; "
                "take from another location, or ship those orders first."
            )
        )


class LocationInUse(Refused):
    """A place still has goods."""

    code = "location_in_use"


class WrongState(Refused):
    """A transfer or a count that has ended, or has not begun."""

    code = "wrong_state"
