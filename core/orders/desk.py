"""What the team writes on an order: notes with mentions, tags, another address, the confirmation once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import delete, select

from core.audit import record
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.outbox import emit
from core.base.transactions import transactional
from core.contract.views import AddressView
from core.orders.letters import write_confirmation, write_mentioned
from core.orders.models import Order, StaffNote
from core.orders.moves import lock_order, write_event
from core.orders.states import OrderState, WrongState
from core.parties.models import Membership, Person
from core.parties.roles import require_permission

NOTE_CHARACTERS_MAX = 2000
TAGS_MAX = 20
TAG_CHARACTERS_MAX = 40
ADDRESS_OPEN = frozenset({OrderState.PENDING, OrderState.PAID, OrderState.PACKED, OrderState.PARTLY_SHIPPED})
"""States in which something may still go to another address."""
CONFIRMED = frozenset(OrderState) - {OrderState.PENDING, OrderState.CANCELLED}


@dataclass(frozen=True, slots=True)
class NoteShown:
    """A note with its author's name."""

    id: str
    author_id: str
    author: str
    text: str
    created_at: datetime
    edited_at: datetime | None


def notes_of(merchant_id: str, order_id: str) -> list[NoteShown]:
    """The team's notes on an order, the oldest first; one statement."""
    rows = db.session.execute(
        select(
            *(StaffNote.id, StaffNote.author_id, Person.name),
            *(StaffNote.text, StaffNote.created_at, StaffNote.edited_at),
        )
        .join(Person, Person.id == StaffNote.author_id)
        .where(StaffNote.merchant_id == merchant_id, StaffNote.order_id == order_id)
        .order_by(StaffNote.created_at, StaffNote.id)
    )
    return [NoteShown(*row) for row in rows]


@transactional
def add_note(merchant_id: str, order_id: str, text: str, *, actor_id: str) -> str:
    """Write a note; members whose name stands behind an @ are written to. Returns the note's id.

    Raises RoleNotEnough, OrderNotFound, Invalid.
    """
    require_permission(actor_id, merchant_id, "orders.view")
    order = _order(merchant_id, order_id)
    text = _checked_text(text)
    note_id = new_id("nte")
    db.session.add(
        StaffNote(
            merchant_id=merchant_id,
            id=note_id,
            order_id=order_id,
            author_id=actor_id,
            text=text,
            created_at=clock.now(),
        )
    )
    _tell_mentioned(order, note_id, text, actor_id)
    return note_id


@transactional
def edit_note(merchant_id: str, note_id: str, text: str, *, actor_id: str) -> None:
    """Change a note of one's own. Raises NotFound (also for a note of somebody else), Invalid, RoleNotEnough."""
    require_permission(actor_id, merchant_id, "orders.view")
    note = _own_note(merchant_id, note_id, actor_id)
    note.text, note.edited_at = _checked_text(text), clock.now()
    _tell_mentioned(_order(merchant_id, note.order_id), note_id, note.text, actor_id)


@transactional
def delete_note(merchant_id: str, note_id: str, *, actor_id: str) -> None:
    """Take a note of one's own away. Raises NotFound, RoleNotEnough."""
    require_permission(actor_id, merchant_id, "orders.view")
    note = _own_note(merchant_id, note_id, actor_id)
    order_id = note.order_id
    db.session.execute(delete(StaffNote).where(StaffNote.merchant_id == merchant_id, StaffNote.id == note_id))
    record("order.note_deleted", actor_id=actor_id, subject=f"order:{order_id}", merchant_id=merchant_id)


@transactional
def set_tags(merchant_id: str, order_id: str, tags: Sequence[str], *, actor_id: str) -> None:
    """Sort an order by these words, instead of those it had. Raises RoleNotEnough, OrderNotFound, Invalid."""
    require_permission(actor_id, merchant_id, "orders.fulfil")
    order = lock_order(merchant_id, order_id)
    order.tags = checked_tags(tags)
    _changed(order)


@transactional
def add_tags(merchant_id: str, order_ids: Sequence[str], tags: Sequence[str], *, actor_id: str) -> int:
    """Add words to many orders. Returns how many orders there are. Raises RoleNotEnough, Invalid."""
    require_permission(actor_id, merchant_id, "orders.fulfil")
    orders = db.session.scalars(
        select(Order)
        .where(Order.merchant_id == merchant_id, Order.id.in_(list(order_ids)))
        .order_by(Order.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for order in orders:
        order.tags = checked_tags([*map(str, order.tags), *tags])
        _changed(order)
    return len(orders)


def checked_tags(tags: Sequence[str]) -> list[str]:
    """Tags trimmed, without those said twice. Raises Invalid."""
    found: dict[str, str] = {}
    for tag in tags:
        text = " ".join(tag.replace("\x00", "").split())
        if text:
            found.setdefault(text.casefold(), text)
    if len(found) > TAGS_MAX or any(len(tag) > TAG_CHARACTERS_MAX for tag in found.values()):
        words = _("At most %(count)d tags of %(length)d characters.", count=TAGS_MAX, length=TAG_CHARACTERS_MAX)
        raise Invalid(words, fields={"tags": words})
    return list(found.values())


@transactional
def change_address(merchant_id: str, order_id: str, address: AddressView, *, actor_id: str) -> None:
    """Send what has not left to another address; the country stays, for taxes and delivery were priced for it.

    Raises RoleNotEnough, OrderNotFound, WrongState, Invalid.
    """
    require_permission(actor_id, merchant_id, "orders.fulfil")
    order = lock_order(merchant_id, order_id)
    if order.state not in ADDRESS_OPEN or order.address is None:
        raise WrongState(_("Everything has left already; ask the carrier to redirect the parcel."))
    country = str(order.address.get("country") or "")
    if address.country and address.country != country:
        words = _("The country stays: delivery and taxes were priced for it. Cancel the order and make a new one.")
        raise Invalid(words, fields={"country": words})
    fields = {
        name: _("This is needed.")
        for name in ("name", "phone", "city", "line1")
        if order.address.get(name) and not str(getattr(address, name)).strip()
    }
    if fields:
        raise Invalid(_("Please correct the marked fields."), fields=fields)
    kept = {name: str(order.address.get(name) or "") for name in ("company", "tax_id")}
    order.address = asdict(replace(address, country=country, **kept))
    write_event(order, "address_changed", actor_id)
    record("order.address_changed", actor_id=actor_id, subject=f"order:{order_id}", merchant_id=merchant_id)
    _changed(order)


@transactional
def resend_confirmation(merchant_id: str, order_id: str, *, actor_id: str) -> None:
    """Write the confirmation to the buyer once more. Raises RoleNotEnough, OrderNotFound, WrongState."""
    require_permission(actor_id, merchant_id, "orders.fulfil")
    order = _order(merchant_id, order_id)
    if order.state not in CONFIRMED:
        raise WrongState(_("There is nothing to confirm: the order is not paid."))
    write_confirmation(merchant_id, order_id, again=f":{new_id('agn')}")
    record("order.confirmation_resent", actor_id=actor_id, subject=f"order:{order_id}", merchant_id=merchant_id)


def _changed(order: Order) -> None:
    db.session.flush()
    emit("order.changed", {"order_id": order.id, "code": order.code}, merchant_id=order.merchant_id)


def _order(merchant_id: str, order_id: str) -> Order:
    order = db.session.get(Order, (merchant_id, order_id))
    if order is None:
        raise NotFound(_("There is no such order."))
    return order


def _own_note(merchant_id: str, note_id: str, actor_id: str) -> StaffNote:
    note = db.session.get(StaffNote, (merchant_id, note_id), populate_existing=True)
    if note is None or note.author_id != actor_id:
        raise NotFound(_("There is no such note of yours."))
    return note


def _checked_text(text: str) -> str:
    text = text.replace("\x00", "").strip()
    if not text or len(text) > NOTE_CHARACTERS_MAX:
        words = _("A note has 1 to %(count)d characters.", count=NOTE_CHARACTERS_MAX)
        raise Invalid(words, fields={"text": words})
    return text


def _tell_mentioned(order: Order, note_id: str, text: str, author_id: str) -> None:
    """Write once to each member whose name (or the first part of the e-mail address) stands behind an @."""
    if "@" not in text:
        return
    said = text.casefold()
    team = db.session.execute(
        select(Person.id, Person.name, Person.email, Person.locale)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == order.merchant_id)
    ).all()
    author = next((one.name for one in team if one.id == author_id), "")
    for one in team:
        handles = {one.name.casefold(), one.email.partition("@")[0].casefold()}
        if one.id != author_id and any(f"@{handle}" in said for handle in handles if handle):
            note = {"who": author, "code": order.code, "order_id": order.id, "text": text}
            write_mentioned(note, to=one.email, locale=one.locale, key=f"orders.mentioned:{note_id}:{one.id}")
