"""What core itself registers, and how the plugins come in: done once, when the application is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from flask import Flask

from core.access.answers import tidy_access
from core.audit.verify import verify_audit
from core.base.acting import bookkeeping
from core.base.encrypted import encrypted_columns
from core.base.i18n import lazy_gettext as _
from core.catalog.exports import PRODUCTS
from core.catalog.fetching import fetch_waiting
from core.contract.contributions import Check, EncryptedRows, Job, Subscription
from core.contract.dispatch import Dispatch
from core.contract.faults import write_faults_after_requests
from core.contract.health import CallKey, Calls, CircuitMoved, Health
from core.contract.health_store import forget_health, write_health
from core.contract.loader import LoadReport, load_plugins
from core.contract.registry import Contributions, Registry
from core.control.adjustments import LEDGER_ADJUSTMENT
from core.control.approvals import expire_approvals
from core.control.limits import LIMIT_CHANGE
from core.discounts.verify import verify_discounts
from core.documents import service as papers
from core.documents.exports import LISTS as PAPER_LISTS
from core.documents.fees import issue_fee_invoices
from core.documents.personal import PERSONAL_DATA as PAPERS_OF_PEOPLE
from core.documents.verify import verify_documents
from core.exports.service import sweep_exports
from core.figures.exports import DAYS as DAYS_OF_SALES
from core.figures.service import close_days
from core.figures.verify import verify_figures
from core.giftcards.letters import KINDS as GIFT_CARD_LETTERS
from core.giftcards.selling import deliver_cards
from core.giftcards.service import expire_cards
from core.giftcards.verify import verify_gift_cards
from core.identity.parts import PARTS as PEOPLE
from core.inventory import digest as stock_letters
from core.inventory.digest import write_digests
from core.inventory.exports import MOVEMENTS, STOCK
from core.inventory.listening import allocate_when_paid
from core.inventory.verify import verify_stock
from core.ledger import kinds
from core.ledger.exports import STATEMENT
from core.ledger.service import expire_holds, roll_up
from core.ledger.verify import verify_ledger
from core.messages.channels import BUILT_IN
from core.messages.kinds import KINDS as MESSAGE_KINDS
from core.messages.letterheads import install_letterheads
from core.messages.service import deliver_messages, forget_messages
from core.orders import letters as order_letters
from core.orders import notices as order_notices
from core.orders import terms as order_terms
from core.orders.payment_subject import OrderPayments
from core.orders.personal import PERSONAL_DATA as ORDERS_OF_PEOPLE
from core.orders.service import expire_unpaid
from core.orders.settlement import release_due
from core.orders.verify import verify_escrow, verify_order_totals, verify_parcels, verify_payments, verify_sold_cards
from core.parties import letters as account_letters
from core.parties.account import RESET_TOPIC, on_reset_asked
from core.parties.exports import CUSTOMERS
from core.parties.factor_models import TotpFactor
from core.parties.personal import PERSONAL_DATA as ACCOUNTS
from core.parties.proofs import sweep_proofs
from core.parties.sessions import sweep_sessions
from core.payments.models import BankAccount
from core.payments.payouts import LARGE_PAYOUT, send_payouts
from core.payments.refunds import send_refunds
from core.payments.schedules import run_schedules
from core.payments.service import ask_unknown
from core.privacy.models import DataPackage
from core.privacy.service import sweep_packages
from core.shops import onboarding
from core.shops.fees import FEE_CHANGE
from core.shops.letterhead import letterhead
from core.shops.plugin_settings import renew_secrets
from core.site.service import publish_due
from core.web.office.sources import SOURCES
from core.webhooks.events import TOPICS as WEBHOOK_TOPICS
from core.webhooks.letters import KINDS as WEBHOOK_LETTERS
from core.webhooks.models import WebhookEndpoint
from core.webhooks.sending import on_event as tell_webhooks
from core.webhooks.sending import send_webhooks, tidy_webhooks


def _run(job: Callable[[], object]) -> Callable[[], None]:
    """A job that is told how much was done has no use for it."""

    def run() -> None:
        job()

    return run


CORE = Contributions(
    jobs=(
        Job("payments.ask", timedelta(seconds=5), ask_unknown),
        Job("payments.refunds", timedelta(seconds=5), send_refunds),
        Job("payments.payouts", timedelta(seconds=5), send_payouts),
        Job("payments.schedules", timedelta(minutes=5), _run(run_schedules)),
        Job("control.expire", timedelta(minutes=10), _run(expire_approvals)),
        Job("webhooks.send", timedelta(seconds=2), send_webhooks),
        Job("webhooks.tidy", timedelta(hours=1), _run(tidy_webhooks)),
        Job("access.tidy", timedelta(minutes=30), _run(tidy_access)),
        Job("orders.expire", timedelta(minutes=1), _run(expire_unpaid)),
        Job("orders.release", timedelta(minutes=1), _run(release_due)),
        Job("ledger.holds", timedelta(minutes=5), _run(expire_holds)),
        Job("giftcards.deliver", timedelta(minutes=1), _run(deliver_cards)),
        Job("giftcards.expire", timedelta(minutes=30), _run(expire_cards)),
        Job("catalog.pictures", timedelta(seconds=15), _run(fetch_waiting)),
        Job("exports.sweep", timedelta(hours=1), _run(sweep_exports)),
        Job("site.publish", timedelta(seconds=30), _run(publish_due)),
        Job("figures.days", timedelta(minutes=15), _run(close_days)),
        Job("documents.forgotten", timedelta(minutes=30), _run(papers.issue_forgotten)),
        Job("documents.fees", timedelta(hours=6), _run(issue_fee_invoices)),
        Job("ledger.rollup", timedelta(minutes=30), _run(roll_up)),
        Job("sessions.sweep", timedelta(minutes=30), _run(sweep_sessions)),
        Job("proofs.sweep", timedelta(hours=1), _run(sweep_proofs)),
        Job("messages.send", timedelta(seconds=5), _run(deliver_messages)),
        Job("privacy.sweep", timedelta(hours=1), _run(sweep_packages)),
        Job("inventory.digest", timedelta(days=1), _run(write_digests)),
        Job("plugins.forget", timedelta(hours=1), _run(forget_health)),
        Job("messages.forget", timedelta(hours=1), _run(forget_messages)),
    ),
    checks=(
        Check("ledger", _("The ledger balances"), verify_ledger),
        Check("orders.totals", _("Orders add up"), verify_order_totals),
        Check("orders.escrow", _("Escrow equals the orders' states"), verify_escrow),
        Check("orders.cards", _("Paid orders have made the gift cards that they sold"), verify_sold_cards),
        Check("orders.parcels", _("Parcels and reservations equal the orders"), verify_parcels),
        Check("documents", _("Papers are numbered without a gap and add up"), verify_documents),
        Check("payments", _("Each outside payment meets one transfer"), verify_payments),
        Check("audit", _("The audit trail is unbroken"), verify_audit),
        Check("gift_cards", _("What is on gift cards equals their history"), verify_gift_cards),
        Check("discounts", _("Discounts count the orders that were given them"), verify_discounts),
        Check("figures", _("Kept figures equal the orders"), verify_figures),
        Check("stock", _("Stock equals reservations and movements"), verify_stock),
    ),
    exports=(PRODUCTS, STOCK, MOVEMENTS, CUSTOMERS, STATEMENT, DAYS_OF_SALES, *PAPER_LISTS),
    payment_subjects=(OrderPayments(),),
    approval_kinds=(LIMIT_CHANGE, LARGE_PAYOUT, LEDGER_ADJUSTMENT, FEE_CHANGE),
    review_kinds=onboarding.REVIEWS,
    personal_data=(ORDERS_OF_PEOPLE, PAPERS_OF_PEOPLE, *ACCOUNTS),
    encrypted_rows=(
        EncryptedRows("payments.accounts", _("Bank accounts"), encrypted_columns(BankAccount, "number_encrypted")),
        EncryptedRows("parties.factors", _("Authenticator apps"), encrypted_columns(TotpFactor, "secret_encrypted")),
        EncryptedRows("shops.settings", _("Secrets of plugins"), renew_secrets),
        EncryptedRows(
            "webhooks.secrets", _("Secrets of webhooks"), encrypted_columns(WebhookEndpoint, "secret_sealed")
        ),
        EncryptedRows("privacy.packages", _("Packages of data"), encrypted_columns(DataPackage, "content_encrypted")),
    ),
    search_sources=SOURCES,
    providers=BUILT_IN,
    message_kinds=(
        *MESSAGE_KINDS,
        *account_letters.KINDS,
        *order_letters.KINDS,
        *order_notices.KINDS,
        *stock_letters.KINDS,
        *WEBHOOK_LETTERS,
        *GIFT_CARD_LETTERS,
        *onboarding.KINDS,
    ),
    subscriptions=(
        Subscription("account.resets", (RESET_TOPIC,), on_reset_asked),
        Subscription("orders.terms", order_terms.TOPICS, order_terms.on_event),
        Subscription("orders.notices", order_notices.TOPICS, order_notices.on_event),
        Subscription("orders.letters", order_letters.TOPICS, order_letters.on_event),
        Subscription("inventory.allocate", ("order.paid", "order.packed"), allocate_when_paid),
        Subscription("documents", papers.TOPICS, papers.on_event),
        Subscription("webhooks", WEBHOOK_TOPICS, tell_webhooks),
    ),
)


def open_registry(extra: Sequence[Contributions] = ()) -> tuple[Registry, tuple[LoadReport, ...]]:
    """The frozen registry of core's own parts (and any `extra`) and the plugins that fit; needs no application."""
    registry = Registry()
    for contributions in (PEOPLE, CORE, *extra):
        registry.add_core(contributions)
    reports = load_plugins(registry)
    registry.freeze()
    return registry, reports


def assemble(app: Flask, extra: Sequence[Contributions] = ()) -> None:
    """Hang the registry and the dispatch over it on the app (core.contract.runtime finds them there)."""
    registry, app.extensions["tongbao.reports"] = open_registry(extra)
    install_letterheads(app.extensions, letterhead)
    kinds.register((*registry.account_kinds.values(), *registry.transfer_kinds.values()))
    app.extensions["tongbao.registry"] = registry

    def write(calls: Mapping[CallKey, Calls], moved: Sequence[CircuitMoved]) -> None:
        with app.app_context(), bookkeeping():
            write_health(calls, moved)

    # Tests write by hand: a thread of its own would look into a database that is being emptied.
    health = Health(write, on_its_own=lambda: not app.testing)
    app.extensions["tongbao.dispatch"] = dispatch = Dispatch(registry, health)
    write_faults_after_requests(app, dispatch)
