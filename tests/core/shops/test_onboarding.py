from dataclasses import replace

import pytest
from sqlalchemy import select

from core.base.database import db
from core.base.errors import Invalid, Refused
from core.base.transactions import end_read
from core.control.errors import SecondPersonNeeded
from core.control.models import Review
from core.control.reviews import decide_review
from core.messages.models import Message
from core.messages.service import deliver_messages
from core.parties.errors import RoleNotEnough
from core.parties.roles import posts_of
from core.parties.service import register_member
from core.shops.onboarding import application_of, apply_for_shop, ask_for_opening, opening_of
from core.shops.service import open_shop, update_shop
from tests.core.web.console.conftest import words

GOOD = {
    "slug": "wuyi",
    "name": "Wuyi Tea",
    "currency": "CNY",
    "what": "Rock tea from the Wuyi hills, by post.",
    "country": "CN",
}


@pytest.fixture
def people(app) -> tuple[str, str]:
    return (
        register_member(email="lin@apply.example", name="Lin", password="a long one it is"),
        register_member(email="rev@platform.example", name="Rev", password="a long one it is", staff_role="reviewer"),
    )


def waiting(kind: str) -> str:
    found = db.session.scalar(select(Review.id).where(Review.kind == kind, Review.state == "waiting"))
    end_read()
    assert found is not None
    return found


def letters() -> list[str]:
    found = list(db.session.scalars(select(Message.kind).order_by(Message.id)))
    end_read()
    return found


def granted(people) -> str:
    lin, reviewer = people
    apply_for_shop(lin, **GOOD)
    decide_review(waiting("merchant.application"), reviewer_id=reviewer, accepted=True)
    [post] = posts_of(lin)
    end_read()
    return post.merchant_id


def test_a_shop_is_made_when_staff_accept_and_stays_closed_until_its_opening(app, people):
    lin, reviewer = people
    merchant_id, buyer = granted(people), app.test_client()
    assert application_of(lin).state == "accepted"
    closed = buyer.get("/", base_url="http://wuyi.localhost")
    with pytest.raises(Refused, match="first opening"):
        update_shop(merchant_id, actor_id=lin, open=True)
    ask_for_opening(merchant_id, actor_id=lin)
    with pytest.raises(Refused):
        ask_for_opening(merchant_id, actor_id=lin)
    decide_review(waiting("shop.opening"), reviewer_id=reviewer, accepted=True)
    end_read()
    opened = buyer.get("/", base_url="http://wuyi.localhost")
    assert (closed.status_code != 200 or closed.text != opened.text) and opened.status_code == 200
    update_shop(merchant_id, actor_id=lin, open=False)
    update_shop(merchant_id, actor_id=lin, open=True)
    assert letters() == ["merchant.accepted", "shop.opening_accepted"]
    deliver_messages()


def test_a_refusal_names_reasons_and_the_application_can_be_sent_again(people):
    lin, reviewer = people
    apply_for_shop(lin, **GOOD)
    decide_review(
        waiting("merchant.application"), reviewer_id=reviewer, accepted=False, reasons=["unclear"], note="Which tea?"
    )
    found = application_of(lin)
    assert found.state == "refused" and found.note == "Which tea?" and "not clear" in str(found.reasons[0])
    assert posts_of(lin) == []
    apply_for_shop(lin, **{**GOOD, "what": "Oolong and black tea from two villages."})
    again = application_of(lin)
    assert again.state == "waiting" and again.round == 2
    assert letters() == ["merchant.refused"]
    deliver_messages()


def test_an_opening_that_is_refused_can_be_asked_for_again(people):
    lin, reviewer = people
    merchant_id = granted(people)
    ask_for_opening(merchant_id, actor_id=lin)
    decide_review(waiting("shop.opening"), reviewer_id=reviewer, accepted=False, reasons=["terms"])
    assert opening_of(merchant_id).state == "refused"
    ask_for_opening(merchant_id, actor_id=lin)
    assert opening_of(merchant_id).round == 2


def test_where_the_platform_does_not_look_a_shop_opens_at_once(app, people, monkeypatch):
    monkeypatch.setitem(app.config, "TONGBAO", replace(app.config["TONGBAO"], review_openings=False))
    granted(people)
    assert app.test_client().get("/", base_url="http://wuyi.localhost").status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", "a b"),
        ("slug", "www"),
        ("slug", "taken"),
        ("name", "x"),
        ("what", "tea"),
        ("currency", "XXZ"),
        ("country", "1"),
    ],
)
def test_what_cannot_be_used_is_named_at_its_field(people, field, value):
    open_shop("taken", "Taken", currency="CNY", owner_person_id=people[1])
    with pytest.raises(Invalid) as refusal:
        apply_for_shop(people[0], **{**GOOD, field: value})
    assert list(refusal.value.fields) == [field]


def test_an_address_that_went_meanwhile_leaves_the_application_waiting(people):
    lin, reviewer = people
    apply_for_shop(lin, **GOOD)
    open_shop("wuyi", "Faster", currency="CNY", owner_person_id=reviewer)
    with pytest.raises(Refused):
        decide_review(waiting("merchant.application"), reviewer_id=reviewer, accepted=True)
    end_read()
    assert application_of(lin).state == "waiting"


def test_nobody_decides_on_their_own_application_nor_without_the_right(people):
    _lin, reviewer = people
    support = register_member(email="s@platform.example", name="S", password="a long one it is", staff_role="support")
    apply_for_shop(reviewer, **GOOD)
    with pytest.raises(SecondPersonNeeded):
        decide_review(waiting("merchant.application"), reviewer_id=reviewer, accepted=True)
    with pytest.raises(RoleNotEnough):
        decide_review(waiting("merchant.application"), reviewer_id=support, accepted=True)


def test_from_the_open_web_to_a_waiting_application_in_the_browser(app):
    client = app.test_client()
    host = {"base_url": "http://localhost", "headers": {"Sec-Fetch-Site": "same-origin"}}
    assert client.get("/open-a-shop", **host).headers["Location"] == "/sign-up"
    form = {"name": "Chen", "email": "chen@web.example", "password": "a long one it is"}
    bad = client.post("/sign-up", data={**form, "email": "nonsense"}, **host)
    assert bad.status_code == 422
    assert client.post("/sign-up", data=form, **host).headers["Location"] == "/open-a-shop"
    page = client.get("/open-a-shop", **host)
    assert page.status_code == 200 and 'name="slug"' in page.text
    wrong = client.post("/open-a-shop", data={**GOOD, "slug": "-"}, **host)
    assert wrong.status_code == 422 and "Wuyi Tea" in wrong.text
    assert client.post("/open-a-shop", data=GOOD, **host).status_code == 303
    assert "Being looked at" in words(client.get("/open-a-shop", **host).text)


def test_the_owner_asks_from_the_consoles_first_page(people, sign_in_as):
    merchant_id = granted(people)
    desk = sign_in_as(people[0], merchant_id)
    assert "Your shop is not open yet" in words(desk.page("/console/"))
    assert "Being looked at" in words(desk.done("/console/opening"))


@pytest.fixture
def sign_in_as(app):
    from core.parties.sessions import open_member_session
    from tests.core.web.console.conftest import Desk

    def enter(person_id: str, merchant_id: str) -> Desk:
        client = app.test_client()
        client.set_cookie("tb_s", open_member_session(person_id, merchant_id=merchant_id), domain="localhost")
        return Desk(client, merchant_id, person_id)

    return enter
