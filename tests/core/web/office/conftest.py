from __future__ import annotations

import pytest

from core.base.database import db
from core.parties.service import register_member
from core.parties.sessions import open_member_session
from tests.core.web.console.conftest import Desk
from tests.fakes import fresh_book
from tests.trade import make_shop, make_variant, paid_order


@pytest.fixture
def tea(app) -> str:
    """A shop with a paid order."""
    fresh_book()
    merchant_id = make_shop("tea")
    paid_order(merchant_id, make_variant(merchant_id))
    return merchant_id


@pytest.fixture
def staff(app, tea):
    """Signs one of the platform's staff in, in a role; each call is another person."""
    numbers = iter(range(100))

    def enter(role: str) -> Desk:
        number = next(numbers)
        person_id = register_member(
            email=f"{role}{number}@platform.example",
            name=f"{role} {number}",
            password="a long one it is",
            staff_role=role,
        )
        client = app.test_client()
        client.set_cookie("tb_s", open_member_session(person_id, merchant_id=None), domain="localhost")
        db.session.remove()
        return Desk(client, tea, person_id)

    return enter
