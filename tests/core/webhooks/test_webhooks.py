"""Merchants' own systems are told what happened, signed, until they heard it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from core.base import clock, outside
from core.base.database import db
from core.base.outside import TargetRefused, checked_target, resolved
from core.messages.models import Message
from core.orders.states import OrderState
from core.parties.errors import RoleNotEnough
from core.webhooks import queries, sending, service
from core.webhooks.errors import AddressRefused, DeliveryNotFound, EndpointNotFound, TopicsInvalid
from core.webhooks.events import EVENTS
from core.webhooks.models import WebhookDelivery
from core.worker.runner import Worker
from tests.core.web.console.conftest import give_post
from tests.fakes import fresh_book
from tests.trade import make_shop, make_variant, owner_of, paid_order, placed_order

HERE = Path(__file__).parent


@pytest.fixture
def tea(app):
    fresh_book()
    return make_shop("tea")


@pytest.fixture
def own_network(app, monkeypatch):
    """As in development: our own network may be called."""
    monkeypatch.setitem(app.config, "TONGBAO", replace(app.config["TONGBAO"], private_targets=True))


@dataclass
class Receiver:
    url: str
    secrets: Path
    log: Path

    def knows(self, *secrets: str) -> None:
        self.secrets.write_text("\n".join(secrets))

    def answers(self, status: int) -> None:
        self.secrets.with_suffix(".status").write_text(str(status))

    @property
    def heard(self) -> list[dict]:
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []


@pytest.fixture
def receiver(tmp_path, own_network):
    secrets, log = tmp_path / "secrets", tmp_path / "log"
    secrets.write_text("")
    process = subprocess.Popen(
        [sys.executable, str(HERE / "receiver.py"), str(secrets), str(log)], stdout=subprocess.PIPE, text=True
    )
    port = process.stdout.readline().strip()
    yield Receiver(f"http://127.0.0.1:{port}/hook?a=1", secrets, log)
    process.terminate()
    process.wait(10)
    process.stdout.close()


def work(app) -> None:
    """The worker delivers what the outbox holds, and sends what is due."""
    db.session.close()
    Worker(app).once()
    sending.send_webhooks()


def endpoint_for(tea: str, receiver: Receiver, *topics: str):
    made = service.create_endpoint(tea, url=receiver.url, topics=topics or ["*"], actor_id=owner_of(tea))
    receiver.knows(made.secret)
    return made


def only_delivery(tea: str, endpoint_id: str):
    rows, _more = queries.deliveries_page(tea, endpoint_id)
    assert len(rows) == 1
    return rows[0]


def test_a_sale_is_told_signed_and_in_its_events(app, tea, receiver):
    endpoint = endpoint_for(tea, receiver, "order.placed", "order.paid")
    order = paid_order(tea, make_variant(tea))
    work(app)
    assert sorted(one["event"]["type"] for one in receiver.heard) == ["order.paid", "order.placed"]
    assert all(one["verified"] == 1 and one["path"] == "/hook?a=1" for one in receiver.heard)
    told = receiver.heard[0]["event"]
    assert told["data"] == {"order_id": order.order_id, "code": order.code}
    assert told["id"] == receiver.heard[0]["id"]
    rows, _more = queries.deliveries_page(tea, endpoint.endpoint_id)
    assert {(row.state, row.attempts) for row in rows} == {("done", 1)}
    _row, tries = queries.delivery(tea, rows[0].id)
    assert (tries[0].status, tries[0].answer) == (200, "thank you")


def test_an_event_that_the_outbox_tells_twice_is_sent_once(app, tea, receiver):
    endpoint_for(tea, receiver)
    payload = {"order_id": "o", "merchant_id": tea, "event_id": 7, "happened_at": clock.now().isoformat()}
    for _again in range(2):
        sending.on_event("order.paid", payload)
    sending.send_webhooks()
    assert [one["id"] for one in receiver.heard] == ["evt_7"]


def test_another_shops_events_are_not_told(app, tea, receiver):
    endpoint_for(tea, receiver)
    ceramics = make_shop("ceramics")
    placed_order(ceramics, make_variant(ceramics))
    work(app)
    assert receiver.heard == []


def test_what_was_not_heard_is_sent_again_later_and_then_it_is(app, tea, receiver):
    endpoint = endpoint_for(tea, receiver)
    receiver.answers(500)
    service.send_test(tea, endpoint.endpoint_id, actor_id=owner_of(tea))
    work(app)
    waiting = only_delivery(tea, endpoint.endpoint_id)
    assert (waiting.state, waiting.attempts) == ("waiting", 1)
    assert timedelta(seconds=3) < waiting.next_attempt_at - clock.now() < timedelta(seconds=7)
    assert queries.endpoint(tea, endpoint.endpoint_id).failing_since is not None
    receiver.answers(204)
    with clock.moved(timedelta(seconds=8)):
        work(app)
    done = only_delivery(tea, endpoint.endpoint_id)
    assert (done.state, done.attempts) == ("done", 2)
    assert len({one["id"] for one in receiver.heard}) == 1
    assert queries.endpoint(tea, endpoint.endpoint_id).failing_since is None


def test_a_redirect_is_not_followed_and_not_heard(app, tea, receiver):
    endpoint = endpoint_for(tea, receiver)
    receiver.answers(302)
    service.send_test(tea, endpoint.endpoint_id, actor_id=owner_of(tea))
    work(app)
    assert only_delivery(tea, endpoint.endpoint_id).state == "waiting"


def test_after_days_without_an_answer_it_is_switched_off_and_the_owner_is_written_to(app, tea, receiver):
    endpoint = endpoint_for(tea, receiver)
    receiver.answers(503)
    service.send_test(tea, endpoint.endpoint_id, actor_id=owner_of(tea))
    waited = timedelta()
    for wait in (*sending.WAITS, timedelta()):
        with clock.moved(waited):
            sending.send_webhooks()
        waited += wait * 1.3
    gave_up = only_delivery(tea, endpoint.endpoint_id)
    assert (gave_up.state, gave_up.attempts) == ("failed", len(sending.WAITS) + 1)
    with clock.moved(timedelta(days=6)):
        service.send_test(tea, endpoint.endpoint_id, actor_id=owner_of(tea))
        sending.send_webhooks()
        off = queries.endpoint(tea, endpoint.endpoint_id)
    assert (off.active, off.switched_off_because) == (False, "failing")
    assert list(db.session.scalars(select(Message.kind))) == ["webhook.switched_off"]


def test_an_endpoint_that_says_it_is_gone_is_switched_off_at_once(app, tea, receiver):
    endpoint = endpoint_for(tea, receiver)
    receiver.answers(410)
    service.send_test(tea, endpoint.endpoint_id, actor_id=owner_of(tea))
    work(app)
    assert queries.endpoint(tea, endpoint.endpoint_id).switched_off_because == "gone"


def test_after_a_rotation_both_secrets_sign_until_the_overlap_ends(app, tea, receiver):
    endpoint = endpoint_for(tea, receiver)
    new = service.rotate_secret(tea, endpoint.endpoint_id, overlap_hours=1, actor_id=owner_of(tea))
    receiver.knows(endpoint.secret, new.secret)
    service.send_test(tea, endpoint.endpoint_id, actor_id=owner_of(tea))
    work(app)
    assert receiver.heard[-1]["verified"] == 2
    service.rotate_secret(tea, endpoint.endpoint_id, overlap_hours=0, actor_id=owner_of(tea))
    service.send_test(tea, endpoint.endpoint_id, actor_id=owner_of(tea))
    work(app)
    assert receiver.heard[-1]["verified"] == 0


def test_one_or_all_since_a_moment_are_sent_again_under_the_same_id(app, tea, receiver):
    endpoint = endpoint_for(tea, receiver)
    began = clock.now()
    for _number in range(3):
        service.send_test(tea, endpoint.endpoint_id, actor_id=owner_of(tea))
    work(app)
    rows, _more = queries.deliveries_page(tea, endpoint.endpoint_id)
    service.send_again(tea, rows[0].id, actor_id=owner_of(tea))
    work(app)
    assert receiver.heard[-1]["id"] == rows[0].event_id
    assert service.send_all_again(tea, endpoint.endpoint_id, began, actor_id=owner_of(tea)) == 3
    work(app)
    assert (len(receiver.heard), len({one["id"] for one in receiver.heard})) == (7, 3)


def test_two_workers_send_each_message_once(app, tea, receiver):
    endpoint = endpoint_for(tea, receiver)
    for _number in range(5):
        service.send_test(tea, endpoint.endpoint_id, actor_id=owner_of(tea))
    taken = [*sending._claim(3), *sending._claim(10)]
    assert len({due.delivery_id for due in taken}) == len(taken) == 5


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[2002:0a00:0001::]/",
        "https://user:word@example.com/",
        "ftp://example.com/",
        "https://",
        "https://example.com:99999/",
        "https://exam ple.com/",
        "javascript:alert(1)",
    ],
)
def test_addresses_in_our_own_network_are_refused(tea, url):
    with pytest.raises(AddressRefused):
        service.create_endpoint(tea, url=url, topics=["*"], actor_id=owner_of(tea))


def test_a_name_that_points_into_our_network_is_not_called(app, tea, monkeypatch):
    made = service.create_endpoint(tea, url="https://hook.example/", topics=["*"], actor_id=owner_of(tea))
    for addresses in (["10.0.0.1"], ["93.184.216.34", "127.0.0.1"]):
        found = [(2, 1, 6, "", (address, 443)) for address in addresses]
        monkeypatch.setattr(outside.socket, "getaddrinfo", lambda *_a, found=found, **_k: found)
        with pytest.raises(TargetRefused):
            resolved("hook.example", 443, private_too=False)
    service.send_test(tea, made.endpoint_id, actor_id=owner_of(tea))
    sending.send_webhooks()
    row = only_delivery(tea, made.endpoint_id)
    _row, tries = queries.delivery(tea, row.id)
    assert "open internet" in tries[0].error


@given(st.ip_addresses())
def test_no_private_address_is_ever_taken_for_a_public_one(address):
    host = f"[{address}]" if address.version == 6 else str(address)
    if not address.is_global:
        with pytest.raises(TargetRefused):
            checked_target(f"https://{host}/", private_too=False)


def test_clerks_and_strangers_set_up_nothing(tea, own_network):
    clerk = give_post(tea, "clerk")
    with pytest.raises(RoleNotEnough):
        service.create_endpoint(tea, url="https://example.com/", topics=["*"], actor_id=clerk)
    ours = service.create_endpoint(tea, url="https://example.com/", topics=["*"], actor_id=owner_of(tea))
    ceramics = make_shop("ceramics")
    with pytest.raises(EndpointNotFound):
        service.send_test(ceramics, ours.endpoint_id, actor_id=owner_of(ceramics))
    delivery_id = service.send_test(tea, ours.endpoint_id, actor_id=owner_of(tea))
    with pytest.raises(DeliveryNotFound):
        service.send_again(ceramics, delivery_id, actor_id=owner_of(ceramics))
    with pytest.raises(TopicsInvalid):
        service.create_endpoint(tea, url="https://example.com/", topics=["order.eaten"], actor_id=owner_of(tea))


def test_a_deleted_endpoint_leaves_nothing_behind(app, tea, receiver):
    endpoint = endpoint_for(tea, receiver)
    service.send_test(tea, endpoint.endpoint_id, actor_id=owner_of(tea))
    work(app)
    service.delete_endpoint(tea, endpoint.endpoint_id, actor_id=owner_of(tea))
    assert db.session.scalars(select(WebhookDelivery)).all() == []


def test_old_deliveries_are_forgotten(app, tea, receiver):
    endpoint = endpoint_for(tea, receiver)
    service.send_test(tea, endpoint.endpoint_id, actor_id=owner_of(tea))
    work(app)
    assert sending.tidy_webhooks() == 0
    with clock.moved(timedelta(days=31)):
        assert sending.tidy_webhooks() == 1


def test_every_event_that_is_told_of_is_really_emitted():
    sources = "\n".join(path.read_text() for path in (HERE.parents[2] / "core").rglob("*.py"))
    states = {f"order.{state}" for state in OrderState}
    for name in set(EVENTS) - states - {"webhook.test"}:
        assert f'"{name}"' in sources.replace(f'EventType("{name}"', ""), name
