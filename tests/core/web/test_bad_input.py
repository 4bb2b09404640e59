"""Whatever is sent: a clear answer, and never a fault of ours."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.web.headers import CONTENT_POLICY
from core.web.tenancy import SHOP_BODY_BYTES_MAX
from tests.core.web.buying import ADDRESS_TYPED, check_out, fill_cart, last_order_code

NASTY = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\x1a",
    "'; DROP TABLE shop; --",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "%s%n%(x)s",
    "-1",
    "0",
    "1.5",
    "1e9",
    "NaN",
    "99999999999999999999999999",
    "9" * 5000,
    "\u202e\u0000",
    "🧋茶",
    "x" * 20_000,
    "..%2f..%2fetc/passwd",
]
FORMS = {
    "/cart/add": ("variant_id", "quantity", "back"),
    "/cart/update": ("quantity-cln_x", "remove"),
    "/cart/coupon": ("code",),
    "/cart/agree": ("next",),
    "/checkout": ("email", "name", "country", "line1", "delivery", "payment", "agreed_total_minor", "action", "note"),
    "/account/sign-in": ("email", "password", "next"),
    "/account/register": ("email", "name", "password", "next"),
    "/account/address": ("name", "country", "city"),
    "/orders/find": ("code", "email", "next"),
}
PAGES = [
    "/products/{}",
    "/products/x?variant={}",
    "/categories/{}",
    "/categories/x?sort={}&cursor={}",
    "/search?q={}",
    "/search?q=tea&cursor={}",
    "/orders/{}",
    "/pay/{}",
    "/pay/{}/state",
    "/media/{}",
    "/static/-/{}",
    "/.well-known/tongbao-{}.txt",
    "/?lang={}",
    "/account/sign-in?next={}",
    "/theme.css?v={}",
]


@pytest.mark.parametrize("path", FORMS)
def test_no_form_ever_fails_on_what_is_sent(tea, goods, path):
    fill_cart(tea, goods)
    for nasty in NASTY:
        for field in FORMS[path]:
            sent = {**(ADDRESS_TYPED if path == "/checkout" else {}), field: nasty}
            answer = tea.post(path, sent)
            assert answer.status_code < 500, (field, nasty[:40])
            assert b"<script>alert" not in answer.data
        assert tea.post(path, dict.fromkeys(FORMS[path], nasty)).status_code < 500


@pytest.mark.parametrize("path", PAGES)
def test_no_page_ever_fails_on_its_address(tea, goods, path):
    for nasty in NASTY:
        query = {"path": path.replace("{}", nasty)} if "?" not in path else None
        if query is None:
            bare, _, rest = path.partition("?")
            pairs = [pair.partition("=")[::2] for pair in rest.split("&")]
            answer = tea.get(bare, query_string={name: value.replace("{}", nasty) for name, value in pairs})
        else:
            answer = tea.get(query["path"] if nasty.strip("/ ") else path.replace("{}", "%20"))
        assert answer.status_code < 500, nasty[:40]
        assert b"<script>alert" not in answer.data


def test_no_action_on_an_order_fails_on_what_is_sent(tea, goods):
    fill_cart(tea, goods)
    check_out(tea)
    code = last_order_code()
    for nasty in NASTY:
        for path, field in (("refund", "amount"), ("refund", "reason"), ("pay", "payment"), ("refund/withdraw", "x")):
            answer = tea.post(f"/orders/{code}/{path}", {"amount": "1", "reason": "broken", field: nasty})
            assert answer.status_code < 500, (path, nasty[:40])


@pytest.mark.parametrize(
    "host",
    ["", " ", "tea.localhost:", "tea.localhost:x", "tea..localhost", "\u2603", "a" * 300, "[::", "tea.localhost/x"],
)
def test_a_strange_host_header_is_a_plain_refusal(tea, host):
    answer = tea.get("/", headers={"Host": host})
    assert answer.status_code in {200, 400, 404}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(cookie=st.text(max_size=80), language=st.text(max_size=60), etag=st.text(max_size=40))
def test_no_header_makes_a_page_fail(tea, goods, cookie, language, etag):
    def latin(text: str) -> str:
        return "".join(sign for sign in text if sign.isprintable() and ord(sign) < 256)

    headers = {
        "Cookie": f"tb_s={latin(cookie)}; tb_lang={latin(language)}",
        "Accept-Language": latin(language),
        "If-None-Match": latin(etag),
    }
    for path in ("/", f"/products/{goods.slug}", "/cart"):
        assert tea.get(path, headers=headers).status_code == 200


def test_too_large_a_body_is_refused_before_it_is_read(tea):
    answer = tea.post("/checkout", {"note": "x" * (SHOP_BODY_BYTES_MAX + 1)})
    assert answer.status_code == 413
    assert b"too large" in answer.data


def test_a_page_that_takes_no_posts_says_which_way_it_is_used(tea):
    answer = tea.post("/robots.txt")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_program_gets_a_problem_document(tea):
    answer = tea.get("/products/none", headers={"Accept": "application/json"})
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == 404
    assert answer.json["code"]
    assert answer.json["title"]


def test_a_fault_of_ours_is_told_without_its_cause(app, tea, monkeypatch):
    def fail(*_args, **_kwargs):
        raise RuntimeError("the secret cause")

    monkeypatch.setattr("core.web.storefront.catalog.browse", fail)
    monkeypatch.setitem(app.config, "FAULTS_SHOWN", True)
    answer = tea.get("/search?q=tea")
    assert answer.status_code == 500
    assert b"secret cause" not in answer.data
    assert b"our fault" in answer.data
    assert answer.headers["Content-Security-Policy"] == CONTENT_POLICY
