import re

import pytest

from core.base import clock
from core.base.database import db
from core.base.outbox import OutboxDelivery, OutboxEvent
from core.base.transactions import end_read, transactional
from core.control.limits import limit_rules
from core.ledger.queries import balance
from core.ledger.service import AccountRef
from core.parties.staff import STAFF_ROLES, staff_may
from core.shops.models import Merchant
from tests.core.web.console.conftest import words

PAGES = {
    "/office/": "office.view",
    "/office/approvals": "office.view",
    "/office/reviews": "office.view",
    "/office/merchants": "merchants.view",
    "/office/limits": "office.view",
    "/office/ledger": "ledger.view",
    "/office/ledger/correct": "ledger.adjust",
    "/office/fees": "ledger.view",
    "/office/audit": "audit.view",
    "/office/work": "work.view",
    "/office/plugins": "plugins.view",
    "/office/reconciliation": "ledger.view",
    "/office/plugins/payment": "plugins.view",
    "/office/staff": "office.view",
}


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_a_role_opens_its_pages_and_no_others(staff, role):
    desk = staff(role)
    navigation = desk.page("/office/").split("<main")[0]
    for path, permission in PAGES.items():
        may = staff_may(role, permission)
        assert desk.get(path).status_code == (200 if may else 403), path
        if not may:
            assert f'href="{path}"' not in navigation, path


def test_no_page_of_the_office_asks_the_database_more_than_fifteen_times(staff, tea, count_sql):
    desk = staff("admin")
    for path in (*PAGES, f"/office/merchants/{tea}"):
        desk.page(path)
        count_sql.clear()
        desk.page(path)
        assert len(count_sql) <= 15, (path, len(count_sql))


@pytest.mark.parametrize(
    "path",
    [
        "/office/approvals?state=x&before=%00",
        "/office/reviews?kind=%00x&state=9",
        "/office/merchants?q=%00'%25&standing=%00",
        "/office/audit?merchant=%00&who=%00@&subject=%00&action=%00&after=%00|x|y&since=zz",
        "/office/audit?after=2026-01-01T00:00:00%2B00:00|a|99999999999999999999",
        "/office/ledger?q=%00&after=%00",
        "/office/approvals/none",
        "/office/reviews/none",
        "/office/merchants/none",
    ],
)
def test_nonsense_in_the_address_is_never_a_fault(staff, path):
    assert staff("admin").get(path).status_code in (200, 404, 422)


def only_link(html: str, pattern: str) -> str:
    return re.search(f'href="({pattern})"', html).group(1)


def test_a_limit_is_proposed_by_one_and_approved_by_another(staff, tea):
    maker, checker = staff("risk"), staff("risk")
    form = {"name": "payout", "scope": "everyone", "currency": "CNY", "single_minor": "500", "reason": "new platform"}
    listing = maker.done("/office/limits", form)
    proposal = only_link(listing, '/office/approvals/apr_[^"]+')
    assert "You proposed this yourself" in words(maker.page(proposal))
    assert maker.post(proposal, {"do": "approve"}).status_code == 403
    assert limit_rules() == []
    end_read()
    assert "¥500.00" in checker.page(proposal)
    checker.done(proposal, {"do": "approve"})
    [rule] = limit_rules()
    assert rule.single_minor == 50_000
    assert "¥500.00" in words(checker.page("/office/limits"))


def test_a_limit_that_cannot_be_read_is_refused_at_its_field(staff):
    desk = staff("risk")
    answer = desk.post(
        "/office/limits", {"name": "payout", "scope": "merchant", "currency": "XXZ", "single_minor": "a"}
    )
    assert answer.status_code == 422
    answer = desk.post(
        "/office/limits", {"name": "payout", "scope": "merchant", "currency": "CNY", "single_minor": "5"}
    )
    assert answer.status_code == 422
    assert 'id="holder-error"' in answer.text and 'id="reason-error"' in answer.text


def test_the_ledger_is_corrected_by_two_people(staff, tea):
    maker, checker = staff("finance"), staff("finance")
    form = {
        "currency": "CNY",
        "memo": "fee of the bank came twice",
        "kind1": "provider_fees",
        "owner1": "fakepay",
        "amount1": "-12.50",
        "kind2": "merchant_available",
        "owner2": tea,
        "amount2": "12.50",
    }
    bad = maker.post("/office/ledger/correct", {**form, "amount2": "12.51"})
    assert bad.status_code == 422 and "do not add up" in words(bad.text)
    proposal = only_link(maker.done("/office/ledger/correct", form), '/office/approvals/apr_[^"]+')
    assert "fee of the bank came twice" in words(checker.page(proposal))
    checker.done(proposal, {"do": "reject", "note": ""})
    checker.done(proposal, {"do": "approve"})
    end_read()
    assert balance(AccountRef("merchant_available", tea, "CNY")).posted_minor == 1250


def test_a_merchant_is_suspended_and_taken_back_in(app, staff, tea):
    desk, buyer = staff("risk"), app.test_client()
    page = f"/office/merchants/{tea}"
    assert buyer.get("/", base_url="http://tea.localhost").status_code == 200
    desk.done(page, {"do": "suspend", "reason": "stolen cards"})
    assert buyer.get("/", base_url="http://tea.localhost").status_code == 404
    assert "Suspended" in words(desk.page(page))
    desk.done(page, {"do": "reinstate", "reason": "cleared"})
    assert buyer.get("/", base_url="http://tea.localhost").status_code == 200
    trail = words(desk.page("/office/audit?merchant=tea&action=merchant"))
    assert "merchant.suspended" in trail and "merchant.reinstated" in trail and "risk 0" in trail


def test_support_does_not_suspend_merchants(staff, tea):
    desk = staff("support")
    assert desk.post(f"/office/merchants/{tea}", {"do": "suspend", "reason": "x"}).status_code == 403
    end_read()
    assert db.session.get(Merchant, tea).status == "active"


def test_the_fee_of_a_merchant_changes_when_two_people_agree(staff, tea):
    maker, checker = staff("finance"), staff("admin")
    listing = maker.done(f"/office/merchants/{tea}", {"do": "fee", "fee": "0.45", "reason": "volume"})
    proposal = only_link(listing, '/office/approvals/apr_[^"]+')
    checker.done(proposal, {"do": "approve"})
    end_read()
    assert db.session.get(Merchant, tea).fee_ppm == 4500
    refused = maker.post(f"/office/merchants/{tea}", {"do": "fee", "fee": "90", "reason": ""})
    assert refused.status_code == 422 and 'id="fee-error"' in refused.text


def test_the_trail_is_proven_from_its_page(staff, tea):
    desk = staff("risk")
    desk.done(f"/office/merchants/{tea}", {"do": "suspend", "reason": "x"})
    assert "unbroken" in words(desk.done("/office/audit", {"chain": tea}))


@transactional
def dead_event() -> int:
    event = OutboxEvent(topic="order.paid", payload={}, created_at=clock.now(), fanned_out=True)
    db.session.add(event)
    db.session.flush()
    db.session.add(
        OutboxDelivery(
            event_id=event.id,
            subscriber="test",
            state="dead",
            attempts=9,
            next_attempt_at=clock.now(),
            last_error="boom",
        )
    )
    return event.id


def delivery(event_id: int) -> str:
    end_read()
    return db.session.get(OutboxDelivery, (event_id, "test")).state


def test_a_dead_event_is_tried_again_or_given_up_with_a_reason(staff):
    desk, event_id = staff("operator"), dead_event()
    assert "boom" in words(desk.page("/office/work"))
    assert "could not be delivered" in words(desk.page("/office/"))
    desk.done(f"/office/work/{event_id}", {"subscriber": "test", "do": "discard", "reason": " "})
    assert delivery(event_id) == "dead"
    desk.done("/office/work/dead")
    assert delivery(event_id) == "waiting"
    other = dead_event()
    desk.done(f"/office/work/{other}", {"subscriber": "test", "do": "discard", "reason": "customer is gone"})
    assert delivery(other) == "discarded"
    assert desk.post(f"/office/work/{other}", {"subscriber": "test"}).status_code == 404


def test_an_administrator_gives_roles_from_the_page_of_staff(staff):
    admin, other = staff("admin"), staff("support")
    admin.done("/office/staff", {"person_id": other.person_id, "role": "finance"})
    assert other.get("/office/ledger").status_code == 200
    assert "Nobody here has this e-mail" in words(
        admin.done("/office/staff", {"email": "no@x.example", "role": "risk"})
    )
    assert other.post("/office/staff", {"person_id": admin.person_id, "role": ""}).status_code == 403
    admin.done("/office/staff", {"person_id": other.person_id, "role": ""})
    assert other.get("/office/").status_code == 404
