"""Bank payments: everything that this plugin does to a shop, in one list."""

from __future__ import annotations

from collections.abc import Sequence

import click

from core.sdk import (
    Check,
    FacePages,
    Job,
    Manifest,
    NavItem,
    Permission,
    Provider,
    ShopView,
    Simulator,
    hookimpl,
)
from core.sdk import (
    lazy_gettext as _,
)
from plugins.payment import models  # noqa: F401
from plugins.payment.bank_payout import BankPayout
from plugins.payment.bank_qr import BankQr
from plugins.payment.checks import verify_bank
from plugins.payment.commands import payment
from plugins.payment.connection import check_connection
from plugins.payment.jobs import JOBS
from plugins.payment.settings import PaymentSettings
from plugins.payment.simulator import BANK
from plugins.payment.views import console, hooks


class PaymentPlugin:
    """Paying by bank transfer with a QR code, refunds the same way back, and withdrawals to bank accounts."""

    manifest = Manifest(
        id="payment",
        name=_("Bank payments"),
        summary=_("Buyers pay by bank transfer with a QR code; you withdraw to your bank account."),
        version="0.1.0",
        core=">=0.1,<0.2",
        package="plugins.payment",
        settings=PaymentSettings,
        permissions=(Permission("payment.see", _("See bank notices")),),
        on_by_default=True,
    )

    @hookimpl
    def register_providers(self) -> Sequence[Provider]:
        """A way to pay, and a way to withdraw."""
        return (BankQr(), BankPayout())

    @hookimpl
    def register_pages(self) -> Sequence[FacePages]:
        """Where the bank tells us things, and where the merchant sees them."""
        return (FacePages("hooks", hooks), FacePages("console", console))

    @hookimpl
    def register_navigation(self) -> Sequence[NavItem]:
        """The bank's page in the console."""
        return (NavItem("console", 60, _("Bank"), "payment_console.show_bank", "qr", "payment.see", "money"),)

    @hookimpl
    def register_jobs(self) -> Sequence[Job]:
        """Notices that are not finished, the bank's statement, old nonces."""
        return JOBS

    @hookimpl
    def register_commands(self) -> Sequence[click.Command]:
        """`tongbao payment …`"""
        return (payment,)

    @hookimpl
    def register_simulators(self) -> Sequence[Simulator]:
        """The bank that stands in for a real one in the demo."""
        return (BANK,)

    @hookimpl
    def check_setup(self, shop: ShopView) -> str:
        """Asks the bank, with the keys that are set."""
        return check_connection(shop)

    @hookimpl
    def register_checks(self) -> Sequence[Check]:
        """Our books against the bank's."""
        return (Check("payment.bank", _("Our books equal the bank's statement"), verify_bank),)


plugin = PaymentPlugin()
