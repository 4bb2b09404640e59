"""Messages that somebody was sent: told without their words, and forgotten with the address."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from core.base.database import db
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.contract.contributions import DataSubject, PersonalData
from core.messages.models import Message

MESSAGES_MAX = 5_000


def personal_data(addresses: Any) -> PersonalData:
    """The contribution; `addresses(subject)` tells the addresses of somebody (this room knows no people)."""

    def mine(subject: DataSubject) -> tuple[Any, ...]:
        return (
            Message.recipient.in_(addresses(subject)),
            Message.merchant_id.is_(None)
            if subject.merchant_id is None
            else Message.merchant_id == subject.merchant_id,
        )

    def collect(subject: DataSubject) -> Any:
        rows = db.session.execute(
            select(Message.kind, Message.medium, Message.recipient, Message.state, Message.created_at)
            .where(*mine(subject))
            .order_by(Message.created_at.desc())
            .limit(MESSAGES_MAX)
        )
        return [dict(row._mapping) for row in rows]

    @transactional
    def erase(subject: DataSubject) -> None:
        # What still waits is not sent any more: it would go to somebody who has left.
        db.session.execute(
            update(Message).where(*mine(subject), Message.state == "waiting").values(state="dead", sealed=None)
        )
        db.session.execute(update(Message).where(*mine(subject)).values(recipient="—", sealed=None))

    return PersonalData("messages", _l("Messages"), collect, erase)
