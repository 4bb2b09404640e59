"""Idempotency keys: the answer to a request is kept in the transaction of its effect, so it is given once for ever.

A key is claimed first, in a transaction of its own. The effect and the answer are then written together, under that
claim; should the claim be lost (this process was silent for too long and another has taken over), the effect is rolled
back. A request that was refused did nothing: its key is free again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.access.errors import KeyReused, StillUnderWay
from core.access.models import ApiAnswer, ApiToken, ApiUsage
from core.base import clock
from core.base.crypto import decrypt, encrypt
from core.base.database import db
from core.base.ids import new_id
from core.base.transactions import transactional

KEPT = timedelta(hours=24)
HELD = timedelta(seconds=60)
KEY_CHARACTERS_MAX = 255


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it goes over the wire."""

    status: int
    body: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to act under a key, for a minute."""

    merchant_id: str
    owner: str
    key: str
    holder: str


@transactional
def claim(merchant_id: str, owner: str, key: str, fingerprint: str) -> Claim | Answer:
    """Take a key, or give the answer that was kept under it. Raises KeyReused, StillUnderWay."""
    moment, holder = clock.now(), new_id("try")
    insert = postgresql.insert if db.session.connection().dialect.name == "postgresql" else sqlite.insert
    values = {
        "fingerprint": fingerprint,
        "holder": holder,
        "held_until": moment + HELD,
        "status": None,
        "answer": None,
        "created_at": moment,
        "expires_at": moment + KEPT,
    }
    lapsed = ApiAnswer.status.is_(None) & (ApiAnswer.held_until < moment) & (ApiAnswer.fingerprint == fingerprint)
    taken = db.session.execute(
        insert(ApiAnswer)
        .values(merchant_id=merchant_id, owner=owner, key=key, **values)
        .on_conflict_do_update(
            index_elements=[ApiAnswer.merchant_id, ApiAnswer.owner, ApiAnswer.key],
            set_=values,
            where=or_(ApiAnswer.expires_at < moment, lapsed),
        )
        .returning(ApiAnswer.holder)
    ).scalar_one_or_none()
    if taken is not None:
        return Claim(merchant_id, owner, key, holder)
    kept = db.session.execute(
        select(ApiAnswer.fingerprint, ApiAnswer.status, ApiAnswer.answer).where(
            ApiAnswer.merchant_id == merchant_id, ApiAnswer.owner == owner, ApiAnswer.key == key
        )
    ).one_or_none()
    if kept is None:
        raise StillUnderWay
    if kept.fingerprint != fingerprint:
        raise KeyReused
    if kept.status is None:
        raise StillUnderWay
    stored = json.loads(decrypt(kept.answer.decode()))
    return Answer(kept.status, stored["body"], stored["headers"])


@transactional
def act_once(held: Claim | None, act: Callable[[], Answer]) -> Answer:
    """Do something and keep its answer, both or neither. Raises StillUnderWay when the claim was lost meanwhile."""
    answer = act()
    if held is not None:
        kept = encrypt(json.dumps({"body": answer.body, "headers": dict(answer.headers)})).encode()
        done = db.session.execute(
            update(ApiAnswer)
            .where(
                ApiAnswer.merchant_id == held.merchant_id,
                ApiAnswer.owner == held.owner,
                ApiAnswer.key == held.key,
                ApiAnswer.holder == held.holder,
                ApiAnswer.status.is_(None),
            )
            .values(status=answer.status, answer=kept)
            .returning(ApiAnswer.key)
            .execution_options(synchronize_session=False)
        ).scalar_one_or_none()
        if done is None:
            raise StillUnderWay
    return answer


@transactional
def give_up(held: Claim) -> None:
    """Nothing was done under this key: it is free again."""
    db.session.execute(
        delete(ApiAnswer)
        .where(
            ApiAnswer.merchant_id == held.merchant_id,
            ApiAnswer.owner == held.owner,
            ApiAnswer.key == held.key,
            ApiAnswer.holder == held.holder,
            ApiAnswer.status.is_(None),
        )
        .execution_options(synchronize_session=False)
    )


@transactional
def tidy_access(limit: int = 5000) -> int:
    """Job: forget kept answers after a day, fetched tokens a day after their end, counters of strangers. How many."""
    moment = clock.now()
    gone = 0
    for table, keys, old in (
        (
            ApiAnswer,
            (ApiAnswer.merchant_id, ApiAnswer.owner, ApiAnswer.key),
            ApiAnswer.expires_at < moment,
        ),
        (
            ApiToken,
            (ApiToken.merchant_id, ApiToken.id),
            ApiToken.client_id.is_not(None) & (ApiToken.expires_at < moment - timedelta(days=1)),
        ),
        (ApiUsage, (ApiUsage.key,), ApiUsage.key.startswith("address:") & (ApiUsage.last_used_at < moment - KEPT)),
    ):
        for row in db.session.execute(select(*keys).where(old).limit(limit)).all():
            same_row = [column == value for column, value in zip(keys, row, strict=True)]
            db.session.execute(delete(table).where(*same_row).execution_options(synchronize_session=False))
            gone += 1
    return gone
