"""Why a gift card is not taken."""

from __future__ import annotations

from core.base.errors import NotFound, Refused
from core.base.i18n import lazy_gettext as _


class GiftCardNotFound(NotFound):
    """No card of this shop."""

    code = "gift_card_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such gift card."))


class GiftCardRefused(Refused):
    """The card cannot pay: an unknown code, switched off, past its day, or empty."""

    code = "gift_card_refused"


class GiftCardClosed(Refused):
    """The card has ended, so nothing can be changed about it."""

    code = "gift_card_closed"

    def __init__(self) -> None:
        super().__init__(_("This gift card has ended; nothing is left on it."))


class GiftCardSpent(Refused):
    """Nothing (or not enough) is left on the card to be given back."""

    code = "gift_card_spent"
