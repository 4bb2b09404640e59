import pytest

from core.base.database import db
from core.base.transactions import transactional
from core.catalog import service as catalog
from core.catalog.details import OptionDetails, ProductDetails, VariantDetails
from core.discounts.service import Terms, create_discount
from core.parties.models import Person
from core.shops.domains import add_domain
from tests.trade import make_variant, paid_order, placed_order

LISTS = (
    "/console/",
    "/console/orders",
    "/console/orders?state=paid&q=buyer",
    "/console/products",
    "/console/products?q=tea&state=low",
    "/console/products/new",
    "/console/stock",
    "/console/stock?only=low&q=longjing",
    "/console/categories",
    "/console/customers",
    "/console/discounts",
    "/console/reports",
    "/console/money",
    "/console/money/statement",
    "/console/money/escrow",
    "/console/money/payouts",
    "/console/money/refunds",
    "/console/money/accounts",
    "/console/money/fees",
    "/console/x/logistics/zones",
    "/console/x/logistics/zones/new",
    "/console/domains",
    "/console/plugins",
    "/console/settings",
    "/console/team",
)


@pytest.fixture
def busy(tea):
    """A shop with something on every page."""
    variant_id = make_variant(tea, stock=40)
    shelf = catalog.create_category(tea, name="Tea")
    catalog.create_product(
        tea,
        ProductDetails(name="Green tea", published=False),
        options=[OptionDetails("Size", ("S", "L"))],
        variants=[VariantDetails(100, ("S",)), VariantDetails(200, ("L",), tracked=False)],
        category_ids=[shelf],
    )
    for _ in range(3):
        paid_order(tea, variant_id)
    placed_order(tea, variant_id)
    create_discount(tea, Terms(kind="percent", rate_ppm=100_000), code="SPRING", actor_id=None)
    add_domain(tea, "shop.example.com", actor_id=None)
    return tea


@pytest.mark.parametrize("lang", ["en", "zh-Hans", "zh-Hant"])
def test_every_page_opens_in_every_language(busy, desk, lang):
    for path in LISTS:
        answer = desk.get(path + ("&" if "?" in path else "?") + f"lang={lang}")
        assert answer.status_code == 200, path
        assert f'<html lang="{lang}"' in answer.text, path


@pytest.mark.parametrize("path", LISTS)
def test_every_page_of_an_empty_shop_teaches_what_to_do(desk, path):
    desk.page(path)


def test_no_list_page_asks_the_database_more_than_fifteen_times(busy, desk, count_statements):
    for path in LISTS:
        desk.page(path)
        asked = count_statements(lambda path=path: desk.page(path))
        assert asked <= 15, (path, asked)


def test_pages_are_for_people_who_signed_in(bare_app):
    client = bare_app.test_client()
    for path in LISTS:
        answer = client.get(path, base_url="http://localhost")
        assert answer.status_code == 302 and answer.location.startswith("/sign-in"), path
    assert client.post("/console/discounts/new", base_url="http://localhost").status_code in (401, 403)


def test_the_console_does_not_exist_on_a_shops_own_host(busy, desk):
    for path in LISTS:
        assert desk.client.get(path, base_url="http://tea.localhost").status_code == 404, path


def test_a_form_from_another_site_is_refused(busy, desk):
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    answer = desk.client.post("/console/categories", data={"name": "X"}, base_url="http://localhost", headers=headers)
    assert answer.status_code == 403


CLERK_MAY = {
    "/console/",
    "/console/orders",
    "/console/customers",
    "/console/stock",
    "/console/products",
    "/console/categories",
}
ZONES = {"/console/x/logistics/zones", "/console/x/logistics/zones/new"}
OWNER_ONLY = {"/console/domains", "/console/plugins", "/console/team", *ZONES}


@pytest.mark.parametrize(("role", "closed"), [("clerk", None), ("manager", OWNER_ONLY)])
def test_a_role_opens_its_pages_and_no_others(busy, sign_in, role, closed):
    desk = sign_in(busy, role)
    plain = {path for path in LISTS if "?" not in path}
    closed = plain - CLERK_MAY if closed is None else closed
    for path in plain:
        assert desk.get(path).status_code == (403 if path in closed else 200), (role, path)
    for path in plain - closed:
        navigation = desk.page(path).split("<main")[0]
        for other in closed - {"/console/products/new"}:
            assert f'href="{other}"' not in navigation, (path, other)


def test_the_side_shows_what_stands_beside_the_page_that_is_open(busy, sign_in):
    desk = sign_in(busy, "owner")
    at_home = desk.page("/console/").split("<main")[0]
    assert 'href="/console/products"' in at_home
    assert 'href="/console/stock"' not in at_home
    at_stock = desk.page("/console/stock").split("<main")[0]
    assert 'href="/console/stock" aria-current="page"' in at_stock
    assert 'href="/console/categories"' in at_stock
    assert 'href="/console/x/logistics/zones"' in desk.page("/console/settings").split("<main")[0]


@transactional
def make_staff(person_id: str) -> None:
    db.session.get(Person, person_id).staff_role = "admin"


OFFICE = ("/office/", "/office/ledger", "/office/work", "/office/plugins")


def test_the_office_opens_for_the_platforms_staff_only(busy, desk):
    for path in OFFICE:
        assert desk.get(path).status_code == 404, path
    make_staff(desk.person_id)
    for path in OFFICE:
        desk.page(path)


def test_staff_can_follow_money_from_account_to_transfer(busy, desk):
    make_staff(desk.person_id)
    import re

    listing = desk.page("/office/ledger?q=order_escrow")
    account = re.search(r'href="(/office/ledger/accounts/acc_[^"]+)"', listing).group(1)
    transfer = re.search(r'href="(/office/ledger/transfers/[^"]+)"', desk.page(account)).group(1)
    assert "order_escrow" in desk.page(transfer) and "custody" in desk.page(transfer)
    assert desk.get("/office/ledger/accounts/none").status_code == 404
    assert desk.get("/office/ledger/transfers/none").status_code == 404
