"""Discounts: made by the merchant, changed, switched off and on, ended; never deleted (orders name them)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import func, select

from core.audit import record
from core.base import clock
from core.base.database import db, table_of
from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.money import MAX_MINOR, PPM
from core.base.outbox import emit
from core.base.rows import insert_rows
from core.base.transactions import transactional
from core.catalog.models import Category, Product
from core.catalog.upkeep import touch_shop
from core.discounts.models import Discount, DiscountCode
from core.discounts.rules import KINDS
from core.parties.roles import authorise

PERMISSION: Final = "catalog.edit"
METHODS: Final = ("code", "automatic")
SCOPES: Final = ("all", "products", "categories")
AUDIENCES: Final = ("everyone", "first_order", "emails")
AUTOMATIC_MAX: Final = 25
SCOPE_IDS_MAX: Final = 250
EMAILS_MAX: Final = 1000
CODES_AT_ONCE_MAX: Final = 5000
COUNT_MAX: Final = 1_000_000_000
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,38}[A-Z0-9]")
_PREFIX = re.compile(r"[A-Z0-9][A-Z0-9-]{0,19}")
_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
DiscountState = Literal["off", "ended", "used_up", "scheduled", "active"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a discount gives, on what, from how much, to whom, when, how often, and beside which others."""

    title: str = ""
    kind: str = "percent"
    rate_ppm: int = 0
    amount_minor: int = 0
    scope: str = "all"
    scope_ids: tuple[str, ...] = ()
    get_scope: str = "all"
    get_ids: tuple[str, ...] = ()
    buy_quantity: int = 1
    get_quantity: int = 1
    rounds_max: int | None = None
    minimum_minor: int = 0
    minimum_quantity: int = 0
    audience: str = "everyone"
    emails: tuple[str, ...] = ()
    with_goods: bool = False
    with_delivery: bool = False
    uses_max: int | None = None
    per_buyer_max: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @classmethod
    def of(cls, discount: Discount) -> Terms:
        """The terms of a discount as they are."""
        found: dict[str, Any] = {field.name: getattr(discount, field.name) for field in fields(cls)}
        for name in ("scope_ids", "get_ids", "emails"):
            found[name] = tuple(found[name])
        return cls(**found)


@transactional
def create_discount(
    merchant_id: str, terms: Terms, *, method: str = "code", code: str = "", actor_id: str | None
) -> str:
    """Make a discount that a code asks for, or one that applies by itself; gives back its id.

    Raises RoleNotEnough, Invalid with `fields`, Refused when too many apply by themselves already.
    """
    authorise(actor_id, merchant_id, PERMISSION)
    code = code.strip().upper()
    problems = _problems(merchant_id, terms, method)
    if method == "code":
        problems |= _code_problems(merchant_id, code)
    if problems:
        raise Invalid(_("Please correct the marked fields."), fields=problems)
    if method == "automatic":
        _room_for_one(merchant_id)
    discount_id, moment = new_id("dsc"), clock.now()
    values = {field.name: getattr(terms, field.name) for field in fields(terms)}
    row = Discount(
        merchant_id=merchant_id,
        id=discount_id,
        method=method,
        used=0,
        active=True,
        created_at=moment,
        updated_at=moment,
        **_stored(values, code),
    )
    db.session.add(row)
    db.session.flush()
    if method == "code":
        _add_codes(merchant_id, discount_id, [code], uses_max=None)
    _changed(merchant_id, row, "discount.created", actor_id, {"kind": terms.kind, "method": method})
    return discount_id


def _stored(values: dict[str, Any], code: str) -> dict[str, Any]:
    lists = {name: list(values[name]) for name in ("scope_ids", "get_ids")}
    emails = sorted({one.strip().lower() for one in values["emails"]})
    return values | lists | {"emails": emails, "title": values["title"].strip() or code}


@transactional
def change_discount(merchant_id: str, discount_id: str, terms: Terms, *, actor_id: str | None) -> None:
    """Change what a discount gives from now on; orders keep what they were given.

    Raises RoleNotEnough, NotFound, Invalid with `fields`, Refused for one that has ended.
    """
    authorise(actor_id, merchant_id, PERMISSION)
    row = _locked(merchant_id, discount_id)
    if row.ends_at is not None and row.ends_at <= clock.now():
        raise Refused(_("This discount has ended. Duplicate it to use it again."))
    problems = _problems(merchant_id, terms, row.method)
    if terms.uses_max is not None and terms.uses_max < row.used:
        problems["uses_max"] = _("It has been used more often already.")
    if problems:
        raise Invalid(_("Please correct the marked fields."), fields=problems)
    for name, value in _stored({field.name: getattr(terms, field.name) for field in fields(terms)}, row.title).items():
        setattr(row, name, value)
    row.updated_at = clock.now()
    _changed(merchant_id, row, "discount.changed", actor_id, {"kind": terms.kind})


@transactional
def set_discount_active(merchant_id: str, discount_id: str, active: bool, *, actor_id: str | None) -> None:
    """Switch a discount off, or on again. Raises RoleNotEnough, NotFound, Refused when too many are on."""
    authorise(actor_id, merchant_id, PERMISSION)
    row = _locked(merchant_id, discount_id)
    if active and not row.active and row.method == "automatic":
        _room_for_one(merchant_id)
    row.active, row.updated_at = active, clock.now()
    _changed(merchant_id, row, "discount.switched_on" if active else "discount.switched_off", actor_id)


@transactional
def end_discount(merchant_id: str, discount_id: str, *, actor_id: str | None) -> None:
    """End a discount now, for good; orders that used it keep what it gave. Raises RoleNotEnough, NotFound, Refused."""
    authorise(actor_id, merchant_id, PERMISSION)
    moment = clock.now()
    row = _locked(merchant_id, discount_id)
    if row.ends_at is not None and row.ends_at <= moment:
        raise Refused(_("This discount has ended already."))
    row.ends_at = row.updated_at = moment
    _changed(merchant_id, row, "discount.ended", actor_id)


@transactional
def make_codes(
    merchant_id: str, discount_id: str, count: int, *, prefix: str = "", actor_id: str | None
) -> Sequence[str]:
    """Make so many codes for one use each, to hand out one by one; gives them back.

    Raises RoleNotEnough, NotFound, Invalid with `fields`, Refused for a discount that applies by itself.
    """
    authorise(actor_id, merchant_id, PERMISSION)
    row = _locked(merchant_id, discount_id)
    if row.method != "code":
        raise Refused(_("This discount applies by itself and needs no code."))
    prefix = prefix.strip().upper()
    problems: dict[str, object] = {}
    if not 0 < count <= CODES_AT_ONCE_MAX:
        problems["count"] = _("Between 1 and %(most)d at a time.", most=CODES_AT_ONCE_MAX)
    if prefix and not _PREFIX.fullmatch(prefix):
        problems["prefix"] = _("Use up to 20 letters A-Z, digits and hyphens.")
    if problems:
        raise Invalid(_("Please correct the marked fields."), fields=problems)
    start = f"{prefix}-" if prefix else ""
    made = {start + "".join(secrets.choice(_LETTERS) for _letter in range(10)) for _one in range(count)}
    while len(made) < count:
        made.add(start + "".join(secrets.choice(_LETTERS) for _letter in range(10)))
    _add_codes(merchant_id, discount_id, made, uses_max=1)
    details = {"count": count, "prefix": prefix}
    record(
        "discount.codes_made",
        actor_id=actor_id,
        subject=f"discount:{discount_id}",
        merchant_id=merchant_id,
        details=details,
    )
    return sorted(made)


def discount_state(discount: Discount, moment: datetime) -> DiscountState:
    """Where a discount stands: off, ended, used_up, scheduled (it has not begun) or active."""
    if not discount.active:
        return "off"
    if discount.ends_at is not None and discount.ends_at <= moment:
        return "ended"
    if discount.uses_max is not None and discount.used >= discount.uses_max:
        return "used_up"
    return "scheduled" if discount.starts_at is not None and discount.starts_at > moment else "active"


def _locked(merchant_id: str, discount_id: str) -> Discount:
    row = db.session.get(Discount, (merchant_id, discount_id), with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(_("There is no such discount."))
    return row


def _room_for_one(merchant_id: str) -> None:
    # All that apply by themselves are weighed for each cart: a page must not become slow by them.
    running = db.session.scalar(
        select(func.count())
        .select_from(Discount)
        .where(
            Discount.merchant_id == merchant_id,
            Discount.method == "automatic",
            Discount.active,
            Discount.ends_at.is_(None) | (Discount.ends_at > clock.now()),
        )
    )
    if (running or 0) >= AUTOMATIC_MAX:
        raise Refused(_("At most %(most)d discounts can apply by themselves. End one first.", most=AUTOMATIC_MAX))


def _add_codes(merchant_id: str, discount_id: str, codes: Iterable[str], *, uses_max: int | None) -> None:
    moment = clock.now()
    insert_rows(
        table_of(DiscountCode),
        [
            {
                "merchant_id": merchant_id,
                "id": new_id("dco"),
                "discount_id": discount_id,
                "code": code,
                "uses_max": uses_max,
                "used": 0,
                "created_at": moment,
            }
            for code in codes
        ],
    )


def _changed(
    merchant_id: str, row: Discount, action: str, actor_id: str | None, details: dict[str, Any] | None = None
) -> None:
    """Record it, tell the webhooks, and have the shop's pages made anew where they show it."""
    db.session.flush()
    if row.method == "automatic":
        touch_shop(merchant_id)
    record(action, actor_id=actor_id, subject=f"discount:{row.id}", merchant_id=merchant_id, details=details)
    topic = {"discount.created": "discount.created", "discount.ended": "discount.ended"}.get(action, "discount.updated")
    emit(topic, {"discount_id": row.id}, merchant_id=merchant_id)


def _code_problems(merchant_id: str, code: str) -> dict[str, object]:
    if not _CODE.fullmatch(code):
        return {"code": _("Use 3 to 40 letters A-Z, digits and hyphens.")}
    taken = select(DiscountCode.id).where(DiscountCode.merchant_id == merchant_id, DiscountCode.code == code)
    return {"code": _("There is a discount with this code already.")} if db.session.scalar(taken) else {}


def _problems(merchant_id: str, terms: Terms, method: str) -> dict[str, object]:
    """What is wrong with the terms, by field."""
    found: dict[str, object] = {}
    if method not in METHODS:
        found["method"] = _("Choose whether a code is needed.")
    if method == "automatic" and not terms.title.strip():
        found["title"] = _("Buyers read it: say what it gives.")
    if len(terms.title) > 80:
        found["title"] = _("At most %(limit)d characters.", limit=80)
    if terms.kind not in KINDS:
        found["kind"] = _("Choose what it gives.")
    if terms.kind in ("percent", "bxgy") and not 0 < terms.rate_ppm <= PPM:
        found["percent"] = _("A percentage is more than 0 and at most 100.")
    if terms.kind == "amount" and not 0 < terms.amount_minor <= MAX_MINOR:
        found["amount"] = _("The amount must be more than zero.")
    if not 0 <= terms.minimum_minor <= MAX_MINOR:
        found["minimum"] = _("An amount cannot be negative.")
    if not 0 <= terms.minimum_quantity <= 9999:
        found["minimum_quantity"] = _("Write a number from 0 to 9999.")
    for name in ("uses_max", "per_buyer_max", "rounds_max"):
        value = getattr(terms, name)
        if value is not None and not 0 < value <= COUNT_MAX:
            found[name] = _("Write a whole number above zero, or leave it empty.")
    for name in ("buy_quantity", "get_quantity"):
        if not 0 < getattr(terms, name) <= 999:
            found[name] = _("Write a number from 1 to 999.")
    if terms.starts_at and terms.ends_at and terms.ends_at <= terms.starts_at:
        found["ends_at"] = _("It would end before it begins.")
    found |= _scope_problems(merchant_id, terms.scope, terms.scope_ids, "scope")
    if terms.kind == "bxgy":
        found |= _scope_problems(merchant_id, terms.get_scope, terms.get_ids, "get_scope")
    found |= _audience_problems(terms, method)
    return found


def _audience_problems(terms: Terms, method: str) -> dict[str, object]:
    if terms.audience not in AUDIENCES:
        return {"audience": _("Choose who may use it.")}
    limited = terms.audience != "everyone" or terms.uses_max is not None or terms.per_buyer_max is not None
    if method == "automatic" and limited:
        return {"audience": _("What applies by itself is for everyone, as often as it fits. Use a code for a limit.")}
    if terms.audience == "emails":
        if not terms.emails:
            return {"emails": _("Write at least one e-mail address.")}
        if len(terms.emails) > EMAILS_MAX:
            return {"emails": _("At most %(most)d addresses.", most=EMAILS_MAX)}
        if any("@" not in one or len(one) > 254 for one in terms.emails):
            return {"emails": _("One of these is not an e-mail address.")}
    return {}


def _scope_problems(merchant_id: str, scope: str, ids: Sequence[str], field: str) -> dict[str, object]:
    if scope not in SCOPES:
        return {field: _("Choose what it is for.")}
    if scope == "all":
        return {}
    if not 0 < len(ids) <= SCOPE_IDS_MAX:
        return {field: _("Choose between 1 and %(most)d.", most=SCOPE_IDS_MAX)}
    table: type[Product] | type[Category] = Product if scope == "products" else Category
    known = db.session.scalar(
        select(func.count()).select_from(table).where(table.merchant_id == merchant_id, table.id.in_(set(ids)))
    )
    return {} if known == len(set(ids)) else {field: _("Something that was chosen is not there any more.")}
