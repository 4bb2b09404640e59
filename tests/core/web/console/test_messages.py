"""The log of messages in the console."""

import pytest

from core.base.database import db
from core.messages import service
from core.messages.models import Message
from core.messages.service import deliver_messages, send
from core.web.console.messages import STATES
from tests.core.web.console.conftest import words


@pytest.fixture
def told(tea, ceramics):
    send("platform.test", to="li.lei@example.com", locale="en", values={}, merchant_id=tea)
    send("platform.test", to="anna@example.com", locale="en", values={}, merchant_id=ceramics)
    deliver_messages()
    db.session.remove()


def test_an_empty_log_says_what_will_stand_there(desk):
    assert "No messages yet" in words(desk.page("/console/messages"))


def test_a_shop_sees_its_own_messages_what_they_said_and_how_they_went(desk, told):
    page = desk.page("/console/messages")
    assert "li.lei@example.com" in page
    assert "anna@example.com" not in page
    row = db.session.query(Message).filter_by(recipient="li.lei@example.com").one()
    shown = words(desk.page(f"/console/messages/{row.id}"))
    assert "If you can read this" in shown
    assert str(STATES["sent"]) in shown
    foreign = db.session.query(Message).filter_by(recipient="anna@example.com").one()
    assert desk.get(f"/console/messages/{foreign.id}").status_code == 404


def test_the_log_is_searched_by_address_and_by_state(desk, told):
    assert "li.lei@" in desk.page("/console/messages?q=LI.LEI")
    assert "Nothing fits" in words(desk.page("/console/messages?state=dead"))
    assert desk.get("/console/messages?before=nonsense&state=nonsense").status_code == 200


def test_a_message_that_was_given_up_is_tried_again_from_its_page(app, desk, tea, monkeypatch):
    monkeypatch.setattr(service, "ATTEMPTS_MAX", 1)
    monkeypatch.setattr(service, "channel_for", lambda medium: None)
    send("platform.test", to="li.lei@example.com", locale="en", values={}, merchant_id=tea)
    deliver_messages()
    monkeypatch.undo()
    row = db.session.query(Message).one()
    db.session.remove()
    assert "Try again" in words(desk.page(f"/console/messages/{row.id}"))
    assert "It is tried again" in words(desk.done(f"/console/messages/{row.id}/again"))
    deliver_messages()
    assert db.session.get(Message, row.id).state == "sent"


def test_a_personal_link_is_never_shown(desk, tea):
    values = {"person": "Mei", "role": "Clerk", "url": "http://localhost/console/invitation/secret"}
    send("team.invitation", to="new@example.com", locale="en", values=values, merchant_id=tea)
    row = db.session.query(Message).one()
    db.session.remove()
    page = desk.page(f"/console/messages/{row.id}")
    assert "personal link" in words(page)
    assert "secret" not in page


def test_the_pages_cost_few_statements_and_clerks_do_not_open_them(desk, told, sign_in, tea, count_statements):
    assert count_statements(lambda: desk.page("/console/messages")) <= 15
    assert sign_in(tea, "clerk").get("/console/messages").status_code == 403


def test_an_invitation_is_sent_to_whoever_is_invited(desk, tea):
    answer = desk.post("/console/team", {"email": "new@example.com", "role": "clerk"})
    assert answer.status_code == 200
    row = db.session.query(Message).one()
    assert (row.kind, row.recipient, row.merchant_id) == ("team.invitation", "new@example.com", tea)
