from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from core.base.database import db
from core.base.transactions import transactional
from core.parties.models import Membership
from core.parties.sessions import open_member_session
from tests.fakes import fresh_book
from tests.trade import make_person, make_shop

PLATFORM = "http://localhost"


@transactional
def give_post(merchant_id: str, role: str) -> str:
    person = make_person(merchant_id, role)
    db.session.add(person)
    db.session.flush()
    db.session.add(Membership(person_id=person.id, merchant_id=merchant_id, role=role, created_at=person.created_at))
    return person.id


@dataclass
class Desk:
    """A browser of somebody who is signed in, on the platform's host."""

    client: FlaskClient
    merchant_id: str
    person_id: str

    def get(self, path: str, **options):
        return self.client.get(path, base_url=PLATFORM, **options)

    def post(self, path: str, data=None, **options):
        headers = {"Sec-Fetch-Site": "same-origin"}
        return self.client.post(path, data=data, base_url=PLATFORM, headers=headers, **options)

    def page(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:500])
        return answer.text

    def done(self, path: str, data=None, **options) -> str:
        """A form that is accepted: it leads on, and the next page is shown."""
        answer = self.post(path, data, **options)
        assert answer.status_code == 303, (path, answer.status_code, words(answer.text)[:1500])
        return self.page(answer.location)


def words(html: str) -> str:
    """What a reader sees of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.split("<main", 1)[-1]))


@pytest.fixture
def sign_in(app):
    def enter(merchant_id: str, role: str = "owner", *, staff: bool = False) -> Desk:
        person_id = f"{merchant_id}-owner"[:40] if role == "owner" else give_post(merchant_id, role)
        token = open_member_session(person_id, merchant_id=merchant_id)
        client = app.test_client()
        client.set_cookie("tb_s", token, domain="localhost")
        db.session.remove()
        return Desk(client, merchant_id, person_id)

    return enter


@pytest.fixture
def book():
    return fresh_book()


@pytest.fixture
def tea(app, book) -> str:
    return make_shop("tea")


@pytest.fixture
def ceramics(app) -> str:
    return make_shop("ceramics")


@pytest.fixture
def desk(sign_in, tea) -> Desk:
    return sign_in(tea)


@pytest.fixture
def count_statements(app):
    def count(action) -> int:
        seen = []

        def note(_connection, _cursor, statement, *_rest):
            if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")):
                seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            action()
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    return count
