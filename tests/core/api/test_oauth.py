"""Programs fetch short-lived tokens with a secret."""

from __future__ import annotations

from base64 import b64encode
from contextvars import Context
from datetime import timedelta

import pytest

from core.access.clients import create_client, revoke_client, rotate_client
from core.base import clock
from core.base.database import db
from tests.core.api.conftest import HOST, Program
from tests.core.web.console.conftest import give_post
from tests.trade import make_shop, owner_of


class Asker:
    def __init__(self, app, client_id: str, secret: str) -> None:
        self.app = app
        self.basic = "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()

    def ask(self, what: str, **form):
        db.session.close()
        return Context().run(
            self.app.test_client().post,
            f"/api/oauth/{what}",
            data=form,
            headers={"Authorization": self.basic},
            base_url=HOST,
        )

    def token(self, **form):
        return self.ask("token", grant_type="client_credentials", **form)


@pytest.fixture
def client(tea):
    return create_client(tea, name="ERP", scopes=["catalog:read", "stock:read"], actor_id=owner_of(tea))


@pytest.fixture
def asker(app, client) -> Asker:
    return Asker(app, client.id, client.secret)


def test_a_client_fetches_a_token_that_works_for_an_hour(app, asker):
    answer = asker.token()
    assert answer.status_code == 200, answer.text
    assert answer.json["token_type"] == "Bearer"
    assert answer.json["expires_in"] == 3600
    assert answer.json["scope"] == "catalog:read stock:read"
    assert answer.headers["Cache-Control"] == "no-store"
    program = Program(app, answer.json["access_token"])
    assert program.get("/products").status_code == 200
    assert program.post("/products", {"name": "x", "variants": []}).status_code == 403
    with clock.moved(timedelta(hours=1, seconds=1)):
        assert program.get("/products").status_code == 401


def test_a_token_can_be_asked_for_less_but_never_more(asker):
    assert asker.token(scope="stock:read").json["scope"] == "stock:read"
    more = asker.token(scope="stock:read money:write")
    assert more.status_code == 400 or more.json["scope"] == "stock:read"


def test_who_does_not_know_the_secret_gets_nothing(app, client):
    for client_id, secret in ((client.id, "tbs_guess"), ("apc_none", client.secret), (client.id, "")):
        answer = Asker(app, client_id, secret).token()
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


def test_another_grant_is_refused(asker):
    answer = asker.ask("token", grant_type="password", username="a", password="b")
    assert (answer.status_code, answer.json["error"]) == (400, "unsupported_grant_type")


def test_a_revoked_token_is_worthless(app, asker):
    token = asker.token().json["access_token"]
    assert asker.ask("introspect", token=token).json["active"] is True
    assert asker.ask("revoke", token=token).status_code == 200
    assert asker.ask("introspect", token=token).json == {"active": False}
    assert Program(app, token).get("/products").status_code == 401


def test_nobody_asks_about_or_ends_the_tokens_of_another_shop(app, asker):
    token = asker.token().json["access_token"]
    ceramics = make_shop("ceramics")
    other = create_client(ceramics, name="spy", scopes=["catalog:read"], actor_id=owner_of(ceramics))
    spy = Asker(app, other.id, other.secret)
    assert spy.ask("introspect", token=token).json == {"active": False}
    assert spy.ask("revoke", token=token).status_code == 200
    assert Program(app, token).get("/products").status_code == 200


def test_a_rotated_secret_works_on_until_the_overlap_ends_and_a_revoked_client_is_gone(app, tea, client):
    new = rotate_client(tea, client.id, overlap_hours=1, actor_id=owner_of(tea))
    old, young = Asker(app, client.id, client.secret), Asker(app, client.id, new.secret)
    token = young.token().json["access_token"]
    assert old.token().status_code == 200
    with clock.moved(timedelta(hours=1, seconds=1)):
        assert [old.token().status_code, young.token().status_code] == [401, 200]
    revoke_client(tea, client.id, actor_id=owner_of(tea))
    assert young.token().status_code == 401
    assert Program(app, token).get("/products").status_code == 401


def test_whoever_renews_a_secret_lends_it_only_their_own_rights(app, tea):
    strong = create_client(tea, name="bank", scopes=["money:write", "domains:write"], actor_id=owner_of(tea))
    manager = give_post(tea, "manager")
    renewed = rotate_client(tea, strong.id, overlap_hours=0, actor_id=manager)
    token = Asker(app, strong.id, renewed.secret).token().json["access_token"]
    refused = Program(app, token).post("/domains", {"host": "evil.example.com"})
    assert (refused.status_code, refused.json["code"]) == (403, "role_not_enough")


def test_where_everything_is_can_be_read(app):
    told = app.test_client().get("/.well-known/oauth-authorization-server", base_url=HOST).json
    assert told["token_endpoint"] == f"{HOST}/api/oauth/token"
    assert "catalog:read" in told["scopes_supported"]
