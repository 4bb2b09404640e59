from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from core.audit.models import AuditEntry
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound, Refused
from core.contract.contributions import DataSubject
from core.contract.providers import IdentityState
from core.control.errors import SecondPersonNeeded
from core.control.models import Review
from core.control.reviews import decide_review
from core.identity.contacts import note_proven
from core.identity.errors import CaseClosed, VerificationNeeded
from core.identity.levels import level_of, require_level
from core.identity.models import IdentityCase, IdentityPaper
from core.identity.personal import PERSONAL_DATA
from core.identity.queries import find_by_number, steps_of
from core.identity.reviewing import describe
from core.identity.service import (
    add_paper,
    ask_checks,
    begin_case,
    paper_for_owner,
    paper_for_staff,
    submit_case,
    unmask_number,
    withdraw_case,
)
from core.messages.models import Message
from core.parties.errors import RoleNotEnough
from core.parties.service import register_member
from core.parties.staff import set_staff_role
from core.sdk.testing import FakeIdentityCheck, IdentityCheckContract, outside
from tests.core.identity.conftest import PASSWORD, RESIDENT_ID, USCC, picture


def hand_in(person: str, **changes) -> str:
    case_id = begin_case("person", person, 2, actor_id=person)
    for paper in ("front", "back"):
        add_paper(case_id, paper, picture(), actor_id=person)
    details = {"number_kind": "cn_resident_id", "name": "沈梅", "number": RESIDENT_ID, **changes}
    submit_case(case_id, actor_id=person, **details)
    return case_id


def the_review() -> str:
    return db.session.scalars(select(Review.id).where(Review.state == "waiting")).one()


def test_papers_are_looked_at_by_people_and_the_level_is_reached(proven, reviewer):
    case_id = hand_in(proven)
    assert steps_of("person", proven)[1][1].state == "waiting"
    decide_review(the_review(), reviewer_id=reviewer, accepted=True)
    assert level_of("person", proven) == 2
    assert db.session.get(IdentityCase, case_id).state == "accepted"
    kinds = db.session.scalars(select(Message.kind).where(Message.recipient == "mei@example.com")).all()
    assert "identity.decided" in kinds


def test_a_rejection_tells_its_reasons_and_papers_may_be_handed_in_again(proven, reviewer):
    hand_in(proven)
    decide_review(the_review(), reviewer_id=reviewer, accepted=False, reasons=["unreadable"])
    step = steps_of("person", proven)[1][1]
    assert step.state == "rejected" and "cannot be read" in str(step.reasons[0])
    assert level_of("person", proven) == 1
    hand_in(proven)
    assert db.session.get(Review, the_review()).round == 2
    decide_review(the_review(), reviewer_id=reviewer, accepted=True)
    assert level_of("person", proven) == 2


def test_a_step_needs_the_one_before(mei, proven, reviewer):
    stranger = register_member(email="new@example.com", name="New", password=PASSWORD)
    with pytest.raises(Refused):
        begin_case("person", stranger, 2, actor_id=stranger)
    with pytest.raises(Refused):
        begin_case("person", proven, 3, actor_id=proven)
    hand_in(proven)
    with pytest.raises(CaseClosed):
        begin_case("person", proven, 2, actor_id=proven)
    decide_review(the_review(), reviewer_id=reviewer, accepted=True)
    with pytest.raises(Refused):
        begin_case("person", proven, 2, actor_id=proven)
    third = begin_case("person", proven, 3, actor_id=proven)
    with pytest.raises(Invalid) as refusal:
        submit_case(third, actor_id=proven)
    assert set(refusal.value.fields) == {"address"}
    add_paper(third, "address", b"%PDF-1.4\n%%EOF", actor_id=proven)
    submit_case(third, actor_id=proven)
    decide_review(the_review(), reviewer_id=reviewer, accepted=True)
    assert level_of("person", proven) == 3


def test_everything_that_is_missing_or_wrong_is_told_at_its_field(proven):
    case_id = begin_case("person", proven, 2, actor_id=proven)
    add_paper(case_id, "front", picture(), actor_id=proven)
    with pytest.raises(Invalid) as refusal:
        submit_case(case_id, actor_id=proven, number_kind="cn_resident_id", name=" ", number="123")
    assert set(refusal.value.fields) == {"name", "number", "back"}
    with pytest.raises(Invalid) as refusal:
        submit_case(case_id, actor_id=proven, number_kind="passport", name="Mei", number="E1234567")
    assert set(refusal.value.fields) == {"country", "data_page"}
    with pytest.raises(Invalid) as refusal:
        submit_case(case_id, actor_id=proven, number_kind="cn_uscc", name="Mei", number=USCC)
    assert set(refusal.value.fields) == {"number_kind"}


def test_nobody_else_touches_or_sees_papers(proven, reviewer):
    case_id = hand_in(proven)
    paper_id = db.session.scalars(select(IdentityPaper.id).where(IdentityPaper.case_id == case_id)).first()
    stranger = register_member(email="stranger@example.com", name="Stranger", password=PASSWORD)
    for attempt in (
        lambda: begin_case("person", proven, 2, actor_id=stranger),
        lambda: add_paper(case_id, "front", picture(), actor_id=stranger),
        lambda: submit_case(case_id, actor_id=stranger),
        lambda: withdraw_case(case_id, actor_id=stranger),
        lambda: paper_for_owner(paper_id, actor_id=stranger),
        lambda: paper_for_owner(paper_id, actor_id=reviewer),
    ):
        with pytest.raises(NotFound):
            attempt()
    for attempt in (
        lambda: paper_for_staff(paper_id, actor_id=stranger),
        lambda: unmask_number(case_id, actor_id=stranger, reason="I would like to know"),
        lambda: find_by_number(RESIDENT_ID, actor_id=stranger),
    ):
        with pytest.raises(RoleNotEnough):
            attempt()
    assert paper_for_owner(paper_id, actor_id=proven) == ("image/png", picture())
    assert paper_for_staff(paper_id, actor_id=reviewer) == ("image/png", picture())


def test_nothing_secret_stands_readable_in_the_database(proven):
    case_id = hand_in(proven)
    row = db.session.execute(text("SELECT * FROM identity_case WHERE id = :id"), {"id": case_id}).mappings().one()
    everything = " ".join(str(value) for value in row.values())
    assert RESIDENT_ID not in everything and "沈梅" not in everything
    content = db.session.execute(text("SELECT content_encrypted FROM identity_paper LIMIT 1")).scalar_one()
    assert b"PNG" not in bytes(content)[:200]


def test_unmasking_needs_a_reason_and_stands_on_the_trail(proven, reviewer):
    case_id = hand_in(proven)
    with pytest.raises(Invalid):
        unmask_number(case_id, actor_id=reviewer, reason="  x ")
    assert unmask_number(case_id, actor_id=reviewer, reason="Compare with the court's letter") == RESIDENT_ID
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "identity.unmasked")).one()
    assert entry.actor_id == reviewer and entry.subject == f"person:{proven}"
    assert RESIDENT_ID not in str(entry.details) and "court" in entry.details["reason"]
    shown = {str(label): value for label, value in describe({"case_id": case_id})}
    assert RESIDENT_ID not in " ".join(shown.values()) and "•" in shown["Number of the document"]


def test_papers_are_found_by_the_exact_number_alone(proven, reviewer):
    case_id = hand_in(proven)
    assert [case.id for case in find_by_number("360426 19910101 0071", actor_id=reviewer)] == [case_id]
    assert find_by_number(RESIDENT_ID[:-1], actor_id=reviewer) == []


def test_a_reviewer_is_told_of_others_with_the_same_number(proven, reviewer, app):
    hand_in(proven)
    other = register_member(email="twin@example.com", name="Twin", password=PASSWORD)
    note_proven(other, "email", "twin@example.com")
    case_id = hand_in(other)
    facts = {str(label): value for label, value in describe({"case_id": case_id})}
    assert facts["Also handed in by"] == "Shen Mei"


def test_a_reviewer_never_decides_on_their_own_papers(proven):
    set_staff_role(proven, "reviewer", actor_id=None)
    hand_in(proven)
    with pytest.raises(SecondPersonNeeded):
        decide_review(the_review(), reviewer_id=proven, accepted=True)


def test_what_was_handed_in_can_be_taken_back_and_its_documents_go(proven):
    case_id = hand_in(proven)
    withdraw_case(case_id, actor_id=proven)
    assert db.session.scalars(select(IdentityPaper)).all() == []
    assert db.session.scalars(select(Review.state)).one() == "withdrawn"
    assert begin_case("person", proven, 2, actor_id=proven) != case_id


def test_an_organisation_is_verified_by_its_owner(funder, proven, reviewer):
    case_id = begin_case("organisation", funder, 2, actor_id=proven)
    add_paper(case_id, "licence", picture(format="JPEG"), actor_id=proven)
    submit_case(case_id, actor_id=proven, number_kind="cn_uscc", name="西湖资本", number=USCC)
    decide_review(the_review(), reviewer_id=reviewer, accepted=True)
    assert level_of("organisation", funder) == 2
    with pytest.raises(VerificationNeeded):
        require_level("organisation", funder, 3, "To lend money:")
    require_level("organisation", funder, 2, "To lend money:")


def passport(person: str) -> str:
    case_id = begin_case("person", person, 2, actor_id=person)
    add_paper(case_id, "data_page", picture(), actor_id=person)
    submit_case(case_id, actor_id=person, number_kind="passport", country="de", name="Mei", number="C01X00T47")
    return case_id


def test_a_check_that_can_tell_decides_without_people(proven):
    case_id = passport(proven)
    assert ask_checks() == 1
    assert level_of("person", proven) == 2
    assert db.session.get(IdentityCase, case_id).external_id == f"ext-{case_id}"


def test_a_check_that_refuses_gives_its_reasons(proven):
    outside.identity_answer = IdentityState.REFUSED
    passport(proven)
    ask_checks()
    assert steps_of("person", proven)[1][1].state == "rejected"


def test_a_lost_answer_is_asked_for_again_and_in_the_end_people_look(proven):
    outside.lose_answers = True
    case_id = passport(proven)
    for hours in range(8):
        with clock.moved(timedelta(hours=5 * hours)):
            ask_checks()
        assert level_of("person", proven) == 1
    assert db.session.get(IdentityCase, case_id).state == "waiting"
    assert the_review()


def test_erasure_leaves_that_papers_were_accepted_and_nothing_of_them(proven, reviewer):
    hand_in(proven)
    decide_review(the_review(), reviewer_id=reviewer, accepted=True)
    subject = DataSubject("person", proven)
    assert PERSONAL_DATA.collect(subject)["papers"][0]["number"] == RESIDENT_ID
    PERSONAL_DATA.erase(subject)
    assert PERSONAL_DATA.collect(subject)["papers"][0]["number"] == ""
    assert db.session.scalars(select(IdentityPaper)).all() == []
    assert level_of("person", proven) == 0
    assert [part.count for part in PERSONAL_DATA.kept(subject)] == [1]


class TestFakeIdentityCheck(IdentityCheckContract):
    @pytest.fixture
    def identity_check(self):
        return FakeIdentityCheck()
