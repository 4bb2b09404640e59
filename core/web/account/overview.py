"""The first page of the account: name, language, contacts, how far one is verified."""

from __future__ import annotations

from flask import Response, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.i18n import LOCALES
from core.base.i18n import lazy_gettext as _
from core.identity.contacts import waiting_code
from core.identity.queries import steps_of
from core.parties.links import linked_customers
from core.parties.models import Person
from core.parties.service import change_profile
from core.web.account.page import blueprint, here, show, the_member
from core.web.console.page import Errors, posted
from core.web.member import flash_member


@blueprint.get("/")
def overview() -> Response:
    """Who one is here."""
    return overview_page()


def overview_page(*, status: int = 200, errors: Errors | None = None, form: str = "") -> Response:
    """The page, with what was wrong with one of its forms."""
    member = the_member()
    person = db.session.get(Person, member.person_id)
    if person is None:
        raise NotFound(_("There is no such person."))
    level, steps = steps_of("person", member.person_id)
    return show(
        "overview",
        status=status,
        person=person,
        languages=list(LOCALES.items()),
        level=level,
        steps=steps,
        email_waits=waiting_code(member.person_id, "email"),
        phone_waits=waiting_code(member.person_id, "phone"),
        linked=linked_customers(member.person_id),
        errors=errors or {},
        form=form,
        values=request.form,
    )


@blueprint.post("/profile")
def save_profile() -> WerkzeugResponse:
    """Name and language."""
    try:
        change_profile(the_member().person_id, name=posted("name", 300), locale=posted("locale", 10))
    except Invalid as error:
        return overview_page(status=error.status, errors=error.fields, form="profile")
    flash_member(_("Saved."))
    return redirect(here("overview"), 303)
