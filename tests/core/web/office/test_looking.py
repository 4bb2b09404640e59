import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.base import clock
from core.base.acting import OnlyLooking, only_looking
from core.base.database import db
from core.base.transactions import end_read
from core.messages.models import Message
from core.parties.factors import vouch_for
from core.parties.looking import start_looking
from core.shops.models import Shop
from core.shops.service import touch_shop
from tests.core.web.console.conftest import words


def looking(staff, tea, role="support"):
    desk = staff(role)
    answer = desk.post(
        f"/office/merchants/{tea}/look", {"person_id": f"{tea}-owner"[:40], "reason": "asked us about a label"}
    )
    assert answer.status_code == 303, words(answer.text)
    return desk


def trail(tea: str) -> list[AuditEntry]:
    found = list(db.session.scalars(select(AuditEntry).where(AuditEntry.chain == tea).order_by(AuditEntry.sequence)))
    end_read()
    return [entry for entry in found if entry.action.startswith("staff_look.")]


def test_staff_see_what_the_person_sees_and_every_page_says_so(staff, tea):
    desk = looking(staff, tea)
    home = desk.page("/console/")
    assert "in the place of" in words(home)
    for path in sorted(set(re.findall(r'href="(/console/[^"#?]*)"', home))):
        answer = desk.get(path)
        assert answer.status_code == 200, path
        assert "You can change nothing" in words(answer.text), path


def test_its_beginning_its_pages_and_its_end_stand_in_the_merchants_own_trail(staff, tea):
    desk = looking(staff, tea)
    desk.page("/console/orders?q=secret-name")
    assert desk.post("/look/stop").headers["Location"] == f"/office/merchants/{tea}"
    started, seen, stopped = trail(tea)
    assert [one.action for one in (started, seen, stopped)] == [
        "staff_look.started",
        "staff_look.page_seen",
        "staff_look.stopped",
    ]
    assert {one.actor_id for one in (started, seen, stopped)} == {desk.person_id}
    assert started.details["reason"] == "asked us about a label"
    assert seen.details == {"page": "/console/orders"} and seen.on_behalf_of == f"{tea}-owner"[:40]
    assert desk.get("/office/").status_code == 200


def test_the_owner_gets_a_letter_with_name_and_reason(staff, tea):
    looking(staff, tea)
    letters = list(db.session.scalars(select(Message).where(Message.kind == "account.signed_in_as")))
    assert len(letters) == 1


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/console/settings", {"name": "Stolen"}),
        ("/console/team", {"email": "x@x.example", "role": "owner"}),
        ("/console/money/payouts", {"amount": "1"}),
        ("/office/staff", {"email": "x"}),
        ("/member/", {"name": "x"}),
    ],
)
def test_nothing_can_be_sent(staff, tea, path, form):
    desk = looking(staff, tea, "admin")
    answer = desk.post(path, form)
    assert answer.status_code == 403 and "only looking" in words(answer.text)


def test_the_persons_own_account_and_the_office_are_out_of_sight(staff, tea):
    desk = looking(staff, tea, "admin")
    for path in ("/member/", "/member/security", "/office/", "/choose"):
        assert desk.get(path).headers["Location"] == "/console/", path


def test_services_refuse_whatever_page_leads_there(app, tea):
    mark = only_looking.set(True)
    try:
        with pytest.raises(OnlyLooking):
            touch_shop(tea)
    finally:
        only_looking.reset(mark)
    touch_shop(tea)
    assert db.session.get(Shop, tea).version >= 2


def test_looking_ends_by_itself_after_half_an_hour(staff, tea, monkeypatch):
    desk = looking(staff, tea)
    later = clock.now() + timedelta(minutes=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert desk.get("/office/").status_code == 200
    assert desk.get("/console/").status_code == 302


def test_a_reason_and_the_right_are_needed(staff, tea):
    owner = f"{tea}-owner"[:40]
    refused = staff("support").post(f"/office/merchants/{tea}/look", {"person_id": owner, "reason": "x"})
    assert refused.status_code == 422 and "look-reason-error" in refused.text
    assert staff("finance").post(f"/office/merchants/{tea}/look", {"person_id": owner}).status_code == 403
    desk = staff("support")
    good = {"person_id": desk.person_id, "reason": "to see something"}
    assert desk.post(f"/office/merchants/{tea}/look", good).status_code == 404


@pytest.mark.guarded
def test_it_needs_the_second_factor(staff, tea):
    from core.parties.errors import FactorMissing

    desk = staff("support")
    with pytest.raises(FactorMissing):
        start_looking("x", staff_id=desk.person_id, person_id=tea, merchant_id=tea, reason="long enough")
    with vouch_for(desk.person_id), pytest.raises(Exception, match="no such person"):
        start_looking("x", staff_id=desk.person_id, person_id=tea, merchant_id=tea, reason="long enough")


def test_signing_out_ends_it_and_says_so_in_the_trail(staff, tea):
    desk = looking(staff, tea)
    desk.post("/sign-out")
    assert [one.action for one in trail(tea)] == ["staff_look.started", "staff_look.stopped"]
    assert desk.get("/console/").status_code == 302
