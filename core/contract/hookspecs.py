"""The whole contract with plugins, to be read at a sitting.

Hooks either **register** typed things once at start, **contribute** to a computation, or give **notice** inside a
transaction. Registration asks every loaded plugin; contributions and notices ask only the plugins that the merchant
has switched on. What happens after commit is told through subscriptions (see `register_subscriptions`).
Anything that concerns money or goods beyond this is an ordinary method of a registered provider.
"""

from __future__ import annotations

from collections.abc import Sequence

import click
import pluggy

from core.contract.contributions import (
    AccountKind,
    Check,
    EncryptedRows,
    FacePages,
    Job,
    MessageKind,
    NavItem,
    PersonalData,
    Simulator,
    Slot,
    Subscription,
    TransferKind,
)
from core.contract.decisions import ApprovalKind, ReviewKind
from core.contract.exports import ExportList
from core.contract.providers import Provider
from core.contract.providers.payment import PaymentSubject
from core.contract.search import SearchSource
from core.contract.views import BasketView, FeeLine, OrderView, ShopView

NAMESPACE = "tongbao"
hookspec = pluggy.HookspecMarker(NAMESPACE)
hookimpl = pluggy.HookimplMarker(NAMESPACE)


# --- register: once at start, no database, no application context; an exception leaves the plugin out, by name -------


@hookspec
def register_providers() -> Sequence[Provider]:
    """Payment methods, payout rails, delivery methods… that this plugin brings."""


@hookspec
def register_pages() -> Sequence[FacePages]:
    """Blueprints, each for one face."""


@hookspec
def register_slots() -> Sequence[Slot]:
    """Pieces of the host's pages."""


@hookspec
def register_navigation() -> Sequence[NavItem]:
    """Links in the navigation of a face."""


@hookspec
def register_jobs() -> Sequence[Job]:
    """Recurring work, run by the worker."""


@hookspec
def register_commands() -> Sequence[click.Command]:
    """Commands of `tongbao`; a group or command named after the plugin."""


@hookspec
def register_account_kinds() -> Sequence[AccountKind]:
    """Kinds of ledger accounts, named `<plugin>.<kind>`."""


@hookspec
def register_transfer_kinds() -> Sequence[TransferKind]:
    """Kinds of ledger transfers, named `<plugin>.<kind>`."""


@hookspec
def register_subscriptions() -> Sequence[Subscription]:
    """Events to be told of after commit, by the worker."""


@hookspec
def register_checks() -> Sequence[Check]:
    """Questions that `tongbao verify` asks of the plugin's own data."""


@hookspec
def register_exports() -> Sequence[ExportList]:
    """Lists that the merchant's people may take away as a file, named `<plugin>.<list>`."""


@hookspec
def register_encrypted_rows() -> Sequence[EncryptedRows]:
    """Encrypted values of the plugin's own, to be brought under a new key when keys are changed."""


@hookspec
def register_personal_data() -> Sequence[PersonalData]:
    """What the plugin keeps about people: handed out when they ask for it, erased when they leave."""


@hookspec
def register_search_sources() -> Sequence[SearchSource]:
    """What the platform's staff may search of the plugin's own: named after the plugin or `<plugin>.<things>`."""


@hookspec
def register_payment_subjects() -> Sequence[PaymentSubject]:
    """Things other than orders that a payment can be for."""


@hookspec
def register_simulators() -> Sequence[Simulator]:
    """Stand-ins for the outside, each a process of its own, that the demo and simulations run."""


@hookspec
def register_approval_kinds() -> Sequence[ApprovalKind]:
    """Changes that take effect only when a second person approves them, named `<plugin>.<change>`."""


@hookspec
def register_review_kinds() -> Sequence[ReviewKind]:
    """Queues of what the platform's staff look at before it takes effect, named `<plugin>.<queue>`."""


@hookspec
def register_message_kinds() -> Sequence[MessageKind]:
    """Kinds of messages to people, named `<plugin>.<kind>`, to be sent with `send_message`."""


# --- contribute: pure, per merchant; no write, no call to the outside ---------------------------------------------


@hookspec
def contribute_fees(shop: ShopView, basket: BasketView) -> Sequence[FeeLine]:
    """Lines to add to the total of a basket. Called when a basket is priced, and again when the order is placed, in the
    transaction; both must give the same. An exception stops the sale: a total without a fee would be wrong."""


# --- notices: inside the transaction; raising a TongbaoError vetoes with words that the user reads -----------------


@hookspec
def order_placing(shop: ShopView, order: OrderView) -> None:
    """An order is about to be placed, after stock is reserved and before commit. May write the plugin's own tables,
    may veto by raising Refused. Any other exception rolls the order back too."""


@hookspec
def order_moved(shop: ShopView, order: OrderView, before: str, after: str) -> None:
    """An order has moved from one state to another, before commit. May write the plugin's own tables; may not veto
    moves that follow money that has already come in (raising there rolls back and the move is tried again)."""


# --- asked by people: outside any transaction, may call the outside, writes nothing --------------------------------


@hookspec
def check_setup(shop: ShopView) -> str:
    """Whether what the merchant has set up works, asked by a button on the plugin's page: say in a sentence what was
    found, or raise Refused with what is wrong and how to put it right. Calls to the outside end within 10 seconds."""
