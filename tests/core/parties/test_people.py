from datetime import timedelta

import pytest

from core.base import clock
from core.base.database import db
from core.base.errors import Invalid
from core.contract.views import AddressView
from core.parties import passwords, throttle
from core.parties.errors import AccountExists, RoleNotEnough, SignInThrottled, WrongSignIn
from core.parties.models import Customer, MemberSession, Person, VisitorSession
from core.parties.roles import posts_of, require_permission, require_role, role_may, role_of
from core.parties.service import (
    act_for,
    check_customer,
    customer,
    register_customer,
    register_member,
    remember_address,
    set_role,
    sign_in_member,
)
from core.parties.sessions import (
    change_visitor_session,
    close_sessions_of_customer,
    close_visitor_session,
    open_visitor_session,
    sweep_sessions,
    visitor_session,
)
from core.shops.service import open_shop

PASSWORD = "a quiet green hill"


@pytest.fixture
def owner(app):
    return register_member(email="owner@example.com", name="Owner", password=PASSWORD)


@pytest.fixture
def merchant(owner):
    return open_shop("tea", "Quiet Tea", currency="CNY", owner_person_id=owner)


@pytest.fixture
def other_merchant(owner):
    return open_shop("ceramics", "Kiln", currency="EUR", owner_person_id=owner)


@pytest.fixture
def buyer(merchant):
    return register_customer(merchant, email="Buyer@Example.com ", name=" Li  Lei ", password=PASSWORD)


def sign_in(merchant, password=PASSWORD, email="buyer@example.com", address="192.0.2.1"):
    return check_customer(merchant, email=email, password=password, address=address)


def test_a_customer_signs_in_with_the_right_password_only(merchant, buyer):
    assert sign_in(merchant) == buyer
    assert sign_in(merchant, email=" BUYER@example.COM") == buyer
    with pytest.raises(WrongSignIn):
        sign_in(merchant, PASSWORD + "x")
    with pytest.raises(WrongSignIn):
        sign_in(merchant, email="nobody@example.com")


def test_names_and_addresses_are_stored_in_one_spelling(merchant, buyer):
    row = db.session.get(Customer, (merchant, buyer))
    assert (row.email, row.name) == ("buyer@example.com", "Li Lei")
    assert PASSWORD not in row.password_hash
    assert row.password_hash.startswith("$argon2id$")


def test_the_same_address_is_another_customer_in_another_shop(merchant, other_merchant, buyer):
    with pytest.raises(AccountExists):
        register_customer(merchant, email="buyer@example.com", name="Li", password=PASSWORD)
    with pytest.raises(WrongSignIn):
        sign_in(other_merchant)
    assert register_customer(other_merchant, email="buyer@example.com", name="Li", password=PASSWORD) != buyer


def test_an_account_that_does_not_exist_costs_the_same_work(merchant, buyer, monkeypatch):
    verified = []
    hasher = passwords._current()

    class Counting:
        def verify(self, stored, password):
            verified.append(stored)
            return hasher.verify(stored, password)

        def check_needs_rehash(self, stored):
            return False

    monkeypatch.setattr(passwords, "_current", Counting)
    for email in ("buyer@example.com", "nobody@example.com"):
        with pytest.raises(WrongSignIn):
            sign_in(merchant, "wrong password", email=email)
    assert len(verified) == 2


@pytest.mark.parametrize(
    ("email", "name", "password", "field"),
    [
        ("", "Li", PASSWORD, "email"),
        ("no at sign", "Li", PASSWORD, "email"),
        ("a@b", "Li", PASSWORD, "email"),
        ("a b@example.com", "Li", PASSWORD, "email"),
        ("a@example.com\x00", "Li", PASSWORD, "email"),
        ("a@example.com", "  ", PASSWORD, "name"),
        ("a@example.com", "x" * 121, PASSWORD, "name"),
        ("a@example.com", "Li", "short", "password"),
        ("a@example.com", "Li", "aaaaaaaaaaaa", "password"),
        ("long.name@example.com", "Li", "long.name@example.com", "password"),
        ("long.name.here@example.com", "Li", "Long.Name.Here", "password"),
        ("a@example.com", "Li", "x1y2" * 60, "password"),
    ],
)
def test_what_cannot_be_used_is_refused_at_its_field(merchant, email, name, password, field):
    with pytest.raises(Invalid) as refused:
        register_customer(merchant, email=email, name=name, password=password)
    assert list(refused.value.fields) == [field]


def test_guessing_at_one_account_is_stopped_and_forgotten_after_a_while(merchant, buyer):
    for number in range(throttle.ACCOUNT_FAILURES_MAX):
        with pytest.raises(WrongSignIn):
            sign_in(merchant, "wrong password", address=f"192.0.2.{number}")
    with pytest.raises(SignInThrottled, match="minutes"):
        sign_in(merchant, address="198.51.100.1")
    with clock.moved(throttle.WINDOW + timedelta(minutes=1)):
        assert sign_in(merchant) == buyer


def test_guessing_from_one_address_is_stopped_whatever_the_accounts(merchant, monkeypatch):
    monkeypatch.setattr(throttle, "ADDRESS_FAILURES_MAX", 3)
    for number in range(3):
        with pytest.raises(WrongSignIn):
            sign_in(merchant, email=f"a{number}@example.com")
    with pytest.raises(SignInThrottled):
        sign_in(merchant, email="another@example.com")


def test_one_account_under_attack_does_not_lock_the_others(merchant, buyer):
    for number in range(throttle.ACCOUNT_FAILURES_MAX + 1):
        with pytest.raises((WrongSignIn, SignInThrottled)):
            sign_in(merchant, "wrong password", email="victim@example.com", address=f"192.0.2.{number}")
    assert sign_in(merchant) == buyer


def test_signing_in_rightly_forgets_the_wrong_tries(merchant, buyer):
    for _ in range(3 * throttle.ACCOUNT_FAILURES_MAX):
        with pytest.raises(WrongSignIn):
            sign_in(merchant, "wrong password", address="192.0.2.1")
        assert sign_in(merchant, address="192.0.2.2") == buyer
        if _ >= 10:
            break


def test_a_session_is_found_by_its_token_in_its_own_shop_until_it_expires(merchant, other_merchant):
    token = open_visitor_session(merchant, data={"lang": "en"})
    assert visitor_session(merchant, token).data == {"lang": "en"}
    assert visitor_session(other_merchant, token) is None
    assert visitor_session(merchant, token + "x") is None
    assert db.session.get(VisitorSession, token) is None
    assert change_visitor_session(merchant, token, data={"lang": "zh_Hans"})
    assert not change_visitor_session(other_merchant, token, data={})
    with clock.moved(timedelta(days=31)):
        assert visitor_session(merchant, token) is None
        assert not change_visitor_session(merchant, token, data={})
    close_visitor_session(merchant, token)
    db.session.close()
    assert visitor_session(merchant, token) is None


def test_a_customer_is_signed_out_everywhere(merchant, buyer):
    tokens = [open_visitor_session(merchant, customer_id=buyer) for _ in range(3)]
    guest = open_visitor_session(merchant)
    close_sessions_of_customer(merchant, buyer)
    assert [visitor_session(merchant, token) for token in tokens] == [None] * 3
    assert visitor_session(merchant, guest) is not None


def test_expired_sessions_are_swept(merchant, owner):
    open_visitor_session(merchant)
    sign_in_member(email="owner@example.com", password=PASSWORD, address="192.0.2.1")
    assert sweep_sessions() == 0
    assert sweep_sessions(clock.now() + timedelta(days=40)) == 2


def test_the_address_used_last_is_kept(merchant, buyer):
    remember_address(merchant, buyer, AddressView("Li Lei", "138", "CN", "Zhejiang", "Hangzhou", "1 Lake Road"))
    assert customer(merchant, buyer).address["city"] == "Hangzhou"


def test_a_member_of_one_merchant_acts_for_it_at_once_and_of_two_must_choose(owner, merchant):
    first = sign_in_member(email="Owner@example.com", password=PASSWORD, address="192.0.2.1")
    assert {row.merchant_id for row in db.session.query(MemberSession)} == {merchant}
    second = open_shop("second", "Second", currency="CNY", owner_person_id=owner)
    sign_in_member(email="owner@example.com", password=PASSWORD, address="192.0.2.1")
    assert {row.merchant_id for row in db.session.query(MemberSession)} == {merchant, None}
    act_for(first, owner, second)
    assert {row.merchant_id for row in db.session.query(MemberSession)} == {second, None}
    assert {post.merchant_id for post in posts_of(owner)} == {merchant, second}


def test_nobody_acts_for_a_merchant_without_a_post_there(owner, merchant):
    stranger = register_member(email="stranger@example.com", name="Stranger", password=PASSWORD)
    token = sign_in_member(email="stranger@example.com", password=PASSWORD, address="192.0.2.1")
    with pytest.raises(RoleNotEnough):
        act_for(token, stranger, merchant)
    with pytest.raises(RoleNotEnough):
        require_permission(stranger, merchant, "orders.view")


def test_a_role_holds_what_it_may_and_no_more(owner, merchant):
    clerk = register_member(email="clerk@example.com", name="Clerk", password=PASSWORD)
    set_role(merchant, clerk, "clerk")
    assert require_permission(clerk, merchant, "orders.fulfil") == "clerk"
    assert require_permission(owner, merchant, "money.withdraw") == "owner"
    for permission in ("money.withdraw", "orders.refund", "catalog.edit"):
        with pytest.raises(RoleNotEnough):
            require_permission(clerk, merchant, permission)
    with pytest.raises(RoleNotEnough):
        require_role(clerk, merchant, "owner", "manager")
    assert role_may("owner", "giftwrap.edit")
    assert not role_may("clerk", "giftwrap.edit")
    assert not role_may("nobody", "orders.view")


def test_a_shop_keeps_an_owner(owner, merchant):
    for role in ("clerk", None):
        with pytest.raises(RoleNotEnough, match="at least one owner"):
            set_role(merchant, owner, role)
    other = register_member(email="other@example.com", name="Other", password=PASSWORD)
    set_role(merchant, other, "owner")
    set_role(merchant, owner, None)
    assert role_of(owner, merchant) is None


def test_two_people_cannot_share_an_address(owner):
    with pytest.raises(AccountExists):
        register_member(email="OWNER@example.com", name="Other", password=PASSWORD)
    assert db.session.query(Person).count() == 1
