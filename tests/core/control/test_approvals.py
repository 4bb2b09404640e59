from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from core.audit.queries import AuditFilter, audit_page
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.transactions import end_read, transactional
from core.contract.decisions import ApprovalKind
from core.control.adjustments import propose_adjustment
from core.control.approvals import approve, expire_approvals, propose, reject, withdraw
from core.control.errors import DecidedAlready, SecondPersonNeeded
from core.control.limits import propose_limit
from core.control.models import Approval
from core.control.queries import approval, approvals_page
from core.ledger.errors import NotEnoughMoney
from core.ledger.queries import balance
from core.ledger.service import AccountRef, Posting
from core.parties.errors import RoleNotEnough
from core.shops.fees import propose_fee
from core.shops.models import Merchant
from tests.trade import make_shop

FEES = AccountRef("provider_fees", "fakepay", "CNY")


def state(approval_id):
    end_read()
    return approval(approval_id)[0].state


def correction(staff, amount=500, owner="mer_x"):
    available = AccountRef("merchant_available", owner, "CNY")
    maker = staff("finance")
    postings = [Posting(FEES, -amount), Posting(available, amount)]
    return propose_adjustment(postings, memo="bank charged twice", maker_id=maker), maker, available


def test_a_correction_of_the_books_is_posted_once_when_a_second_person_approves(app, staff):
    approval_id, _maker, available = correction(staff)
    assert balance(available).posted_minor == 0
    checker = staff("finance")
    approve(approval_id, checker_id=checker)
    assert balance(available).posted_minor == 500
    with pytest.raises(DecidedAlready):
        approve(approval_id, checker_id=staff("admin"))
    assert balance(available).posted_minor == 500
    assert [row.action for row in audit_page(AuditFilter()).rows][:2] == ["approval.approved", "approval.proposed"]


def test_nobody_approves_what_they_proposed_not_even_an_administrator(app, staff):
    admin = staff("admin")
    available = AccountRef("merchant_available", "mer_x", "CNY")
    approval_id = propose_adjustment([Posting(FEES, -5), Posting(available, 5)], memo="x", maker_id=admin)
    with pytest.raises(SecondPersonNeeded):
        approve(approval_id, checker_id=admin)
    with pytest.raises(SecondPersonNeeded):
        reject(approval_id, checker_id=admin, note="no")
    assert state(approval_id) == "waiting"


def test_the_database_itself_refuses_that_maker_and_checker_are_one(app, staff):
    approval_id, maker, _available = correction(staff)

    @transactional
    def tamper():
        db.session.execute(
            update(Approval)
            .where(Approval.id == approval_id)
            .values(state="approved", checker_id=maker, decided_at=clock.now())
        )

    with pytest.raises(IntegrityError, match="two_people"):
        tamper()


@pytest.mark.parametrize("sql", ["state = 'approved'", "state = 'elsewhere'", "decided_at = created_at"])
def test_the_database_itself_refuses_a_half_decision(app, staff, sql):
    correction(staff)

    @transactional
    def tamper():
        db.session.execute(text(f"UPDATE approval SET {sql}"))

    with pytest.raises(IntegrityError, match="decided_whole"):
        tamper()


@pytest.mark.parametrize("role", [None, "support", "reviewer", "operator"])
def test_who_may_not_move_money_neither_proposes_nor_approves(app, staff, role):
    approval_id, _maker, available = correction(staff)
    other = staff(role)
    with pytest.raises(RoleNotEnough):
        approve(approval_id, checker_id=other)
    with pytest.raises(RoleNotEnough):
        propose_adjustment([Posting(FEES, -5), Posting(available, 5)], memo="x", maker_id=other)


def test_a_rejection_says_why_and_changes_nothing(app, staff):
    approval_id, _maker, available = correction(staff)
    with pytest.raises(Invalid):
        reject(approval_id, checker_id=staff("finance"), note="  ")
    reject(approval_id, checker_id=staff("risk"), note="wrong merchant")
    assert (state(approval_id), balance(available).posted_minor) == ("rejected", 0)


def test_only_the_maker_takes_a_proposal_back(app, staff):
    approval_id, maker, _available = correction(staff)
    with pytest.raises(NotFound):
        withdraw(approval_id, maker_id=staff("finance"))
    withdraw(approval_id, maker_id=maker)
    with pytest.raises(DecidedAlready):
        approve(approval_id, checker_id=staff("finance"))


def test_what_the_ledger_refuses_stays_waiting_and_nothing_is_half_done(app, staff):
    available = AccountRef("merchant_available", "mer_x", "CNY")
    postings = [Posting(available, -500), Posting(FEES, 500)]
    approval_id = propose_adjustment(postings, memo="take it back", maker_id=staff("finance"))
    with pytest.raises(NotEnoughMoney):
        approve(approval_id, checker_id=staff("finance"))
    assert state(approval_id) == "waiting"


def test_a_proposal_that_nobody_decides_on_expires(app, staff):
    approval_id, _maker, _available = correction(staff)
    with clock.moved(timedelta(days=8)):
        with pytest.raises(DecidedAlready, match="expired"):
            approve(approval_id, checker_id=staff("finance"))
        assert expire_approvals() == 1 and expire_approvals() == 0
    assert state(approval_id) == "expired"


@pytest.mark.parametrize(
    ("amounts", "memo", "field"),
    [((-5, 6), "x", "postings"), ((5,), "x", "postings"), ((-5, 5), " ", "memo")],
)
def test_a_correction_that_cannot_be_is_refused_at_its_field(app, staff, amounts, memo, field):
    with pytest.raises(Invalid) as refused:
        propose_adjustment([Posting(FEES, amount) for amount in amounts], memo=memo, maker_id=staff("finance"))
    assert field in refused.value.fields


def test_the_platforms_fee_changes_when_two_people_agree(app, staff):
    tea = make_shop("tea", fee_ppm=6000)
    approval_id = propose_fee(tea, 4500, maker_id=staff("finance"), reason="volume")
    with pytest.raises(RoleNotEnough):
        approve(approval_id, checker_id=staff("finance"))
    approve(approval_id, checker_id=staff("admin"))
    assert db.session.get(Merchant, tea).fee_ppm == 4500


def test_a_limit_changes_when_two_people_agree(app, staff):
    asked = {"name": "payout", "scope": "everyone", "holder": "", "currency": "CNY", "day_minor": None, "day_count": 3}
    approval_id = propose_limit(**asked, single_minor=100, maker_id=staff("risk"), reason="new platform")
    [row] = approvals_page()[0]
    assert row[0].id == approval_id and row[0].kind == "limit.change"
    approve(approval_id, checker_id=staff("risk"))
    assert approvals_page()[0] == []


def test_a_proposal_of_an_unknown_kind_is_refused(app, staff):
    with pytest.raises(NotFound):
        propose("nothing.known", {}, maker_id=staff("admin"))
    assert ApprovalKind("a", "A", "p", dict, print).refuse is not print
