from __future__ import annotations

import io
import re
import zipfile

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.base.database import db
from core.base.transactions import transactional
from core.identity.models import IdentityPaper
from core.parties.models import Customer, Person
from core.parties.service import register_customer
from core.worker.tasks import run_waiting_task
from tests.core.identity.conftest import PASSWORD, RESIDENT_ID, picture
from tests.core.identity.test_cases import hand_in
from tests.core.web.account.test_account import proven
from tests.core.web.console.conftest import words

SHOP = {"base_url": "http://tea.localhost"}


@pytest.fixture
def buyer(app, tea):
    """A customer's browser, signed in."""
    customer_id = register_customer(tea, email="li@example.com", name="Li Lei", password=PASSWORD)
    client = app.test_client()
    answer = client.post("/account/sign-in", data={"email": "li@example.com", "password": PASSWORD}, **_from_here())
    assert answer.status_code == 303
    client.customer_id = customer_id
    return client


def _from_here() -> dict:
    return {**SHOP, "headers": {"Sec-Fetch-Site": "same-origin"}}


def test_a_customer_fetches_the_data_of_one_shop(buyer, app, tea):
    assert "Your data" in buyer.get("/account/data", **SHOP).text
    assert buyer.post("/account/data/package", **_from_here()).status_code == 303
    run_waiting_task("w")
    page = buyer.get("/account/data", **SHOP)
    assert page.headers["Cache-Control"] == "no-store"
    path = re.search(r'href="(/account/data/package/[^"]+)"', page.text)[1]
    names = zipfile.ZipFile(io.BytesIO(buyer.get(path, **SHOP).data)).namelist()
    assert {"customer.json", "orders.json"} <= set(names) and "account.json" not in names
    assert app.test_client().get(path, **SHOP).status_code == 404


def test_a_customer_is_erased_after_the_password(buyer, tea):
    wrong = buyer.post("/account/data/erase", data={"password": "no"}, **_from_here())
    assert wrong.status_code == 422 and 'id="password-error"' in wrong.text
    assert buyer.post("/account/data/erase", data={"password": PASSWORD}, **_from_here()).status_code == 303
    assert db.session.get(Customer, (tea, buyer.customer_id)).name == "—"
    assert buyer.get("/account", **SHOP).status_code == 303


def follow_to_the_platform(buyer, desk) -> str:
    """Both halves up to the address that leads back to the shop."""
    page = buyer.post("/account/link", **_from_here()).text
    path = re.search(r'href="http://localhost(/member/link\?token=[^"]+)"', page)[1]
    asked = desk.page(path)
    assert "li@example.com" in asked
    token = re.search(r'name="token" value="([^"]+)"', asked)[1]
    answer = desk.post("/member/link", {"token": token})
    return re.search(r'href="http://tea.localhost(/account/link/done\?answer=[^"]+)"', answer.text)[1]


def test_a_customer_is_linked_when_both_are_proven_and_unlinked_by_either(buyer, desk, tea):
    back = follow_to_the_platform(buyer, desk)
    assert "are linked" in buyer.get(back, follow_redirects=True, **SHOP).text
    assert db.session.get(Customer, (tea, buyer.customer_id)).person_id == desk.person_id
    assert "li@example.com" in words(desk.page("/member/"))
    desk.done(f"/member/links/{tea}/{buyer.customer_id}/end")
    db.session.remove()
    assert db.session.get(Customer, (tea, buyer.customer_id)).person_id is None
    buyer.get(back, **SHOP)
    db.session.remove()
    assert db.session.get(Customer, (tea, buyer.customer_id)).person_id is None, "an answer counts once"


def test_an_answer_is_worth_nothing_in_another_browser(buyer, desk, app, tea):
    back = follow_to_the_platform(buyer, desk)
    other = app.test_client()
    register_customer(tea, email="han@example.com", name="Han", password=PASSWORD)
    other.post("/account/sign-in", data={"email": "han@example.com", "password": PASSWORD}, **_from_here())
    other.get(back, **SHOP)
    assert db.session.scalars(select(Customer.person_id).where(Customer.person_id.is_not(None))).all() == []


@transactional
def make_staff(person_id: str, role: str) -> None:
    db.session.get(Person, person_id).staff_role = role


def test_a_reviewer_sees_papers_and_the_number_only_with_a_reason(desk, sign_in, ceramics):
    proven(desk)
    case_id = hand_in(desk.person_id)
    reviewer = sign_in(ceramics)
    assert reviewer.get(f"/office/identity/{case_id}").status_code == 404
    make_staff(reviewer.person_id, "reviewer")
    page = reviewer.page(f"/office/identity/{case_id}")
    assert "沈梅" in page and RESIDENT_ID not in page
    assert reviewer.post(f"/office/identity/{case_id}/number", {"reason": ""}).status_code == 422
    shown = reviewer.post(f"/office/identity/{case_id}/number", {"reason": "Asked for by the court"})
    assert RESIDENT_ID in shown.text and shown.headers["Cache-Control"] == "no-store"
    paper = db.session.scalars(select(IdentityPaper.id).where(IdentityPaper.case_id == case_id)).first()
    assert reviewer.get(f"/office/identity/papers/{paper}").data == picture()
    found = reviewer.post("/office/identity", {"number": RESIDENT_ID})
    assert f"/office/identity/{case_id}" in found.text
    actions = set(db.session.scalars(select(AuditEntry.action)))
    assert {"identity.unmasked", "identity.document_viewed", "identity.searched"} <= actions
    make_staff(reviewer.person_id, "finance")
    assert reviewer.get(f"/office/identity/{case_id}").status_code == 403
    assert reviewer.get(f"/office/identity/papers/{paper}").status_code == 403
