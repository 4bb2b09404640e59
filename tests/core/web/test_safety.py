"""Forms of other sites, cookies, headers, and what must not pass from one shop to another."""

import re

import pytest

from core.base.config import load_config
from core.web.headers import security_headers
from core.web.platform.views import safe_next
from tests.core.web.buying import ADDRESS_TYPED, check_out, fill_cart, last_order_code
from tests.core.web.conftest import PASSWORD

UNSAFE = ["/cart/add", "/cart/update", "/checkout", "/account/sign-in", "/account/register", "/orders/find"]


@pytest.mark.parametrize("path", UNSAFE)
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://ceramics.localhost"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://tea.localhost.evil.example"},
        {"Origin": "http://[bad"},
    ],
)
def test_a_form_of_another_site_is_refused(tea, path, headers):
    answer = tea.post(
        path, {}, headers={"Sec-Fetch-Site": "", **headers} if "Sec-Fetch-Site" not in headers else headers
    )
    assert answer.status_code == 403
    assert b"another site" in answer.data


def test_a_form_of_this_site_passes_by_its_origin(tea, goods):
    wanted = {"variant_id": goods.variant_id}
    answer = tea.post("/cart/add", wanted, headers={"Sec-Fetch-Site": "", "Origin": "http://tea.localhost"})
    assert answer.headers["Location"] == "/cart"


def test_a_client_that_says_nothing_needs_the_token_of_its_session(tea, goods):
    fill_cart(tea, goods)
    silent = {"base_url": tea.base_url}
    wanted = {"variant_id": goods.variant_id}
    assert tea.client.post("/cart/add", data=wanted, **silent).status_code == 403
    token = re.search(rb'name="csrf_token" value="(\w+)"', tea.get("/cart").data).group(1).decode()
    assert tea.client.post("/cart/add", data={**wanted, "csrf_token": token}, **silent).status_code == 303
    assert tea.client.post("/cart/add", data={**wanted, "csrf_token": token[:-1]}, **silent).status_code == 403


def test_a_client_without_a_session_has_nothing_to_abuse(tea, goods):
    answer = tea.client.post("/cart/add", data={"variant_id": goods.variant_id}, base_url=tea.base_url)
    assert answer.status_code == 303


def test_a_visitor_who_only_looks_gets_no_cookie(tea, goods):
    for path in ("/", f"/products/{goods.slug}", "/cart", "/search?q=tea", "/account/sign-in", "/robots.txt", "/nope"):
        assert "Set-Cookie" not in tea.get(path).headers


def test_the_session_cookie_is_for_this_host_only_and_not_for_scripts(tea, goods):
    set_cookie = tea.post("/cart/add", {"variant_id": goods.variant_id}).headers["Set-Cookie"]
    assert set_cookie.startswith("tb_s=")
    for flag in ("HttpOnly", "Path=/", "SameSite=Lax"):
        assert flag in set_cookie
    assert "Domain" not in set_cookie


def test_the_token_changes_when_somebody_signs_in_and_the_old_one_is_worth_nothing(tea, goods):
    fill_cart(tea, goods)
    before = tea.cookie().value
    tea.post("/account/register", {"email": "li@example.com", "name": "Li", "password": PASSWORD})
    after = tea.cookie().value
    assert before != after
    assert b"Longjing" in tea.get("/cart").data
    tea.client.set_cookie("tb_s", before, domain="tea.localhost")
    assert tea.get("/account").status_code == 303


def test_signing_out_ends_the_session_here_and_for_a_copy_of_the_cookie(tea):
    tea.post("/account/register", {"email": "li@example.com", "name": "Li", "password": PASSWORD})
    stolen = tea.cookie().value
    assert tea.get("/account").status_code == 200
    tea.post("/account/sign-out")
    assert tea.cookie() is None
    tea.client.set_cookie("tb_s", stolen, domain="tea.localhost")
    assert tea.get("/account").status_code == 303


def test_every_page_carries_the_security_headers(tea, platform, goods):
    for browser, path in ((tea, "/"), (tea, f"/products/{goods.slug}"), (tea, "/nope"), (platform, "/sign-in")):
        for _ in range(2):
            headers = browser.get(path).headers
            assert headers["Content-Security-Policy"].startswith("default-src 'self'")
            assert "unsafe" not in headers["Content-Security-Policy"]
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert "Strict-Transport-Security" not in headers


def test_in_production_browsers_are_told_to_stay_with_https():
    assert "max-age" in security_headers(True)["Strict-Transport-Security"]
    assert load_config({}).production is False


def test_pages_hold_nothing_that_the_policy_would_block(tea, goods):
    fill_cart(tea, goods)
    for path in ("/", f"/products/{goods.slug}", "/cart", "/checkout", "/account/sign-in", "/orders/find", "/nope"):
        page = tea.get(path).text
        assert not re.search(r"<script(?![^>]*(\bsrc=|application/ld\+json))[^>]*>\s*\S", page), path
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page), path
        assert not re.search(r"(src|href)=\"(https?:)?//(?!tea\.localhost)", page), path


def test_a_session_of_one_shop_is_nothing_in_another(tea, ceramics, goods):
    tea.post("/account/register", {"email": "li@example.com", "name": "Li Lei", "password": PASSWORD})
    fill_cart(tea, goods)
    ceramics.client.set_cookie("tb_s", tea.cookie().value, domain="ceramics.localhost")
    assert b"Li Lei" not in ceramics.get("/").data
    assert ceramics.get("/account").status_code == 303
    assert b"empty" in ceramics.get("/cart").data


def test_an_account_of_one_shop_does_not_open_another(tea, ceramics):
    account = {"email": "li@example.com", "name": "Li Lei", "password": PASSWORD}
    tea.post("/account/register", account)
    assert ceramics.post("/account/sign-in", account).status_code == 401
    assert ceramics.post("/account/register", account).status_code == 303


def test_ids_of_one_shop_are_unknown_in_another(tea, ceramics, goods):
    fill_cart(tea, goods)
    pay_page = check_out(tea).headers["Location"]
    code = last_order_code()
    assert ceramics.get(f"/products/{goods.slug}").status_code == 404
    refused = ceramics.post("/cart/add", {"variant_id": goods.variant_id}, follow_redirects=True)
    assert b"not for sale" in refused.data
    for path in (f"/orders/{code}", pay_page, f"{pay_page}/state"):
        assert ceramics.get(path).status_code == 404
    for path in (f"/orders/{code}/cancel", f"/orders/{code}/pay", f"/orders/{code}/refund", f"{pay_page}/check"):
        assert ceramics.post(path, {"payment": "fakepay.qr"}).status_code == 404
    assert ceramics.post("/orders/find", {"code": code, "email": "buyer@example.com"}).status_code == 422


def test_an_order_of_one_buyer_is_unknown_to_another(tea, app, goods):
    fill_cart(tea, goods)
    pay_page = check_out(tea).headers["Location"]
    code = last_order_code()
    other = type(tea)(app.test_client(), tea.base_url)
    other.post("/account/register", {"email": "x@example.com", "name": "X", "password": PASSWORD})
    assert other.get(f"/orders/{code}").status_code == 404
    assert other.post(f"/orders/{code}/cancel").status_code == 404
    assert other.get(pay_page).headers["Location"].startswith("/orders/find")
    assert other.get(f"{pay_page}/state").json == {"state": "unknown", "order": ""}
    assert tea.get(f"/orders/{code}").status_code == 200


def test_a_member_signs_in_chooses_and_signs_out(platform, shops):
    assert platform.get("/choose").headers["Location"].startswith("/sign-in?next=")
    wrong = platform.post("/sign-in", {"email": "lin@example.com", "password": "not the password"})
    assert wrong.status_code == 401
    right = platform.post("/sign-in", {"email": "LIN@example.com ", "password": PASSWORD, "next": "//evil.example"})
    assert right.headers["Location"] == "/console/"
    assert b"Quiet Tea" in platform.get("/choose").data
    assert platform.post("/choose", {"merchant_id": shops.ceramics}).status_code == 403
    assert platform.post("/choose", {"merchant_id": shops.tea}).status_code == 303
    platform.post("/sign-out")
    assert platform.get("/choose").status_code == 302


def test_a_members_cookie_is_nothing_in_a_shop(platform, tea, shops):
    platform.post("/sign-in", {"email": "lin@example.com", "password": PASSWORD})
    tea.client.set_cookie("tb_s", platform.cookie().value, domain="tea.localhost")
    assert tea.get("/account").status_code == 303


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "\\evil", "javascript:x", "", None, "/a\nb"]
)
def test_after_a_form_one_stays_at_this_host(target):
    assert safe_next(target, "/here") == "/here"


def test_the_language_that_was_asked_for_is_remembered(tea):
    assert b'lang="zh-Hant"' in tea.get("/?lang=zh-HK").data
    assert b'lang="zh-Hant"' in tea.get("/").data
    assert b'lang="zh-Hans"' in tea.get("/cart?lang=zh-CN").data
    assert b'lang="zh-Hans"' in tea.get("/").data
    assert b'lang="zh-Hans"' in tea.get("/?lang=xx").data


def test_an_address_typed_by_one_visitor_is_not_shown_to_another(tea, app, goods):
    fill_cart(tea, goods)
    tea.post("/checkout", {**ADDRESS_TYPED, "action": "update"})
    other = type(tea)(app.test_client(), tea.base_url)
    fill_cart(other, goods)
    assert b"West Lake" not in other.get("/checkout").data


def test_a_text_that_waits_for_its_language_is_escaped_like_any_other(app):
    from core.base.i18n import lazy_gettext

    told = lazy_gettext("“%(text)s” is not known here.", text="<script>alert(1)</script>")
    with app.test_request_context():
        shown = app.jinja_env.from_string("{{ told }}{{ '<b>%s</b>'|safe|format(told) }}").render(told=told)
    assert "<script>" not in shown and shown.count("&lt;script&gt;") == 2
