"""A forgotten password, a new one, another address; for members and for a shop's customers."""

import re
from datetime import timedelta

import pytest

from core.base import clock
from core.base.database import db
from core.base.errors import Invalid
from core.base.outbox import OutboxEvent
from core.contract.runtime import registry
from core.messages.models import Message
from core.messages.service import _opened, deliver_messages
from core.parties.account import (
    ask_for_email,
    ask_for_reset,
    change_password,
    confirm_email,
    reset_link_works,
    reset_password,
)
from core.parties.customer_account import (
    ask_for_customer_email,
    change_customer_password,
    confirm_customer_email,
)
from core.parties.errors import AccountExists, FactorNeeded, LinkInvalid, SignInThrottled, WrongSignIn
from core.parties.factors import vouch_for
from core.parties.models import MemberSession
from core.parties.service import check_customer, register_customer, register_member, sign_in_member
from core.parties.sessions import open_member_session, open_visitor_session, visitor_session
from core.parties.totp import begin_totp, code_of, confirm_totp
from core.shops.service import open_shop
from core.worker.runner import Worker

pytestmark = pytest.mark.guarded
PASSWORD, NEW = "a quiet green hill", "seven slow herons"
HERE = "192.0.2.1"


@pytest.fixture
def person(app):
    return register_member(email="mei@example.com", name="Mei", password=PASSWORD)


@pytest.fixture
def tea(person):
    return open_shop("tea", "Quiet Tea", currency="CNY", owner_person_id=person)


@pytest.fixture
def ceramics(person):
    return open_shop("ceramics", "Kiln", currency="CNY", owner_person_id=person)


@pytest.fixture
def buyer(tea):
    return register_customer(tea, email="li@example.com", name="Li Lei", password=PASSWORD)


def letter(kind: str):
    """The newest message of a kind that still waits, as it will be written."""
    db.session.close()
    row = db.session.query(Message).filter_by(kind=kind, state="waiting").order_by(Message.id.desc()).first()
    return _opened(row, registry().message_kinds[kind]) if row is not None else None


def token_in(message) -> str:
    return re.search(r"/([\w-]{43})\s", message.text).group(1)


def asked(app, email="mei@example.com", merchant_id=None, address=HERE):
    ask_for_reset(email=email, base_url="http://localhost", address=address, merchant_id=merchant_id)
    Worker(app).events()
    return letter("account.password_reset" if merchant_id is None else "customer.password_reset")


def sign_in(password, email="mei@example.com"):
    return sign_in_member(email=email, password=password, address=HERE)


def test_a_new_password_is_chosen_by_a_link_that_works_once_and_signs_everybody_out(app, person):
    open_member_session(person, merchant_id=None)
    token = token_in(asked(app))
    assert reset_link_works(token)
    with pytest.raises(Invalid):
        reset_password(token, "short")
    reset_password(token, NEW)
    assert db.session.query(MemberSession).count() == 0
    with pytest.raises(LinkInvalid):
        reset_password(token, "another good one")
    assert sign_in(NEW)
    with pytest.raises(WrongSignIn):
        sign_in(PASSWORD)
    assert "password was changed" in letter("account.changed").subject


def test_an_unknown_address_gets_no_message_and_the_asker_the_same_answer(app, person):
    assert asked(app, "nobody@example.com") is None
    assert db.session.query(Message).count() == 0


def test_who_asked_does_not_stand_readable_among_the_events(app, person):
    ask_for_reset(email="mei@example.com", base_url="http://localhost", address=HERE)
    assert "mei@example.com" not in str([row.payload for row in db.session.query(OutboxEvent)])


def test_a_link_expires_after_an_hour_and_only_its_hash_is_stored(app, person):
    token = token_in(asked(app))
    assert token not in str(list(db.session.execute(db.text("SELECT * FROM proof_token"))))
    with clock.moved(timedelta(minutes=61)):
        assert not reset_link_works(token)
        with pytest.raises(LinkInvalid):
            reset_password(token, NEW)


def test_using_one_link_ends_the_others(app, person):
    first, second = token_in(asked(app)), token_in(asked(app))
    assert first != second
    reset_password(second, NEW)
    assert not reset_link_works(first)


def test_asking_again_and_again_is_stopped(app, person):
    with pytest.raises(SignInThrottled, match="minutes"):
        for _number in range(20):
            ask_for_reset(email="mei@example.com", base_url="http://localhost", address=HERE)


def test_the_secret_link_is_forgotten_as_soon_as_it_is_sent(app, person):
    asked(app)
    deliver_messages()
    assert db.session.query(Message).one().sealed is None


def test_a_customers_link_works_in_that_shop_only(app, tea, ceramics, buyer):
    session = open_visitor_session(tea, customer_id=buyer)
    other = register_customer(ceramics, email="li@example.com", name="Li Lei", password=PASSWORD)
    message = asked(app, "li@example.com", tea)
    assert message.sender_name == "Quiet Tea"
    token = token_in(message)
    for elsewhere in (ceramics, None):
        assert not reset_link_works(token, merchant_id=elsewhere)
        with pytest.raises(LinkInvalid):
            reset_password(token, NEW, merchant_id=elsewhere)
    reset_password(token, NEW, merchant_id=tea)
    assert visitor_session(tea, session) is None
    assert check_customer(tea, email="li@example.com", password=NEW, address=HERE) == buyer
    assert check_customer(ceramics, email="li@example.com", password=PASSWORD, address=HERE) == other


def test_a_member_changes_the_password_and_stays_signed_in_here_only(app, person):
    here, there = (open_member_session(person, merchant_id=None) for _session in range(2))
    with pytest.raises(Invalid) as refused:
        change_password(person, old="not it at all", new=NEW, token=here, address=HERE)
    assert list(refused.value.fields) == ["old"]
    with pytest.raises(Invalid) as refused:
        change_password(person, old=PASSWORD, new="short", token=here, address=HERE)
    assert list(refused.value.fields) == ["password"]
    assert change_password(person, old=PASSWORD, new=NEW, token=here, address=HERE) == 1
    assert there
    assert sign_in(NEW)


def test_who_has_a_second_factor_proves_it_before_the_password_or_address_is_changed(app, person):
    secret = begin_totp(person)
    confirm_totp(person, code_of(secret), password=PASSWORD, address=HERE)
    with pytest.raises(FactorNeeded):
        change_password(person, old=PASSWORD, new=NEW, token="x", address=HERE)
    with pytest.raises(FactorNeeded):
        ask_for_email(person, email="new@example.com", password=PASSWORD, base_url="http://x", address=HERE)
    with vouch_for(person):
        change_password(person, old=PASSWORD, new=NEW, token="x", address=HERE)


def test_an_address_is_changed_only_by_a_link_sent_there_and_the_old_one_is_told(app, person):
    ask_for_email(person, email="New@Example.com", password=PASSWORD, base_url="http://localhost", address=HERE)
    message = letter("account.prove_email")
    assert message.recipient == "new@example.com"
    assert sign_in(PASSWORD)
    stranger = register_member(email="stranger@example.com", name="Stranger", password=PASSWORD)
    with pytest.raises(LinkInvalid):
        confirm_email(stranger, token_in(message))
    assert confirm_email(person, token_in(message)) == "new@example.com"
    assert sign_in(PASSWORD, "new@example.com")
    with pytest.raises(WrongSignIn):
        sign_in(PASSWORD)
    assert letter("account.changed").recipient == "mei@example.com"
    with pytest.raises(LinkInvalid):
        confirm_email(person, token_in(message))


def test_an_address_that_somebody_took_meanwhile_is_refused(app, person):
    ask_for_email(person, email="new@example.com", password=PASSWORD, base_url="http://localhost", address=HERE)
    token = token_in(letter("account.prove_email"))
    register_member(email="new@example.com", name="Other", password=PASSWORD)
    with pytest.raises(AccountExists):
        confirm_email(person, token)


def test_a_customer_changes_password_and_address_the_same_way(app, tea, buyer):
    here, there = (open_visitor_session(tea, customer_id=buyer) for _session in range(2))
    with pytest.raises(Invalid):
        change_customer_password(tea, buyer, old="not it at all", new=NEW, token=here, address=HERE)
    change_customer_password(tea, buyer, old=PASSWORD, new=NEW, token=here, address=HERE)
    assert visitor_session(tea, here) is not None
    assert visitor_session(tea, there) is None
    new = {"email": "lei@example.com", "password": NEW, "base_url": "http://tea.localhost", "address": HERE}
    ask_for_customer_email(tea, buyer, **new)
    assert confirm_customer_email(tea, buyer, token_in(letter("customer.prove_email"))) == "lei@example.com"
    assert letter("customer.changed").recipient == "li@example.com"
    assert check_customer(tea, email="lei@example.com", password=NEW, address=HERE) == buyer
