"""Who works for the platform, and in which role."""

from __future__ import annotations

from flask import Response, redirect, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _
from core.parties.models import Person
from core.parties.staff import STAFF_PERMISSIONS, STAFF_ROLES, set_staff_role
from core.web.console.page import attempt, posted
from core.web.member import flash_member
from core.web.office.page import blueprint, show, staff_id, staff_page


@blueprint.get("/staff")
@staff_page("office.view")
def staff() -> Response:
    """The platform's people and what each role may do."""
    rows = db.session.execute(
        select(Person.id, Person.name, Person.email, Person.staff_role, Person.created_at)
        .where(Person.staff_role.is_not(None))
        .order_by(Person.name, Person.id)
        .limit(500)
    ).all()
    return show("staff", rows=rows, roles=STAFF_ROLES, permissions=STAFF_PERMISSIONS)


@blueprint.post("/staff")
@staff_page("staff.edit")
def change_staff() -> WerkzeugResponse:
    """Give somebody who has an account a role, another one, or none."""
    role, person_id = posted("role", 20) or None, posted("person_id", 40)

    def change() -> None:
        chosen = person_id or db.session.scalar(
            select(Person.id).where(Person.email == posted("email", 254).lower().replace("\x00", ""))
        )
        if not chosen:
            raise NotFound(_("Nobody here has this e-mail address. They sign up first."))
        set_staff_role(chosen, role, actor_id=staff_id())

    try:
        return attempt(change, _("The role is changed, and stands in the audit trail."), to=url_for("office.staff"))
    except NotFound as error:
        flash_member(error.message, "danger")
        return redirect(url_for("office.staff"), 303)
