"""What is broken by hand in the database is named by `tongbao verify`, with the record and what is wrong with it."""

import pytest
from sqlalchemy import text

from core.base.database import db
from core.base.transactions import transactional
from core.contract.runtime import registry
from core.orders.returns import refund_order
from core.payments.refunds import send_refunds
from tests.trade import make_shop, make_variant, owner_of, paid_order


def findings():
    db.session.close()
    return [sentence for owned in registry().checks for sentence in owned.item.run()]


@transactional
def break_by_hand(statement, **given):
    db.session.execute(text(statement), given)


@pytest.fixture
def trade(app):
    merchant_id = make_shop("tea")
    variant_id = make_variant(merchant_id, price_minor=5000)
    placed = paid_order(merchant_id, variant_id, 2)
    refund_order(merchant_id, placed.order_id, amount_minor=1000, reason="x", actor=owner_of(merchant_id))
    send_refunds()
    assert findings() == []
    return {"o": placed.order_id, "p": placed.payment_id, "v": variant_id}


@pytest.mark.parametrize(
    ("statement", "named", "words"),
    [
        ("UPDATE orders SET total_minor = total_minor + 1 WHERE id = :o", "o", "add up to"),
        ("UPDATE orders SET state = 'completed' WHERE id = :o", "o", "its escrow should be"),
        ("UPDATE payment SET received_minor = received_minor + 5 WHERE id = :p", "p", "moved"),
        ("UPDATE payment SET refunded_minor = 0 WHERE id = :p", "p", "its refunds add up to 1000"),
        ("UPDATE stock SET reserved = reserved + 1 WHERE variant_id = :v", "v", "open reservations add up to 2"),
        ("UPDATE stock SET on_hand = on_hand + 1 WHERE variant_id = :v", "v", "its movements add up to 10"),
        ("UPDATE ledger_balance SET balance_minor = balance_minor + 7", "o", "its escrow should be"),
        ("UPDATE refund SET state = 'failed' WHERE payment_id = :p", "p", "its refunds add up to 0"),
    ],
)
def test_what_was_broken_by_hand_is_named(trade, statement, named, words):
    break_by_hand(statement, **{key: value for key, value in trade.items() if f":{key}" in statement})
    assert any(trade[named] in sentence and words in sentence for sentence in findings()), findings()
