from __future__ import annotations

import pytest

from core.base.database import db
from core.base.errors import Invalid, NotFound, Refused
from core.parties.errors import RoleNotEnough
from core.parties.models import MemberSession
from core.parties.organisations import (
    change_own_role,
    define_role,
    open_organisation,
    permission_groups,
    remove_own_role,
    rename_organisation,
    roles_of_organisation,
)
from core.parties.roles import _OWNER, posts_of, require_permission, role_held, role_of
from core.parties.service import act_for, register_member, set_role, sign_in_member
from core.parties.team import add_member, change_role, leave, team_of
from core.shops.service import open_shop

PASSWORD = "a good sentence"


@pytest.fixture
def owner(app) -> str:
    return register_member(email="owner@example.com", name="Owner", password=PASSWORD)


@pytest.fixture
def helper(app) -> str:
    return register_member(email="helper@example.com", name="Helper", password=PASSWORD)


@pytest.fixture
def merchant(owner) -> str:
    return open_shop("tea", "Tea", currency="CNY", owner_person_id=owner)


@pytest.fixture
def funder(owner) -> str:
    return open_organisation("funder", "  West  Lake Capital ", owner_person_id=owner, country="cn")


def test_a_person_acts_for_several_organisations_of_several_kinds(owner, merchant, funder):
    assert [(post.kind, post.name, post.role) for post in posts_of(owner)] == [
        ("merchant", "Tea", "owner"),
        ("funder", "West Lake Capital", "owner"),
    ]
    token = sign_in_member(email="owner@example.com", password=PASSWORD, address="192.0.2.1")
    act_for(token, owner, funder)
    assert db.session.query(MemberSession).one().organisation_id == funder


def test_only_the_kinds_that_people_may_open_are_opened(owner):
    for kind in ("merchant", "platform", "bank", ""):
        with pytest.raises(Invalid) as refusal:
            open_organisation(kind, "X", owner_person_id=owner)
        assert "kind" in refusal.value.fields
    with pytest.raises(Invalid):
        open_organisation("funder", "   ", owner_person_id=owner)
    with pytest.raises(Invalid):
        open_organisation("funder", "X", owner_person_id=owner, country="C1")


def test_one_person_cannot_open_organisations_without_end(owner):
    for number in range(10):
        open_organisation("investor", f"Fund {number}", owner_person_id=owner)
    with pytest.raises(Refused):
        open_organisation("investor", "One more", owner_person_id=owner)


def test_a_role_of_the_merchants_own_holds_what_was_chosen_and_nothing_else(owner, helper, merchant):
    role = define_role(merchant, "Photographer", ["catalog.view", "catalog.edit"], actor_id=owner)
    set_role(merchant, helper, role)
    assert require_permission(helper, merchant, "catalog.edit") == role
    for permission in ("orders.view", "people.edit", "giftwrap.edit"):
        with pytest.raises(RoleNotEnough):
            require_permission(helper, merchant, permission)
    change_own_role(merchant, role, "Photographer", ["orders.view"], actor_id=owner)
    assert role_held(helper, merchant).may("orders.view")
    assert not role_held(helper, merchant).may("catalog.edit")


def test_an_owner_holds_every_permission_that_a_role_can_be_given(owner, merchant, app):
    listed = {name for group in permission_groups() for name, _label in group.permissions}
    assert listed >= _OWNER
    for permission in listed:
        require_permission(owner, merchant, permission)


def test_a_role_that_somebody_has_cannot_be_removed(owner, helper, merchant):
    role = define_role(merchant, "Packer", ["orders.fulfil"], actor_id=owner)
    set_role(merchant, helper, role)
    with pytest.raises(Refused):
        remove_own_role(merchant, role, actor_id=owner)
    set_role(merchant, helper, "clerk")
    remove_own_role(merchant, role, actor_id=owner)
    assert [one.name for one in roles_of_organisation(merchant)] == ["owner", "manager", "clerk"]
    with pytest.raises(Invalid):
        set_role(merchant, helper, role)


def test_a_role_belongs_to_one_organisation(owner, helper, merchant, funder):
    role = define_role(merchant, "Packer", ["orders.fulfil"], actor_id=owner)
    with pytest.raises(Invalid):
        set_role(funder, helper, role)
    with pytest.raises(NotFound):
        change_own_role(funder, role, "Packer", ["orders.view"], actor_id=owner)


def test_role_names_are_not_taken_twice_and_hold_something_known(owner, merchant):
    define_role(merchant, "Packer", ["orders.fulfil"], actor_id=owner)
    for label, permissions, field in (
        ("Packer", ["orders.view"], "label"),
        ("", ["orders.view"], "label"),
        ("Other", [], "permissions"),
        ("Other", ["orders.dance"], "permissions"),
    ):
        with pytest.raises(Invalid) as refusal:
            define_role(merchant, label, permissions, actor_id=owner)
        assert set(refusal.value.fields) == {field}


def test_whoever_keeps_the_team_cannot_make_owners_or_give_more_than_they_hold(owner, helper, merchant):
    third = register_member(email="third@example.com", name="Third", password=PASSWORD)
    keeper = define_role(merchant, "Keeper", ["people.edit", "orders.view"], actor_id=owner)
    add_member(merchant, email="helper@example.com", role=keeper, actor_id=owner)
    for role in ("owner", "manager", "clerk"):
        with pytest.raises(RoleNotEnough):
            add_member(merchant, email="third@example.com", role=role, actor_id=helper)
    with pytest.raises(RoleNotEnough):
        change_role(merchant, owner, keeper, actor_id=helper)
    with pytest.raises(RoleNotEnough):
        change_role(merchant, helper, "owner", actor_id=helper)
    with pytest.raises(RoleNotEnough):
        define_role(merchant, "Treasurer", ["money.withdraw"], actor_id=helper)
    looker = define_role(merchant, "Looker", ["orders.view"], actor_id=helper)
    add_member(merchant, email="third@example.com", role=looker, actor_id=helper)
    assert role_of(third, merchant) == looker


def test_a_person_leaves_but_the_last_owner_stays(owner, helper, funder):
    add_member(funder, email="helper@example.com", role="viewer", actor_id=owner)
    leave(funder, actor_id=helper)
    assert [one.person_id for one in team_of(funder)] == [owner]
    with pytest.raises(RoleNotEnough):
        leave(funder, actor_id=owner)
    with pytest.raises(NotFound):
        leave(funder, actor_id=helper)


def test_a_stranger_changes_nothing_of_an_organisation(helper, funder):
    with pytest.raises(RoleNotEnough):
        rename_organisation(funder, "Mine", actor_id=helper)
    with pytest.raises(RoleNotEnough):
        define_role(funder, "Mine", ["money.view"], actor_id=helper)
