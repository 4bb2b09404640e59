"""Random histories: whatever is asked in whatever order, the ledger does what a few lines of arithmetic say."""

import itertools
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from core.base import clock
from core.base.database import db
from core.ledger.errors import AlreadyReversed, HoldClosed, IdempotencyConflict, NotEnoughMoney
from core.ledger.queries import balances, statement
from core.ledger.service import (
    AccountRef,
    Balance,
    Posting,
    TransferDraft,
    expire_holds,
    place_hold,
    post_hold,
    post_transfer,
    post_transfers,
    release_hold,
    reverse_transfer,
    roll_up,
)
from core.ledger.verify import verify_ledger

_worlds = itertools.count()

names = st.sampled_from(["tea", "ceramics", "books", "bank", "fees"])
amounts = st.integers(1, 60)
picks = st.integers(0, 1_000)


@dataclass
class ModelHold:
    id: str
    client: str
    amount: int
    expires: bool
    state: str = "open"


@dataclass
class ModelTransfer:
    id: str
    draft: TransferDraft
    legs: dict[str, int]
    reversed_by: str | None = None


@dataclass
class Model:
    """The arithmetic that the ledger must agree with."""

    balance: dict[str, int] = field(default_factory=dict)
    holds: list[ModelHold] = field(default_factory=list)
    transfers: list[ModelTransfer] = field(default_factory=list)

    def held(self, name: str) -> int:
        return sum(hold.amount for hold in self.holds if hold.client == name and hold.state == "open")

    def free(self, name: str) -> int:
        return self.balance.get(name, 0) - self.held(name)

    def allows(self, legs: dict[str, int]) -> bool:
        return all(
            minor >= 0 or name in ("bank", "fees") or self.free(name) + minor >= 0 for name, minor in legs.items()
        )

    def move(self, legs: dict[str, int]) -> None:
        for name, minor in legs.items():
            self.balance[name] = self.balance.get(name, 0) + minor


class LedgerMachine(RuleBasedStateMachine):
    """Three clients, a bank and the platform, in a world of their own (the database holds many such worlds)."""

    def __init__(self) -> None:
        super().__init__()
        db.session.close()
        world = f"world-{next(_worlds)}"
        self.model = Model()
        self.accounts = {
            name: AccountRef("merchant_available", f"{world}-{name}", "CNY") for name in ("tea", "ceramics")
        }
        self.accounts["books"] = AccountRef("order_escrow", world, "CNY", "books")
        self.accounts["bank"] = AccountRef("custody", world, "CNY")
        self.accounts["fees"] = AccountRef("platform_fees", world, "CNY")
        self.world, self.keys = world, itertools.count()

    def key(self) -> str:
        return f"{self.world}-{next(self.keys)}"

    def postings(self, legs: dict[str, int]) -> list[Posting]:
        return [Posting(self.accounts[name], minor) for name, minor in legs.items()]

    def draft(self, legs: dict[str, int]) -> TransferDraft:
        return TransferDraft("payment_captured", self.postings(legs), self.world, self.key())

    def post(self, draft: TransferDraft):
        return post_transfer(
            draft.kind, draft.postings, reference=draft.reference, idempotency_key=draft.idempotency_key
        )

    @rule(client=st.sampled_from(["tea", "ceramics", "books"]), amount=amounts)
    def money_comes_in(self, client, amount):
        self.post_or_refuse({"bank": -amount, client: amount})

    @rule(source=names, to=names, amount=amounts, fee=st.integers(0, 5))
    def money_moves(self, source, to, amount, fee):
        legs = {source: -amount - fee}
        for name, minor in ((to, amount), ("fees", fee)):
            legs[name] = legs.get(name, 0) + minor
        legs = {name: minor for name, minor in legs.items() if minor}
        if len(legs) > 1:
            self.post_or_refuse(legs)

    def post_or_refuse(self, legs: dict[str, int]) -> None:
        draft = self.draft(legs)
        if not self.model.allows(legs):
            with pytest.raises(NotEnoughMoney):
                self.post(draft)
            return
        transfer = self.post(draft)
        assert not transfer.replayed
        self.model.transfers.append(ModelTransfer(transfer.id, draft, legs))
        self.model.move(legs)

    @rule(moves=st.lists(st.tuples(names, names, amounts), min_size=2, max_size=5))
    def a_batch_moves(self, moves):
        batch = [{source: -amount, target: amount} for source, target, amount in moves if source != target]
        drafts = [self.draft(legs) for legs in batch]
        before = dict(self.model.balance)
        for legs in batch:
            if not self.model.allows(legs):
                self.model.balance = before
                with pytest.raises(NotEnoughMoney):
                    post_transfers(drafts)
                return
            self.model.move(legs)
        done = post_transfers(drafts)
        for transfer, draft, legs in zip(done, drafts, batch, strict=True):
            self.model.transfers.append(ModelTransfer(transfer.id, draft, legs))

    @precondition(lambda self: self.model.transfers)
    @rule(pick=picks)
    def a_call_is_repeated(self, pick):
        known = self.model.transfers[pick % len(self.model.transfers)]
        again = self.post(known.draft)
        assert (again.id, again.replayed) == (known.id, True)
        (in_batch,) = post_transfers([known.draft])
        assert in_batch == again

    @precondition(lambda self: self.model.transfers)
    @rule(pick=picks)
    def a_key_is_used_for_something_else(self, pick):
        known = self.model.transfers[pick % len(self.model.transfers)]
        legs = {"bank": -999, "tea": 999}
        other = TransferDraft("payment_captured", self.postings(legs), self.world, known.draft.idempotency_key)
        with pytest.raises(IdempotencyConflict):
            self.post(other)

    @precondition(lambda self: self.model.transfers)
    @rule(pick=picks)
    def a_transfer_is_reversed(self, pick):
        known = self.model.transfers[pick % len(self.model.transfers)]
        legs = {name: -minor for name, minor in known.legs.items()}
        key = self.key()
        if not self.model.allows(legs):
            with pytest.raises(NotEnoughMoney):
                reverse_transfer(known.id, idempotency_key=key, memo="")
        elif known.reversed_by is not None:
            assert reverse_transfer(known.id, idempotency_key=known.reversed_by, memo="").replayed
            with pytest.raises(AlreadyReversed):
                reverse_transfer(known.id, idempotency_key=key, memo="")
        else:
            assert reverse_transfer(known.id, idempotency_key=key, memo="").reverses == known.id
            known.reversed_by = key
            self.model.move(legs)

    @rule(client=st.sampled_from(["tea", "ceramics", "books"]), amount=amounts, expires=st.booleans())
    def money_is_set_aside(self, client, amount, expires):
        key = self.key()
        account = self.accounts[client]
        expires_at = clock.now() + timedelta(hours=1) if expires else None
        if self.model.free(client) < amount:
            with pytest.raises(NotEnoughMoney):
                place_hold(account, amount, reference=self.world, idempotency_key=key, expires_at=expires_at)
            return
        first, again = (
            place_hold(account, amount, reference=self.world, idempotency_key=key, expires_at=expires_at)
            for _ in range(2)
        )
        assert first.id == again.id
        assert again.replayed
        self.model.holds.append(ModelHold(first.id, client, amount, expires))

    @precondition(lambda self: self.model.holds)
    @rule(pick=picks, part=st.floats(0, 1), receiver=st.sampled_from(["bank", "fees"]))
    def a_hold_is_posted(self, pick, part, receiver):
        hold = self.model.holds[pick % len(self.model.holds)]
        taken = max(1, int(hold.amount * part))
        key = self.key()
        to = self.postings({receiver: taken})
        if hold.state != "open":
            with pytest.raises(HoldClosed):
                post_hold(hold.id, "payout_paid", to, idempotency_key=key)
            return
        first, again = (post_hold(hold.id, "payout_paid", to, idempotency_key=key) for _ in range(2))
        assert (first.id, again.replayed) == (again.id, True)
        hold.state = "posted"
        self.model.move({hold.client: -taken, receiver: taken})

    @precondition(lambda self: self.model.holds)
    @rule(pick=picks)
    def a_hold_is_released(self, pick):
        hold = self.model.holds[pick % len(self.model.holds)]
        if hold.state == "posted":
            with pytest.raises(HoldClosed):
                release_hold(hold.id)
            return
        hold.state = "released" if hold.state == "open" else hold.state
        assert release_hold(hold.id).state == hold.state

    @rule()
    def two_hours_pass(self):
        due = [hold for hold in self.model.holds if hold.expires and hold.state == "open"]
        with clock.moved(timedelta(hours=2)):
            assert expire_holds() >= len(due)
        for hold in due:
            hold.state = "expired"

    @rule()
    def platform_accounts_are_rolled_up(self):
        roll_up(1)

    @invariant()
    def balances_are_what_arithmetic_says(self):
        found = balances(self.accounts.values())
        for name, account in self.accounts.items():
            assert found[account] == Balance(self.model.balance.get(name, 0), self.model.held(name)), name

    def teardown(self):
        for name, account in self.accounts.items():
            rows = statement(account, limit=500)
            running = list(itertools.accumulate(row.amount_minor for row in reversed(rows)))
            assert [row.balance_minor for row in reversed(rows)] == running
            assert (running or [0])[-1] == self.model.balance.get(name, 0)
        assert list(verify_ledger()) == []


def test_the_ledger_agrees_with_plain_arithmetic(app):
    examples = 40 if db.engine.dialect.name == "sqlite" else 12
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
