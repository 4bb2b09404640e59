"""Bank accounts for withdrawals: kept encrypted, shown masked."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from core.audit import record
from core.base import clock
from core.base.crypto import encrypt
from core.base.database import db
from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.transactions import transactional
from core.parties.factors import require_recent_factor
from core.parties.roles import require_permission
from core.payments.models import BankAccount, PayoutSchedule

NUMBER_MIN, NUMBER_MAX = 6, 34


@transactional
def add_bank_account(
    merchant_id: str, *, holder: str, bank_name: str, bank_code: str, number: str, actor_id: str
) -> str:
    """Keep a bank account for withdrawals, its number encrypted. Owners only.

    Raises NotAllowed, FactorNeeded, FactorMissing, Invalid.
    """
    require_permission(actor_id, merchant_id, "money.withdraw")
    require_recent_factor(actor_id)
    digits = "".join(number.split()).replace("-", "")
    fields: dict[str, object] = {}
    if not holder.strip():
        fields["holder"] = _("Please say whose account it is.")
    if not (NUMBER_MIN <= len(digits) <= NUMBER_MAX and digits.isalnum() and digits.isascii()):
        fields["number"] = _("An account number has 6 to 34 letters and digits.")
    if fields:
        raise Invalid(_("The bank account could not be saved."), fields=fields)
    account_id = new_id("bnk")
    db.session.add(
        BankAccount(
            merchant_id=merchant_id,
            id=account_id,
            holder=holder.strip()[:120],
            bank_name=bank_name.strip()[:120],
            bank_code=bank_code.strip()[:40],
            number_encrypted=encrypt(digits),
            masked=f"•••• {digits[-4:]}",
            active=True,
            is_primary=not bank_accounts(merchant_id),
            created_at=clock.now(),
        )
    )
    details = {"account": f"•••• {digits[-4:]}"}
    record(
        "bank_account.added",
        actor_id=actor_id,
        subject=f"bank_account:{account_id}",
        merchant_id=merchant_id,
        details=details,
    )
    return account_id


def bank_accounts(merchant_id: str) -> Sequence[BankAccount]:
    """The merchant's bank accounts in use, the primary one first, then the newest."""
    return db.session.scalars(
        select(BankAccount)
        .where(BankAccount.merchant_id == merchant_id, BankAccount.active)
        .order_by(BankAccount.is_primary.desc(), BankAccount.created_at.desc())
    ).all()


@transactional
def make_primary(merchant_id: str, account_id: str, *, actor_id: str) -> None:
    """Offer this bank account first. Raises NotAllowed, FactorNeeded, FactorMissing, NotFound."""
    account = _mine(merchant_id, account_id, actor_id)
    db.session.execute(
        update(BankAccount)
        .where(BankAccount.merchant_id == merchant_id, BankAccount.is_primary)
        .values(is_primary=False)
    )
    account.is_primary = True
    _note("bank_account.made_primary", merchant_id, account, actor_id)


@transactional
def disable_bank_account(merchant_id: str, account_id: str, *, actor_id: str) -> None:
    """Withdraw to this bank account no more; what is on its way there still arrives.

    Raises NotAllowed, FactorNeeded, FactorMissing, NotFound, Refused (a schedule withdraws to it).
    """
    account = _mine(merchant_id, account_id, actor_id)
    schedule = db.session.get(PayoutSchedule, merchant_id)
    if schedule is not None and schedule.active and schedule.bank_account_id == account_id:
        raise Refused(_("Your automatic withdrawals go to this account. Change or stop them first."))
    account.active = account.is_primary = False
    _note("bank_account.disabled", merchant_id, account, actor_id)


def _mine(merchant_id: str, account_id: str, actor_id: str) -> BankAccount:
    require_permission(actor_id, merchant_id, "money.withdraw")
    require_recent_factor(actor_id)
    account = db.session.get(BankAccount, (merchant_id, account_id))
    if account is None or not account.active:
        raise NotFound(_("There is no such bank account."))
    return account


def _note(action: str, merchant_id: str, account: BankAccount, actor_id: str) -> None:
    record(
        action,
        actor_id=actor_id,
        subject=f"bank_account:{account.id}",
        merchant_id=merchant_id,
        details={"account": account.masked},
    )
