"""How a merchant comes to the platform: somebody applies, staff look, a shop is made; its first opening is looked at.

Both are queues of reviews. An application lives in its review: nothing is opened before somebody said yes. A shop that
came so stays closed to buyers until its first opening was accepted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel.numbers import list_currencies
from flask import current_app
from sqlalchemy import func, select

from core.audit import record
from core.base.database import db
from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import gettext as _
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.contract.contributions import Letter, Letterhead, MessageKind
from core.contract.decisions import Decision, Facts, ReviewKind
from core.control.models import Review
from core.control.reviews import open_review
from core.identity.levels import level_of
from core.messages.service import send
from core.parties.models import Membership, Person
from core.parties.roles import authorise
from core.shops.errors import NameTaken
from core.shops.models import Merchant, Shop
from core.shops.service import checked_slug, open_shop, touch_shop

APPLICATION, OPENING = "merchant.application", "shop.opening"
WHAT_CHARACTERS_MIN = 20
_TEXTS = {"name": 120, "what": 1000, "country": 2}
REASONS: Mapping[str, Any] = {
    "unclear": _l("It is not clear what is to be sold."),
    "forbidden": _l("What is to be sold is not allowed here."),
    "name": _l("The name belongs to somebody else or misleads."),
    "identity": _l("Who applies is not verified far enough. Verify yourself, then apply again."),
    "double": _l("There is a shop like this of yours already."),
}
OPENING_REASONS: Mapping[str, Any] = {
    "goods": _l("Goods are not described so that a buyer knows what arrives."),
    "forbidden": _l("Something is for sale that is not allowed here."),
    "contact": _l("Buyers do not find out who sells and how to reach you."),
    "terms": _l("The terms of sale, returns or privacy are missing."),
}


@dataclass(frozen=True, slots=True)
class Application:
    """Where somebody's newest application stands."""

    state: str
    payload: Mapping[str, Any]
    reasons: Sequence[Any]
    note: str
    round: int


def application_of(person_id: str) -> Application | None:
    """The newest application of a person, or None."""
    return _newest(APPLICATION, f"person:{person_id}", REASONS)


def opening_of(merchant_id: str) -> Application | None:
    """The newest request for a shop's first opening, or None."""
    return _newest(OPENING, f"shop:{merchant_id}", OPENING_REASONS)


def _newest(kind: str, subject: str, reasons: Mapping[str, Any]) -> Application | None:
    found = db.session.scalar(
        select(Review)
        .where(Review.subject == subject, Review.kind == kind)
        .order_by(Review.created_at.desc(), Review.id.desc())
        .limit(1)
    )
    if found is None:
        return None
    told = [reasons.get(str(reason), reason) for reason in found.reasons]
    return Application(found.state, dict(found.payload), told, found.note, found.round)


@transactional
def apply_for_shop(
    person_id: str, *, slug: str, name: str, currency: str, what: str, country: str, locale: str = "en"
) -> str:
    """Ask for a shop; gives the review's id. A new application takes the place of one that waits.

    Raises Invalid (`fields`), NameTaken, NotFound.
    """
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound(_l("There is no such person."))
    texts = {field: text.replace("\x00", "").strip() for field, text in (("name", name), ("what", what))}
    fields: dict[str, object] = {}
    if not 2 <= len(texts["name"]) <= _TEXTS["name"]:
        fields["name"] = _l("Give the shop a name of 2 to 120 characters.")
    if not WHAT_CHARACTERS_MIN <= len(texts["what"]) <= _TEXTS["what"]:
        fields["what"] = _l("Tell in a sentence or two what you sell (20 to 1000 characters).")
    if currency not in list_currencies():
        fields["currency"] = _l("Choose a currency.")
    if len(country) != _TEXTS["country"] or not country.isascii() or not country.isalpha():
        fields["country"] = _l("Choose a country.")
    try:
        slug = checked_slug(slug)
    except (Invalid, NameTaken) as refusal:
        fields |= refusal.fields
    if fields:
        raise Invalid(_l("Please correct the marked fields."), fields=fields)
    payload = {
        **texts,
        "slug": slug,
        "currency": currency,
        "country": country.upper(),
        "locale": locale,
        "person_id": person_id,
        "checks": _checks(person),
    }
    return open_review(APPLICATION, f"person:{person_id}", payload=payload, submitted_by=person_id)


def _checks(person: Person) -> dict[str, Any]:
    """What the platform knows by itself, for the reviewer."""
    shops = db.session.scalar(
        select(func.count())
        .select_from(Membership)
        .join(Merchant, Merchant.id == Membership.organisation_id)
        .where(Membership.person_id == person.id, Membership.role == "owner")
    )
    return {
        "email_proven": person.email_proven_at is not None,
        "identity_level": level_of("person", person.id),
        "other_shops": shops or 0,
    }


def _describe(payload: Mapping[str, Any]) -> Facts:
    checks = payload["checks"]
    return [
        (_l("Shop"), str(payload["name"])),
        (_l("Address"), str(payload["slug"])),
        (_l("What is sold"), str(payload["what"])),
        (_l("Country"), str(payload["country"])),
        (_l("Currency"), str(payload["currency"])),
        (_l("E-mail address proven"), _("Yes") if checks["email_proven"] else _("No")),
        (_l("Verified to level"), str(checks["identity_level"])),
        (_l("Owns other shops"), str(checks["other_shops"])),
    ]


def _decide(decision: Decision) -> None:
    wanted, person = decision.payload, db.session.get_one(Person, str(decision.payload["person_id"]))
    values: dict[str, Any] = {"name": person.name, "shop": wanted["name"], "note": decision.note}
    if not decision.accepted:
        send(
            "merchant.refused", to=person.email, locale=person.locale, values={**values, "why": list(decision.reasons)}
        )
        return
    merchant_id = open_shop(
        wanted["slug"],
        wanted["name"],
        currency=wanted["currency"],
        owner_person_id=person.id,
        locale=wanted["locale"],
        contact_email=person.email,
    )
    db.session.flush()
    if openings_reviewed():
        shop = db.session.get_one(Shop, merchant_id)
        shop.open, shop.options = False, {**shop.options, "unreviewed": True}
    record(
        "merchant.opened",
        actor_id=decision.reviewer_id,
        subject=f"merchant:{merchant_id}",
        merchant_id=merchant_id,
        details={"review": decision.review_id},
    )
    send("merchant.accepted", to=person.email, locale=person.locale, values=values)


def openings_reviewed() -> bool:
    """Whether the platform looks at shops before they open for the first time (TONGBAO_REVIEW_OPENINGS)."""
    return bool(current_app.config["TONGBAO"].review_openings)


@transactional
def ask_for_opening(merchant_id: str, *, actor_id: str) -> str:
    """Ask that a new shop may open; gives the review's id. Raises RoleNotEnough, Refused (nothing to ask for, or
    waiting already)."""
    authorise(actor_id, merchant_id, "shop.edit")
    shop = db.session.get(Shop, merchant_id, with_for_update=True)
    if shop is not None and shop.options.get("unreviewed") and not openings_reviewed():
        _open_now(shop)
        return ""
    if shop is None or not shop.options.get("unreviewed"):
        raise Refused(_l("This shop may open whenever you like."))
    before = opening_of(merchant_id)
    if before is not None and before.state == "waiting":
        raise Refused(_l("Our staff are looking at your shop already."))
    if not shop.contact_email:
        raise Refused(_l("Give an address in the settings at which buyers reach you, then ask again."))
    payload = {"merchant_id": merchant_id, "name": shop.name}
    return open_review(OPENING, f"shop:{merchant_id}", payload=payload, merchant_id=merchant_id, submitted_by=actor_id)


def _describe_opening(payload: Mapping[str, Any]) -> Facts:
    row = db.session.execute(
        select(Merchant.slug, Shop.tagline, Shop.about, Shop.contact_email)
        .join(Shop, Shop.merchant_id == Merchant.id)
        .where(Merchant.id == payload["merchant_id"])
    ).one()
    return [
        (_l("Shop"), str(payload["name"])),
        (_l("Address"), str(row.slug)),
        (_l("Motto"), str(row.tagline) or "–"),
        (_l("About the shop"), str(row.about)[:600] or "–"),
        (_l("E-mail"), str(row.contact_email) or "–"),
    ]


def _decide_opening(decision: Decision) -> None:
    merchant_id = str(decision.payload["merchant_id"])
    shop = db.session.get_one(Shop, merchant_id, with_for_update=True)
    if decision.accepted:
        _open_now(shop)
    owners = db.session.scalars(
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == merchant_id, Membership.role == "owner")
    ).all()
    for person in owners:
        values = {"name": person.name, "shop": shop.name, "note": decision.note, "why": list(decision.reasons)}
        kind = "shop.opening_accepted" if decision.accepted else "shop.opening_refused"
        send(kind, to=person.email, locale=person.locale, values=values)


def _open_now(shop: Shop) -> None:
    shop.open = True
    shop.options = {name: value for name, value in shop.options.items() if name != "unreviewed"}
    db.session.flush()
    touch_shop(shop.merchant_id)


def _letter(
    subject: str, line: str, values: Mapping[str, Any], why: Mapping[str, Any], action: tuple[str, str]
) -> Letter:
    facts = [(_("Reason"), str(why.get(reason, reason))) for reason in values.get("why", ())]
    facts += [(_("Note"), values["note"])] if values["note"] else []
    return Letter(
        subject=subject, lines=(_("Hello %(name)s,", name=values["name"]), line), facts=tuple(facts), action=action
    )


def _accepted(values: Mapping[str, Any], head: Letterhead) -> Letter:
    subject = _("%(shop)s is yours", shop=values["shop"])
    line = _("We have opened your shop. Put in your goods; when you are ready, ask for its first opening.")
    return _letter(subject, line, values, {}, (_("Open the console"), f"{head.url}/choose"))


def _refused(values: Mapping[str, Any], head: Letterhead) -> Letter:
    subject = _("Your application for %(shop)s", shop=values["shop"])
    line = _("We cannot open your shop as it was described. You may change the application and send it again.")
    return _letter(subject, line, values, REASONS, (_("Change the application"), f"{head.url}/open-a-shop"))


def _opening_accepted(values: Mapping[str, Any], head: Letterhead) -> Letter:
    subject = _("%(shop)s is open", shop=values["shop"])
    return _letter(
        subject, _("Buyers find your shop from now on."), values, {}, (_("Open the console"), f"{head.url}/console/")
    )


def _opening_refused(values: Mapping[str, Any], head: Letterhead) -> Letter:
    subject = _("%(shop)s cannot open yet", shop=values["shop"])
    line = _("We have looked at your shop. Something is missing; mend it and ask again.")
    return _letter(subject, line, values, OPENING_REASONS, (_("Open the console"), f"{head.url}/console/"))


REVIEWS = (
    ReviewKind(APPLICATION, _l("Merchants who apply"), "merchants.onboard", REASONS, _describe, _decide),
    ReviewKind(
        OPENING, _l("Shops that want to open"), "merchants.onboard", OPENING_REASONS, _describe_opening, _decide_opening
    ),
)
KINDS = (
    MessageKind("merchant.accepted", _l("Shop granted"), _accepted),
    MessageKind("merchant.refused", _l("Shop not granted"), _refused),
    MessageKind("shop.opening_accepted", _l("Shop may open"), _opening_accepted),
    MessageKind("shop.opening_refused", _l("Shop may not open yet"), _opening_refused),
)
