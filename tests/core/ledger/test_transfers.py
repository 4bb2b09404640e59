import dataclasses
import itertools

import pytest
from sqlalchemy import event, func, select

from core.base.database import db
from core.base.transactions import transactional
from core.ledger import accounts, posting
from core.ledger.accounts import Standing
from core.ledger.errors import (
    AlreadyReversed,
    IdempotencyConflict,
    NoSuchRecord,
    NotEnoughMoney,
    Unbalanced,
    UnknownKind,
    WrongPosting,
)
from core.ledger.models import LedgerAccount, LedgerBalance, LedgerEntry, LedgerTransfer
from core.ledger.queries import balance, transfers_for
from core.ledger.service import (
    AccountRef,
    Posting,
    TransferDraft,
    place_hold,
    post_transfer,
    post_transfers,
    reverse_transfer,
)
from core.ledger.verify import verify_ledger
from tests.core.ledger.books import BANK, BANK_USD, CERAMICS, FEES, TEA, TEA_USD, escrow, move, pay_in


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


def posted(account: AccountRef) -> int:
    return balance(account).posted_minor


def test_a_payment_stands_in_escrow_and_at_the_bank(app):
    transfer = pay_in(escrow("ord_1"), 10_000)
    assert posted(escrow("ord_1")) == 10_000
    assert posted(BANK) == -10_000
    assert not transfer.replayed
    assert transfer.occurred_at == transfer.created_at
    assert list(verify_ledger()) == []


def test_escrow_is_released_to_the_merchant_less_the_fee(app):
    pay_in(escrow("ord_1"), 10_000)
    post_transfer(
        "escrow_released",
        [Posting(escrow("ord_1"), -10_000), Posting(TEA, 9_940), Posting(FEES, 60)],
        reference="ord_1",
        idempotency_key="release",
        merchant_id="mer_tea",
    )
    assert (posted(escrow("ord_1")), posted(TEA), posted(FEES), posted(BANK)) == (0, 9_940, 60, -10_000)


def test_a_client_cannot_spend_more_than_there_is(app):
    pay_in(TEA, 100)
    with pytest.raises(NotEnoughMoney) as refusal:
        move(TEA, CERAMICS, 101, "too-much")
    assert (refusal.value.code, refusal.value.available_minor, refusal.value.needed_minor) == (
        "not_enough_money",
        100,
        101,
    )
    assert posted(TEA) == 100
    assert count(LedgerTransfer) == 1


def test_the_database_has_the_last_word(app, monkeypatch):
    pay_in(TEA, 100)
    monkeypatch.setattr(accounts, "lock_or_open", lambda refs: {ref.id: Standing(9_999, 0) for ref in (TEA, CERAMICS)})
    with pytest.raises(NotEnoughMoney):
        move(TEA, CERAMICS, 101, "too-much")
    monkeypatch.undo()
    assert posted(TEA) == 100
    assert list(verify_ledger()) == []


def test_a_client_who_never_had_money_cannot_spend_any(app):
    with pytest.raises(NotEnoughMoney):
        move(TEA, CERAMICS, 1, "nothing-there")
    assert count(LedgerTransfer) == 0


def test_what_is_held_cannot_be_spent(app):
    pay_in(TEA, 100)
    place_hold(TEA, 60, reference="pyo_1", idempotency_key="hold")
    with pytest.raises(NotEnoughMoney):
        move(TEA, CERAMICS, 41, "too-much")
    move(TEA, CERAMICS, 40, "just-enough")
    assert balance(TEA).available_minor == 0


def test_a_refusal_that_the_caller_swallows_leaves_nothing_half_done(app):
    @transactional
    def try_and_go_on():
        pay_in(TEA, 101)
        place_hold(TEA, 1, reference="pyo_1", idempotency_key="hold")
        with pytest.raises(NotEnoughMoney):
            move(TEA, CERAMICS, 101, "too-much")
        drafts = [draft(BANK, TEA, 5, "in"), draft(TEA, CERAMICS, 500, "out")]
        with pytest.raises(NotEnoughMoney):
            post_transfers(drafts)
        move(TEA, CERAMICS, 100, "enough")

    try_and_go_on()
    assert posted(CERAMICS) == 100
    assert count(LedgerTransfer) == 2
    assert list(verify_ledger()) == []


def test_the_same_key_and_content_move_money_once(app):
    first = pay_in(TEA, 100)
    again = pay_in(TEA, 100)
    assert again == dataclasses.replace(first, replayed=True)
    assert posted(TEA) == 100


def test_a_repeated_call_finds_its_transfer_when_the_money_is_gone(app):
    pay_in(TEA, 100)
    first = move(TEA, CERAMICS, 100, "all-of-it")
    again = move(TEA, CERAMICS, 100, "all-of-it", memo="asked again")
    assert (again.id, again.replayed) == (first.id, True)
    assert posted(CERAMICS) == 100


@pytest.mark.parametrize(
    ("amount_minor", "target", "more"),
    [(101, TEA, {}), (100, CERAMICS, {}), (100, TEA, {"reference": "ord_2"}), (100, TEA, {"merchant_id": "mer_x"})],
)
def test_the_same_key_with_other_content_is_refused(app, amount_minor, target, more):
    pay_in(TEA, 100)
    with pytest.raises(IdempotencyConflict):
        move(BANK, target, amount_minor, "pay-in", **more)
    assert posted(TEA) == 100


def test_amounts_must_add_up_to_zero(app):
    with pytest.raises(Unbalanced):
        post_transfer(
            "payment_captured", [Posting(BANK, -100), Posting(TEA, 99)], reference="ord_1", idempotency_key="k"
        )


def test_amounts_must_add_up_to_zero_in_each_currency(app):
    with pytest.raises(Unbalanced):
        post_transfer(
            "payment_captured", [Posting(BANK, -100), Posting(TEA_USD, 100)], reference="ord_1", idempotency_key="k"
        )


def test_one_transfer_can_exchange_two_currencies(app):
    pay_in(TEA, 700)
    post_transfer(
        "payment_captured",
        [Posting(TEA, -700), Posting(BANK, 700), Posting(TEA_USD, 100), Posting(BANK_USD, -100)],
        reference="fx_1",
        idempotency_key="fx",
    )
    assert (posted(TEA), posted(TEA_USD), posted(BANK_USD)) == (0, 100, -100)
    assert list(verify_ledger()) == []


@pytest.mark.parametrize("amount", [0, 1.5, True, "1", 10**16])
def test_amounts_that_cannot_be_are_refused(app, amount):
    with pytest.raises(WrongPosting):
        post_transfer(
            "payment_captured", [Posting(BANK, amount), Posting(TEA, 1)], reference="ord_1", idempotency_key="k"
        )


@pytest.mark.parametrize(
    "account",
    [
        AccountRef("merchant_available", "mer_tea", "ZZZ"),
        AccountRef("merchant_available", "", "CNY"),
        AccountRef("merchant_available", "m" * 81, "CNY"),
    ],
)
def test_accounts_that_cannot_be_are_refused(app, account):
    with pytest.raises(WrongPosting):
        move(BANK, account, 1, "k")


@pytest.mark.parametrize("more", [{"reference": ""}, {"reference": "r" * 81}, {"memo": "m" * 201}])
def test_texts_that_do_not_fit_are_refused_on_both_engines(app, more):
    with pytest.raises(WrongPosting):
        move(BANK, TEA, 1, "k", **more)


def test_a_transfer_to_oneself_is_refused(app):
    pay_in(TEA, 10)
    with pytest.raises(WrongPosting):
        move(TEA, TEA, 1, "k")


def test_unknown_kinds_are_refused(app):
    with pytest.raises(UnknownKind):
        move(BANK, AccountRef("piggy_bank", "mer_tea", "CNY"), 1, "k")
    with pytest.raises(UnknownKind):
        post_transfer("gift", [Posting(BANK, -1), Posting(TEA, 1)], reference="r", idempotency_key="k")


def test_postings_to_one_account_become_one_entry(app):
    pay_in(TEA, 100)
    post_transfer(
        "escrow_released",
        [Posting(TEA, -100), Posting(CERAMICS, 90), Posting(FEES, 4), Posting(FEES, 6)],
        reference="ord_1",
        idempotency_key="k",
    )
    assert posted(FEES) == 10
    assert count(LedgerEntry) == 5


def test_platform_accounts_have_no_balance_row_to_queue_on(app):
    pay_in(TEA, 100)
    assert count(LedgerAccount) == 2
    assert db.session.scalars(select(LedgerBalance.account_id)).all() == [TEA.id]


def test_a_transfer_between_known_accounts_takes_four_statements(app):
    pay_in(TEA, 100)
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        pay_in(TEA, 100, "second")
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(statements) == 4, statements


def draft(source: AccountRef, target: AccountRef, amount_minor: int, key: str) -> TransferDraft:
    postings = [Posting(source, -amount_minor), Posting(target, amount_minor)]
    return TransferDraft("payment_captured", postings, reference="batch", idempotency_key=key)


def test_a_batch_moves_money_as_if_one_after_another(app):
    done = post_transfers(
        [draft(BANK, TEA, 100, "a"), draft(TEA, CERAMICS, 100, "b"), draft(CERAMICS, TEA, 30, "c")],
    )
    assert [transfer.idempotency_key for transfer in done] == ["a", "b", "c"]
    assert (posted(TEA), posted(CERAMICS)) == (30, 70)
    assert list(verify_ledger()) == []


def test_a_batch_may_not_spend_what_only_comes_in_later(app):
    with pytest.raises(NotEnoughMoney):
        post_transfers([draft(TEA, CERAMICS, 100, "a"), draft(BANK, TEA, 100, "b")])
    assert count(LedgerTransfer) == 0


def test_a_batch_skips_what_was_done_before(app):
    first = post_transfers([draft(BANK, TEA, 100, "a")])
    done = post_transfers([draft(BANK, TEA, 100, "a"), draft(BANK, TEA, 7, "b"), draft(BANK, TEA, 7, "b")])
    assert [transfer.replayed for transfer in done] == [True, False, False]
    assert done[0].id == first[0].id
    assert done[1].id == done[2].id
    assert posted(TEA) == 107


def test_a_batch_with_one_conflict_moves_nothing(app):
    post_transfers([draft(BANK, TEA, 100, "a")])
    with pytest.raises(IdempotencyConflict):
        post_transfers([draft(BANK, TEA, 1, "new"), draft(BANK, TEA, 101, "a")])
    with pytest.raises(IdempotencyConflict):
        post_transfers([draft(BANK, TEA, 1, "x"), draft(BANK, TEA, 2, "x")])
    assert posted(TEA) == 100


def test_a_batch_that_loses_a_key_while_it_is_written_leaves_nothing_half_done(app, monkeypatch):
    move(BANK, FEES, 10, "lost")
    find, calls = posting.find, itertools.count()
    monkeypatch.setattr(posting, "find", lambda wanted: find(wanted) if next(calls) else {})

    @transactional
    def try_and_go_on():
        with pytest.raises(IdempotencyConflict):
            post_transfers([draft(BANK, TEA, 5, "new"), draft(BANK, FEES, 99, "lost")])
        pay_in(TEA, 1)

    try_and_go_on()
    assert posted(TEA) == 1
    assert count(LedgerTransfer) == 2
    assert list(verify_ledger()) == []


def test_an_empty_batch_is_nothing(app):
    assert post_transfers([]) == []


def test_a_batch_takes_a_handful_of_statements(app):
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    drafts = [draft(BANK, escrow(f"ord_{number}"), 100, f"key-{number}") for number in range(200)]
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        post_transfers(drafts)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(statements) <= 12
    assert posted(BANK) == -20_000
    assert list(verify_ledger()) == []


def test_a_reversal_puts_the_money_back(app):
    pay_in(TEA, 100)
    wrong = move(TEA, CERAMICS, 40, "wrong", merchant_id="mer_tea")
    reversal = reverse_transfer(wrong.id, idempotency_key="undo", memo="wrong shop")
    assert (reversal.kind, reversal.reverses, reversal.reference) == ("reversal", wrong.id, "ord_1")
    assert reversal.merchant_id == "mer_tea"
    assert (posted(TEA), posted(CERAMICS)) == (100, 0)
    assert reverse_transfer(wrong.id, idempotency_key="undo", memo="again").replayed
    assert posted(TEA) == 100
    assert list(verify_ledger()) == []


def test_a_transfer_is_reversed_once(app):
    wrong = pay_in(TEA, 100)
    pay_in(TEA, 100, "more")
    reverse_transfer(wrong.id, idempotency_key="undo", memo="")
    with pytest.raises(AlreadyReversed):
        reverse_transfer(wrong.id, idempotency_key="undo-again", memo="")
    assert posted(TEA) == 100


def test_what_has_been_spent_cannot_be_reversed(app):
    wrong = pay_in(TEA, 100)
    move(TEA, CERAMICS, 40, "spent")
    with pytest.raises(NotEnoughMoney):
        reverse_transfer(wrong.id, idempotency_key="undo", memo="")


def test_a_transfer_that_does_not_exist_cannot_be_reversed(app):
    with pytest.raises(NoSuchRecord):
        reverse_transfer("trf_none", idempotency_key="undo", memo="")


def test_transfers_are_found_by_their_reference(app):
    first = pay_in(escrow("ord_1"), 100)
    second = move(escrow("ord_1"), TEA, 100, "release")
    pay_in(TEA, 1, "other")
    assert [transfer.id for transfer in transfers_for("ord_1")][:2] == [first.id, second.id]
