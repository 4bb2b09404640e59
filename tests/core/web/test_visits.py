"""Who comes in is counted, and nobody is followed."""

import pytest
from sqlalchemy import select

from core.base.database import db
from core.figures.models import DailyVisit
from core.web.visits import is_visit, referrer_host, the_visits
from tests.core.web.buying import fill_cart

PERSON = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140"


def environ(**changes):
    given = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_HOST": "tea.example", "HTTP_USER_AGENT": PERSON}
    return given | changes


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"PATH_INFO": "/products/x", "HTTP_REFERER": "https://example.org/a"}, True),
        ({"HTTP_REFERER": "https://tea.example/cart"}, False),
        ({"HTTP_SEC_FETCH_SITE": "same-origin"}, False),
        ({"HTTP_SEC_FETCH_SITE": "none"}, True),
        ({"HTTP_SEC_FETCH_DEST": "image"}, False),
        ({"HTTP_SEC_PURPOSE": "prefetch"}, False),
        ({"HTTP_USER_AGENT": "Googlebot/2.1"}, False),
        ({"HTTP_USER_AGENT": ""}, False),
        ({"REQUEST_METHOD": "POST"}, False),
        ({"PATH_INFO": "/pay/pay_1", "HTTP_REFERER": "https://bank.example/"}, False),
        ({"QUERY_STRING": "preview=abc"}, False),
        ({"HTTP_REFERER": "https://[bad"}, True),
    ],
)
def test_a_visit_is_a_step_into_the_shop_by_somebody(changes, counts):
    assert is_visit(environ(**changes)) is counts


def test_of_a_link_only_its_host_is_kept():
    assert referrer_host({"HTTP_REFERER": "https://www.example.org/list?q=secret"}) == "example.org"
    assert referrer_host({}) == ""


def test_visits_carts_and_checkouts_of_a_shop_are_counted(tea, goods):
    the_visits().flush()
    outside = {"Referer": "https://www.example.org/list?q=secret", "User-Agent": PERSON}
    for _ in range(3):
        assert tea.get("/", headers=outside).status_code == 200
    tea.get("/", headers={"User-Agent": "Googlebot/2.1"})
    tea.get("/", headers={"User-Agent": PERSON, "Referer": "http://tea.localhost/products/x"})
    fill_cart(tea, goods)
    fill_cart(tea, goods)
    for _ in range(2):
        assert tea.get("/checkout").status_code == 200
    db.session.close()
    the_visits().flush()
    rows = db.session.execute(select(DailyVisit.kind, DailyVisit.name, DailyVisit.count)).all()
    assert set(rows) == {("visit", "", 3), ("referrer", "example.org", 3), ("cart", "", 1), ("checkout", "", 1)}
