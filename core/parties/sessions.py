"""Sessions: an opaque token in the browser, its hash in the database, worth something on one host only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from core.base import clock
from core.base.crypto import signature, token_hash
from core.base.database import db, table_of
from core.base.errors import NotFound, SignInNeeded
from core.base.i18n import lazy_gettext as _l
from core.base.ids import new_token
from core.base.rows import connection
from core.base.transactions import transactional
from core.parties.devices import address_prefix, device_label
from core.parties.models import MemberSession, Person, VisitorSession

VISITOR_LASTS = timedelta(days=30)
MEMBER_LASTS = timedelta(hours=12)
"""A member who does nothing for so long is signed out."""
MEMBER_LASTS_AT_MOST = timedelta(days=7)
"""However much a member does, so long after signing in it must be done again."""
PENDING_LASTS = timedelta(minutes=10)
"""How long the second step of signing in may take."""
SEEN_EVERY = timedelta(minutes=5)
_SWEPT_MAX = 1000
_SHOWN_MAX = 50


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
def close_sessions_of_customer(merchant_id: str, customer_id: str, *, keep: str | None = None) -> None:
    """Sign a customer out everywhere (after a change of password), except in the session with the token `keep`."""
    statement = delete(VisitorSession).where(
        VisitorSession.merchant_id == merchant_id, VisitorSession.customer_id == customer_id
    )
    if keep is not None:
        statement = statement.where(VisitorSession.token_hash != token_hash(keep))
    db.session.execute(statement)


@dataclass(frozen=True, slots=True)
class Device:
    """Where a session is: the browser's own words, the network address, and the cookie that tells browsers apart."""

    user_agent: str = ""
    address: str = ""
    device_token: str = ""


@transactional
def open_member_session(
    person_id: str,
    *,
    merchant_id: str | None,
    device: Device | None = None,
    pending: bool = False,
    factor_at: datetime | None = None,
) -> str:
    """Begin a member's session on the platform's host; returns the token for its cookie.

    A `pending` one counts only once the second factor was proven in it (see core.parties.proving).
    """
    token, now, seen = new_token(), clock.now(), device or Device()
    db.session.add(
        MemberSession(
            token_hash=token_hash(token),
            person_id=person_id,
            organisation_id=merchant_id,
            data={},
            device=device_label(seen.user_agent),
            place=address_prefix(seen.address),
            pending=pending,
            factor_at=factor_at,
            seen_at=now,
            created_at=now,
            expires_at=now + (PENDING_LASTS if pending else MEMBER_LASTS),
        )
    )
    db.session.flush()
    return token


@dataclass(frozen=True, slots=True)
class PendingMember:
    """Somebody whose password was right, before the second step."""

    person_id: str
    name: str
    email: str


def pending_member(token: str) -> PendingMember:
    """Who is half signed in. Raises SignInNeeded."""
    row = db.session.execute(
        select(Person.id, Person.name, Person.email)
        .join(MemberSession, MemberSession.person_id == Person.id)
        .where(
            MemberSession.token_hash == token_hash(token),
            MemberSession.expires_at > clock.now(),
            MemberSession.pending,
        )
    ).first()
    if row is None:
        raise SignInNeeded(_l("That took too long. Sign in again."))
    return PendingMember(*row)


def is_pending(token: str) -> bool:
    """Whether a session waits for its second step."""
    return bool(db.session.scalar(select(MemberSession.pending).where(MemberSession.token_hash == token_hash(token))))


@transactional
def renew_member_session(token: str) -> str:
    """Give a session another token: what it may do has changed, so nobody who knew the old one comes along."""
    fresh, now = new_token(), clock.now()
    changed = db.session.execute(
        update(MemberSession)
        .where(MemberSession.token_hash == token_hash(token), MemberSession.expires_at > now)
        .values(token_hash=token_hash(fresh), expires_at=now + MEMBER_LASTS, seen_at=now)
        .returning(MemberSession.token_hash)
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        raise SignInNeeded(_l("That took too long. Sign in again."))
    return fresh


@transactional
def change_member_session(token: str, **changes: Any) -> bool:
    """Set `organisation_id` or `data` of a member's session and let it last anew; False when it is gone."""
    if unknown := changes.keys() - {"organisation_id", "data"}:
        raise TypeError(f"a session has no {sorted(unknown)}")
    now = clock.now()
    changed = db.session.execute(
        update(MemberSession)
        .where(
            MemberSession.token_hash == token_hash(token),
            MemberSession.expires_at > now,
            MemberSession.created_at > now - MEMBER_LASTS_AT_MOST,
        )
        .values(expires_at=now + MEMBER_LASTS, seen_at=now, **changes)
        .returning(MemberSession.token_hash)
    ).first()
    return changed is not None


@transactional
def note_seen(token: str) -> None:
    """The member did something: the session lasts anew, up to its end."""
    now = clock.now()
    db.session.execute(
        update(MemberSession)
        .where(MemberSession.token_hash == token_hash(token), MemberSession.expires_at > now, ~MemberSession.pending)
        .values(seen_at=now, expires_at=now + MEMBER_LASTS)
        .execution_options(synchronize_session=False)
    )


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


@dataclass(frozen=True, slots=True)
class ShownSession:
    """A session as its person sees it. `id` names it without opening it."""

    id: str
    device: str
    place: str
    begun_at: datetime
    seen_at: datetime
    current: bool


def _session_id(hashed: str) -> str:
    return signature("session", hashed)[:24]


def sessions_of(person_id: str, token: str) -> Sequence[ShownSession]:
    """Where a person is signed in, this session first, then by when they were seen."""
    now = clock.now()
    rows = db.session.scalars(
        select(MemberSession)
        .where(
            MemberSession.person_id == person_id,
            MemberSession.expires_at > now,
            MemberSession.created_at > now - MEMBER_LASTS_AT_MOST,
            ~MemberSession.pending,
        )
        .order_by(MemberSession.created_at.desc())
        .limit(_SHOWN_MAX)
    ).all()
    shown = [
        ShownSession(
            _session_id(row.token_hash),
            row.device,
            row.place,
            row.created_at,
            row.seen_at or row.created_at,
            row.token_hash == token_hash(token),
        )
        for row in rows
    ]
    return sorted(shown, key=lambda one: (one.current, one.seen_at), reverse=True)


@transactional
def close_one_session(person_id: str, session_id: str) -> None:
    """Sign a person out in one place. Raises NotFound."""
    hashes = db.session.scalars(select(MemberSession.token_hash).where(MemberSession.person_id == person_id)).all()
    found = next((one for one in hashes if _session_id(one) == session_id), None)
    if found is None:
        raise NotFound(_l("This session has ended already."))
    db.session.execute(delete(MemberSession).where(MemberSession.token_hash == found))


@transactional
def close_sessions_of_person(person_id: str, *, keep: str | None = None) -> int:
    """Sign a person out everywhere (except in the session with the token `keep`); gives how many sessions ended."""
    statement = delete(MemberSession).where(MemberSession.person_id == person_id)
    if keep is not None:
        statement = statement.where(MemberSession.token_hash != token_hash(keep))
    return len(db.session.scalars(statement.returning(MemberSession.token_hash)).all())


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
