"""What people are written about their own accounts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import format_datetime
from sqlalchemy import select

from core.base import clock
from core.base.database import db
from core.base.i18n import gettext as _
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.contract.contributions import Letter, Letterhead, MessageKind
from core.messages.service import send
from core.parties.models import Person

_CHANGES: Mapping[str, Any] = {
    "password_changed": _l("Your password was changed"),
    "email_changed": _l("Your e-mail address was changed"),
    "app_added": _l("An authenticator app was added"),
    "app_removed": _l("The authenticator app was removed"),
    "passkey_added": _l("A passkey was added"),
    "passkey_removed": _l("A passkey was removed"),
    "code_used": _l("A recovery code was used"),
}


def tell_security(person_id: str, change: str, *, to: str | None = None) -> None:
    """Tell a person of a change to how the account is entered, in the running use case."""
    person = _person(person_id)
    if person is not None:
        values = {"name": person.name, "change": change, "at": clock.now().isoformat()}
        send("account.changed", to=to or person.email, locale=person.locale, values=values)


def tell_new_sign_in(person_id: str, *, device: str, place: str, at: datetime) -> None:
    """Tell a person of a sign-in from a browser that is new, in the running use case."""
    person = _person(person_id)
    if person is not None:
        values = {"name": person.name, "device": device, "place": place, "at": at.isoformat()}
        send("account.new_sign_in", to=person.email, locale=person.locale, values=values)


def tell_signed_in_as(person_id: str, *, staff_name: str, reason: str) -> None:
    """Tell a person that staff of the platform look at the console in the person's place, in the running use case."""
    person = _person(person_id)
    if person is not None:
        values = {"name": person.name, "staff": staff_name, "reason": reason, "at": clock.now().isoformat()}
        send("account.signed_in_as", to=person.email, locale=person.locale, values=values)


@transactional
def send_invitation(merchant_id: str, *, email: str, role: str, url: str, invited_by: str, locale: str) -> None:
    """Send somebody the link by which they join a team; `role` is its name in that language."""
    person = _person(invited_by)
    values = {"person": person.name if person is not None else "", "role": role, "url": url}
    send("team.invitation", to=email, locale=locale, values=values, merchant_id=merchant_id)


def _person(person_id: str) -> Person | None:
    return db.session.scalar(select(Person).where(Person.id == person_id))


def _hello(values: Mapping[str, Any]) -> str:
    return _("Hello %(name)s,", name=values["name"])


def _when(values: Mapping[str, Any]) -> tuple[str, str]:
    return _("When"), f"{format_datetime(datetime.fromisoformat(values['at']), 'medium')} UTC"


def _security(head: Letterhead) -> tuple[str, str]:
    return _("Look at your account"), f"{head.url}/member/security"


def _changed(values: Mapping[str, Any], head: Letterhead) -> Letter:
    return Letter(
        subject=str(_CHANGES[values["change"]]),
        lines=(_hello(values), _("If it was you, there is nothing to do.")),
        facts=(_when(values),),
        action=_security(head),
        closing=(_("If it was not you, change your password at once and sign out everywhere else."),),
    )


def _new_sign_in(values: Mapping[str, Any], head: Letterhead) -> Letter:
    facts = [_when(values)]
    facts += [(_("Device"), values["device"])] if values["device"] else []
    facts += [(_("Network"), values["place"])] if values["place"] else []
    return Letter(
        subject=_("A new sign-in to your account"),
        lines=(_hello(values), _("Somebody signed in to your account from a browser that we have not seen before.")),
        facts=tuple(facts),
        action=_security(head),
        closing=(_("If it was not you, change your password at once and sign out everywhere else."),),
    )


def _signed_in_as(values: Mapping[str, Any], head: Letterhead) -> Letter:
    return Letter(
        subject=_("Our staff looked at your console"),
        lines=(
            _hello(values),
            _("%(staff)s of %(name)s opened your console to help you. They can look, but change nothing.",
              staff=values["staff"], name=head.name),
        ),
        facts=(_when(values), (_("Reason"), values["reason"])),
    )  # fmt: skip


def _reset(values: Mapping[str, Any], head: Letterhead) -> Letter:
    return Letter(
        subject=_("Choose a new password"),
        lines=(_hello(values), _("Somebody, hopefully you, asked for a new password for your account.")),
        action=(_("Choose a new password"), values["url"]),
        closing=(
            _("The link works once, within an hour."),
            _("If it was not you, there is nothing to do: your password stays as it is."),
        ),
    )


def _prove_email(values: Mapping[str, Any], head: Letterhead) -> Letter:
    return Letter(
        subject=_("Confirm your new e-mail address"),
        lines=(
            _hello(values),
            _("You want to sign in with this address from now on. Confirm that it is yours."),
        ),
        action=(_("Confirm the address"), values["url"]),
        closing=(_("The link works once, within a day."),),
    )


def _customer_changed(values: Mapping[str, Any], head: Letterhead) -> Letter:
    return Letter(
        subject=str(_CHANGES[values["change"]]),
        lines=(_hello(values), _("If it was you, there is nothing to do.")),
        facts=(_when(values),),
        action=(_("Your account"), f"{head.url}/account"),
        closing=(_("If it was not you, ask for a new password at once."),),
    )


def _invitation(values: Mapping[str, Any], head: Letterhead) -> Letter:
    return Letter(
        subject=_("%(person)s invites you to work for %(shop)s", person=values["person"], shop=head.name),
        lines=(_("Hello,"), _("You can work for %(shop)s. Open your account by this link.", shop=head.name)),
        facts=((_("Role"), values["role"]),),
        action=(_("Accept the invitation"), values["url"]),
        closing=(_("The link works once, within three days."),),
    )


KINDS = (
    MessageKind("account.changed", _l("Change to an account"), _changed),
    MessageKind("account.new_sign_in", _l("New sign-in"), _new_sign_in),
    MessageKind("account.signed_in_as", _l("Staff looked at a console"), _signed_in_as),
    MessageKind("account.password_reset", _l("New password"), _reset, secret=True),
    MessageKind("account.prove_email", _l("New e-mail address"), _prove_email, secret=True),
    MessageKind("customer.password_reset", _l("New password of a customer"), _reset, secret=True),
    MessageKind("customer.changed", _l("Change to a customer's account"), _customer_changed),
    MessageKind("customer.prove_email", _l("New e-mail address of a customer"), _prove_email, secret=True),
    MessageKind("team.invitation", _l("Invitation to the team"), _invitation, secret=True),
)
