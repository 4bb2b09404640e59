"""Roles of the shop's own: named sets of permissions, put together in a matrix."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, NotAllowed, Refused
from core.base.i18n import lazy_gettext as _
from core.parties.organisations import (
    change_own_role,
    define_role,
    permission_groups,
    remove_own_role,
    roles_of_organisation,
)
from core.parties.roles import role_may
from core.web.console.page import Errors, actor_id, attempt, blueprint, merchant_id, posted, show, the_shop, words_of
from core.web.member import flash_member, require_member


@blueprint.get("/team/roles")
@require_member("people.edit")
def roles() -> Response:
    """What each role may do, side by side."""
    return _page()


def _page(*, status: int = 200, errors: Errors | None = None, message: object = "", form: str = "") -> Response:
    return show(
        "roles",
        status=status,
        roles=roles_of_organisation(merchant_id()),
        groups=permission_groups(the_shop().plugins),
        may=lambda role, key: role_may(role.name, key, role.permissions if role.own else None),
        errors=errors or {},
        message=message,
        form=form,
        chosen=set(request.form.getlist("permissions")),
        values=request.form,
    )


@blueprint.post("/team/roles")
@require_member("people.edit")
def new_role() -> WerkzeugResponse:
    """Define a role."""
    return _save("new")


@blueprint.post("/team/roles/<role_id>")
@require_member("people.edit")
def change_role_of_ours(role_id: str) -> WerkzeugResponse:
    """Change a role for everybody who has it, or remove one that nobody has."""
    if request.form.get("do") == "remove":
        return attempt(
            lambda: remove_own_role(merchant_id(), role_id, actor_id=actor_id()),
            _("The role is gone."),
            to=url_for("console.roles"),
        )
    return _save(role_id)


def _save(role_id: str) -> WerkzeugResponse:
    label, permissions = posted("label", 200), request.form.getlist("permissions")[:200]
    try:
        if role_id == "new":
            define_role(merchant_id(), label, permissions, actor_id=actor_id())
        else:
            change_own_role(merchant_id(), role_id, label, permissions, actor_id=actor_id())
    except (Invalid, Refused, NotAllowed) as error:
        return _page(status=error.status, errors=error.fields, message=words_of(error), form=role_id)
    flash_member(_("Saved."))
    return redirect(url_for("console.roles"), 303)
