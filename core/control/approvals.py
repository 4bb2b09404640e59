"""Maker and checker: one person proposes a change, another one decides, and only then it takes effect."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from core.audit import record
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.i18n import lazy_gettext as _l
from core.base.ids import new_id
from core.base.outbox import emit
from core.base.transactions import transactional
from core.contract.decisions import ApprovalKind, Change
from core.contract.runtime import registry
from core.control.errors import DecidedAlready, SecondPersonNeeded
from core.control.models import Approval
from core.parties.factors import require_recent_factor
from core.parties.staff import require_staff

LASTS = timedelta(days=7)
NOTE_CHARACTERS_MAX = 1000
_EXPIRED_MAX = 200


def approval_kind(name: str) -> ApprovalKind:
    """The kind of a proposal. Raises NotFound when its plugin is not loaded (any more)."""
    kind = registry().approval_kinds.get(name)
    if kind is None:
        raise NotFound(_l("Nobody here knows what this proposal is about: its plugin is not installed."))
    return kind


@transactional
def propose(
    kind: str,
    payload: Mapping[str, Any],
    *,
    maker_id: str,
    merchant_id: str | None = None,
    amount_minor: int | None = None,
    currency: str | None = None,
    reason: str = "",
) -> str:
    """Put a change before a second person; gives its id. The caller has checked that the maker may propose it.

    `payload` is plain JSON that `apply` of the kind understands; amounts in minor units. Raises NotFound.
    """
    approval_kind(kind)
    approval_id, moment = new_id("apr"), clock.now()
    db.session.add(
        Approval(
            id=approval_id,
            kind=kind,
            merchant_id=merchant_id,
            payload=dict(payload),
            amount_minor=amount_minor,
            currency=currency,
            reason=_note(reason),
            maker_id=maker_id,
            created_at=moment,
            expires_at=moment + LASTS,
        )
    )
    db.session.flush()
    details = {"kind": kind, "amount_minor": amount_minor, "currency": currency}
    record(
        "approval.proposed",
        actor_id=maker_id,
        subject=f"approval:{approval_id}",
        merchant_id=merchant_id,
        details=details,
    )
    emit("approval.proposed", {"approval_id": approval_id, "kind": kind}, merchant_id=merchant_id)
    return approval_id


@transactional
def approve(approval_id: str, *, checker_id: str, note: str = "") -> None:
    """Let a proposed change take effect, in this transaction.

    Raises NotFound, RoleNotEnough, SecondPersonNeeded, DecidedAlready, and whatever the change itself refuses with.
    """
    approval, kind = _decided(approval_id, checker_id, "approved", note)
    kind.apply(_change(approval))


@transactional
def reject(approval_id: str, *, checker_id: str, note: str) -> None:
    """Refuse a proposed change, saying why. Raises as `approve`, and Invalid without a reason."""
    if not note.strip():
        raise Invalid(_l("Please say why."), fields={"note": _l("The person who proposed it reads this.")})
    approval, kind = _decided(approval_id, checker_id, "rejected", note)
    kind.refuse(_change(approval))


@transactional
def withdraw(approval_id: str, *, maker_id: str) -> None:
    """Take one's own proposal back. Raises NotFound (also for somebody else's), DecidedAlready."""
    approval = _waiting(approval_id)
    if approval.maker_id != maker_id:
        raise NotFound(_l("There is no such proposal."))
    _close(approval, "withdrawn", maker_id)
    approval_kind(approval.kind).refuse(_change(approval))


def expire_approvals() -> int:
    """Job: close proposals that nobody decided on in time; gives how many."""
    due = db.session.scalars(
        select(Approval.id)
        .where(Approval.state == "waiting", Approval.expires_at <= clock.now())
        .order_by(Approval.expires_at)
        .limit(_EXPIRED_MAX)
    ).all()
    return sum(_expire(approval_id) for approval_id in due)


@transactional
def _expire(approval_id: str) -> bool:
    approval = db.session.get(Approval, approval_id, with_for_update=True)
    kind = registry().approval_kinds.get(approval.kind) if approval is not None else None
    if approval is None or kind is None or approval.state != "waiting" or approval.expires_at > clock.now():
        return False
    _close(approval, "expired", None)
    kind.refuse(_change(approval))
    return True


def _decided(approval_id: str, checker_id: str, state: str, note: str) -> tuple[Approval, ApprovalKind]:
    approval = _waiting(approval_id)
    kind = approval_kind(approval.kind)
    require_staff(checker_id, kind.permission)
    require_recent_factor(checker_id)
    if approval.maker_id == checker_id:
        raise SecondPersonNeeded(_l("You proposed this yourself. Somebody else has to decide."))
    if approval.expires_at <= clock.now():
        raise DecidedAlready(_l("Nobody decided in time: the proposal has expired. It has to be made again."))
    approval.checker_id, approval.note = checker_id, _note(note)
    _close(approval, state, checker_id)
    return approval, kind


def _waiting(approval_id: str) -> Approval:
    approval = db.session.get(Approval, approval_id, with_for_update=True)
    if approval is None:
        raise NotFound(_l("There is no such proposal."))
    if approval.state != "waiting":
        raise DecidedAlready(_l("This has been decided already. Load the page again to see how."))
    return approval


def _close(approval: Approval, state: str, actor_id: str | None) -> None:
    approval.state, approval.decided_at = state, clock.now()
    db.session.flush()
    record(
        f"approval.{state}",
        actor_id=actor_id,
        subject=f"approval:{approval.id}",
        merchant_id=approval.merchant_id,
        details={"kind": approval.kind, "amount_minor": approval.amount_minor, "currency": approval.currency},
    )
    emit(f"approval.{state}", {"approval_id": approval.id, "kind": approval.kind}, merchant_id=approval.merchant_id)


def _change(approval: Approval) -> Change:
    return Change(approval.id, approval.merchant_id, dict(approval.payload), approval.maker_id, approval.checker_id)


def _note(text: str) -> str:
    return text.replace("\x00", "").strip()[:NOTE_CHARACTERS_MAX]
