"""Keys and webhooks in the console."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from core.access.models import ApiClient, ApiToken
from core.access.tokens import recognise
from core.audit.models import AuditEntry
from core.base.database import db
from core.webhooks import service
from core.webhooks.models import WebhookDelivery, WebhookEndpoint

URL = "https://erp.example.com/hook"


def secret_in(html: str) -> str:
    return re.search(r'id="secret" readonly value="([^"]+)"', html).group(1)


def make(desk, **more):
    return desk.post("/console/api", {"name": "Till", "kind": "token", "days": "90", "scopes": ["orders:read"], **more})


def test_a_token_is_made_shown_once_and_works(desk, tea):
    made = make(desk)
    assert (made.status_code, made.headers["Cache-Control"]) == (200, "no-store")
    secret = secret_in(made.text)
    assert recognise(secret).scopes == {"orders:read"}
    page = desk.page("/console/api")
    assert secret not in page
    assert secret[:10] in page


def test_a_token_without_a_name_or_scope_is_refused_at_the_field(desk):
    nameless = make(desk, name="")
    assert nameless.status_code == 422
    assert 'id="name-error"' in nameless.text
    bare = desk.post("/console/api", {"name": "Till", "kind": "token", "days": "90"})
    assert bare.status_code == 422
    assert 'id="scopes-error"' in bare.text
    assert db.session.scalars(select(ApiToken)).all() == []


def test_a_token_is_renewed_and_revoked(desk):
    secret = secret_in(make(desk).text)
    token_id = recognise(secret).token_id
    renewed = desk.post(f"/console/api/tokens/{token_id}", {"overlap_hours": "1"})
    assert secret_in(renewed.text) != secret
    assert recognise(secret).token_id == token_id
    desk.done(f"/console/api/tokens/{token_id}", {"do": "revoke"})
    actions = set(db.session.scalars(select(AuditEntry.action)))
    assert {"api_token.created", "api_token.rotated", "api_token.revoked"} <= actions


def test_a_client_is_made_renewed_and_revoked(desk):
    first = secret_in(make(desk, kind="client").text)
    client = db.session.scalar(select(ApiClient.id))
    second = secret_in(desk.post(f"/console/api/clients/{client}", {"overlap_hours": "24"}).text)
    assert first != second
    page = desk.done(f"/console/api/clients/{client}", {"do": "revoke"})
    assert client not in page


def test_a_webhook_is_added_tested_looked_at_changed_and_deleted(desk, tea):
    made = desk.post("/console/webhooks", {"url": URL, "all": "1"})
    assert secret_in(made.text).startswith("whsec_")
    endpoint = db.session.scalar(select(WebhookEndpoint.id))
    here = f"/console/webhooks/{endpoint}"
    desk.done(here, {"do": "test"})
    delivery = db.session.scalar(select(WebhookDelivery.id))
    db.session.close()
    shown = desk.page(f"/console/webhooks/deliveries/{delivery}")
    assert "webhook.test" in shown
    desk.done(f"/console/webhooks/deliveries/{delivery}")
    desk.done(here, {"do": "save", "url": URL + "2", "topics": ["order.paid"]})
    assert URL + "2" in desk.page("/console/webhooks")
    desk.done(here, {"do": "off"})
    desk.done(here, {"do": "on"})
    desk.done(here, {"do": "replay", "hours": "24"})
    assert secret_in(desk.post(here, {"do": "rotate", "overlap_hours": "24"}).text).startswith("whsec_")
    assert URL not in desk.done(here, {"do": "delete"})


def test_a_wrong_address_or_no_event_is_refused_at_the_field(desk):
    inside = desk.post("/console/webhooks", {"url": "https://10.0.0.1/", "all": "1"})
    assert inside.status_code == 422
    assert 'id="url-error"' in inside.text
    none = desk.post("/console/webhooks", {"url": URL})
    assert none.status_code == 422
    assert 'id="topics-error"' in none.text


def test_keys_and_webhooks_of_another_shop_are_not_there(desk, ceramics, sign_in):
    theirs = sign_in(ceramics)
    token = recognise(secret_in(make(theirs).text)).token_id
    theirs.post("/console/webhooks", {"url": URL, "all": "1"})
    endpoint = db.session.scalar(select(WebhookEndpoint.id))
    db.session.close()
    assert desk.get(f"/console/webhooks/{endpoint}").status_code == 404
    assert desk.post(f"/console/webhooks/{endpoint}", {"do": "delete"}).status_code == 404
    assert desk.post(f"/console/api/tokens/{token}", {"do": "revoke"}).status_code == 404


def test_a_clerk_sees_neither(sign_in, tea):
    clerk = sign_in(tea, "clerk")
    assert [clerk.get(path).status_code for path in ("/console/api", "/console/webhooks")] == [403, 403]


@pytest.mark.parametrize("lang", ["en", "zh-Hans", "zh-Hant"])
def test_the_pages_open_in_every_language_and_ask_few_questions(desk, tea, count_statements, lang):
    make(desk)
    made = service.create_endpoint(tea, url=URL, topics=["*"], actor_id=desk.person_id)
    for _number in range(5):
        service.send_test(tea, made.endpoint_id, actor_id=desk.person_id)
    db.session.close()
    for path in ("/console/api", "/console/webhooks", f"/console/webhooks/{made.endpoint_id}"):
        answers = []
        asked = count_statements(lambda path=path, answers=answers: answers.append(desk.get(f"{path}?lang={lang}")))
        assert answers[0].status_code == 200
        assert asked <= 15, path
