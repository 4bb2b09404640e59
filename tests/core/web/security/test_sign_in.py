"""Signing in in two steps, proving again before money moves, sessions and new passwords, through the real pages."""

import re
from datetime import timedelta

import pytest

from core.base import clock
from core.base.database import db
from core.messages.models import Message
from core.parties import throttle
from core.parties.factor_models import TotpFactor
from core.parties.models import MemberSession
from core.parties.sessions import MEMBER_LASTS, MEMBER_LASTS_AT_MOST, is_pending, open_member_session
from core.parties.totp import STEP_SECONDS, begin_totp, code_of, confirm_totp
from core.payments.models import BankAccount
from core.seed.codes import demo_secret
from core.worker.runner import Worker
from tests.core.web.conftest import PASSWORD, Browser

pytestmark = pytest.mark.guarded
EMAIL = "lin@example.com"
STEP = timedelta(seconds=STEP_SECONDS)
ACCOUNT = {"holder": "Lin Wei", "bank_name": "Bank of Hangzhou", "number": "6222 0202 0011 9876"}
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def secret(shops):
    made = begin_totp(shops.tea_owner)
    confirm_totp(shops.tea_owner, code_of(made), password=PASSWORD, address="192.0.2.1")
    return made


def enter(browser, password=PASSWORD, **more):
    return browser.post("/sign-in", {"email": EMAIL, "password": password, **more})


def fully_in(browser, secret, ahead=2):
    enter(browser)
    with clock.moved(ahead * STEP):
        answer = browser.post("/sign-in/factor", {"code": code_of(secret), "next": "/console/money"})
    assert answer.status_code == 303, answer.text
    return answer


def test_who_has_no_second_factor_signs_in_with_the_password(platform, shops):
    answer = enter(platform, next="/console/orders")
    assert (answer.status_code, answer.location) == (303, "/console/orders")
    assert platform.get("/console/orders").status_code == 200


def test_who_has_one_sees_nothing_before_the_second_step(platform, secret):
    answer = enter(platform, next="/console/money")
    assert answer.location == "/sign-in/factor?next=/console/money"
    assert platform.get("/console/money").status_code == 302
    page = platform.get(answer.location)
    assert "Six digits" in page.text
    assert platform.post("/sign-in/factor", {"code": "000000"}).status_code == 401
    assert platform.get("/console/money").status_code == 302


def test_the_second_step_leads_on_under_a_new_cookie(platform, secret):
    enter(platform)
    half = platform.cookie().value
    answer = fully_in(platform, secret)
    assert answer.location == "/console/money"
    assert platform.cookie().value != half
    assert platform.get("/console/money").status_code == 200


def test_a_session_that_somebody_planted_is_not_the_one_that_is_signed_in(app, platform, shops):
    planted = open_member_session(shops.ceramics_owner, merchant_id=shops.ceramics)
    platform.client.set_cookie("tb_s", planted, domain="localhost")
    enter(platform)
    assert platform.cookie().value != planted
    assert db.session.query(MemberSession).count() == 1


def test_a_bank_account_is_added_only_after_the_proof_and_what_was_typed_is_kept(platform, shops, secret):
    fully_in(platform, secret)
    with clock.moved(timedelta(minutes=20)):
        asked = platform.post("/console/money/accounts", ACCOUNT)
        assert asked.status_code == 401
        assert 'action="/console/money/accounts"' in asked.text
        sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', asked.text))
        assert {**sent, "csrf_token": ""} == {**ACCOUNT, "csrf_token": ""}
        assert db.session.query(BankAccount).count() == 0
        wrong = platform.post("/console/money/accounts", {**sent, "_factor_code": "000000"})
        assert wrong.status_code == 401
        assert "Lin Wei" in wrong.text
        done = platform.post("/console/money/accounts", {**sent, "_factor_code": code_of(secret)})
        assert (done.status_code, done.location) == (303, "/console/money")
    assert db.session.query(BankAccount).one().holder == "Lin Wei"


def test_passwords_are_never_put_into_a_page(platform, shops, secret):
    fully_in(platform, secret)
    with clock.moved(timedelta(minutes=20)):
        typed = {"old": "x", "password": "seven slow herons", "new_password": "seven slow herons"}
        asked = platform.post("/member/security/password", typed)
        assert asked.status_code == 401
        assert "herons" not in asked.text


def test_without_a_second_factor_one_is_led_to_set_it_up(platform, shops):
    enter(platform)
    answer = platform.post("/console/money/accounts", ACCOUNT)
    assert (answer.status_code, answer.location) == (303, "/member/security")
    assert "Set one up" in platform.get("/member/security").text


def test_a_page_that_needs_the_proof_is_shown_after_it(platform, shops, secret):
    fully_in(platform, secret)
    with clock.moved(timedelta(minutes=20)):
        asked = platform.get("/member/security/password")
        assert asked.status_code == 401
        answer = platform.post(
            "/member/security/prove", {"next": "/member/security/password", "_factor_code": code_of(secret)}
        )
        assert (answer.status_code, answer.location) == (303, "/member/security/password")
        assert platform.get("/member/security/password").status_code == 200


def test_an_app_is_set_up_through_the_pages_and_recovery_codes_follow(platform, shops):
    enter(platform)
    page = platform.get("/member/security/app").text
    assert "<svg" in page
    secret = re.search(r'class="number secret">([A-Z2-7 ]+)<', page).group(1).replace(" ", "")
    bad = platform.post("/member/security/app", {"code": "000000", "password": PASSWORD})
    assert bad.status_code == 422
    assert secret[:4] in bad.text
    done = platform.post("/member/security/app", {"code": code_of(secret), "password": PASSWORD})
    assert done.location == "/member/security/codes"
    made = platform.post("/member/security/codes", {})
    codes = re.findall(r"<li>([2-9A-Z]{5}-[2-9A-Z]{5})</li>", made.text)
    assert len(codes) == 10
    assert made.headers["Cache-Control"] == "no-store"
    assert codes[0] not in platform.get("/member/security/codes").text
    other = Browser(platform.client.application.test_client(), "http://localhost")
    enter(other)
    assert other.post("/sign-in/factor", {"code": codes[0]}).status_code == 303
    assert other.get("/console/money").status_code == 200


def test_the_office_needs_a_second_factor(app, platform, shops, secret):
    from core.parties.staff import set_staff_role

    set_staff_role(shops.ceramics_owner, "admin", actor_id=None)
    set_staff_role(shops.tea_owner, "admin", actor_id=None)
    platform.post("/sign-in", {"email": "mori@example.com", "password": PASSWORD})
    assert platform.get("/office/").location == "/member/security"
    other = Browser(app.test_client(), "http://localhost")
    fully_in(other, secret)
    assert other.get("/office/").status_code in (200, 302)
    with clock.moved(timedelta(hours=2)):
        assert other.get("/office/").status_code in (200, 302)


def test_sessions_are_listed_and_ended_one_by_one_or_all_at_once(app, platform, shops):
    there = [Browser(app.test_client(), "http://localhost") for _number in range(3)]
    for browser in there:
        browser.post("/sign-in", {"email": EMAIL, "password": PASSWORD}, headers={"User-Agent": FIREFOX})
    enter(platform)
    page = platform.get("/member/security").text
    assert page.count("Firefox, Windows") == 3
    assert "127.0.0.0/24" in page
    one = re.search(r'action="(/member/security/sessions/\w+)"', page).group(1)
    assert platform.post(one, {}).status_code == 303
    assert [browser.get("/console/").status_code for browser in there].count(302) == 1
    platform.post("/member/security/sessions", {})
    assert [browser.get("/console/").status_code for browser in there] == [302] * 3
    assert platform.get("/console/").status_code == 200
    assert platform.post(one, {}).status_code == 303


def test_nobody_ends_the_session_of_somebody_else(app, platform, shops):
    other = Browser(app.test_client(), "http://localhost")
    other.post("/sign-in", {"email": "mori@example.com", "password": PASSWORD})
    second = Browser(app.test_client(), "http://localhost")
    second.post("/sign-in", {"email": "mori@example.com", "password": PASSWORD})
    one = re.search(r'action="(/member/security/sessions/\w+)"', other.get("/member/security").text).group(1)
    enter(platform)
    platform.post(one, {})
    assert second.get("/console/").status_code == 200


def test_a_session_ends_after_idle_hours_and_after_a_week_however_busy(platform, shops):
    enter(platform)
    with clock.moved(MEMBER_LASTS - timedelta(minutes=5)):
        assert platform.get("/console/").status_code == 200
    with clock.moved(MEMBER_LASTS + timedelta(hours=6)):
        assert platform.get("/console/").status_code == 200
    with clock.moved(2 * MEMBER_LASTS + timedelta(hours=7)):
        assert platform.get("/console/").status_code == 302
    busy = Browser(platform.client.application.test_client(), "http://localhost")
    enter(busy)
    moment = timedelta()
    while moment + timedelta(hours=11) < MEMBER_LASTS_AT_MOST:
        moment += timedelta(hours=11)
        with clock.moved(moment):
            assert busy.get("/console/").status_code == 200
    with clock.moved(MEMBER_LASTS_AT_MOST + timedelta(minutes=1)):
        assert busy.get("/console/").status_code == 302


def test_a_sign_in_from_a_new_browser_is_told_and_from_a_known_one_not(app, platform, shops):
    enter(platform)
    enter(platform)
    assert db.session.query(Message).count() == 0
    other = Browser(app.test_client(), "http://localhost")
    other.post("/sign-in", {"email": EMAIL, "password": PASSWORD}, headers={"User-Agent": FIREFOX})
    assert db.session.query(Message).one().kind == "account.new_sign_in"


def test_too_many_tries_say_how_long_to_wait(platform, shops):
    for _number in range(throttle.ACCOUNT_FAILURES_MAX):
        assert enter(platform, "wrong password").status_code == 401
    answer = enter(platform)
    assert answer.status_code == 429
    assert re.search(r"wait \d+ minutes", answer.text)


def test_a_forgotten_password_is_mended_through_the_pages(app, platform, shops):
    known = platform.post("/forgot", {"email": EMAIL})
    unknown = platform.post("/forgot", {"email": "nobody@example.com"})
    assert known.status_code == unknown.status_code == 200
    assert known.text == unknown.text
    assert platform.post("/forgot", {"email": "no address"}).status_code == 422
    Worker(app).events()
    from core.contract.runtime import registry
    from core.messages.service import _opened

    row = db.session.query(Message).one()
    link = re.search(r"http://localhost(/reset/\S+)", _opened(row, registry().message_kinds[row.kind]).text).group(1)
    db.session.remove()
    page = platform.get(link)
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert platform.post(link, {"password": "short"}).status_code == 422
    assert platform.post(link, {"password": "seven slow herons"}).status_code == 200
    assert platform.get(link).status_code == 409
    assert enter(platform, "seven slow herons").status_code == 303


def test_a_customers_forgotten_password_is_mended_in_the_shop(app, tea, shops):
    from core.contract.runtime import registry
    from core.messages.service import _opened
    from core.parties.service import register_customer

    register_customer(shops.tea, email="li@example.com", name="Li", password=PASSWORD)
    assert b"Forgot your password" in tea.get("/account/sign-in").data
    assert tea.post("/account/forgot", {"email": "li@example.com"}).status_code == 200
    Worker(app).events()
    row = db.session.query(Message).one()
    text = _opened(row, registry().message_kinds[row.kind]).text
    link = re.search(r"http://tea\.localhost(/account/reset/\S+)", text).group(1)
    db.session.remove()
    assert tea.at("http://ceramics.localhost").get(link).status_code == 409
    assert tea.post(link, {"password": "seven slow herons"}).status_code == 200
    signed = tea.post("/account/sign-in", {"email": "li@example.com", "password": "seven slow herons"})
    assert signed.status_code == 303
    wrong = tea.post("/account/password", {"old": "nonsense", "password": "another good one"})
    assert wrong.status_code == 422
    assert b"not your password" in wrong.data
    right = tea.post("/account/password", {"old": "seven slow herons", "password": "another good one"})
    assert right.location == "/account"
    assert tea.get("/account").status_code == 200


def test_codes_of_the_demo_are_filled_in_here_in_development_and_nowhere_else(app, platform, shops, monkeypatch):
    import dataclasses

    made = begin_totp(shops.tea_owner, secret=demo_secret(EMAIL))
    confirm_totp(shops.tea_owner, code_of(made), password=PASSWORD, address="192.0.2.1")
    enter(platform)
    page = platform.get("/sign-in/factor").text
    code = re.search(r'name="code" value="(\d{6})"', page).group(1)
    elsewhere = platform.get("/sign-in/factor", environ_base={"REMOTE_ADDR": "203.0.113.9"}).text
    assert 'name="code" value=""' in elsewhere
    config = app.config["TONGBAO"]
    with monkeypatch.context() as patch:
        patch.setitem(app.config, "TONGBAO", dataclasses.replace(config, production=True))
        platform.client.set_cookie("__Host-tb_s", platform.cookie().value, domain="localhost")
        assert 'name="code" value=""' in platform.get("/sign-in/factor").text
    assert platform.post("/sign-in/factor", {"code": code}).status_code == 303


def test_a_real_secret_is_never_filled_in(platform, secret):
    enter(platform)
    assert 'name="code" value=""' in platform.get("/sign-in/factor").text


def test_an_unconfirmed_app_is_no_factor(platform, shops):
    begin_totp(shops.tea_owner)
    assert db.session.query(TotpFactor).one().confirmed_at is None
    db.session.remove()
    enter(platform)
    assert not is_pending(platform.cookie().value)


@pytest.mark.parametrize("answer", ["", "nonsense", "{}", '{"response": {"clientDataJSON": "e30"}}', "[]", '"x"'])
def test_nonsense_in_the_place_of_a_passkey_is_refused(platform, secret, answer):
    enter(platform)
    data = {"passkey": answer} if answer else {}
    assert platform.post("/sign-in/factor", data).status_code == 401
    if answer:
        assert platform.post("/sign-in", {"passkey": answer}).status_code == 401
