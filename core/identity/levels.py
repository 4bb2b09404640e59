"""The levels of verification, and what needs them.

0 nothing · 1 a contact is proven (e-mail or phone, by a code) · 2 identity (a number and the documents that show it) ·
3 further documents (address; for organisations also who may act). Each level needs the one before.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import select, update

from core.base import clock
from core.base.database import db, table_of
from core.base.i18n import lazy_gettext as _l
from core.base.rows import insert_new_rows
from core.base.transactions import transactional
from core.identity.errors import VerificationNeeded
from core.identity.models import IdentityLevel
from core.identity.numbers import Subject

LEVEL_MAX = 3
LEVEL_LABELS: Mapping[int, Any] = MappingProxyType(
    {
        0: _l("Not verified"),
        1: _l("Contact proven"),
        2: _l("Identity verified"),
        3: _l("Documents verified"),
    }
)
_NEEDED: Mapping[int, Any] = MappingProxyType(
    {
        1: _l("Prove your e-mail address or your phone number first: open “Your account”."),
        2: _l("Verify your identity first: open “Your account”, then “Verification”."),
        3: _l("Hand in the further documents first: open “Your account”, then “Verification”."),
    }
)


def level_of(kind: Subject, subject_id: str) -> int:
    """The level that a person or an organisation has reached."""
    return levels_of(kind, [subject_id])[subject_id]


def levels_of(kind: Subject, subject_ids: list[str]) -> dict[str, int]:
    """The levels of several, in one statement."""
    rows = db.session.execute(
        select(IdentityLevel.subject_id, IdentityLevel.level).where(
            IdentityLevel.subject_kind == kind, IdentityLevel.subject_id.in_(subject_ids)
        )
    ).all()
    return {**dict.fromkeys(subject_ids, 0), **{row.subject_id: row.level for row in rows}}


def require_level(kind: Subject, subject_id: str, level: int, doing: object) -> None:
    """Refuse where a person or an organisation is not verified far enough for what it is `doing` (a sentence).

    Raises VerificationNeeded with words that say what is missing.
    """
    if level > 0 and level_of(kind, subject_id) < level:
        missing = _NEEDED[min(level_of(kind, subject_id) + 1, level)]
        raise VerificationNeeded(_l("%(doing)s %(missing)s", doing=doing, missing=missing))


@transactional
def raise_level(kind: Subject, subject_id: str, level: int) -> None:
    """Note that a level was reached; a higher one stays."""
    table = table_of(IdentityLevel)
    row = {"subject_kind": kind, "subject_id": subject_id, "level": level, "changed_at": clock.now()}
    if not insert_new_rows(table, [row]):
        db.session.execute(
            update(table)
            .where(table.c.subject_kind == kind, table.c.subject_id == subject_id, table.c.level < level)
            .values(level=level, changed_at=clock.now())
        )


@transactional
def lower_level(kind: Subject, subject_id: str, level: int) -> None:
    """Take levels above this one away (papers that turned out to be wrong, an erasure)."""
    table = table_of(IdentityLevel)
    db.session.execute(
        update(table)
        .where(table.c.subject_kind == kind, table.c.subject_id == subject_id, table.c.level > level)
        .values(level=level, changed_at=clock.now())
    )
