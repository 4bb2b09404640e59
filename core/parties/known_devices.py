"""Browsers in which a person has signed in; a sign-in from a new one is told by message."""

from __future__ import annotations

from sqlalchemy import func, select

from core.base import clock
from core.base.crypto import token_hash
from core.base.database import db
from core.base.transactions import transactional
from core.parties.devices import address_prefix, device_label
from core.parties.factor_models import KnownDevice
from core.parties.letters import tell_new_sign_in
from core.parties.sessions import Device


@transactional
def note_device(person_id: str, device: Device) -> None:
    """Remember where a person signs in; tell the person when it is new there, except for the very first time."""
    if not device.device_token:
        return
    moment, hashed = clock.now(), token_hash(device.device_token)
    known = db.session.get(KnownDevice, (person_id, hashed))
    if known is not None:
        known.last_seen_at = moment
        return
    others = db.session.scalar(select(func.count()).select_from(KnownDevice).where(KnownDevice.person_id == person_id))
    db.session.add(KnownDevice(person_id=person_id, device_hash=hashed, first_seen_at=moment, last_seen_at=moment))
    if others:
        tell_new_sign_in(
            person_id, device=device_label(device.user_agent), place=address_prefix(device.address), at=moment
        )
