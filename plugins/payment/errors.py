"""What the plugin refuses."""

from __future__ import annotations

from core.sdk import Refused, lazy_gettext


class NoBank(Refused):
    """Neither the merchant nor the platform has a connection to a bank (any more)."""

    code = "payment_no_bank"

    def __init__(self) -> None:
        super().__init__(lazy_gettext("No bank is connected. Ask the shop to set one up."))
