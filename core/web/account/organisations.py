"""The organisations that one acts for: switching, opening, the team of those that are no shops."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, NotAllowed, NotFound, Refused
from core.base.i18n import lazy_gettext as _
from core.identity.levels import LEVEL_LABELS, level_of, levels_of
from core.parties import organisations as service
from core.parties.roles import posts_of, role_held
from core.parties.service import act_for
from core.parties.team import add_member, change_role, invite, leave, team_of
from core.web.account.page import blueprint, here, show, the_member
from core.web.console.page import Errors, posted, words_of
from core.web.i18n import current_locale
from core.web.member import flash_member
from core.web.storefront.countries import country_choices


@blueprint.get("/organisations")
def organisations() -> Response:
    """All of them, each with the role and how far it is verified."""
    return _list_page()


def _list_page(*, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    posts = posts_of(the_member().person_id)
    return show(
        "organisations",
        status=status,
        posts=posts,
        kinds=service.KINDS,
        roles=service.ROLE_LABELS,
        levels=levels_of("organisation", [post.merchant_id for post in posts]),
        level_labels=LEVEL_LABELS,
        choices=[(kind, service.KINDS[kind]) for kind in service.OPENED_BY_PEOPLE],
        countries=country_choices(current_locale()),
        errors=errors or {},
        message=message,
        values=request.form,
    )


@blueprint.post("/organisations")
def open_one() -> WerkzeugResponse:
    """Open an organisation and act for it."""
    member = the_member()
    try:
        organisation_id = service.open_organisation(
            posted("kind", 20), posted("name", 300), owner_person_id=member.person_id, country=posted("country", 2)
        )
    except (Invalid, Refused) as error:
        return _list_page(status=error.status, errors=error.fields, message=words_of(error))
    act_for(member.token, member.person_id, organisation_id)
    flash_member(_("Your organisation is open. Verify it, so that it may do more."))
    return redirect(here("organisation", organisation_id=organisation_id), 303)


@blueprint.get("/organisations/<organisation_id>")
def organisation(organisation_id: str) -> Response:
    """One of them: its people and its verification."""
    return _page(organisation_id)


def _page(
    organisation_id: str, *, status: int = 200, errors: Errors | None = None, message: object = "", link: str = ""
) -> Response:
    member = the_member()
    mine = role_held(member.person_id, organisation_id)
    if mine is None:
        raise NotFound(_("There is no such organisation."))
    may_edit = mine.may("people.edit")
    return show(
        "organisation",
        status=status,
        organisation=service.organisation(organisation_id),
        kinds=service.KINDS,
        level=level_of("organisation", organisation_id),
        level_labels=LEVEL_LABELS,
        people=team_of(organisation_id),
        roles=service.role_labels(organisation_id),
        may_edit=may_edit,
        acting=member.organisation_id == organisation_id,
        errors=errors or {},
        message=message,
        link=link,
        values=request.form,
    )


@blueprint.post("/organisations/<organisation_id>/name")
def rename(organisation_id: str) -> WerkzeugResponse:
    """Another name."""
    try:
        service.rename_organisation(organisation_id, posted("name", 300), actor_id=the_member().person_id)
    except Invalid as error:
        return _page(organisation_id, status=error.status, errors=error.fields)
    flash_member(_("Saved."))
    return redirect(here("organisation", organisation_id=organisation_id), 303)


@blueprint.post("/organisations/<organisation_id>/people")
def add_person(organisation_id: str) -> WerkzeugResponse:
    """Add somebody who has an account; for anybody else show a link to pass on."""
    email, role, actor_id = posted("email", 300), posted("role", 40), the_member().person_id
    try:
        if add_member(organisation_id, email=email, role=role, actor_id=actor_id) is None:
            token = invite(organisation_id, email=email, role=role, actor_id=actor_id)
            return _page(organisation_id, link=url_for("console.invitation", token=token, _external=True))
    except (Invalid, Refused, NotAllowed) as error:
        return _page(organisation_id, status=error.status, errors=error.fields, message=words_of(error))
    flash_member(_("Added to the team."))
    return redirect(here("organisation", organisation_id=organisation_id), 303)


@blueprint.post("/organisations/<organisation_id>/people/<person_id>")
def change_person(organisation_id: str, person_id: str) -> WerkzeugResponse:
    """Another role, or none."""
    role = None if request.form.get("do") == "remove" else posted("role", 40)
    try:
        change_role(organisation_id, person_id, role, actor_id=the_member().person_id)
    except (Invalid, Refused, NotAllowed) as error:
        return _page(organisation_id, status=error.status, errors=error.fields, message=words_of(error))
    flash_member(_("Removed from the team.") if role is None else _("Saved."))
    gone = role is None and person_id == the_member().person_id
    return redirect(here("organisations") if gone else here("organisation", organisation_id=organisation_id), 303)


@blueprint.post("/organisations/<organisation_id>/leave")
def leave_it(organisation_id: str) -> WerkzeugResponse:
    """Give up one's own role."""
    try:
        leave(organisation_id, actor_id=the_member().person_id)
    except NotAllowed as error:
        return _page(organisation_id, status=error.status, message=words_of(error))
    flash_member(_("You have left."))
    return redirect(here("organisations"), 303)
