"""A browser for tests of pages: it stays at one host, keeps its cookies, and says where its forms come from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextvars import Context
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from core.base.database import db
from core.base.ids import new_id
from core.base.transactions import transactional
from core.parties.service import register_member, set_role

PASSWORD = "a quiet green hill"  # noqa: S105 - of people who exist in tests only
_TOTAL = re.compile(r'name="agreed_total_minor"\s+value="(-?\d+)"')
ADDRESS_TYPED: Mapping[str, str] = {
    "email": "buyer@example.com",
    "name": "Li Lei",
    "phone": "13800000000",
    "country": "CN",
    "region": "Zhejiang",
    "city": "Hangzhou",
    "line1": "1 West Lake Road",
}


class Browser:
    """Visits one host of the application: `tea.localhost` is a shop, `localhost` the platform with the console."""

    def __init__(self, app: Flask, host: str) -> None:
        self._client = app.test_client()
        self.base_url = f"http://{host}"

    def get(self, path: str, **options: Any) -> TestResponse:
        """Ask for a page."""
        return self._send("GET", path, **options)

    def post(self, path: str, data: Mapping[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send a form, as one that this host served."""
        headers = {"Sec-Fetch-Site": "same-origin", **options.pop("headers", {})}
        return self._send("POST", path, data=data, headers=headers, **options)

    def _send(self, method: str, path: str, **options: Any) -> TestResponse:
        # In a context of its own, as a server does it: nothing of the test's session is seen by the request.
        db.session.close()
        return Context().run(self._client.open, path, method=method, base_url=self.base_url, **options)

    def check_out(self, **typed: str) -> TestResponse:
        """Fill the checkout in for the cart, agree to the total that is shown, and place the order."""
        sent = {**ADDRESS_TYPED, **typed}
        page = self.post("/checkout", {**sent, "action": "update"})
        shown = _TOTAL.search(page.text)
        assert shown is not None, page.text
        return self.post("/checkout", {"agreed_total_minor": shown.group(1), **sent, "action": "place"})

    def sign_in(self, merchant_id: str, role: str = "owner") -> str:
        """Sign a new member of the merchant's staff in, at the platform's host; returns the person's id."""
        email, person_id = _make_member(merchant_id, role)
        answer = self.post("/sign-in", {"email": email, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        self.post("/choose", {"merchant_id": merchant_id})
        return person_id


def _make_member(merchant_id: str, role: str) -> tuple[str, str]:
    email = f"{new_id('staff')}@example.com"
    person_id = register_member(email=email, name=role.title(), password=PASSWORD)
    _give_post(merchant_id, person_id, role)
    return email, person_id


@transactional
def _give_post(merchant_id: str, person_id: str, role: str) -> None:
    set_role(merchant_id, person_id, role)
