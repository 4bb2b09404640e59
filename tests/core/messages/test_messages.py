import dataclasses
from datetime import timedelta

import pytest

from core.base import clock
from core.base.database import db
from core.base.errors import NotFound, Refused
from core.base.transactions import transactional
from core.contract.providers import MessageState
from core.messages import service
from core.messages.channels import message_folder
from core.messages.models import Message
from core.messages.queries import message_counts, message_of, messages_page
from core.messages.service import deliver_messages, forget_messages, send, send_again, shown_message
from core.sdk.testing import FakeMessageChannel, MessageChannelContract, outside
from core.shops.models import Shop
from core.shops.service import update_shop
from tests.core.messages.smtp_process import SmtpProcess
from tests.trade import make_shop


def send_test(to="li.lei@example.com", **more):
    send("platform.test", to=to, locale=more.pop("locale", "en"), values={"secret": "4711"}, **more)


def only() -> Message:
    db.session.close()
    return db.session.query(Message).one()


def set_config(app, monkeypatch, **changes):
    monkeypatch.setitem(app.config, "TONGBAO", dataclasses.replace(app.config["TONGBAO"], **changes))


@transactional
def paint(merchant_id, accent):
    db.session.get(Shop, merchant_id).theme = {"accent": accent}


@pytest.fixture
def failing(app, monkeypatch):
    """Nothing listens at this address."""
    set_config(app, monkeypatch, mail="smtp+plain://127.0.0.1:1")


def test_a_message_leaves_if_and_only_if_its_use_case_is_committed(app):
    @transactional
    def fails():
        send_test()
        raise ValueError

    with pytest.raises(ValueError):
        fails()
    assert deliver_messages() == 0
    send_test()
    assert deliver_messages() == 1
    assert only().state == "sent"
    assert deliver_messages() == 0


def test_what_a_message_says_is_encrypted_while_it_waits(app):
    send_test()
    assert "4711" not in only().sealed


def test_a_message_with_a_key_is_sent_once(app):
    for _again in range(3):
        send_test(key="once")
    assert deliver_messages() == 1


def test_a_kind_that_nobody_registered_cannot_be_sent(app):
    with pytest.raises(LookupError, match="nonsense"):
        send("nonsense", to="a@example.com", locale="en", values={})


def test_a_message_is_written_in_its_readers_language_in_the_shops_name_and_colour(app):
    merchant_id = make_shop("tea", contact_email="hello@tea.example")
    paint(merchant_id, "#2f6f4f")
    send_test(merchant_id=merchant_id, locale="zh_Hant")
    shown = shown_message(only())
    assert 'lang="zh-Hant"' in shown.html
    assert "#2f6f4f" in shown.html
    assert "http://tea.localhost:" in shown.text
    assert (shown.sender_name, shown.reply_to) == ("Tea", "hello@tea.example")


def test_what_people_typed_cannot_become_markup_or_a_header(app):
    merchant_id = make_shop("tea")
    update_shop(merchant_id, name="<b>Tea</b>", actor_id=None)
    send_test(merchant_id=merchant_id)
    shown = shown_message(only())
    assert "<b>Tea" not in shown.html
    assert deliver_messages() == 1
    send_test(to="a@example.com\r\nBcc: all@example.com")
    deliver_messages()
    assert message_counts(None)["dead"] == 1


def test_a_failed_try_is_repeated_later_and_later_and_given_up_at_last(app, failing):
    send_test()
    moment, waits = timedelta(), []
    while only().state == "waiting":
        before = only().next_attempt_at
        with clock.moved(moment):
            assert deliver_messages() == 1
        waits.append(only().next_attempt_at - before)
        moment += timedelta(hours=8)
        assert len(waits) < 20
    assert only().state == "dead"
    assert only().attempts == service.ATTEMPTS_MAX
    assert "Refused" in only().last_error


def test_a_message_that_was_given_up_can_be_sent_again_by_hand(app, failing, monkeypatch):
    merchant_id, other = make_shop("tea"), make_shop("ceramics")
    monkeypatch.setattr(service, "ATTEMPTS_MAX", 1)
    send_test(merchant_id=merchant_id)
    deliver_messages()
    message_id = only().id
    with pytest.raises(NotFound):
        send_again(message_id, merchant_id=other)
    with pytest.raises(NotFound):
        message_of(other, message_id)
    set_config(app, monkeypatch, mail="")
    send_again(message_id, merchant_id=merchant_id)
    assert deliver_messages() == 1
    assert only().state == "sent"
    with pytest.raises(NotFound):
        send_again(message_id)


def test_what_messages_said_is_forgotten_after_some_days_and_the_log_after_half_a_year(app):
    send_test()
    deliver_messages()
    assert forget_messages() == 0
    with clock.moved(service.BODY_KEPT + timedelta(hours=1)):
        assert forget_messages() == 1
        assert shown_message(only()) is None
    assert only().recipient == "li.lei@example.com"
    with clock.moved(service.LOG_KEPT + timedelta(hours=1)):
        assert forget_messages() == 1
    assert messages_page(None).rows == []


def test_a_message_whose_words_are_forgotten_cannot_be_sent_again(app, failing, monkeypatch):
    monkeypatch.setattr(service, "ATTEMPTS_MAX", 1)
    send_test()
    deliver_messages()
    with clock.moved(service.BODY_KEPT + timedelta(hours=1)):
        forget_messages()
    with pytest.raises(Refused):
        send_again(only().id)


def test_without_a_channel_a_message_waits_and_says_why(app, monkeypatch):
    set_config(app, monkeypatch, production=True)
    send_test()
    deliver_messages()
    assert only().state == "waiting"
    assert "no channel" in only().last_error


def test_in_development_messages_become_files(app):
    send_test(locale="en")
    deliver_messages()
    text = (message_folder() / only().external_id).read_text()
    assert "To: li.lei@example.com" in text
    assert "X-" not in text.split("\n\n")[0]


def test_a_shops_log_shows_its_own_messages_only(app):
    merchant_id, other = make_shop("tea"), make_shop("ceramics")
    for number in range(3):
        send_test(to=f"buyer{number}@example.com", merchant_id=merchant_id)
    send_test(to="else@example.com", merchant_id=other)
    assert [row.recipient for row in messages_page(merchant_id, text="BUYER1").rows] == ["buyer1@example.com"]
    assert len(messages_page(merchant_id).rows) == 3
    assert message_counts(merchant_id) == {"waiting": 3}


# --- a real server ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mail_server(tmp_path_factory):
    server = SmtpProcess(tmp_path_factory.mktemp("smtp") / "box")
    server.start()
    yield server
    server.stop()


def test_e_mail_arrives_at_a_real_server_as_text_and_as_html(app, monkeypatch, mail_server):
    set_config(app, monkeypatch, mail=mail_server.url, mail_from="post@tongbao.example")
    merchant_id = make_shop("tea", contact_email="hello@tea.example")
    update_shop(merchant_id, name="静茶 Quiet Tea", actor_id=None)
    send_test(to="wang@example.com", merchant_id=merchant_id)
    deliver_messages()
    assert only().state == "sent"
    (mail,) = [one for one in mail_server.taken() if one["X-RcptTo"] == "wang@example.com"]
    assert mail["From"].addresses[0].display_name == "静茶 Quiet Tea"
    assert mail["From"].addresses[0].addr_spec == "post@tongbao.example"
    assert mail["Reply-To"] == "hello@tea.example"
    assert mail["Message-ID"] == f"<{only().id}@tongbao.example>"
    assert "静茶 Quiet Tea" in mail.get_body(("plain",)).get_content()
    assert "静茶 Quiet Tea" in mail.get_body(("html",)).get_content()


def test_a_server_that_is_away_gets_the_message_when_it_is_back(app, monkeypatch, tmp_path):
    server = SmtpProcess(tmp_path / "box")
    set_config(app, monkeypatch, mail=server.url)
    send_test(to="late@example.com")
    deliver_messages()
    assert only().state == "waiting"
    server.start()
    try:
        with clock.moved(timedelta(minutes=2)):
            deliver_messages()
    finally:
        server.stop()
    assert only().state == "sent"
    assert len(server.taken()) == 1


# --- channels of plugins ----------------------------------------------------------------------------------------


class TestFakeMessageChannel(MessageChannelContract):
    @pytest.fixture
    def channel(self):
        outside.reset()
        return FakeMessageChannel()


class TestMailFiles(MessageChannelContract):
    @pytest.fixture
    def channel(self, app):
        return service.registry().providers(service.MessageChannel)[1]

    def test_it_sends(self, channel, message):
        assert channel.deliver(message).state == MessageState.SENT


class TestSmsFiles(TestMailFiles):
    @pytest.fixture
    def channel(self, app):
        return service.registry().providers(service.MessageChannel)[2]
