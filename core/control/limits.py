"""Limits on what is done at once and in a day, per merchant, per person and per role. Changed only by two people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import TableClause, and_, column, delete, or_, select, table
from sqlalchemy.dialects import postgresql, sqlite

from core.base import clock
from core.base.database import db, table_of
from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _l
from core.base.i18n import money_text
from core.base.ids import new_id
from core.base.money import MAX_MINOR
from core.base.rows import connection
from core.base.transactions import transactional
from core.contract.decisions import ApprovalKind, Change, Facts
from core.control.approvals import propose
from core.control.errors import LimitReached
from core.control.models import LimitRule, LimitUse
from core.parties.staff import require_staff

LIMITED: dict[str, Any] = {"payout": _l("Withdrawals"), "refund": _l("Refunds"), "gift_card": _l("Gift cards")}
SCOPES: dict[str, Any] = {
    "everyone": _l("Each merchant"),
    "merchant": _l("One merchant"),
    "role": _l("Each person with a role"),
    "person": _l("One person"),
}
_USE = table_of(LimitUse)
# The merchants' room is above this one: their table is known by its name alone.
_HOLDERS = {"merchant": table("merchant", column("id")), "person": table("person", column("id"))}


@dataclass(frozen=True, slots=True)
class Doing:
    """What somebody is about to do: so much of one thing, for a merchant, in a role there."""

    name: str
    merchant_id: str
    person_id: str
    role: str
    amount_minor: int
    currency: str
    day: date


@transactional
def count_against_limits(doing: Doing) -> None:
    """Count it against every limit that it falls under, or refuse it and count nothing. Joins the running use case.

    A merchant's own rule goes before that for each merchant, a person's before that of the role. Two requests at the
    same moment cannot both slip under a limit: the counting row decides. Raises LimitReached.
    """
    for rule, scope, holder in _rules(doing):
        if rule.single_minor is not None and doing.amount_minor > rule.single_minor:
            raise _reached(rule, _l("At most %(amount)s at once.", amount=money_text(rule.single_minor, rule.currency)))
        if rule.day_minor is None and rule.day_count is None:
            continue
        if not _counted(rule, scope, holder, doing):
            most = []
            if rule.day_minor is not None:
                most.append(str(_l("%(amount)s a day", amount=money_text(rule.day_minor, rule.currency))))
            if rule.day_count is not None:
                most.append(str(_l("%(count)d a day", count=rule.day_count)))
            raise _reached(rule, _l("At most %(most)s.", most=", ".join(most)))


def _rules(doing: Doing) -> Sequence[tuple[LimitRule, str, str]]:
    rules = db.session.scalars(
        select(LimitRule).where(
            LimitRule.name == doing.name,
            LimitRule.currency == doing.currency,
            or_(
                LimitRule.scope == "everyone",
                and_(LimitRule.scope == "merchant", LimitRule.holder == doing.merchant_id),
                and_(LimitRule.scope == "role", LimitRule.holder == doing.role),
                and_(LimitRule.scope == "person", LimitRule.holder == doing.person_id),
            ),
        )
    ).all()
    by_scope = {rule.scope: rule for rule in rules}
    found = []
    for own, common, holder in (("merchant", "everyone", doing.merchant_id), ("person", "role", doing.person_id)):
        rule = by_scope.get(own) or by_scope.get(common)
        if rule is not None:
            found.append((rule, own, holder))
    return found


def _counted(rule: LimitRule, scope: str, holder: str, doing: Doing) -> bool:
    """One statement: add to the day's use unless that would go over. The row is locked until the use case ends."""
    amount_max = MAX_MINOR if rule.day_minor is None else rule.day_minor
    count_max = MAX_MINOR if rule.day_count is None else rule.day_count
    if doing.amount_minor > amount_max or count_max < 1:
        return False
    here = connection()
    dialect = postgresql if here.dialect.name == "postgresql" else sqlite
    counted = dialect.insert(_USE).values(
        name=doing.name,
        scope=scope,
        holder=holder,
        currency=doing.currency,
        day=doing.day,
        amount_minor=doing.amount_minor,
        count=1,
    )
    amount, count = _USE.c.amount_minor + doing.amount_minor, _USE.c.count + 1
    statement = counted.on_conflict_do_update(
        index_elements=list(_USE.primary_key),
        set_={"amount_minor": amount, "count": count},
        where=and_(amount <= amount_max, count <= count_max),
    ).returning(_USE.c.count)
    return here.execute(statement).first() is not None


def _reached(rule: LimitRule, words: Any) -> LimitReached:
    return LimitReached(
        _l(
            "This goes over the limit for %(what)s (%(whose)s). %(words)s",
            what=LIMITED.get(rule.name, rule.name),
            whose=SCOPES[rule.scope],
            words=words,
        )
    )


# --- changing them -----------------------------------------------------------------------------------------------

CHANGE_KIND = "limit.change"


def propose_limit(
    *,
    name: str,
    scope: str,
    holder: str,
    currency: str,
    single_minor: int | None,
    day_minor: int | None,
    day_count: int | None,
    maker_id: str,
    reason: str,
) -> str:
    """Propose a limit (all three empty: no limit any more); gives the proposal's id. Raises RoleNotEnough, Invalid."""
    require_staff(maker_id, "limits.propose")
    fields: dict[str, object] = {}
    if name not in LIMITED:
        fields["name"] = _l("Choose what is limited.")
    if scope not in SCOPES:
        fields["scope"] = _l("Choose whose limit it is.")
    holder = "" if scope == "everyone" else holder.replace("\x00", "").strip()
    if scope != "everyone" and not 0 < len(holder) <= 40:
        fields["holder"] = _l("Say which one.")
    elif scope in _HOLDERS and not _exists(_HOLDERS[scope], holder):
        fields["holder"] = _l("There is nobody with this id.")
    for field, value in (("single_minor", single_minor), ("day_minor", day_minor), ("day_count", day_count)):
        if value is not None and not 0 <= value <= MAX_MINOR:
            fields[field] = _l("A limit is zero or more.")
    if not reason.strip():
        fields["reason"] = _l("Please say why.")
    if fields:
        raise Invalid(_l("Please correct the marked fields."), fields=fields)
    payload = {
        "name": name,
        "scope": scope,
        "holder": holder,
        "currency": currency,
        "single_minor": single_minor,
        "day_minor": day_minor,
        "day_count": day_count,
    }
    merchant_id = holder if scope == "merchant" else None
    return propose(CHANGE_KIND, payload, maker_id=maker_id, merchant_id=merchant_id, reason=reason)


def _exists(holders: TableClause, holder: str) -> bool:
    return db.session.execute(select(holders.c.id).where(holders.c.id == holder)).first() is not None


def _describe(payload: Mapping[str, Any]) -> Facts:
    def money(name: str) -> str:
        value = payload[name]
        return str(_l("no limit")) if value is None else money_text(value, payload["currency"])

    whose = str(SCOPES[payload["scope"]])
    return (
        (_l("What"), str(LIMITED[payload["name"]])),
        (_l("Whose"), f"{whose} {payload['holder']}".strip()),
        (_l("At once"), money("single_minor")),
        (_l("In a day"), money("day_minor")),
        (_l("Times a day"), str(_l("no limit") if payload["day_count"] is None else payload["day_count"])),
    )


def _apply(change: Change) -> None:
    said = change.payload
    key = (
        LimitRule.name == said["name"],
        LimitRule.scope == said["scope"],
        LimitRule.holder == said["holder"],
        LimitRule.currency == said["currency"],
    )
    amounts = {name: said[name] for name in ("single_minor", "day_minor", "day_count")}
    if all(value is None for value in amounts.values()):
        db.session.execute(delete(LimitRule).where(*key))
        return
    rule = db.session.scalar(select(LimitRule).where(*key).with_for_update())
    if rule is None:
        names = ("name", "scope", "holder", "currency")
        rule = LimitRule(id=new_id("lim"), **{name: said[name] for name in names}, **amounts)
        db.session.add(rule)
    for name, value in amounts.items():
        setattr(rule, name, value)
    rule.changed_at = clock.now()


LIMIT_CHANGE = ApprovalKind(CHANGE_KIND, _l("Change of a limit"), "limits.approve", _describe, _apply)


def limit_rules() -> Sequence[LimitRule]:
    """All limits that stand, by what they limit and whose they are."""
    return db.session.scalars(
        select(LimitRule).order_by(LimitRule.name, LimitRule.scope, LimitRule.holder, LimitRule.currency)
    ).all()
