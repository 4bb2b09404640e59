from dataclasses import replace

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.ids import new_id
from core.base.transactions import transactional
from core.messages.models import Message
from core.orders.desk import (
    add_note,
    add_tags,
    change_address,
    delete_note,
    edit_note,
    notes_of,
    resend_confirmation,
    set_tags,
)
from core.orders.finding import OrderFilter, find_orders, neighbour
from core.orders.fulfilment import ship_order
from core.orders.letters import write_confirmation
from core.orders.queries import order_detail
from core.orders.states import WrongState
from core.orders.terms import index_order
from core.parties.errors import RoleNotEnough
from core.parties.models import Membership
from tests.trade import ADDRESS, make_person, make_shop, make_variant, owner_of, paid_order, placed_order

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def tea(app):
    return make_shop("tea")


@pytest.fixture
def order(tea):
    return paid_order(tea, make_variant(tea)).order_id


@transactional
def clerk_of(merchant_id):
    person = make_person(merchant_id, "clerk")
    person.name = "Mei"
    db.session.add(person)
    db.session.flush()
    db.session.add(Membership(person_id=person.id, merchant_id=merchant_id, role="clerk", created_at=person.created_at))
    return person.id


def written(kind):
    db.session.remove()
    return db.session.scalars(select(Message.recipient).where(Message.kind == kind)).all()


def test_a_note_is_its_authors_to_change_and_to_take_away(tea, order):
    me, clerk = owner_of(tea), clerk_of(tea)
    note = add_note(tea, order, "  Wrap it well ", actor_id=me)
    assert [(one.author, one.text, one.edited_at) for one in notes_of(tea, order)] == [("owner", "Wrap it well", None)]
    for foreign in (
        lambda: edit_note(tea, note, "Mine now", actor_id=clerk),
        lambda: delete_note(tea, note, actor_id=clerk),
    ):
        with pytest.raises(NotFound):
            foreign()
    edit_note(tea, note, "Wrap it very well", actor_id=me)
    [now] = notes_of(tea, order)
    assert now.text == "Wrap it very well" and now.edited_at is not None
    delete_note(tea, note, actor_id=me)
    assert notes_of(tea, order) == []
    assert "order.note_deleted" in db.session.scalars(select(AuditEntry.action)).all()


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001, "\x00"])
def test_a_note_without_words_or_with_too_many_is_refused(tea, order, text):
    with pytest.raises(Invalid):
        add_note(tea, order, text, actor_id=owner_of(tea))


def test_who_is_mentioned_in_a_note_is_written_to_once(tea, order):
    clerk_of(tea)
    note = add_note(tea, order, "@Mei please look, @owner too", actor_id=owner_of(tea))
    edit_note(tea, note, "@Mei please look soon", actor_id=owner_of(tea))
    assert written("orders.mentioned") == [f"clerk@{tea}.example"]


def test_another_merchants_people_and_orders_are_out_of_reach(tea, order):
    other = make_shop("ceramics")
    with pytest.raises(RoleNotEnough):
        add_note(tea, order, "x", actor_id=owner_of(other))
    with pytest.raises(NotFound):
        add_note(other, order, "x", actor_id=owner_of(other))
    assert add_tags(other, [order], ["x"], actor_id=owner_of(other)) == 0


def test_orders_are_found_by_their_tags(tea, order):
    me, second = owner_of(tea), paid_order(tea, make_variant(tea)).order_id
    set_tags(tea, order, [" Gift ", "gift", "fragile  glass"], actor_id=me)
    assert order_detail(tea, order).order.tags == ["Gift", "fragile glass"]
    add_tags(tea, [order, second], ["GIFT", "vip"], actor_id=me)
    for order_id in (order, second):
        index_order(tea, order_id)
    assert [row.id for row in find_orders(tea, OrderFilter(tag="gift")).rows] == [second, order]
    assert [row.id for row in find_orders(tea, OrderFilter(tag="fragile glass")).rows] == [order]
    set_tags(tea, order, [], actor_id=me)
    index_order(tea, order)
    assert [row.id for row in find_orders(tea, OrderFilter(tag="gift")).rows] == [second]


def test_too_many_tags_are_refused(tea, order):
    with pytest.raises(Invalid):
        set_tags(tea, order, [str(number) for number in range(21)], actor_id=owner_of(tea))


def test_the_order_beside_one_is_the_next_in_the_filtered_list(tea):
    variant_id = make_variant(tea, stock=50)
    ids = [(paid_order if number % 2 else placed_order)(tea, variant_id).order_id for number in range(6)]
    paid = OrderFilter(state="paid")
    assert neighbour(tea, paid, ids[3], newer=True) == ids[5]
    assert neighbour(tea, paid, ids[3], newer=False) == ids[1]
    assert neighbour(tea, paid, ids[5], newer=True) is None
    assert neighbour(tea, OrderFilter(), ids[3], newer=False) == ids[2]


def test_what_has_not_left_goes_to_another_address_in_the_same_country(tea, order):
    me, there = owner_of(tea), replace(ADDRESS, name="Han Meimei", line1="2 East Road", country="")
    change_address(tea, order, there, actor_id=me)
    found = order_detail(tea, order)
    assert (found.order.address["name"], found.order.address["country"]) == ("Han Meimei", "CN")
    assert found.events[-1].kind == "address_changed"
    with pytest.raises(Invalid):
        change_address(tea, order, replace(there, country="FR"), actor_id=me)
    with pytest.raises(Invalid):
        change_address(tea, order, replace(there, city=" "), actor_id=me)
    ship_order(tea, order, carrier="SF", tracking_number="1", actor=me)
    with pytest.raises(WrongState):
        change_address(tea, order, there, actor_id=me)


def test_the_confirmation_is_written_once_and_once_more_for_each_wish(tea, order):
    write_confirmation(tea, order)
    write_confirmation(tea, order)
    assert len(written("orders.confirmed")) == 1
    resend_confirmation(tea, order, actor_id=owner_of(tea))
    assert written("orders.confirmed") == ["buyer@example.com"] * 2
    kinds = [event.kind for event in order_detail(tea, order).events]
    assert kinds.count("written_to_buyer") == 2


def test_an_unpaid_order_has_nothing_to_confirm(tea):
    unpaid = placed_order(tea, make_variant(tea)).order_id
    with pytest.raises(WrongState):
        resend_confirmation(tea, unpaid, actor_id=owner_of(tea))
    with pytest.raises(NotFound):
        resend_confirmation(tea, new_id("ord"), actor_id=owner_of(tea))
