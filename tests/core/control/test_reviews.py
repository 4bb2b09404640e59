from datetime import timedelta

import pytest

from core.base import clock
from core.base.errors import Invalid, NotFound
from core.base.transactions import end_read
from core.contract.decisions import ReviewKind
from core.control.errors import DecidedAlready, SecondPersonNeeded, TakenBySomebody
from core.control.queries import earlier_reviews, last_review, review, reviews_page, waiting_counts
from core.control.reviews import decide_review, give_back_review, open_review, take_review, withdraw_review
from core.parties.errors import RoleNotEnough

decided = []
KIND = ReviewKind("test.thing", "Thing", "reviews.decide", {"blurred": "The picture is blurred."}, dict, decided.append)


@pytest.fixture(autouse=True)
def queue(app, monkeypatch):
    decided.clear()
    registry = app.extensions["tongbao.registry"]
    monkeypatch.setattr(type(registry), "review_kinds", property(lambda self: {KIND.name: KIND}))


def put(subject="thing:1", submitted_by=None):
    return open_review(KIND.name, subject, payload={"id": 1}, submitted_by=submitted_by)


def test_what_is_accepted_takes_effect_once(staff):
    review_id = put()
    decide_review(review_id, reviewer_id=staff("reviewer"), accepted=True)
    assert [(one.subject, one.accepted, one.reasons) for one in decided] == [("thing:1", True, ())]
    with pytest.raises(DecidedAlready):
        decide_review(review_id, reviewer_id=staff("reviewer"), accepted=False, reasons=["blurred"])
    assert len(decided) == 1


def test_a_refusal_needs_a_reason_that_the_queue_knows(staff):
    review_id, reviewer = put(), staff("reviewer")
    for reasons in ([], ["because"]):
        with pytest.raises(Invalid):
            decide_review(review_id, reviewer_id=reviewer, accepted=False, reasons=reasons)
    with pytest.raises(Invalid):
        decide_review(review_id, reviewer_id=reviewer, accepted=True, reasons=["blurred"])
    decide_review(review_id, reviewer_id=reviewer, accepted=False, reasons=["blurred"], note="corner missing")
    assert decided[0].reasons == ("blurred",) and decided[0].note == "corner missing"


def test_what_is_submitted_again_is_a_second_round_and_the_first_is_kept(staff):
    decide_review(put(), reviewer_id=staff("reviewer"), accepted=False, reasons=["blurred"])
    again = put()
    end_read()
    assert last_review(KIND.name, "thing:1").id == again and last_review(KIND.name, "thing:1").round == 2
    assert [one.state for one in earlier_reviews(KIND.name, "thing:1")] == ["waiting", "refused"]


def test_a_newer_submission_replaces_one_that_waits():
    first, second = put(), put()
    end_read()
    assert (review(first).state, review(second).state, review(second).round) == ("withdrawn", "waiting", 1)
    assert waiting_counts() == {KIND.name: 1, "approvals": 0}
    withdraw_review(KIND.name, "thing:1")
    assert waiting_counts() == {"approvals": 0}


def test_two_reviewers_do_not_do_the_same_work(staff):
    review_id, one, other = put(), staff("reviewer"), staff("risk")
    take_review(review_id, reviewer_id=one)
    with pytest.raises(TakenBySomebody):
        decide_review(review_id, reviewer_id=other, accepted=True)
    assert reviews_page()[0][0][1] == "reviewer 0"
    give_back_review(review_id, reviewer_id=one)
    take_review(review_id, reviewer_id=other)
    with clock.moved(timedelta(minutes=31)):
        decide_review(review_id, reviewer_id=one, accepted=True)


def test_nobody_decides_on_what_they_submitted_and_not_everybody_decides(staff):
    me = staff("reviewer")
    review_id = put(submitted_by=me)
    with pytest.raises(SecondPersonNeeded):
        decide_review(review_id, reviewer_id=me, accepted=True)
    for role in (None, "support", "finance"):
        with pytest.raises(RoleNotEnough):
            take_review(review_id, reviewer_id=staff(role))
    with pytest.raises(NotFound):
        take_review("rev_none", reviewer_id=me)


def test_pages_of_a_queue_follow_one_another_from_the_oldest():
    ids = [put(f"thing:{number}") for number in range(5)]
    end_read()
    rows, after = reviews_page(kind=KIND.name, limit=3)
    assert [row[0].id for row in rows] == ids[:3]
    rows, after = reviews_page(kind=KIND.name, after=after, limit=3)
    assert [row[0].id for row in rows] == ids[3:] and after is None
