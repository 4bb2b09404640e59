"""A program with a token, at the platform's host."""

from __future__ import annotations

import json
import threading
from contextvars import Context

import pytest
from werkzeug.serving import make_server

from core.access.scopes import SCOPES
from core.access.tokens import create_token
from core.api import doors
from core.base.database import db
from core.base.ids import new_id
from core.documents.service import issue_invoice
from tests.fakes import fresh_book
from tests.trade import make_shop, make_variant, owner_of, paid_order

HOST = "http://localhost"


class Program:
    """Sends JSON with a token; each request in a context of its own, as a server does it."""

    def __init__(self, app, token: str | None, merchant_id: str = "") -> None:
        self.client, self.token, self.merchant_id = app.test_client(), token, merchant_id

    def send(self, method: str, path: str, body=None, *, key: str | None = None, match: str | None = None, **headers):
        db.session.close()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        if key:
            sent["Idempotency-Key"] = key
        if match:
            sent["If-Match"] = match
        data = json.dumps(body) if body is not None else None
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        return Context().run(
            self.client.open, path, method=method, data=data, headers=sent, base_url=HOST, buffered=True
        )

    def get(self, path: str, **headers):
        return self.send("GET", "/api/v1" + path, **headers)

    def post(self, path: str, body=None, **more):
        more.setdefault("key", new_id("key"))
        return self.send("POST", "/api/v1" + path, body if body is not None else None, **more)

    def change(self, path: str, body, method: str = "PATCH", at: str | None = None):
        """Read it, then change it as read."""
        etag = self.get(at or path).headers["ETag"]
        return self.send(method, "/api/v1" + path, body, match=etag)


@pytest.fixture
def book():
    return fresh_book()


@pytest.fixture
def tea(app, book) -> str:
    return make_shop("tea")


@pytest.fixture
def variant(tea) -> str:
    return make_variant(tea, price_minor=1200, stock=10)


@pytest.fixture
def program_with(app):
    def make(merchant_id: str, *scopes: str, person_id: str | None = None) -> Program:
        issued = create_token(
            merchant_id, name="till", scopes=scopes or tuple(SCOPES), actor_id=person_id or owner_of(merchant_id)
        )
        return Program(app, issued.secret, merchant_id)

    return make


@pytest.fixture
def program(program_with, tea) -> Program:
    return program_with(tea)


@pytest.fixture
def live(bare_app, monkeypatch):
    """A real server in a thread, a shop with goods and an order, and a token for everything."""
    monkeypatch.setattr(doors, "REQUESTS_PER_MINUTE", 1_000_000)
    monkeypatch.setattr(doors, "STRANGER_REQUESTS_PER_MINUTE", 1_000_000)
    with bare_app.app_context():
        tea = make_shop("tea")
        variant = make_variant(tea, stock=1000)
        order = paid_order(tea, variant)
        token = create_token(tea, name="reader", scopes=tuple(SCOPES), actor_id=owner_of(tea)).secret
        known = {
            "invoice_id": issue_invoice(tea, order.order_id),
            "variant_id": variant,
            "order_id": order.order_id,
            "payment_id": order.payment_id,
        }
        db.session.remove()
    bare_app.config["FAULTS_SHOWN"] = True
    server = make_server("127.0.0.1", 0, bare_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}", token, known
    server.shutdown()
    thread.join()
    server.server_close()
    bare_app.config.pop("FAULTS_SHOWN")
