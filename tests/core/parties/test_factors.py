"""The second factor: who has one, what proves it, and what it guards."""

from datetime import timedelta

import pytest

from core.audit.models import AuditEntry
from core.base import clock
from core.base.acting import ActingKey, acting_through
from core.base.database import db
from core.base.errors import Invalid, Refused
from core.messages.models import Message
from core.parties import throttle
from core.parties.errors import FactorMissing, FactorNeeded, SignInThrottled, WrongCode, WrongSignIn
from core.parties.factor_models import RecoveryCode, TotpFactor
from core.parties.factors import (
    EVERYBODY,
    RECENT,
    acting_session,
    factors_of,
    note_factor,
    require_factor,
    require_recent_factor,
    vouch_for,
)
from core.parties.models import MemberSession
from core.parties.proving import finish_sign_in, prove_factor
from core.parties.recovery import new_recovery_codes, use_recovery_code
from core.parties.service import register_member, sign_in_member
from core.parties.sessions import is_pending, open_member_session, pending_member
from core.parties.staff import require_staff
from core.parties.totp import STEP_SECONDS, begin_totp, code_of, confirm_totp, remove_totp, use_totp
from core.payments.accounts import add_bank_account
from core.payments.payouts import request_payout
from tests.trade import make_shop, owner_of

pytestmark = pytest.mark.guarded
PASSWORD = "a quiet green hill"
HERE = {"address": "192.0.2.1", "origin": "http://localhost"}
STEP = timedelta(seconds=STEP_SECONDS)


@pytest.fixture
def person(app):
    return register_member(email="mei@example.com", name="Mei", password=PASSWORD)


@pytest.fixture
def session(person):
    """A session of the person, and the one under way."""
    token = open_member_session(person, merchant_id=None)
    reset = acting_session.set(token)
    yield token
    acting_session.reset(reset)


@pytest.fixture
def secret(person):
    made = begin_totp(person)
    confirm_totp(person, code_of(made), password=PASSWORD, address="192.0.2.1")
    return made


def sign_in():
    return sign_in_member(email="mei@example.com", password=PASSWORD, address="192.0.2.1")


def letters():
    return [row.kind for row in db.session.query(Message).order_by(Message.id)]


def test_an_app_counts_only_once_it_showed_the_right_code_and_the_password_was_given(person):
    secret = begin_totp(person)
    assert begin_totp(person) == secret
    with pytest.raises(Invalid) as refused:
        confirm_totp(person, code_of(secret), password="not it at all", address="192.0.2.1")
    assert list(refused.value.fields) == ["password"]
    for wrong in ("000000", "", "12345", "abcdef", "１２３４５６", code_of(secret, ahead=5)):
        with pytest.raises(Invalid) as refused:
            confirm_totp(person, wrong, password=PASSWORD, address="192.0.2.1")
        assert list(refused.value.fields) == ["code"]
    assert not factors_of(person).any
    confirm_totp(person, code_of(secret), password=PASSWORD, address="192.0.2.1")
    assert factors_of(person).any
    assert letters() == ["account.changed"]
    with pytest.raises(Refused):
        begin_totp(person)


def test_the_secret_is_encrypted(person, secret):
    assert secret not in db.session.get(TotpFactor, person).secret_encrypted


def test_a_code_counts_once_and_none_that_is_older_counts_after_it(person, secret):
    with clock.moved(3 * STEP):
        now, before = code_of(secret), code_of(secret, ahead=-1)
        assert use_totp(person, now)
        assert not use_totp(person, now)
        assert not use_totp(person, before)
        ahead = code_of(secret, ahead=1)
        assert use_totp(person, ahead)
        assert not use_totp(person, ahead)


def test_the_code_that_set_the_app_up_cannot_be_used_again(person):
    secret = begin_totp(person)
    code = code_of(secret)
    confirm_totp(person, code, password=PASSWORD, address="192.0.2.1")
    assert not use_totp(person, code)


@pytest.mark.parametrize(("late", "counts"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_differ_by_half_a_minute(person, secret, late, counts):
    with clock.moved(10 * STEP):
        assert use_totp(person, code_of(secret, ahead=late)) is counts


def test_a_sign_in_is_half_done_until_the_second_factor_is_proven_and_gets_another_token_then(person, secret):
    token = sign_in()
    assert is_pending(token)
    assert pending_member(token).person_id == person
    with pytest.raises(WrongCode):
        finish_sign_in(token, code="000000", **HERE)
    with clock.moved(2 * STEP):
        fresh = finish_sign_in(token, code=code_of(secret), **HERE)
        assert fresh != token
        assert not is_pending(fresh)
        require_recent_factor(person, fresh)
        with pytest.raises(FactorNeeded):
            require_recent_factor(person, token)


def test_without_a_second_factor_the_password_is_enough_to_sign_in(person):
    assert not is_pending(sign_in())


def test_the_second_step_must_be_taken_within_minutes(person, secret):
    token = sign_in()
    with clock.moved(timedelta(minutes=11)), pytest.raises(Exception, match="too long"):
        finish_sign_in(token, code=code_of(secret), **HERE)


def test_guessing_codes_is_stopped(person, secret, session):
    for _number in range(throttle.ACCOUNT_FAILURES_MAX):
        with pytest.raises(WrongCode):
            prove_factor(person, session, code="000000", **HERE)
    with clock.moved(2 * STEP), pytest.raises(SignInThrottled, match="minutes"):
        prove_factor(person, session, code=code_of(secret), **HERE)


def test_a_proof_is_good_for_ten_minutes_and_for_one_session(person, secret, session):
    with pytest.raises(FactorNeeded):
        require_recent_factor(person)
    note_factor(session)
    require_recent_factor(person)
    other = open_member_session(person, merchant_id=None)
    with pytest.raises(FactorNeeded):
        require_recent_factor(person, other)
    with clock.moved(RECENT + timedelta(seconds=1)):
        with pytest.raises(FactorNeeded):
            require_recent_factor(person)
        require_factor(person)


def test_a_proof_of_somebody_else_proves_nothing(person, secret, session):
    note_factor(session)
    stranger = register_member(email="stranger@example.com", name="Stranger", password=PASSWORD)
    with pytest.raises(FactorMissing):
        require_recent_factor(stranger)


def test_without_a_session_a_person_is_refused_and_the_system_is_not(person):
    with pytest.raises(FactorMissing):
        require_recent_factor(person)
    require_recent_factor(None)
    with vouch_for(person):
        require_recent_factor(person)
    with vouch_for(EVERYBODY):
        require_recent_factor(person)
    with pytest.raises(FactorMissing):
        require_recent_factor(person)


def test_a_programs_key_stands_for_the_proof_of_whoever_made_it(person):
    reset = acting_through.set(ActingKey("key_1", "mer_1", frozenset()))
    try:
        require_recent_factor(person)
    finally:
        acting_through.reset(reset)


def test_no_money_leaves_and_no_bank_account_is_added_without_the_second_factor(app):
    tea = make_shop("tea")
    owner = owner_of(tea)
    account = {"holder": "Mei", "bank_name": "", "bank_code": "", "number": "6222020200119876", "actor_id": owner}
    with pytest.raises(FactorMissing):
        add_bank_account(tea, **account)
    with vouch_for(owner):
        account_id = add_bank_account(tea, **account)
    with pytest.raises(FactorMissing):
        request_payout(tea, account_id, 100, actor_id=owner)


def test_staff_do_nothing_without_a_second_factor(app):
    staff = register_member(email="staff@example.com", name="Staff", password=PASSWORD, staff_role="admin")
    with pytest.raises(FactorMissing):
        require_staff(staff, "ledger.view")


def test_staff_keep_at_least_one_factor(app):
    staff = register_member(email="staff@example.com", name="Staff", password=PASSWORD, staff_role="admin")
    secret = begin_totp(staff)
    confirm_totp(staff, code_of(secret), password=PASSWORD, address="192.0.2.1")
    with vouch_for(staff), pytest.raises(Refused, match="Staff need"):
        remove_totp(staff)


def test_taking_the_last_factor_away_ends_every_proof(person, secret, session):
    with pytest.raises(FactorNeeded):
        remove_totp(person)
    note_factor(session)
    remove_totp(person)
    with pytest.raises(FactorMissing):
        require_recent_factor(person)
    assert not is_pending(sign_in())


def test_recovery_codes_are_stored_as_hashes_and_each_counts_once(person, secret, session):
    with pytest.raises(FactorNeeded):
        new_recovery_codes(person)
    note_factor(session)
    codes = new_recovery_codes(person)
    assert len(set(codes)) == 10
    stored = {row.code_hash for row in db.session.query(RecoveryCode)}
    assert not stored & {code.replace("-", "") for code in codes}
    token = sign_in()
    fresh = finish_sign_in(token, code=f" {codes[0].lower()} ", **HERE)
    assert not is_pending(fresh)
    assert not use_recovery_code(person, codes[0])
    assert factors_of(person).recovery_codes == 9
    assert letters().count("account.changed") == 2
    again = new_recovery_codes(person)
    assert not use_recovery_code(person, codes[1])
    other = register_member(email="other@example.com", name="Other", password=PASSWORD)
    assert not use_recovery_code(other, again[0])


def test_every_change_of_factors_is_in_the_audit_trail(person, secret, session):
    note_factor(session)
    use_recovery_code(person, new_recovery_codes(person)[0])
    remove_totp(person)
    actions = {row.action for row in db.session.query(AuditEntry)}
    assert actions >= {"factor.app_added", "factor.codes_made", "factor.code_used", "factor.app_removed"}


def test_a_wrong_password_never_leads_to_the_second_step(person, secret):
    with pytest.raises(WrongSignIn):
        sign_in_member(email="mei@example.com", password="wrong password", address="192.0.2.1")
    assert db.session.query(MemberSession).count() == 0
