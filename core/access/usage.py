"""How many requests a key may make in a minute: counted in the database, for all processes together."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case
from sqlalchemy.dialects import postgresql, sqlite

from core.access.models import ApiUsage
from core.base import clock
from core.base.database import db
from core.base.transactions import transactional

REQUESTS_PER_MINUTE = 600
STRANGER_REQUESTS_PER_MINUTE = 60
"""For one address that sends no token that is known."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a minute's requests."""

    limit: int
    remaining: int
    resets_in: int
    """Seconds."""


@transactional
def count_request(key: str, limit: int) -> Left:
    """Count one request in one statement, and say what is left: below zero when there were too many."""
    now = clock.now()
    seconds = int(now.timestamp())
    minute, resets_in = seconds // 60, 60 - seconds % 60
    insert = postgresql.insert if db.session.connection().dialect.name == "postgresql" else sqlite.insert
    used = db.session.execute(
        insert(ApiUsage)
        .values(key=key, minute=minute, used=1, last_used_at=now)
        .on_conflict_do_update(
            index_elements=[ApiUsage.key],
            set_={
                "minute": minute,
                "used": case((ApiUsage.minute == minute, ApiUsage.used + 1), else_=1),
                "last_used_at": now,
            },
        )
        .returning(ApiUsage.used)
    ).scalar_one()
    return Left(limit, limit - used, resets_in)
