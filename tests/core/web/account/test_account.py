from __future__ import annotations

import io
import zipfile

import pytest

from core.base.database import db
from core.base.transactions import transactional
from core.identity.contacts import note_proven, send_code
from core.identity.levels import level_of
from core.parties.models import MemberSession, Person
from core.parties.passwords import hash_password
from core.worker.tasks import run_waiting_task
from tests.core.identity.conftest import PASSWORD, RESIDENT_ID, picture
from tests.core.web.console.conftest import Desk, words

PAGES = ("/member/", "/member/organisations", "/member/verification", "/member/data")


@transactional
def give_password(person_id: str) -> None:
    db.session.get(Person, person_id).password_hash = hash_password(PASSWORD)


def proven(desk: Desk) -> None:
    person = db.session.get(Person, desk.person_id)
    email = person.email
    db.session.remove()
    note_proven(desk.person_id, "email", email)


@pytest.mark.parametrize("path", PAGES)
def test_pages_need_somebody_who_is_signed_in_and_few_statements(app, desk, path, count_statements):
    stranger = app.test_client().get(path, base_url="http://localhost")
    assert stranger.status_code == 302 and stranger.location.startswith("/sign-in?next=")
    assert app.test_client().get(path, base_url="http://tea.localhost").status_code == 404
    desk.page(path)
    assert count_statements(lambda: desk.page(path)) <= 15
    assert desk.get(path).headers["Cache-Control"] == "no-store"


def test_name_and_language_are_changed_and_wrong_ones_told_at_the_field(desk):
    desk.done("/member/profile", {"name": "Shen Mei", "locale": "zh_Hans"})
    assert db.session.get(Person, desk.person_id).locale == "zh_Hans"
    answer = desk.post("/member/profile", {"name": " ", "locale": "en"})
    assert answer.status_code == 422 and 'id="name-error"' in answer.text


def test_an_e_mail_address_is_proven_by_its_code(desk):
    desk.done("/member/contacts/email/send")
    wrong = desk.post("/member/contacts/email/prove", {"code": "000000"})
    assert wrong.status_code == 409 and 'id="email-code-error"' in wrong.text
    send_code(desk.person_id, "email", code="123456")
    assert "Proven" in desk.done("/member/contacts/email/prove", {"code": "123456"})
    assert level_of("person", desk.person_id) == 1


def test_a_wrong_phone_number_is_told_at_its_field(desk):
    answer = desk.post("/member/contacts/phone/send", {"phone": "12"})
    assert answer.status_code == 422 and 'id="phone-error"' in answer.text
    assert "Code sent to" in desk.done("/member/contacts/phone/send", {"phone": "138 0013 8000"})


def test_papers_are_handed_in_and_those_that_were_fine_stay_when_something_is_wrong(desk):
    proven(desk)
    path = f"/member/verification/person/{desk.person_id}/2"
    assert "Documents" in words(desk.page(path))
    sent = {"number_kind": "cn_resident_id", "name": "沈梅", "number": "1", "front": (io.BytesIO(picture()), "a.png")}
    answer = desk.post(path, sent | {"back": (io.BytesIO(b"<html>"), "b.png")}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert 'id="back-error"' in answer.text and "Another file for: Front" in words(answer.text)
    sent = {"number_kind": "cn_resident_id", "name": "沈梅", "number": RESIDENT_ID}
    sent["back"] = (io.BytesIO(picture()), "b.png")
    shown = desk.done(path, sent, content_type="multipart/form-data")
    assert "Being looked at" in words(shown)
    page = desk.page(path)
    assert RESIDENT_ID not in page and "360••••" in page
    paper = page.split("/member/papers/")[1].split('"')[0]
    answer = desk.get(f"/member/papers/{paper}")
    assert answer.data == picture() and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Documents" in words(desk.done(path + "/withdraw"))


def test_papers_of_somebody_else_are_not_there(desk, sign_in, ceramics):
    proven(desk)
    path = f"/member/verification/person/{desk.person_id}/2"
    desk.post(
        path,
        {"number_kind": "cn_resident_id", "front": (io.BytesIO(picture()), "a.png")},
        content_type="multipart/form-data",
    )
    paper = desk.page(path).split("/member/papers/")[1].split('"')[0]
    other = sign_in(ceramics)
    assert other.get(f"/member/papers/{paper}").status_code == 404
    assert other.get(path).status_code == 404


def test_an_organisation_is_opened_and_acted_for_and_one_switches_back(desk):
    shown = desk.done("/member/organisations", {"kind": "funder", "name": "West Lake Capital", "country": "CN"})
    assert "West Lake Capital" in shown and 'class="menu switch"' in shown
    assert desk.get("/console/").status_code == 302
    home = desk.done("/choose", {"merchant_id": desk.merchant_id})
    assert 'class="menu switch"' in home
    assert db.session.query(MemberSession).one().organisation_id == desk.merchant_id
    answer = desk.post("/member/organisations", {"kind": "merchant", "name": ""})
    assert answer.status_code == 422 and 'id="kind-error"' in answer.text


def test_people_are_added_to_an_organisation_and_invited(desk, sign_in, ceramics):
    shown = desk.done("/member/organisations", {"kind": "investor", "name": "Fund", "country": "CN"})
    path = shown.split('action="/member/organisations/')[1].split("/")[0]
    email = db.session.get(Person, sign_in(ceramics).person_id).email
    assert email in desk.done(f"/member/organisations/{path}/people", {"email": email, "role": "viewer"})
    answer = desk.post(f"/member/organisations/{path}/people", {"email": "new@example.com", "role": "viewer"})
    assert "/console/invitation/" in answer.text
    assert sign_in(ceramics).get(f"/member/organisations/{desk.merchant_id}").status_code == 404


def test_data_is_packed_up_and_fetched_by_its_subject_alone(desk, sign_in, ceramics):
    assert "Being packed up" in desk.done("/member/data/package")
    run_waiting_task("w")
    path = desk.page("/member/data").split('href="/member/data/package/')[1].split('"')[0]
    answer = desk.get(f"/member/data/package/{path}")
    assert "account.json" in zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    assert sign_in(ceramics).get(f"/member/data/package/{path}").status_code == 404


def test_an_account_is_erased_only_with_its_password_and_not_while_a_shop_has_no_other_owner(desk):
    give_password(desk.person_id)
    wrong = desk.post("/member/data/erase", {"password": "wrong"})
    assert wrong.status_code == 422 and 'id="password-error"' in wrong.text
    refused = desk.post("/member/data/erase", {"password": PASSWORD})
    assert refused.status_code == 409 and "only owner" in refused.text


def test_somebody_without_a_shop_erases_the_account_and_is_signed_out(sign_in, tea):
    clerk = sign_in(tea, "clerk")
    give_password(clerk.person_id)
    answer = clerk.post("/member/data/erase", {"password": PASSWORD})
    assert answer.status_code == 200 and "erased" in answer.text
    assert db.session.get(Person, clerk.person_id).name == "—"
    assert clerk.get("/member/").status_code == 302
