from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.base import clock
from core.base.database import db
from core.base.errors import NotFound, Refused
from core.base.transactions import transactional
from core.contract.contributions import DataSubject
from core.orders.models import Order
from core.orders.service import cancel_order
from core.parties.errors import WrongSignIn
from core.parties.models import Customer, Person, VisitorSession
from core.parties.organisations import open_organisation
from core.parties.service import check_customer, register_customer, register_member, sign_in_member
from core.parties.sessions import open_visitor_session
from core.parties.team import add_member
from core.privacy.models import DataPackage
from core.privacy.service import erase, erasure_preview, fetch_package, packages_of, request_package, sweep_packages
from core.shops.service import open_shop
from core.worker.tasks import run_waiting_task
from tests.trade import make_shop, make_variant, placed_order

PASSWORD = "a good sentence"


@pytest.fixture
def merchant(app) -> str:
    return make_shop("tea")


@pytest.fixture
def buyer(merchant) -> str:
    return register_customer(merchant, email="li@example.com", name="Li Lei", password=PASSWORD)


@pytest.fixture
def person(app) -> str:
    return register_member(email="mei@example.com", name="Shen Mei", password=PASSWORD)


@transactional
def order_of(merchant: str, buyer: str) -> str:
    order_id = placed_order(merchant, make_variant(merchant)).order_id
    db.session.get(Order, (merchant, order_id)).customer_id = buyer
    return order_id


def unpacked(content: bytes) -> dict[str, object]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: json.loads(packed.read(name)) for name in packed.namelist() if name.endswith(".json")}


def test_a_person_gets_a_file_of_all_that_is_known(person):
    subject = DataSubject("person", person)
    package_id = request_package(subject)
    with pytest.raises(NotFound):
        fetch_package(package_id, subject)
    assert run_waiting_task("w")
    found = unpacked(fetch_package(package_id, subject))
    assert found["account.json"]["email"] == "mei@example.com"
    assert found["identity.json"]["level"] == 0
    assert "customer.json" not in found


def test_a_customer_gets_orders_with_what_was_bought(merchant, buyer):
    order_id = order_of(merchant, buyer)
    subject = DataSubject("customer", buyer, merchant)
    package_id = request_package(subject)
    run_waiting_task("w")
    found = unpacked(fetch_package(package_id, subject))
    order = db.session.get(Order, (merchant, order_id))
    assert [one["code"] for one in found["orders.json"]] == [order.code]
    assert found["orders.json"][0]["lines"][0]["name"] == "Longjing"


def test_a_package_is_for_its_subject_alone_and_for_a_week(person, merchant, buyer):
    subject = DataSubject("person", person)
    package_id = request_package(subject)
    assert request_package(subject) == package_id
    run_waiting_task("w")
    for other in (
        DataSubject("customer", buyer, merchant),
        DataSubject("person", buyer),
        DataSubject("customer", person),
    ):
        with pytest.raises(NotFound):
            fetch_package(package_id, other)
    assert b"mei@example.com" not in bytes(db.session.scalar(select(DataPackage.content_encrypted)))
    with clock.moved(timedelta(days=8)):
        assert list(packages_of(subject)) == []
        with pytest.raises(NotFound):
            fetch_package(package_id, subject)
        assert sweep_packages() == 1


def test_an_erased_customer_is_nobody_and_the_books_stay(merchant, buyer):
    order_id = order_of(merchant, buyer)
    subject = DataSubject("customer", buyer, merchant)
    with pytest.raises(Refused):
        erase(subject)
    assert db.session.get(Customer, (merchant, buyer)).name == "Li Lei"
    cancel_order(merchant, order_id, actor="buyer")
    total = db.session.get(Order, (merchant, order_id)).total_minor
    open_visitor_session(merchant, customer_id=buyer)
    assert [kept.count for part in erasure_preview(subject) for kept in part.kept] == [1]
    erase(subject)
    order = db.session.get(Order, (merchant, order_id))
    assert (order.total_minor, order.address["country"]) == (total, "CN")
    everything = f"{order.email} {order.address} {order.note}"
    assert not any(known in everything for known in ("Li Lei", "West Lake", "138", "example.com"))
    assert db.session.scalars(select(VisitorSession).where(VisitorSession.customer_id == buyer)).all() == []
    with pytest.raises(WrongSignIn):
        check_customer(merchant, email="li@example.com", password=PASSWORD, address="192.0.2.1")
    assert register_customer(merchant, email="li@example.com", name="Li Lei", password=PASSWORD) != buyer
    with pytest.raises(Refused):
        erase(subject)


def test_the_only_owner_of_a_shop_cannot_leave_it_without_one(person):
    shop = open_shop("mine", "Mine", currency="CNY", owner_person_id=person)
    subject = DataSubject("person", person)
    with pytest.raises(Refused):
        erase(subject)
    other = register_member(email="other@example.com", name="Other", password=PASSWORD)
    add_member(shop, email="other@example.com", role="owner", actor_id=person)
    erase(subject)
    assert db.session.get(Person, person).name == "—"
    assert db.session.get(Person, other).name == "Other"


def test_an_erased_person_cannot_sign_in_and_leaves_organisations_that_were_theirs_alone(person):
    open_organisation("investor", "Only me", owner_person_id=person)
    token = sign_in_member(email="mei@example.com", password=PASSWORD, address="192.0.2.1")
    assert token
    erase(DataSubject("person", person))
    with pytest.raises(WrongSignIn):
        sign_in_member(email="mei@example.com", password=PASSWORD, address="192.0.2.1")
    assert register_member(email="mei@example.com", name="Mei again", password=PASSWORD) != person
