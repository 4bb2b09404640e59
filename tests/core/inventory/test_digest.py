"""The letter about goods that run out."""

from core.base.database import db
from core.inventory.digest import write_digests
from core.inventory.service import set_stock
from core.messages.models import Message
from core.messages.service import shown_message
from tests.trade import make_shop, make_variant


def letters():
    db.session.close()
    return db.session.query(Message).filter_by(kind="stock.low").order_by(Message.id).all()


def test_the_owner_is_written_to_once_for_each_new_list_of_scarce_goods(app):
    tea, ceramics = make_shop("tea"), make_shop("ceramics")
    variant_id = make_variant(tea, stock=50)
    other = make_variant(tea, stock=50)
    make_variant(ceramics, stock=50)
    assert write_digests() == 0
    set_stock(tea, variant_id, 2)
    for _day in range(3):
        write_digests()
    (first,) = letters()
    assert first.merchant_id == tea
    said = shown_message(first)
    assert "1 thing is running out" in said.subject
    assert "Longjing  2" in said.text
    set_stock(tea, other, 0)
    write_digests()
    assert len(letters()) == 2
    assert "2 things" in shown_message(letters()[1]).subject
