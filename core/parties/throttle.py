"""Slows guessing down: failures are counted by account and by address in the database, for all processes together."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.base import clock
from core.base.crypto import token_hash
from core.base.database import db
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.parties.errors import SignInThrottled
from core.parties.models import SignInThrottle

WINDOW = timedelta(minutes=15)
ACCOUNT_FAILURES_MAX = 8
ADDRESS_FAILURES_MAX = 40


def throttle_keys(realm: str, account: str, address: str) -> dict[str, int]:
    """The counters of one try, with their limits. Accounts and addresses are stored hashed."""
    return {
        "account:" + token_hash(f"{realm}:{account}"): ACCOUNT_FAILURES_MAX,
        "address:" + token_hash(f"{realm}:{address}"): ADDRESS_FAILURES_MAX,
    }


@transactional
def count_try(keys: dict[str, int]) -> None:
    """Count a try before its outcome is known, so that parallel guesses cannot slip through. Raises SignInThrottled."""
    now = clock.now()
    insert = postgresql.insert if db.session.connection().dialect.name == "postgresql" else sqlite.insert
    running = SignInThrottle.window_ends_at > now
    for key, limit in sorted(keys.items()):
        current = db.session.execute(
            insert(SignInThrottle)
            .values(key=key, failures=1, window_ends_at=now + WINDOW)
            .on_conflict_do_update(
                index_elements=[SignInThrottle.key],
                set_={
                    "failures": case((running, SignInThrottle.failures + 1), else_=1),
                    "window_ends_at": case((running, SignInThrottle.window_ends_at), else_=now + WINDOW),
                },
            )
            .returning(SignInThrottle.failures, SignInThrottle.window_ends_at)
        ).one()
        if current.failures > limit:
            minutes = max(1, round((current.window_ends_at - now).total_seconds() / 60))
            raise SignInThrottled(_l("Too many tries. Please wait %(minutes)d minutes and try again.", minutes=minutes))


@transactional
def forget_tries(keys: dict[str, int]) -> None:
    """A sign-in that succeeded takes back its own try; the account's counter begins again."""
    for key in sorted(keys):
        if key.startswith("account:"):
            db.session.execute(delete(SignInThrottle).where(SignInThrottle.key == key))
        else:
            db.session.execute(
                update(SignInThrottle)
                .where(SignInThrottle.key == key, SignInThrottle.failures > 0)
                .values(failures=SignInThrottle.failures - 1)
            )


def tries(keys: dict[str, int]) -> dict[str, int]:
    """How often each counter has counted in its window, for tests and the office."""
    rows = db.session.execute(
        select(SignInThrottle.key, SignInThrottle.failures).where(SignInThrottle.key.in_(keys))
    ).all()
    return {row.key: row.failures for row in rows}
