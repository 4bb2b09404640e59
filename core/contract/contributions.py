"""Typed things that a plugin registers once at start."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from flask import Blueprint

Face = Literal["storefront", "console", "member", "office", "api", "hooks"]

SLOT_PLACES: Mapping[str, tuple[str, ...]] = {
    "storefront.product.below_price": ("product_id",),
    "storefront.cart.after_lines": ("basket",),
    "storefront.checkout.before_payment": ("basket",),
    "storefront.order.after_lines": ("order",),
    "storefront.layout.footer": (),
    "console.order.side": ("order",),
    "console.home.panel": (),
}
"""Where slots may stand, with what each is told beside the shop (`basket` is a BasketView, `order` an OrderView).

A slot with another place is refused at start, since it would never show.
"""


@dataclass(frozen=True, slots=True)
class FacePages:
    """A blueprint in one face. Its pages answer only for merchants that have the plugin on.

    Mounted under `/x/<plugin>/` of that face (`/console/x/<plugin>/` in the console; `/hooks/<plugin>/` for calls from
    outside, which carry no session and no CSRF token and must prove themselves by a signature).
    """

    face: Face
    blueprint: Blueprint


@dataclass(frozen=True, slots=True)
class Slot:
    """A piece of a page. `render(shop, **context)` returns trusted markup or "" and may not write or call outside.

    A slot that raises shows nothing, is logged with the plugin's name and shown to the merchant. The places are
    SLOT_PLACES; slots of one place stand in the order of `order`, then of the plugin's id.
    """

    place: str
    order: int
    render: Callable[..., str]


@dataclass(frozen=True, slots=True)
class NavItem:
    """A link in a face's navigation; shown to those who hold the permission. `endpoint` is a Flask endpoint.

    In the console it stands in `group` ("orders", "products", "marketing", "money", "shop", "settings"), or by itself.
    """

    face: Face
    order: int
    label: Any
    endpoint: str
    icon: str = "plug"
    permission: str | None = None
    group: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """Work that recurs. `run()` is called in an application context, once across all workers per period.

    It must be idempotent and resume after a kill; it may call the outside, but not inside a transaction.
    """

    name: str
    every: timedelta
    run: Callable[[], None]


@dataclass(frozen=True, slots=True)
class AccountKind:
    """A kind of ledger account. Client accounts hold somebody's money and cannot go below zero."""

    name: str
    label: Any
    client: bool


@dataclass(frozen=True, slots=True)
class TransferKind:
    """A kind of ledger transfer, with the words that statements show for it."""

    name: str
    label: Any


@dataclass(frozen=True, slots=True)
class Subscription:
    """A wish to be told of events after commit: at least once, in no promised order, retried with back-off."""

    name: str
    topics: tuple[str, ...]
    handle: Callable[[str, Mapping[str, Any]], None]
    """`handle(topic, payload)`; an exception means "again later"; must be idempotent."""


@dataclass(frozen=True, slots=True)
class Check:
    """A question of `tongbao verify`: `run()` yields one sentence for each thing that is wrong."""

    name: str
    label: Any
    run: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Simulator:
    """A stand-in for somebody outside (a bank, a carrier), a process of its own, for the demo and for simulations.

    `command(port)` is the arguments of `tongbao` that run it, given the web's port; `ready()` says whether it answers;
    `set_clock(ahead)` moves its clock as ours is moved; `act(instructions, deed)` does there what a buyer would do with
    the instructions of a payment (`pay`). `provider_ids` are the providers whose other side it is.
    """

    name: str
    provider_ids: tuple[str, ...]
    command: Callable[[int], tuple[str, ...]]
    ready: Callable[[], bool]
    set_clock: Callable[[timedelta], None]
    act: Callable[[Mapping[str, Any], str], None]


@dataclass(frozen=True, slots=True)
class EncryptedRows:
    """Encrypted values that a part keeps. `tongbao keys rotate` brings them all under the newest key.

    `renew(after, limit)` encrypts up to `limit` rows whose keys come after `after` ("" at first) anew, as a use case of
    its own, and gives back the last key it came to with how many rows it looked at; 0 says that none are left.
    """

    name: str
    label: Any
    renew: Callable[[str, int], tuple[str, int]]


@dataclass(frozen=True, slots=True)
class DataSubject:
    """Whose personal data is meant: a member of the platform, or a customer of one shop."""

    kind: Literal["person", "customer"]
    id: str
    merchant_id: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that outlives an erasure, and the reason that the person concerned reads."""

    what: Any
    why: Any
    count: int = 1


def _nothing_kept(_subject: DataSubject) -> Sequence[Kept]:
    return ()


@dataclass(frozen=True, slots=True)
class PersonalData:
    """What a part keeps about people: how it is handed out, what of it is erased and what has to stay.

    `collect(subject)` gives plain JSON (None: nothing is known), called by the worker; `erase(subject)` runs inside the
    transaction of the erasure and may veto by raising Refused; `kept(subject)` tells beforehand what would stay.
    """

    name: str
    label: Any
    collect: Callable[[DataSubject], Any]
    erase: Callable[[DataSubject], None]
    kept: Callable[[DataSubject], Sequence[Kept]] = _nothing_kept
    about: frozenset[str] = frozenset({"person", "customer"})
    """Whose data it is: those who are neither are not told of this part."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Whose name a message carries: a shop, or the platform itself."""

    name: str
    url: str
    contact_email: str = ""
    accent: str = "#7a4b1e"


@dataclass(frozen=True, slots=True)
class Letter:
    """What a message says, in its reader's language; shown as plain text, as HTML, and shortened for a phone.

    `facts` are pairs of a name and a value, `items` pairs of what and how much (a last one may be the total),
    `action` a label and an absolute address, `code` something to type in elsewhere.
    """

    subject: str
    lines: tuple[str, ...]
    facts: tuple[tuple[str, str], ...] = ()
    items: tuple[tuple[str, str], ...] = ()
    code: str = ""
    action: tuple[str, str] | None = None
    closing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageKind:
    """A kind of message to people. `compose(values, letterhead)` makes the letter in the language that is set.

    It is called by the worker, outside any transaction, with the plain JSON that was given to `send`; it may read
    nothing else. What a `secret` kind was given is forgotten as soon as it is sent.
    """

    name: str
    label: Any
    compose: Callable[[Mapping[str, Any], Letterhead], Letter]
    medium: Literal["email", "sms"] = "email"
    secret: bool = False
