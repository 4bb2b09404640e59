"""Sessions: an opaque token in the browser, its hash in the database, worth something on one host only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from core.base import clock
from core.base.crypto import token_hash
from core.base.database import db, table_of
from core.base.ids import new_token
from core.base.rows import connection
from core.base.transactions import transactional
from core.parties.models import MemberSession, VisitorSession

VISITOR_LASTS = timedelta(days=30)
MEMBER_LASTS = timedelta(hours=12)
_SWEPT_MAX = 1000


@transactional
def open_visitor_session(
    merchant_id: str,
    *,
    customer_id: str | None = None,
    cart_id: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> str:
    """Begin a browser's session in one shop; returns the token for its cookie (only its hash is stored)."""
    token, now = new_token(), clock.now()
    db.session.add(
        VisitorSession(
            token_hash=token_hash(token),
            merchant_id=merchant_id,
            customer_id=customer_id,
            cart_id=cart_id,
            data=dict(data or {}),
            created_at=now,
            expires_at=now + VISITOR_LASTS,
        )
    )
    db.session.flush()
    return token


def visitor_session(merchant_id: str, token: str) -> VisitorSession | None:
    """The live session that a cookie stands for in this shop, or None (unknown, expired, or of another shop)."""
    return db.session.scalar(
        select(VisitorSession).where(
            VisitorSession.token_hash == token_hash(token),
            VisitorSession.merchant_id == merchant_id,
            VisitorSession.expires_at > clock.now(),
        )
    )


@transactional
def change_visitor_session(merchant_id: str, token: str, **changes: Any) -> bool:
    """Set `cart_id`, `customer_id` or `data` of a session and let it last anew; False when it is gone."""
    if unknown := changes.keys() - {"cart_id", "customer_id", "data"}:
        raise TypeError(f"a session has no {sorted(unknown)}")
    now = clock.now()
    known = {"of_token": token_hash(token), "of_merchant": merchant_id, "now": now, "until": now + VISITOR_LASTS}
    given = known | {f"new_{name}": value for name, value in changes.items()}
    return connection().execute(_visitor_change(tuple(sorted(changes))), given).first() is not None


@cache
def _visitor_change(names: tuple[str, ...]) -> Any:
    session = table_of(VisitorSession).c
    return (
        update(session.token_hash.table)
        .where(
            session.token_hash == bindparam("of_token"),
            session.merchant_id == bindparam("of_merchant"),
            session.expires_at > bindparam("now"),
        )
        .values({"expires_at": bindparam("until"), **{name: bindparam(f"new_{name}") for name in names}})
        .returning(session.token_hash)
    )


@transactional
def close_visitor_session(merchant_id: str, token: str) -> None:
    """End a session: its cookie is worth nothing from now on."""
    db.session.execute(
        delete(VisitorSession).where(
            VisitorSession.token_hash == token_hash(token), VisitorSession.merchant_id == merchant_id
        )
    )


@transactional
def close_sessions_of_customer(merchant_id: str, customer_id: str) -> None:
    """Sign a customer out everywhere (after a change of password)."""
    db.session.execute(
        delete(VisitorSession).where(
            VisitorSession.merchant_id == merchant_id, VisitorSession.customer_id == customer_id
        )
    )


@transactional
def open_member_session(person_id: str, *, merchant_id: str | None) -> str:
    """Begin a member's session on the platform's host; returns the token for its cookie."""
    token, now = new_token(), clock.now()
    db.session.add(
        MemberSession(
            token_hash=token_hash(token),
            person_id=person_id,
            organisation_id=merchant_id,
            data={},
            created_at=now,
            expires_at=now + MEMBER_LASTS,
        )
    )
    db.session.flush()
    return token


@transactional
def change_member_session(token: str, **changes: Any) -> bool:
    """Set `organisation_id` or `data` of a member's session and let it last anew; False when it is gone."""
    if unknown := changes.keys() - {"organisation_id", "data"}:
        raise TypeError(f"a session has no {sorted(unknown)}")
    changed = db.session.execute(
        update(MemberSession)
        .where(MemberSession.token_hash == token_hash(token), MemberSession.expires_at > clock.now())
        .values(expires_at=clock.now() + MEMBER_LASTS, **changes)
        .returning(MemberSession.token_hash)
    ).first()
    return changed is not None


@transactional
def change_member_data(token: str, **data: Any) -> bool:
    """Keep named data (None forgets a name) in a member's session; False when it is gone."""
    known = db.session.scalar(select(MemberSession).where(MemberSession.token_hash == token_hash(token)))
    if known is None:
        return False
    known.data = {key: value for key, value in {**known.data, **data}.items() if value is not None}
    return True


@transactional
def close_member_session(token: str) -> None:
    """End a member's session."""
    db.session.execute(delete(MemberSession).where(MemberSession.token_hash == token_hash(token)))


@transactional
def sweep_sessions(before: datetime | None = None) -> int:
    """Delete sessions that have expired, a bounded number at a time; returns how many (job)."""
    moment, swept = before or clock.now(), 0
    for table in (VisitorSession, MemberSession):
        expired = db.session.scalars(select(table.token_hash).where(table.expires_at <= moment).limit(_SWEPT_MAX)).all()
        if expired:
            db.session.execute(delete(table).where(table.token_hash.in_(expired)))
            swept += len(expired)
    return swept
