import re

import pytest
from marshmallow import Schema, fields, validate
from sqlalchemy import select

from core.base.database import db
from core.contract.manifest import Manifest
from core.ledger.queries import balance
from core.ledger.service import AccountRef
from core.orders.fulfilment import ship_order
from core.orders.settlement import confirm_receipt
from core.parties.models import Membership, Person
from core.parties.roles import role_of
from core.payments.accounts import bank_accounts
from core.payments.payouts import payouts, send_payouts
from core.shops.queries import domains_of, shop_context
from tests.core.web.console.conftest import words
from tests.trade import make_variant, owner_of, paid_order

BANK = {"holder": "Tea Ltd", "bank_name": "Bank of Hangzhou", "number": "6222 0000 1111 2222"}


@pytest.fixture
def rich(tea):
    """A shop with released money."""
    order = paid_order(tea, make_variant(tea, price_minor=10_000))
    ship_order(tea, order.order_id, carrier="SF", tracking_number="1", actor=owner_of(tea))
    confirm_receipt(tea, order.order_id, actor="buyer")
    return tea


def available(merchant_id: str) -> int:
    db.session.remove()
    return balance(AccountRef("merchant_available", merchant_id, "CNY")).available_minor


def test_money_is_withdrawn_after_a_second_look(desk, rich):
    before = available(rich)
    page = desk.done("/console/money/accounts", BANK)
    assert "•••• 2222" in page and "62220000" not in page
    (account,) = bank_accounts(rich)
    data = {"bank_account_id": account.id, "amount": "50.00"}
    sure = desk.post("/console/money/withdraw", data)
    assert sure.status_code == 200 and "Withdraw this?" in sure.text and payouts(rich) == []
    desk.done("/console/money/withdraw", {**data, "sure": "1"})
    assert available(rich) == before - 5000
    send_payouts()
    assert "Arrived" in desk.page("/console/money") and "Withdrawal paid" in desk.page("/console/money")


@pytest.mark.parametrize("amount", ["", "0", "-5", "1.234", "99999999", "all"])
@pytest.mark.parametrize("sure", ["", "1"])
def test_an_amount_that_is_not_there_is_not_withdrawn(desk, rich, amount, sure):
    desk.done("/console/money/accounts", BANK)
    (account,) = bank_accounts(rich)
    before = available(rich)
    answer = desk.post("/console/money/withdraw", {"bank_account_id": account.id, "amount": amount, "sure": sure})
    assert answer.status_code in (409, 422) and 'role="alert"' in answer.text
    assert available(rich) == before and payouts(rich) == []


def test_a_bank_account_of_another_merchant_is_not_paid_to(desk, sign_in, rich, ceramics):
    sign_in(ceramics).done("/console/money/accounts", BANK)
    (foreign,) = bank_accounts(ceramics)
    for sure in ("", "1"):
        data = {"bank_account_id": foreign.id, "amount": "1", "sure": sure}
        assert desk.post("/console/money/withdraw", data).status_code == 404
    assert payouts(rich) == []


@pytest.mark.parametrize("role", ["manager", "clerk"])
def test_only_owners_withdraw_and_see_the_form(sign_in, rich, role):
    desk = sign_in(rich, role)
    answer = desk.get("/console/money")
    assert answer.status_code == (200 if role == "manager" else 403)
    assert "/console/money/withdraw" not in answer.text
    assert desk.post("/console/money/accounts", BANK).status_code == 403
    data = {"bank_account_id": "bnk_x", "amount": "1", "sure": "1"}
    assert desk.post("/console/money/withdraw", data).status_code == 403


def test_a_bad_account_number_is_marked_and_never_shown_again(desk, tea):
    answer = desk.post("/console/money/accounts", {**BANK, "number": "12"})
    assert answer.status_code == 422 and 'id="number-error"' in answer.text and 'value="Tea Ltd"' in answer.text
    assert bank_accounts(tea) == []


def test_a_domain_is_claimed_with_instructions_and_given_up(desk, tea):
    page = desk.done("/console/domains", {"host": "Shop.Example.com"})
    (claim,) = domains_of(tea)
    assert "_tongbao.shop.example.com" in page and claim.token in page
    assert "Prove the domain first" in desk.done(f"/console/domains/{claim.id}", {"do": "primary"})
    desk.done(f"/console/domains/{claim.id}", {"do": "remove"})
    db.session.remove()
    assert domains_of(tea) == []


@pytest.mark.parametrize("host", ["", "no spaces here", "127.0.0.1", "tea.localhost", "x" * 300])
def test_what_is_no_domain_is_marked(desk, tea, host):
    answer = desk.post("/console/domains", {"host": host})
    assert answer.status_code == 422 and 'id="host-error"' in answer.text
    assert domains_of(tea) == []


def test_a_domain_of_another_merchant_does_not_exist(desk, sign_in, ceramics):
    sign_in(ceramics).done("/console/domains", {"host": "bowls.example.com"})
    (claim,) = domains_of(ceramics)
    for do in ("check", "primary", "remove"):
        assert desk.post(f"/console/domains/{claim.id}", {"do": do}).status_code == 404


def test_settings_are_saved_and_the_shop_knows_at_once(desk, tea):
    before = shop_context(tea).version
    desk.done(
        "/console/settings/shop",
        {"name": "Tea & Co", "locale": "zh_Hans", "open": "1", "contact_email": "hi@tea.example"},
    )
    trade = {"tax_ppm": "13", "prices_include_tax": "1", "auto_release_days": "7", "payment_minutes": "45"}
    desk.done("/console/settings/trade", trade)
    db.session.remove()
    shop = shop_context(tea)
    assert (shop.name, shop.locale, shop.tax_ppm, shop.auto_release_days) == ("Tea & Co", "zh_Hans", 130_000, 7)
    assert shop.version == before + 2


@pytest.mark.parametrize(
    ("part", "changes", "marked"),
    [
        ("shop", {"name": ""}, "name"),
        ("shop", {"locale": "tlh"}, "locale"),
        ("shop", {"about": "x" * 6000}, "about"),
        ("trade", {"tax_ppm": "200"}, "tax_ppm"),
        ("trade", {"auto_release_days": "0"}, "auto_release_days"),
        ("trade", {"payment_minutes": "soon"}, "payment_minutes"),
    ],
)
def test_settings_that_cannot_be_are_marked_at_their_field(desk, tea, part, changes, marked):
    good = {
        "shop": {"name": "Tea", "locale": "en"},
        "trade": {"tax_ppm": "13", "auto_release_days": "7", "payment_minutes": "45"},
    }[part]
    answer = desk.post(f"/console/settings/{part}", {**good, **changes})
    assert answer.status_code == 422 and f'id="{marked}-error"' in answer.text
    db.session.remove()
    assert shop_context(tea).version == 1


class TeaSettings(Schema):
    greeting = fields.String(required=True, validate=validate.Length(max=10), metadata={"label": "Greeting"})
    secret = fields.String(load_default="", metadata={"secret": True, "label": "Key"})
    fee = fields.Integer(load_default=0, metadata={"money": True, "label": "Fee"})


@pytest.fixture
def plugin(app, monkeypatch):
    """A plugin with settings, as if it were installed."""
    from core.contract.registry import Registry

    manifest = Manifest("brew", "Brewing", "Brews tea.", "1.0", ">=0", "tests", settings=TeaSettings)
    own = Registry.manifests.fget
    monkeypatch.setattr(Registry, "manifests", property(lambda self: (*own(self), manifest)))
    known = Registry.manifest
    monkeypatch.setattr(Registry, "manifest", lambda self, name: manifest if name == "brew" else known(self, name))
    app.extensions.pop("tongbao.plugin_choices", None)
    yield manifest
    app.extensions.pop("tongbao.plugin_choices", None)


def test_a_plugin_is_switched_on_and_set_up(desk, tea, plugin):
    assert "Brewing" in desk.page("/console/plugins")
    desk.done("/console/plugins/brew/switch", {"on": "1"})
    form = {"greeting": "Nihao", "secret": "s3cret", "fee": "1.50"}
    page = desk.done("/console/plugins/brew/settings", form)
    assert "s3cret" not in page and "A secret is stored" in page and 'value="1.50"' in page
    desk.done("/console/plugins/brew/settings", {"greeting": "Zao", "secret": "", "fee": "2"})
    db.session.remove()
    shop = shop_context(tea)
    assert "brew" in shop.plugins
    assert shop.plugin_settings["brew"] == {"greeting": "Zao", "secret": "s3cret", "fee": 200}
    desk.done("/console/plugins/brew/switch", {"on": "0"})
    db.session.remove()
    assert "brew" not in shop_context(tea).plugins


def test_settings_that_a_plugin_refuses_are_marked_at_their_field(desk, plugin):
    answer = desk.post("/console/plugins/brew/settings", {"greeting": "Much too long", "fee": "cheap"})
    assert answer.status_code == 422
    assert 'id="greeting-error"' in answer.text and 'id="fee-error"' in answer.text
    assert 'value="Much too long"' in answer.text
    assert desk.get("/console/plugins/none").status_code == 404


def test_somebody_with_an_account_joins_at_once(desk, sign_in, tea, ceramics):
    other = sign_in(ceramics)
    email = db.session.get(Person, other.person_id).email
    desk.done("/console/team", {"email": email, "role": "clerk"})
    assert role_of(other.person_id, tea) == "clerk"
    assert desk.post("/console/team", {"email": email, "role": "clerk"}).status_code == 409
    desk.done(f"/console/team/{other.person_id}", {"role": "manager"})
    db.session.remove()
    assert role_of(other.person_id, tea) == "manager"
    desk.done(f"/console/team/{other.person_id}", {"do": "remove"})
    db.session.remove()
    assert role_of(other.person_id, tea) is None and role_of(other.person_id, ceramics) == "owner"


def invitation(page: str) -> str:
    return re.search(r'value="http://localhost(/console/invitation/[^"]+)"', page).group(1)


def test_somebody_without_an_account_joins_by_a_link_that_works_once(app, desk, tea):
    page = desk.post("/console/team", {"email": "new@example.com", "role": "clerk"}).text
    link = invitation(page)
    guest = app.test_client()
    assert "new@example.com" in guest.get(link, base_url="http://localhost").text
    weak = guest.post(link, data={"name": "", "password": "x"}, base_url="http://localhost")
    assert weak.status_code == 422
    form = {"name": "Newcomer", "password": "correct horse battery"}
    joined = guest.post(link, data=form, base_url="http://localhost")
    assert joined.status_code == 303, words(joined.text)
    assert guest.get("/console/", base_url="http://localhost").status_code == 200
    person = db.session.scalar(select(Person).where(Person.email == "new@example.com"))
    assert role_of(person.id, tea) == "clerk"
    assert app.test_client().get(link, base_url="http://localhost").status_code == 409


def test_a_forged_invitation_is_worth_nothing(app, desk, tea):
    link = invitation(desk.post("/console/team", {"email": "new@example.com", "role": "clerk"}).text)
    for forged in (link[:-1] + ("0" if link[-1] != "0" else "1"), "/console/invitation/x", "/console/invitation/.é"):
        assert app.test_client().get(forged, base_url="http://localhost").status_code == 409, forged


def test_the_last_owner_stays(desk, tea):
    for data in ({"do": "remove"}, {"role": "clerk"}):
        answer = desk.post(f"/console/team/{desk.person_id}", data)
        assert answer.status_code == 403 and "at least one owner" in answer.text
    assert role_of(desk.person_id, tea) == "owner"


@pytest.mark.parametrize("role", ["manager", "clerk"])
def test_only_owners_change_the_team(sign_in, tea, role):
    desk = sign_in(tea, role)
    assert desk.get("/console/team").status_code == 403
    assert desk.post("/console/team", {"email": "new@example.com", "role": "owner"}).status_code == 403
    assert desk.post(f"/console/team/{desk.person_id}", {"role": "owner"}).status_code == 403
    assert db.session.scalar(select(Membership.role).where(Membership.person_id == desk.person_id)) == role


@pytest.mark.parametrize("data", [{"email": "x", "role": "clerk"}, {"email": "a@b.example", "role": "king"}, {}])
def test_a_bad_invitation_form_is_marked(desk, data):
    answer = desk.post("/console/team", data)
    assert answer.status_code == 422 and 'aria-invalid="true"' in answer.text
