from datetime import timedelta

import pytest

from core.base import clock
from core.ledger.errors import HoldClosed, IdempotencyConflict, NoSuchRecord, NotEnoughMoney, Unbalanced, WrongPosting
from core.ledger.queries import balance, holds_for
from core.ledger.service import AccountRef, Balance, Posting, expire_holds, place_hold, post_hold, release_hold
from core.ledger.verify import verify_ledger
from tests.core.ledger.books import BANK, BANK_USD, CERAMICS, FEES, TEA, move, pay_in

HOUR = timedelta(hours=1)


def hold(amount_minor: int, key: str = "hold", **more: object):
    return place_hold(TEA, amount_minor, **{"reference": "pyo_1", "idempotency_key": key, **more})


def post(hold_id: str, amount_minor: int, key: str = "post"):
    return post_hold(hold_id, "payout_paid", [Posting(BANK, amount_minor)], idempotency_key=key)


def test_a_hold_sets_money_aside(app):
    pay_in(TEA, 100)
    placed = hold(60)
    assert (placed.state, placed.amount_minor, placed.account_id) == ("open", 60, TEA.id)
    assert balance(TEA) == Balance(100, 60)
    assert balance(TEA).available_minor == 40
    assert holds_for("pyo_1") == [placed]


def test_no_more_can_be_held_than_there_is(app):
    pay_in(TEA, 100)
    hold(60)
    with pytest.raises(NotEnoughMoney):
        hold(41, "second")
    with pytest.raises(NotEnoughMoney):
        place_hold(CERAMICS, 1, reference="pyo_2", idempotency_key="empty")


def test_holding_again_with_the_same_key_holds_once(app):
    pay_in(TEA, 100)
    first = hold(60)
    again = hold(60)
    assert (again.id, again.replayed) == (first.id, True)
    assert balance(TEA).held_minor == 60
    with pytest.raises(IdempotencyConflict):
        hold(5)
    with pytest.raises(IdempotencyConflict):
        hold(99, reference="pyo_2")


def test_holding_again_after_all_was_spent_finds_the_posted_hold(app):
    pay_in(TEA, 100)
    placed = hold(100)
    post(placed.id, 100)
    again = hold(100)
    assert (again.id, again.state, again.posted_minor) == (placed.id, "posted", 100)


@pytest.mark.parametrize("amount", [0, -5, 2.5])
def test_only_amounts_above_zero_can_be_held(app, amount):
    with pytest.raises(WrongPosting):
        hold(amount)


def test_nothing_can_be_held_in_a_platform_account(app):
    with pytest.raises(WrongPosting):
        place_hold(FEES, 1, reference="pyo_1", idempotency_key="k")


def test_posting_a_hold_in_full_spends_it(app):
    pay_in(TEA, 100)
    placed = hold(60)
    transfer = post(placed.id, 60)
    assert (transfer.kind, transfer.reference) == ("payout_paid", "pyo_1")
    assert balance(TEA) == Balance(40, 0)
    assert balance(BANK).posted_minor == -40
    assert list(verify_ledger()) == []


def test_posting_a_part_sets_the_rest_free(app):
    pay_in(TEA, 100)
    placed = hold(60)
    post_hold(placed.id, "payout_paid", [Posting(BANK, 20), Posting(FEES, 5)], idempotency_key="post")
    assert balance(TEA) == Balance(75, 0)
    (closed,) = holds_for("pyo_1")
    assert (closed.state, closed.posted_minor) == ("posted", 25)
    assert closed.closed_at is not None


def test_posting_again_with_the_same_key_spends_once(app):
    pay_in(TEA, 100)
    placed = hold(60)
    first = post(placed.id, 60)
    again = post(placed.id, 60)
    assert (again.id, again.replayed) == (first.id, True)
    assert balance(TEA) == Balance(40, 0)
    with pytest.raises(IdempotencyConflict):
        post(placed.id, 59)
    with pytest.raises(HoldClosed):
        post(placed.id, 60, "other-key")


def test_a_hold_may_be_posted_although_all_other_money_is_spent(app):
    pay_in(TEA, 100)
    placed = hold(60)
    move(TEA, CERAMICS, 40, "spend-the-rest")
    post(placed.id, 60)
    assert balance(TEA) == Balance(0, 0)


def test_no_more_can_be_taken_than_is_held(app):
    pay_in(TEA, 100)
    placed = hold(60)
    for wrong in ([Posting(BANK, 61)], [], [Posting(BANK, -1)], [Posting(TEA, 10)]):
        with pytest.raises(WrongPosting):
            post_hold(placed.id, "payout_paid", wrong, idempotency_key="post")
    assert balance(TEA) == Balance(100, 60)


def test_a_hold_is_spent_in_its_own_currency(app):
    pay_in(TEA, 100)
    placed = hold(60)
    with pytest.raises(Unbalanced):
        post_hold(placed.id, "payout_paid", [Posting(BANK_USD, 10)], idempotency_key="post")


def test_a_released_hold_is_free_and_stays_so(app):
    pay_in(TEA, 100)
    placed = hold(60)
    assert release_hold(placed.id).state == "released"
    assert release_hold(placed.id).state == "released"
    assert balance(TEA) == Balance(100, 0)
    with pytest.raises(HoldClosed):
        post(placed.id, 60)


def test_a_posted_hold_cannot_be_released(app):
    pay_in(TEA, 100)
    placed = hold(60)
    post(placed.id, 10)
    with pytest.raises(HoldClosed):
        release_hold(placed.id)


def test_a_hold_that_does_not_exist_is_refused(app):
    with pytest.raises(NoSuchRecord):
        release_hold("hld_none")
    with pytest.raises(NoSuchRecord):
        post("hld_none", 1)


def test_holds_expire_when_their_time_is_over(app):
    pay_in(TEA, 100)
    soon = hold(10, "soon", expires_at=clock.now() + HOUR)
    hold(20, "later", expires_at=clock.now() + 3 * HOUR)
    hold(30, "never")
    assert expire_holds() == 0
    with clock.moved(2 * HOUR):
        with pytest.raises(HoldClosed):
            post(soon.id, 10)
        assert expire_holds() == 1
        assert expire_holds() == 0
    assert balance(TEA) == Balance(100, 50)
    assert release_hold(soon.id).state == "expired"
    assert list(verify_ledger()) == []


def test_holds_expire_in_bounded_batches(app):
    pay_in(TEA, 100)
    for number in range(5):
        hold(number + 1, f"hold-{number}", expires_at=clock.now() + HOUR)
    with clock.moved(2 * HOUR):
        assert [expire_holds(limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert balance(TEA) == Balance(100, 0)


def test_holds_of_many_accounts_expire_together(app):
    accounts = [AccountRef("merchant_available", f"mer_{number}", "CNY") for number in range(4)]
    for account in accounts:
        pay_in(account, 50, account.owner)
        place_hold(account, 50, reference="r", idempotency_key=account.owner, expires_at=clock.now() + HOUR)
    with clock.moved(2 * HOUR):
        assert expire_holds() == 4
    assert {balance(account).available_minor for account in accounts} == {50}
