"""Platform staff look at a merchant's console in the place of one of its people: they read, and change nothing.

It is a mark in the session of the member of staff, for half an hour at most. The owners are written to when it begins;
its beginning, its end and every page stand in the merchant's own audit trail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from core.audit import record
from core.base import clock
from core.base.crypto import token_hash
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.parties.errors import RoleNotEnough
from core.parties.factors import require_recent_factor
from core.parties.letters import tell_signed_in_as
from core.parties.models import MemberSession, Membership, Person
from core.parties.staff import require_staff

LASTS = timedelta(minutes=30)
REASON_CHARACTERS_MIN, REASON_CHARACTERS_MAX = 8, 300
_KEY = "look"


@dataclass(frozen=True, slots=True)
class Look:
    """Whose place it is, at which merchant, and until when."""

    staff_id: str
    staff_name: str
    person_id: str
    merchant_id: str
    until: datetime
    reason: str


def look_of(data: Mapping[str, Any], *, staff_id: str, staff_name: str) -> Look | None:
    """The look that a session's data speaks of, unless its time is over."""
    kept = data.get(_KEY)
    if not isinstance(kept, Mapping):
        return None
    until = datetime.fromisoformat(kept["until"])
    if until <= clock.now():
        return None
    return Look(staff_id, staff_name, kept["person_id"], kept["merchant_id"], until, kept["reason"])


@transactional
def start_looking(token: str, *, staff_id: str, person_id: str, merchant_id: str, reason: str) -> None:
    """Look in the place of one of a merchant's people, from the session of this token, for half an hour.

    The person and the merchant's owners are written to. Raises RoleNotEnough, FactorNeeded, FactorMissing, NotFound,
    Invalid (`reason`).
    """
    require_staff(staff_id, "members.look_as")
    require_recent_factor(staff_id)
    reason = " ".join(reason.replace("\x00", "").split())[:REASON_CHARACTERS_MAX]
    if len(reason) < REASON_CHARACTERS_MIN:
        words = _l("Please say why, in a few words. The merchant reads it.")
        raise Invalid(words, fields={"reason": words})
    posts = db.session.execute(
        select(Membership.person_id, Membership.role).where(Membership.organisation_id == merchant_id)
    ).all()
    people = {post.person_id: post.role for post in posts}
    if person_id not in people:
        raise NotFound(_l("There is no such person in this team."))
    if person_id == staff_id:
        raise RoleNotEnough(_l("This is yourself. Open the console instead."))
    session = _session(token, staff_id)
    staff = db.session.get_one(Person, staff_id)
    until = clock.now() + LASTS
    look = {"person_id": person_id, "merchant_id": merchant_id, "until": until.isoformat(), "reason": reason}
    session.data = {**session.data, _KEY: look}
    _record("staff_look.started", staff_id, person_id, merchant_id, {"reason": reason, "until": until.isoformat()})
    told = {person_id, *(one for one, role in people.items() if role == "owner")}
    for one in sorted(told):
        tell_signed_in_as(one, staff_name=staff.name, reason=reason)


@transactional
def stop_looking(token: str, *, staff_id: str) -> str | None:
    """Be oneself again; gives the merchant that was looked at, None where nothing was."""
    session = _session(token, staff_id)
    kept = session.data.get(_KEY)
    session.data = {name: value for name, value in session.data.items() if name != _KEY}
    if not isinstance(kept, Mapping):
        return None
    _record("staff_look.stopped", staff_id, kept["person_id"], kept["merchant_id"], {})
    return str(kept["merchant_id"])


@transactional
def note_page_seen(look: Look, path: str) -> None:
    """Note which page was looked at; what was typed into its address is left out."""
    _record("staff_look.page_seen", look.staff_id, look.person_id, look.merchant_id, {"page": path[:200]})


def _session(token: str, staff_id: str) -> MemberSession:
    found = db.session.get(MemberSession, token_hash(token), with_for_update=True)
    if found is None or found.person_id != staff_id:
        raise NotFound(_l("You have been signed out. Sign in and try again."))
    return found


def _record(action: str, staff_id: str, person_id: str, merchant_id: str, details: Mapping[str, Any]) -> None:
    record(action, actor_id=staff_id, subject=f"person:{person_id}", merchant_id=merchant_id, details=details)
