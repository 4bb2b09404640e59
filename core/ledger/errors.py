"""Refusals of the ledger.

Refused 409
├── NotEnoughMoney        not_enough_money       the account holds less than is asked of it
├── IdempotencyConflict   idempotency_conflict   the same key came before with other content
├── HoldClosed            hold_closed            the hold was posted, released or has expired
└── AlreadyReversed       already_reversed       a transfer is reversed at most once
Invalid 422
├── Unbalanced            unbalanced             the postings do not add up to zero in each currency
├── WrongPosting          wrong_posting          an amount, account or currency that cannot be
└── UnknownKind           unknown_kind           no such kind of account or transfer is registered
NotFound 404
└── NoSuchRecord          ledger_record_not_found
"""

from __future__ import annotations

from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import lazy_gettext as _
from core.base.money import Money


def _amount(minor: int, currency: str) -> str:
    return f"{Money(minor, currency).decimal:f} {currency}"


class NotEnoughMoney(Refused):
    """An account would go below zero, or below what is set aside in it."""

    code = "not_enough_money"

    def __init__(self, account_id: str, available_minor: int, needed_minor: int, currency: str) -> None:
        super().__init__(
            _(
                "There is not enough money in this account: %(needed)s is needed and %(available)s is available.",
                needed=_amount(needed_minor, currency),
                available=_amount(available_minor, currency),
            )
        )
        self.account_id = account_id
        self.available_minor = available_minor
        self.needed_minor = needed_minor


class IdempotencyConflict(Refused):
    """A key that was used before came again with other content."""

    code = "idempotency_conflict"

    def __init__(self, key: str) -> None:
        super().__init__(_("This was done before with other details, so it was not done again (key %(key)s).", key=key))
        self.key = key


class HoldClosed(Refused):
    """A hold that can no longer be posted or released."""

    code = "hold_closed"

    def __init__(self, hold_id: str, state: str) -> None:
        super().__init__(_("The money is no longer set aside: the hold was used, released or has expired."))
        self.hold_id = hold_id
        self.state = state


class AlreadyReversed(Refused):
    """A transfer that has been reversed under another key."""

    code = "already_reversed"

    def __init__(self, transfer_id: str) -> None:
        super().__init__(_("This transfer has been reversed already."))
        self.transfer_id = transfer_id


class Unbalanced(Invalid):
    """Postings that do not add up to zero in each currency."""

    code = "unbalanced"

    def __init__(self, currency: str, sum_minor: int) -> None:
        super().__init__(_("The amounts do not add up: %(amount)s is left over.", amount=_amount(sum_minor, currency)))
        self.currency = currency
        self.sum_minor = sum_minor


class WrongPosting(Invalid):
    """An amount, account or currency that cannot be."""

    code = "wrong_posting"


class UnknownKind(Invalid):
    """A kind of account or transfer that nobody has registered."""

    code = "unknown_kind"

    def __init__(self, name: str) -> None:
        super().__init__(_("The ledger does not know the kind “%(name)s”.", name=name))
        self.name = name


class NoSuchRecord(NotFound):
    """A hold or transfer that does not exist."""

    code = "ledger_record_not_found"

    def __init__(self, record_id: str) -> None:
        super().__init__(_("The ledger has no record %(id)s.", id=record_id))
        self.record_id = record_id
