"""The first people and shops of an installation come in by commands."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from core.base.database import db
from core.parties.commands import staff
from core.parties.models import Membership, Person
from core.parties.service import sign_in_member
from core.shops.commands import shop
from core.shops.models import Merchant

PASSWORD = "lanterns-on-the-river"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGBAO_NEW_PASSWORD", PASSWORD)


def test_the_first_administrator_is_added_by_a_command_and_can_sign_in(app: Flask) -> None:
    told = app.test_cli_runner().invoke(
        staff, ["add", "Root@Platform.example", "--name", "Root"], input=f"{PASSWORD}\n{PASSWORD}\n"
    )
    assert told.exit_code == 0, told.output
    assert PASSWORD not in told.output
    assert db.session.scalar(select(Person.staff_role).where(Person.email == "root@platform.example")) == "admin"
    assert sign_in_member(email="root@platform.example", password=PASSWORD, address="127.0.0.1")


def test_a_person_who_is_there_already_keeps_the_password(app: Flask, typed: None) -> None:
    runner = app.test_cli_runner()
    assert runner.invoke(staff, ["add", "one@platform.example", "--name", "One", "--role", "risk"]).exit_code == 0
    assert runner.invoke(staff, ["add", "one@platform.example", "--name", "Other", "--role", "finance"]).exit_code == 0
    rows = db.session.execute(select(Person.name, Person.staff_role)).all()
    assert [tuple(row) for row in rows] == [("One", "finance")]


def test_a_shop_is_opened_with_its_owner(app: Flask, typed: None) -> None:
    runner = app.test_cli_runner()
    arguments = ["open", "lantern", "--name", "Lantern Tea", "--owner", "mei@lantern.example", "--currency", "cny"]
    told = runner.invoke(shop, arguments)
    assert told.exit_code == 0, told.output
    row = db.session.execute(
        select(Merchant.slug, Merchant.currency, Membership.role, Person.email)
        .join(Membership, Membership.organisation_id == Merchant.id)
        .join(Person, Person.id == Membership.person_id)
    ).one()
    assert tuple(row) == ("lantern", "CNY", "owner", "mei@lantern.example")


def test_an_address_that_is_taken_opens_no_second_shop(app: Flask, typed: None) -> None:
    runner = app.test_cli_runner()
    arguments = ["open", "lantern", "--name", "Lantern", "--owner", "mei@lantern.example"]
    runner.invoke(shop, arguments)
    assert runner.invoke(shop, arguments).exit_code != 0
    assert db.session.scalar(select(func.count()).select_from(Merchant)) == 1
