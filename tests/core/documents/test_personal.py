"""Papers of somebody who asks for them, or who leaves."""

import pytest

from core.base.database import db
from core.base.transactions import transactional
from core.contract.contributions import DataSubject
from core.documents.models import Invoice
from core.documents.personal import PERSONAL_DATA
from core.documents.service import issue_invoice
from core.orders.models import Order
from core.parties.service import register_customer
from core.taxes.models import TaxExemption
from core.taxes.service import exempt_customer
from tests.trade import make_shop, make_variant, paid_order


@pytest.fixture
def leaver(app):
    """A customer with an invoice and an exemption."""
    tea = make_shop("tea")
    customer_id = register_customer(tea, email="li@example.com", name="Li", password="longenough1", locale="en")
    order_id = paid_order(tea, make_variant(tea)).order_id

    @transactional
    def belongs():
        db.session.get(Order, (tea, order_id)).customer_id = customer_id

    belongs()
    issue_invoice(tea, order_id)
    exempt_customer(tea, customer_id, reason="Dealer", tax_id="DE1", actor_id=None)
    return DataSubject("customer", customer_id, tea)


def test_papers_and_the_exemption_are_handed_out(leaver):
    told = PERSONAL_DATA.collect(leaver)
    assert [paper["total_minor"] for paper in told["papers"]] == [1800]
    assert told["tax_exemption"] == {"reason": "Dealer", "tax_id": "DE1"}


def test_issued_papers_outlive_an_erasure_and_the_exemption_does_not(leaver):
    (kept,) = PERSONAL_DATA.kept(leaver)
    assert kept.count == 1 and "Invoices" in str(kept.what)
    db.session.remove()
    PERSONAL_DATA.erase(leaver)
    assert db.session.query(Invoice).count() == 1
    assert db.session.query(TaxExemption).count() == 0


def test_members_of_the_platform_have_no_papers_of_a_shop(app):
    assert PERSONAL_DATA.collect(DataSubject("person", "per_1")) is None
    assert PERSONAL_DATA.kept(DataSubject("person", "per_1")) == ()
