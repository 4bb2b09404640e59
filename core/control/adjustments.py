"""Corrections of the ledger by hand: proposed by one of the platform's staff, posted when another one approves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _l
from core.base.i18n import money_text
from core.base.transactions import transactional
from core.contract.decisions import ApprovalKind, Change, Facts
from core.control.approvals import propose
from core.ledger.kinds import ADJUSTMENT, account_kind
from core.ledger.service import AccountRef, Posting, post_transfer
from core.parties.staff import require_staff

LEGS_MAX = 20
KIND = "ledger.adjust"


@transactional
def propose_adjustment(postings: Sequence[Posting], *, memo: str, maker_id: str, merchant_id: str | None = None) -> str:
    """Propose a transfer that corrects the books; gives the proposal's id. Amounts in minor units, in sum zero.

    Raises RoleNotEnough, Invalid (`fields`), UnknownKind.
    """
    require_staff(maker_id, "ledger.adjust")
    fields: dict[str, object] = {}
    if not memo.strip():
        fields["memo"] = _l("Please say why. It stands in the statement.")
    if not 2 <= len(postings) <= LEGS_MAX:
        fields["postings"] = _l("A correction has 2 to %(count)d entries.", count=LEGS_MAX)
    sums: dict[str, int] = {}
    for posting in postings:
        account_kind(posting.account.kind)
        sums[posting.account.currency] = sums.get(posting.account.currency, 0) + posting.amount_minor
    for currency, left in sums.items():
        if left:
            text = money_text(left, currency)
            fields["postings"] = _l("The amounts do not add up: %(amount)s is left over.", amount=text)
    if fields:
        raise Invalid(_l("Please correct the marked fields."), fields=fields)
    payload = {
        "memo": memo.strip()[:200],
        "postings": [
            {
                "kind": posting.account.kind,
                "owner": posting.account.owner,
                "currency": posting.account.currency,
                "subject": posting.account.subject,
                "amount_minor": posting.amount_minor,
            }
            for posting in postings
        ],
    }
    largest = max(postings, key=lambda posting: posting.amount_minor)
    return propose(
        KIND,
        payload,
        maker_id=maker_id,
        merchant_id=merchant_id,
        amount_minor=largest.amount_minor,
        currency=largest.account.currency,
        reason=memo,
    )


def _describe(payload: Mapping[str, Any]) -> Facts:
    facts: list[tuple[Any, str]] = [(_l("Why"), str(payload["memo"]))]
    for leg in payload["postings"]:
        whose = " · ".join(part for part in (leg["owner"], leg["subject"]) if part)
        label = f"{account_kind(leg['kind']).label} ({whose})"
        facts.append((label, money_text(leg["amount_minor"], leg["currency"])))
    return facts


def _apply(change: Change) -> None:
    post_transfer(
        ADJUSTMENT,
        [
            Posting(AccountRef(leg["kind"], leg["owner"], leg["currency"], leg["subject"]), leg["amount_minor"])
            for leg in change.payload["postings"]
        ],
        reference=change.id,
        idempotency_key=f"approval:{change.id}",
        merchant_id=change.merchant_id,
        memo=change.payload["memo"],
    )


LEDGER_ADJUSTMENT = ApprovalKind(KIND, _l("Correction of the ledger"), "money.approve", _describe, _apply)
