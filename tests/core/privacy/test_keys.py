from __future__ import annotations

from dataclasses import replace

import pytest

from core.base.crypto import CannotDecrypt, decrypt
from core.base.database import db
from core.identity.contacts import note_proven
from core.identity.models import IdentityCase
from core.identity.queries import find_by_number
from core.identity.service import paper_for_owner, unmask_number
from core.parties.service import register_member
from core.parties.staff import set_staff_role
from core.payments.accounts import add_bank_account
from core.payments.models import BankAccount
from core.privacy.commands import keys
from tests.core.identity.conftest import PASSWORD, RESIDENT_ID, picture
from tests.core.identity.test_cases import hand_in
from tests.trade import make_shop, owner_of


@pytest.fixture
def with_keys(app):
    before = app.config["TONGBAO"], app.config["SECRET_KEY"]

    def use(*data_keys: str, secret: str = "the installation's secret") -> None:
        app.config["TONGBAO"] = replace(before[0], data_keys=data_keys)
        app.config["SECRET_KEY"] = secret

    yield use
    app.config["TONGBAO"], app.config["SECRET_KEY"] = before


def test_after_rotating_the_old_key_is_needed_no_more(app, with_keys):
    with_keys("the old key", secret="the first secret")
    person = register_member(email="mei@example.com", name="Mei", password=PASSWORD)
    note_proven(person, "email", "mei@example.com")
    set_staff_role(person, "admin", actor_id=None)
    case_id = hand_in(person)
    merchant = make_shop("tea")
    account = add_bank_account(
        merchant, holder="Mei", bank_name="Bank", bank_code="1", number="6222020200112345", actor_id=owner_of(merchant)
    )
    db.session.remove()

    with_keys("the new key", "the old key", secret="the second secret")
    assert [case.id for case in find_by_number(RESIDENT_ID, actor_id=person)] == [case_id]
    result = app.test_cli_runner().invoke(keys, ["rotate", "--batch", "1"])
    assert result.exit_code == 0, result.output
    assert "Identity documents: 2" in result.output and "Bank accounts: 1" in result.output

    with_keys("the new key", secret="the second secret")
    db.session.remove()
    assert unmask_number(case_id, actor_id=person, reason="to be sure it can be read") == RESIDENT_ID
    assert [case.id for case in find_by_number(RESIDENT_ID, actor_id=person)] == [case_id]
    paper = db.session.execute(db.text("SELECT id FROM identity_paper LIMIT 1")).scalar_one()
    assert paper_for_owner(paper, actor_id=person)[1] == picture()
    assert decrypt(db.session.get(BankAccount, (merchant, account)).number_encrypted) == "6222020200112345"


def test_rotating_again_changes_nothing(app, with_keys):
    with_keys("a key")
    person = register_member(email="mei@example.com", name="Mei", password=PASSWORD)
    note_proven(person, "email", "mei@example.com")
    case_id = hand_in(person)
    before = db.session.get(IdentityCase, case_id).number_encrypted
    db.session.remove()
    assert app.test_cli_runner().invoke(keys, ["rotate"]).exit_code == 0
    db.session.remove()
    assert db.session.get(IdentityCase, case_id).number_encrypted == before


def test_without_its_key_nothing_is_read(app, with_keys):
    with_keys("a key", secret="one secret")
    person = register_member(email="mei@example.com", name="Mei", password=PASSWORD)
    note_proven(person, "email", "mei@example.com")
    sealed = db.session.get(IdentityCase, hand_in(person)).number_encrypted
    with_keys("another key", secret="another secret")
    with pytest.raises(CannotDecrypt):
        decrypt(sealed)
