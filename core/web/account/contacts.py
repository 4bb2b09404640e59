"""Proving contacts: have a code sent, type it in."""

from __future__ import annotations

from flask import redirect
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import NotFound, TongbaoError
from core.base.i18n import lazy_gettext as _
from core.identity.contacts import Medium, forget_phone, prove_contact, send_code
from core.web.account.overview import overview_page
from core.web.account.page import blueprint, here, the_member
from core.web.console.page import posted
from core.web.member import flash_member


def _medium(text: str) -> Medium:
    if text == "email":
        return "email"
    if text == "phone":
        return "phone"
    raise NotFound(_("This page does not exist."))


@blueprint.post("/contacts/<medium>/send")
def send_contact_code(medium: str) -> WerkzeugResponse:
    """Send a code to the own e-mail address, or to the phone that was typed in."""
    which = _medium(medium)
    try:
        address = send_code(the_member().person_id, which, phone=posted("phone", 40))
    except TongbaoError as error:
        return overview_page(status=error.status, errors=error.fields or {which: error.message}, form=which)
    flash_member(_("A code is on its way to %(address)s.", address=address), "info")
    return redirect(here("overview") + f"#{which}-code", 303)


@blueprint.post("/contacts/<medium>/prove")
def prove(medium: str) -> WerkzeugResponse:
    """The code that arrived."""
    which = _medium(medium)
    try:
        prove_contact(the_member().person_id, which, posted("code", 20))
    except TongbaoError as error:
        fields = {f"{which}-code": text for text in error.fields.values()} or {f"{which}-code": error.message}
        return overview_page(status=error.status, errors=fields, form=which)
    flash_member(_("Proven. Thank you."))
    return redirect(here("overview"), 303)


@blueprint.post("/contacts/phone/forget")
def forget() -> WerkzeugResponse:
    """Take the phone number away."""
    forget_phone(the_member().person_id)
    flash_member(_("The phone number is removed. It signs nobody in any more."))
    return redirect(here("overview"), 303)
