import pytest

from core.base.errors import Invalid
from core.parties.errors import RoleNotEnough
from core.parties.staff import STAFF_PERMISSIONS, STAFF_ROLES, require_staff, set_staff_role, staff_role_of


def test_every_role_has_a_name_and_may_look_at_the_office():
    assert STAFF_ROLES.keys() == STAFF_PERMISSIONS.keys()
    assert all("office.view" in permissions for permissions in STAFF_PERMISSIONS.values())


def test_an_administrator_gives_roles_and_nobody_their_own(app, staff):
    admin, other = staff("admin"), staff(None)
    set_staff_role(other, "support", actor_id=admin)
    assert require_staff(other, "office.view") == "support"
    with pytest.raises(RoleNotEnough):
        set_staff_role(other, "admin", actor_id=other)
    with pytest.raises(RoleNotEnough, match="their own"):
        set_staff_role(admin, None, actor_id=admin)
    with pytest.raises(Invalid):
        set_staff_role(other, "king", actor_id=admin)
    set_staff_role(other, None, actor_id=admin)
    assert staff_role_of(other) is None
    with pytest.raises(RoleNotEnough):
        require_staff(other, "office.view")


@pytest.mark.parametrize("role", sorted(set(STAFF_ROLES) - {"admin"}))
def test_only_administrators_give_roles(app, staff, role):
    with pytest.raises(RoleNotEnough):
        set_staff_role(staff(None), "support", actor_id=staff(role))
