import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.base.database import db
from core.base.transactions import end_read
from core.catalog.models import Product
from core.orders.models import Order
from core.parties.models import Customer, Person
from core.payments.models import Payment
from tests.core.web.console.conftest import words


def first(model):
    found = db.session.scalars(select(model)).first()
    end_read()
    return found


def entries(action: str) -> list[AuditEntry]:
    found = list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)))
    end_read()
    return found


def test_an_order_is_found_by_its_code_and_opened_with_its_money(staff, tea):
    desk, order = staff("finance"), first(Order)
    found = desk.page(f"/office/search?q={order.code.lower()}")
    address = f"/office/orders/{tea}/{order.id}"
    assert f'href="{address}"' in found
    page = desk.page(address)
    assert order.code in page and order.email not in page and "/office/ledger/transfers/" in page


def test_a_payment_is_found_by_the_reference_of_its_provider(staff, tea):
    desk, payment = staff("support"), first(Payment)
    address = f"/office/payments/{tea}/{payment.id}"
    assert f'href="{address}"' in desk.page(f"/office/search?q={payment.external_id}")
    assert payment.external_id in desk.page(address)


def test_people_are_shown_masked_and_opening_one_is_audited(staff, tea):
    desk = staff("support")
    owner = db.session.get(Person, f"{tea}-owner"[:40])
    email, name = owner.email, owner.name
    end_read()
    found = words(desk.page(f"/office/search?q={email[:5].upper()}"))
    assert email not in found.split("People")[1] and "•••@" in found
    assert [entry.actor_id for entry in entries("search.people")] == [desk.person_id]
    assert all(email[:5] not in str(entry.details) for entry in entries("search.people"))
    page = desk.page(f"/office/people/{tea}-owner"[:60])
    assert email in page and name in page
    [opened] = entries("person.opened")
    assert (opened.actor_id, opened.subject) == (desk.person_id, f"person:{tea}-owner"[:47])


def test_a_customer_that_was_opened_stands_in_the_trail_of_the_shop(staff, tea, a_customer):
    desk = staff("risk")
    found = desk.page("/office/search?q=buyer@fin")
    address = f"/office/customers/{tea}/{a_customer}"
    assert f'href="{address}"' in found and "buyer@find.example" not in words(found)
    assert "buyer@find.example" in desk.page(address)
    assert [entry.chain for entry in entries("customer.opened")] == [tea]


@pytest.fixture
def a_customer(tea) -> str:
    from core.parties.service import register_customer

    customer_id = register_customer(tea, email="buyer@find.example", name="Wang Fang", password="long enough it is")
    assert db.session.get(Customer, (tea, customer_id)) is not None
    end_read()
    return customer_id


def test_products_are_found_by_sku_and_by_how_the_name_begins(staff, tea):
    desk, product = staff("support"), first(Product)
    address = f"/office/products/{tea}/{product.id}"
    assert f'href="{address}"' in desk.page(f"/office/search?q={product.name[:4]}")
    assert product.name in desk.page(address)


def test_a_role_finds_only_what_it_may_see(staff, tea):
    operator, finance = staff("operator"), staff("finance")
    order = first(Payment)
    assert "Ledger transfers" not in words(operator.page(f"/office/search?q={order.id}"))
    assert "Ledger transfers" in words(finance.page(f"/office/search?q={order.id}"))
    assert "People" not in words(operator.page("/office/search?q=tea")).split("Withdrawals")[0].replace(
        "People and customers", ""
    )
    assert operator.get(f"/office/people/{tea}-owner").status_code == 403


def test_search_and_its_pages_ask_the_database_at_most_fifteen_times(staff, tea, count_sql):
    desk, order, payment, product = staff("admin"), first(Order), first(Payment), first(Product)
    for path in (
        f"/office/search?q={order.code}",
        f"/office/search?q={order.email}",
        f"/office/orders/{tea}/{order.id}",
        f"/office/payments/{tea}/{payment.id}",
        f"/office/products/{tea}/{product.id}",
        f"/office/people/{desk.person_id}",
    ):
        desk.page(path)
        count_sql.clear()
        desk.page(path)
        assert len(count_sql) <= 15, (path, len(count_sql))


@pytest.mark.parametrize("text", ["", "a", "%25%25", "'); drop", "\\_%25", "x" * 500, "你好", "@"])
def test_nonsense_finds_nothing_and_is_no_fault(staff, text):
    desk = staff("admin")
    assert desk.get(f"/office/search?q={text}").status_code == 200


@pytest.mark.parametrize(
    "path", ["orders/{}/x", "payments/{}/x", "payouts/{}/x", "products/{}/x", "people/x", "customers/{}/x"]
)
def test_what_is_not_there_is_not_found(staff, tea, path):
    assert staff("admin").get(f"/office/{path.format(tea)}").status_code == 404
    assert staff("admin").get(f"/office/{path.format('nobody')}").status_code == 404
