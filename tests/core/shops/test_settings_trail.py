import pytest

from core.audit.queries import AuditFilter, audit_page
from core.discounts.service import Terms, create_discount, set_discount_active
from core.parties.errors import RoleNotEnough
from core.parties.service import register_member, set_role
from core.payments.accounts import add_bank_account
from core.shops.domains import add_domain, make_primary
from core.shops.service import change_theme, set_plugin, update_shop
from tests.trade import make_shop, owner_of

ACTS = {
    "domain.claimed": lambda shop, who: add_domain(shop, "tea.example.com", actor_id=who),
    "domain.primary": lambda shop, who: make_primary(shop, None, actor_id=who),
    "shop.changed": lambda shop, who: update_shop(shop, tax_ppm=90_000, actor_id=who),
    "shop.theme_changed": lambda shop, who: change_theme(shop, {"accent": "#aa3322"}, actor_id=who),
    "shop.plugin_changed": lambda shop, who: set_plugin(shop, "logistics", enabled=True, actor_id=who),
    "discount.created": lambda shop, who: create_discount(shop, Terms(kind="shipping"), code="SPRING", actor_id=who),
    "bank_account.added": lambda shop, who: add_bank_account(
        shop, holder="Li", bank_name="ICBC", bank_code="ICBC", number="6222020202", actor_id=who
    ),
}


def trail(merchant_id):
    return [(row.action, row.actor_id) for row in audit_page(AuditFilter(chain=merchant_id)).rows]


@pytest.mark.parametrize("action", ACTS)
def test_who_changes_a_shops_rules_stands_in_its_trail(app, action):
    tea = make_shop("tea")
    ACTS[action](tea, owner_of(tea))
    assert trail(tea)[0] == (action, owner_of(tea))


@pytest.mark.parametrize("action", ACTS)
def test_a_clerk_changes_no_rules_and_leaves_no_trace(app, action):
    tea = make_shop("tea")
    clerk = register_member(email="clerk@example.com", name="Clerk", password="a long enough one")
    set_role(tea, clerk, "clerk")
    before = trail(tea)
    with pytest.raises(RoleNotEnough):
        ACTS[action](tea, clerk)
    assert trail(tea) == before


def test_no_account_number_and_no_secret_stands_in_the_trail(app):
    tea = make_shop("tea")
    ACTS["bank_account.added"](tea, owner_of(tea))
    [row] = audit_page(AuditFilter(chain=tea)).rows
    assert row.details == {"account": "•••• 0202"}


def test_switching_a_discount_off_and_on_is_two_entries(app):
    tea = make_shop("tea")
    discount_id = ACTS["discount.created"](tea, owner_of(tea))
    set_discount_active(tea, discount_id, False, actor_id=owner_of(tea))
    set_discount_active(tea, discount_id, True, actor_id=owner_of(tea))
    assert [action for action, _who in trail(tea)] == [
        "discount.switched_on",
        "discount.switched_off",
        "discount.created",
    ]
