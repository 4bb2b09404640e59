"""What a merchant can do with its taxes. Every change makes a new version of the shop and stands in the audit trail."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from core.audit import record
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.transactions import transactional
from core.parties.models import Customer
from core.parties.roles import authorise
from core.shops.options import change_options
from core.shops.service import touch_shop, update_shop
from core.taxes.models import TaxCategory, TaxExemption, TaxRate
from core.taxes.rules import DELIVERY_TAXES, ROUNDINGS, postal, regions_of

RATES_MAX: Final = 500
CATEGORIES_MAX: Final = 50
_COUNTRY = re.compile(r"[A-Z]{2}")


@transactional
def change_tax_settings(
    merchant_id: str,
    *,
    tax_ppm: int,
    name: str,
    prices_include_tax: bool,
    rounding: str,
    delivery: str,
    actor_id: str | None,
) -> None:
    """Set the standard rate with its name, whether prices include tax, how it is rounded, what delivery bears.

    Raises RoleNotEnough, Invalid, NotFound.
    """
    problems: dict[str, object] = {}
    if rounding not in ROUNDINGS:
        problems["tax_rounding"] = _("Choose one of these.")
    if delivery not in DELIVERY_TAXES:
        problems["tax_delivery"] = _("Choose one of these.")
    if problems:
        raise Invalid(_("Please correct the marked fields."), fields=problems)
    update_shop(merchant_id, tax_ppm=tax_ppm, prices_include_tax=prices_include_tax, actor_id=actor_id)
    change_options(merchant_id, tax_name=name, tax_rounding=rounding, tax_delivery=delivery, actor_id=actor_id)


@transactional
def create_tax_category(merchant_id: str, name: str, *, actor_id: str | None) -> str:
    """Make a category of goods that are taxed alike; gives its id. Raises RoleNotEnough, Invalid."""
    authorise(actor_id, merchant_id, "shop.edit")
    name = _free_name(merchant_id, name)
    if _count(TaxCategory, merchant_id) >= CATEGORIES_MAX:
        raise Invalid(_("There are too many categories already."), fields={"name": _("Take one away first.")})
    category_id = new_id("txc")
    db.session.add(TaxCategory(merchant_id=merchant_id, id=category_id, name=name, created_at=clock.now()))
    _changed(merchant_id, "tax.category_created", category_id, actor_id, {"name": name})
    return category_id


@transactional
def rename_tax_category(merchant_id: str, category_id: str, name: str, *, actor_id: str | None) -> None:
    """Call a category something else. Raises RoleNotEnough, NotFound, Invalid."""
    authorise(actor_id, merchant_id, "shop.edit")
    category = _category(merchant_id, category_id)
    if name.strip() != category.name:
        category.name = _free_name(merchant_id, name)
        _changed(merchant_id, "tax.category_renamed", category_id, actor_id, {"name": category.name})


def _free_name(merchant_id: str, name: str) -> str:
    name = name.replace("\x00", "").strip()
    words = None
    if not name or len(name) > 80:
        words = _("Write a name of at most %(count)d characters.", count=80)
    elif db.session.scalar(
        select(TaxCategory.id).where(TaxCategory.merchant_id == merchant_id, TaxCategory.name == name)
    ):
        words = _("There is a category of this name already.")
    if words is not None:
        raise Invalid(words, fields={"name": words})
    return name


@transactional
def delete_tax_category(merchant_id: str, category_id: str, *, actor_id: str | None) -> None:
    """Take a category away with its rates. Raises RoleNotEnough, NotFound, Invalid while products are in it."""
    authorise(actor_id, merchant_id, "shop.edit")
    category = _category(merchant_id, category_id)
    for rate in db.session.scalars(
        select(TaxRate).where(TaxRate.merchant_id == merchant_id, TaxRate.category_id == category_id)
    ):
        db.session.delete(rate)
    db.session.flush()
    db.session.delete(category)
    try:
        db.session.flush()
    except IntegrityError:
        words = _("Products are in this category. Put them into another one first.")
        raise Invalid(words, fields={"name": words}) from None
    _changed(merchant_id, "tax.category_deleted", category_id, actor_id, {"name": category.name})


def _category(merchant_id: str, category_id: str) -> TaxCategory:
    found = db.session.get(TaxCategory, (merchant_id, category_id))
    if found is None:
        raise NotFound(_("There is no such tax category."))
    return found


@transactional
def save_tax_rate(
    merchant_id: str,
    *,
    rate_id: str | None = None,
    category_id: str | None,
    country: str,
    region: str,
    postal_prefix: str,
    rate_ppm: int,
    name: str,
    actor_id: str | None,
) -> str:
    """Set the rate (parts per million) of a category in a place; gives its id. A province needs its country.

    Raises RoleNotEnough, NotFound, Invalid (also when there is a rate for this category and place already).
    """
    authorise(actor_id, merchant_id, "shop.edit")
    values = _checked(merchant_id, category_id, country, region, postal_prefix, rate_ppm, name)
    same = select(TaxRate.id).where(
        TaxRate.merchant_id == merchant_id,
        TaxRate.category_id == category_id if category_id else TaxRate.category_id.is_(None),
        *(getattr(TaxRate, part) == values[part] for part in ("country", "region", "postal_prefix")),
    )
    if db.session.scalar(same) not in (None, rate_id):
        words = _("There is a rate for this category and place already. Change that one.")
        raise Invalid(words, fields={"country": words})
    if rate_id is None:
        if _count(TaxRate, merchant_id) >= RATES_MAX:
            raise Invalid(_("There are too many rates already."), fields={"rate": _("Take one away first.")})
        rate_id = new_id("txr")
        db.session.add(TaxRate(merchant_id=merchant_id, id=rate_id, created_at=clock.now(), **values))
    else:
        rate = _rate(merchant_id, rate_id)
        for part, value in values.items():
            setattr(rate, part, value)
    _changed(merchant_id, "tax.rate_saved", rate_id, actor_id, values)
    return rate_id


def _checked(
    merchant_id: str, category_id: str | None, country: str, region: str, postal_prefix: str, rate_ppm: int, name: str
) -> dict[str, Any]:
    if category_id:
        _category(merchant_id, category_id)
    problems: dict[str, object] = {}
    country, name = country.strip().upper(), name.replace("\x00", "").strip()
    region = ", ".join(part.strip() for part in region.replace("，", ",").split(",") if part.strip())
    prefix = postal(postal_prefix)
    if country and not _COUNTRY.fullmatch(country):
        problems["country"] = _("Choose a country.")
    if (region or prefix) and not country:
        problems["country"] = _("A province or a postal code needs its country.")
    if len(region) > 200 or "\x00" in region or (region and not regions_of(region)):
        problems["region"] = _("Write the names of one province, at most 200 characters.")
    if len(prefix) > 12 or not re.fullmatch(r"[A-Z0-9-]*", prefix):
        problems["postal_prefix"] = _("Write the first letters and digits of the postal code.")
    if isinstance(rate_ppm, bool) or not 0 <= rate_ppm <= 1_000_000:
        problems["rate"] = _("Write a percentage from 0 to 100.")
    if not name or len(name) > 40:
        problems["name"] = _("Write a name of at most %(count)d characters.", count=40)
    if problems:
        raise Invalid(_("Please correct the marked fields."), fields=problems)
    return {
        "category_id": category_id or None,
        "country": country,
        "region": region,
        "postal_prefix": prefix,
        "rate_ppm": rate_ppm,
        "name": name,
    }


@transactional
def delete_tax_rate(merchant_id: str, rate_id: str, *, actor_id: str | None) -> None:
    """Take a rate away: what it taxed is taxed by the next less exact one. Raises RoleNotEnough, NotFound."""
    authorise(actor_id, merchant_id, "shop.edit")
    rate = _rate(merchant_id, rate_id)
    db.session.delete(rate)
    _changed(merchant_id, "tax.rate_deleted", rate_id, actor_id, {"rate_ppm": rate.rate_ppm, "country": rate.country})


def _rate(merchant_id: str, rate_id: str) -> TaxRate:
    found = db.session.get(TaxRate, (merchant_id, rate_id))
    if found is None:
        raise NotFound(_("There is no such tax rate."))
    return found


@transactional
def exempt_customer(merchant_id: str, customer_id: str, *, reason: str, tax_id: str = "", actor_id: str | None) -> str:
    """Note that a customer owes no tax, and why; gives the id of the note. Raises RoleNotEnough, NotFound, Invalid."""
    authorise(actor_id, merchant_id, "shop.edit")
    if db.session.get(Customer, (merchant_id, customer_id)) is None:
        raise NotFound(_("There is no such customer."))
    reason, tax_id = reason.replace("\x00", "").strip(), tax_id.replace("\x00", "").strip()
    problems: dict[str, object] = {}
    if not reason or len(reason) > 200:
        problems["reason"] = _("Say why, in at most %(count)d characters: it stands on invoices.", count=200)
    if len(tax_id) > 60:
        problems["tax_id"] = _("At most %(count)d characters.", count=60)
    if problems:
        raise Invalid(_("Please correct the marked fields."), fields=problems)
    found = db.session.scalars(
        select(TaxExemption)
        .where(TaxExemption.merchant_id == merchant_id, TaxExemption.customer_id == customer_id)
        .with_for_update()
    ).one_or_none()
    if found is None:
        found = TaxExemption(
            merchant_id=merchant_id,
            id=new_id("txe"),
            customer_id=customer_id,
            created_by=actor_id,
            created_at=clock.now(),
        )
        db.session.add(found)
    found.reason, found.tax_id = reason, tax_id
    record("tax.customer_exempted", actor_id=actor_id, subject=f"customer:{customer_id}", merchant_id=merchant_id)
    return found.id


def customer_by_email(merchant_id: str, email: str) -> str:
    """The id of the customer with an e-mail address. Raises Invalid with words for the field."""
    found = db.session.scalar(
        select(Customer.id).where(Customer.merchant_id == merchant_id, Customer.email == email.strip().lower()[:254])
    )
    if found is None:
        words = _("No customer of this shop has an account with this address.")
        raise Invalid(words, fields={"email": words})
    return found


@transactional
def end_exemption(merchant_id: str, exemption_id: str, *, actor_id: str | None) -> None:
    """The customer owes tax again, from the next order on. Raises RoleNotEnough, NotFound."""
    authorise(actor_id, merchant_id, "shop.edit")
    found = db.session.get(TaxExemption, (merchant_id, exemption_id))
    if found is None:
        raise NotFound(_("There is no such exemption."))
    db.session.delete(found)
    record(
        "tax.customer_taxed_again",
        actor_id=actor_id,
        subject=f"customer:{found.customer_id}",
        merchant_id=merchant_id,
    )


def _count(table: type[TaxRate] | type[TaxCategory], merchant_id: str) -> int:
    return db.session.scalar(select(func.count()).select_from(table).where(table.merchant_id == merchant_id)) or 0


def _changed(merchant_id: str, action: str, subject_id: str, actor_id: str | None, details: Mapping[str, Any]) -> None:
    db.session.flush()
    touch_shop(merchant_id)
    record(action, actor_id=actor_id, subject=f"tax:{subject_id}", merchant_id=merchant_id, details=dict(details))
