from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.base import clock
from core.base.crypto import decrypt
from core.base.database import db
from core.base.errors import Refused
from core.identity.contacts import TRIES_MAX, forget_phone, note_proven, prove_contact, send_code, waiting_code
from core.identity.errors import CodeWrong
from core.identity.levels import level_of
from core.messages.models import Message
from core.messages.service import deliver_messages
from core.parties.errors import SignInThrottled, WrongSignIn
from core.parties.models import Person
from core.parties.organisations import open_organisation
from core.parties.service import register_member, sign_in_member
from tests.core.identity.conftest import PASSWORD

PHONE = "+8613800138000"


def test_a_code_that_arrives_by_text_message_proves_the_phone(mei):
    assert send_code(mei, "phone", phone="138 0013 8000") == PHONE
    message = db.session.scalars(select(Message).where(Message.medium == "sms")).one()
    assert message.recipient == PHONE
    code = json.loads(decrypt(message.sealed))["code"]
    deliver_messages()
    prove_contact(mei, "phone", code)
    assert db.session.get(Person, mei).phone == PHONE
    assert level_of("person", mei) == 1


def test_a_proven_phone_signs_in_until_it_is_forgotten(mei):
    note_proven(mei, "phone", PHONE)
    assert sign_in_member(email="138-0013-8000", password=PASSWORD, address="192.0.2.1")
    forget_phone(mei)
    with pytest.raises(WrongSignIn):
        sign_in_member(email=PHONE, password=PASSWORD, address="192.0.2.1")


def test_a_phone_that_was_only_claimed_signs_nobody_in(mei):
    send_code(mei, "phone", phone=PHONE)
    with pytest.raises(WrongSignIn):
        sign_in_member(email=PHONE, password=PASSWORD, address="192.0.2.1")


def test_a_code_holds_ten_minutes_and_once(mei):
    send_code(mei, "email", code="123456")
    assert waiting_code(mei, "email") == "mei@example.com"
    with clock.moved(timedelta(minutes=11)), pytest.raises(CodeWrong):
        prove_contact(mei, "email", "123456")
    prove_contact(mei, "email", "123 456")
    with pytest.raises(CodeWrong):
        prove_contact(mei, "email", "123456")


def test_guessing_ends_after_a_few_tries_even_with_the_right_code(mei):
    send_code(mei, "email", code="123456")
    for guess in range(TRIES_MAX):
        with pytest.raises(CodeWrong):
            prove_contact(mei, "email", f"{guess:06d}")
    with pytest.raises(CodeWrong):
        prove_contact(mei, "email", "123456")
    assert level_of("person", mei) == 0


def test_codes_are_not_sent_without_end(mei):
    for _ in range(5):
        send_code(mei, "email")
    with pytest.raises(SignInThrottled):
        send_code(mei, "email")


def test_a_phone_belongs_to_one_account(mei):
    other = register_member(email="other@example.com", name="Other", password=PASSWORD)
    send_code(other, "phone", phone=PHONE, code="111111")
    note_proven(mei, "phone", PHONE)
    with pytest.raises(Refused):
        send_code(other, "phone", phone=PHONE)
    with pytest.raises(Refused):
        prove_contact(other, "phone", "111111")
    assert db.session.get(Person, other).phone is None


def test_proving_a_contact_lifts_the_organisations_that_one_owns(mei):
    fund = open_organisation("funder", "Fund", owner_person_id=mei)
    note_proven(mei, "email", "mei@example.com")
    assert level_of("organisation", fund) == 1
