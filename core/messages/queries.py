"""The log of messages: what went to whom and how, not what it said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.messages.models import Message

PAGE = 50


@dataclass(frozen=True, slots=True)
class MessagesPage:
    rows: Sequence[Message]
    next_cursor: str | None


def messages_page(
    merchant_id: str | None, *, state: str = "", text: str = "", before: str = "", everyones: bool = False
) -> MessagesPage:
    """A page of a shop's messages (the platform's own for None; all with `everyones`), the newest first."""
    query = select(Message)
    if not everyones:
        query = query.where(Message.merchant_id == merchant_id)
    if state in {"waiting", "sent", "dead"}:
        query = query.where(Message.state == state)
    if text.strip():
        query = query.where(func.lower(Message.recipient).contains(text.strip().lower()[:100], autoescape=True))
    if before:
        query = query.where(Message.id < before)
    rows = db.session.scalars(query.order_by(Message.id.desc()).limit(PAGE + 1)).all()
    return MessagesPage(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None)


def message_of(merchant_id: str, message_id: str) -> Message:
    """One message of a shop. Raises NotFound."""
    found = db.session.get(Message, message_id)
    if found is None or found.merchant_id != merchant_id:
        raise NotFound(_l("There is no such message."))
    return found


def message_counts(merchant_id: str | None = None, *, everyones: bool = False) -> dict[str, int]:
    """How many messages are in each state."""
    query = select(Message.state, func.count()).group_by(Message.state)
    if not everyones:
        query = query.where(Message.merchant_id == merchant_id)
    return {str(state): int(count) for state, count in db.session.execute(query)}
