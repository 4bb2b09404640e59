"""What a merchant can do with webhooks: set them up, give them a new secret, test them, have things sent again."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, func, select, update

from core.audit import record
from core.base import clock
from core.base.crypto import encrypt
from core.base.database import db
from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _l
from core.base.ids import new_id
from core.base.outside import TargetRefused, checked_target
from core.base.transactions import transactional
from core.parties.roles import authorise
from core.webhooks.errors import (
    AddressRefused,
    DeliveryNotFound,
    EndpointNotFound,
    TooManyEndpoints,
    TopicsInvalid,
)
from core.webhooks.events import ALL, TOPICS
from core.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint

EDIT = "shop.edit"
ENDPOINTS_MAX = 20
OVERLAP_HOURS_MAX = 168
REPLAYED_MAX = 10_000
REPLAY_DAYS_MAX = 30


@dataclass(frozen=True, slots=True)
class NewSecret:
    """An endpoint's secret, shown this once."""

    endpoint_id: str
    secret: str


def new_secret() -> str:
    """A signing secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


@transactional
def create_endpoint(
    merchant_id: str, *, url: str, topics: Collection[str], actor_id: str | None, description: str = ""
) -> NewSecret:
    """Have a system told of events; its signing secret is in the answer and nowhere else.

    Raises RoleNotEnough, AddressRefused, TopicsInvalid, Invalid, TooManyEndpoints.
    """
    authorise(actor_id, merchant_id, EDIT)
    values = _checked(url=url, topics=topics, description=description)
    count = db.session.scalar(
        select(func.count()).select_from(WebhookEndpoint).where(WebhookEndpoint.merchant_id == merchant_id)
    )
    if (count or 0) >= ENDPOINTS_MAX:
        raise TooManyEndpoints(_l("A shop has at most %(most)d webhooks.", most=ENDPOINTS_MAX))
    endpoint_id, secret = new_id("whe"), new_secret()
    db.session.add(
        WebhookEndpoint(
            merchant_id=merchant_id,
            id=endpoint_id,
            secret_sealed=encrypt(secret),
            active=True,
            switched_off_because="",
            version=1,
            created_by=actor_id,
            created_at=clock.now(),
            **values,
        )
    )
    _record("webhook.created", actor_id, merchant_id, endpoint_id, {"topics": values["topics"]})
    return NewSecret(endpoint_id, secret)


@transactional
def change_endpoint(
    merchant_id: str,
    endpoint_id: str,
    *,
    actor_id: str | None,
    url: str | None = None,
    topics: Collection[str] | None = None,
    description: str | None = None,
    active: bool | None = None,
) -> None:
    """Change where, what and whether; what is None stays. Switching on begins afresh, what waits is sent.

    Raises RoleNotEnough, EndpointNotFound, AddressRefused, TopicsInvalid, Invalid.
    """
    authorise(actor_id, merchant_id, EDIT)
    endpoint = locked_endpoint(merchant_id, endpoint_id)
    given = {"url": url, "topics": topics, "description": description}
    for name, value in _checked(**{key: value for key, value in given.items() if value is not None}).items():
        setattr(endpoint, name, value)
    if active is not None and active != endpoint.active:
        endpoint.active, endpoint.failing_since, endpoint.switched_off_because = active, None, ""
    endpoint.version += 1
    changed = sorted(key for key, value in {**given, "active": active}.items() if value is not None)
    _record("webhook.changed", actor_id, merchant_id, endpoint_id, {"fields": changed})


@transactional
def rotate_secret(merchant_id: str, endpoint_id: str, *, overlap_hours: int, actor_id: str | None) -> NewSecret:
    """Give an endpoint a new secret; for some hours messages are signed with both.

    Raises RoleNotEnough, EndpointNotFound, Invalid.
    """
    authorise(actor_id, merchant_id, EDIT)
    if not 0 <= overlap_hours <= OVERLAP_HOURS_MAX:
        words = _l("From 0 to %(most)d hours.", most=OVERLAP_HOURS_MAX)
        raise Invalid(words, fields={"overlap_hours": words})
    endpoint, secret = locked_endpoint(merchant_id, endpoint_id), new_secret()
    endpoint.former_sealed = endpoint.secret_sealed
    endpoint.former_until = clock.now() + timedelta(hours=overlap_hours)
    endpoint.secret_sealed = encrypt(secret)
    endpoint.version += 1
    _record("webhook.secret_rotated", actor_id, merchant_id, endpoint_id, {"overlap_hours": overlap_hours})
    return NewSecret(endpoint_id, secret)


@transactional
def delete_endpoint(merchant_id: str, endpoint_id: str, *, actor_id: str | None) -> None:
    """Tell a system nothing more, and forget what it was told. Raises RoleNotEnough, EndpointNotFound."""
    authorise(actor_id, merchant_id, EDIT)
    endpoint = locked_endpoint(merchant_id, endpoint_id)
    of_it = select(WebhookDelivery.id).where(
        WebhookDelivery.merchant_id == merchant_id, WebhookDelivery.endpoint_id == endpoint_id
    )
    db.session.execute(
        delete(WebhookAttempt)
        .where(WebhookAttempt.merchant_id == merchant_id, WebhookAttempt.delivery_id.in_(of_it))
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        delete(WebhookDelivery)
        .where(WebhookDelivery.merchant_id == merchant_id, WebhookDelivery.endpoint_id == endpoint_id)
        .execution_options(synchronize_session=False)
    )
    db.session.delete(endpoint)
    _record("webhook.deleted", actor_id, merchant_id, endpoint_id, {})


@transactional
def send_test(merchant_id: str, endpoint_id: str, *, actor_id: str | None) -> str:
    """Have a test event sent to one endpoint; gives back the delivery's id. Raises RoleNotEnough, EndpointNotFound."""
    authorise(actor_id, merchant_id, EDIT)
    locked_endpoint(merchant_id, endpoint_id)
    delivery_id, moment = new_id("whd"), clock.now()
    db.session.add(
        WebhookDelivery(
            merchant_id=merchant_id,
            id=delivery_id,
            endpoint_id=endpoint_id,
            event_id=new_id("evt"),
            topic="webhook.test",
            payload={"note": "Hello from Tongbao."},
            state="waiting",
            attempts=0,
            next_attempt_at=moment,
            happened_at=moment,
            created_at=moment,
        )
    )
    return delivery_id


@transactional
def send_again(merchant_id: str, delivery_id: str, *, actor_id: str | None) -> None:
    """Send one delivery once more, under the same event id. Raises RoleNotEnough, DeliveryNotFound."""
    authorise(actor_id, merchant_id, EDIT)
    if not _again(merchant_id, WebhookDelivery.id == delivery_id):
        raise DeliveryNotFound


@transactional
def send_all_again(merchant_id: str, endpoint_id: str, since: datetime, *, actor_id: str | None) -> int:
    """Send all that happened since a moment once more to an endpoint; gives back how many.

    Raises RoleNotEnough, EndpointNotFound, Invalid (longer ago than 30 days).
    """
    authorise(actor_id, merchant_id, EDIT)
    locked_endpoint(merchant_id, endpoint_id)
    if since < clock.now() - timedelta(days=REPLAY_DAYS_MAX):
        words = _l("At most %(days)d days ago.", days=REPLAY_DAYS_MAX)
        raise Invalid(words, fields={"since": words})
    chosen = (
        select(WebhookDelivery.id)
        .where(
            WebhookDelivery.merchant_id == merchant_id,
            WebhookDelivery.endpoint_id == endpoint_id,
            WebhookDelivery.happened_at >= since,
        )
        .order_by(WebhookDelivery.id)
        .limit(REPLAYED_MAX)
    )
    count = _again(merchant_id, WebhookDelivery.id.in_(chosen))
    _record("webhook.replayed", actor_id, merchant_id, endpoint_id, {"count": count})
    return count


def _again(merchant_id: str, which: Any) -> int:
    found = db.session.scalars(
        update(WebhookDelivery)
        .where(WebhookDelivery.merchant_id == merchant_id, which)
        .values(state="waiting", attempts=0, next_attempt_at=clock.now(), ended_at=None)
        .returning(WebhookDelivery.id)
        .execution_options(synchronize_session=False)
    )
    return len(found.all())


def locked_endpoint(merchant_id: str, endpoint_id: str) -> WebhookEndpoint:
    """An endpoint, locked for this transaction. Raises EndpointNotFound."""
    found = db.session.get(WebhookEndpoint, (merchant_id, endpoint_id), with_for_update=True, populate_existing=True)
    if found is None:
        raise EndpointNotFound
    return found


def private_too() -> bool:
    """Whether this installation may call its own network (development)."""
    return bool(current_app.config["TONGBAO"].private_targets)


def _checked(**given: Any) -> dict[str, Any]:
    values = dict(given)
    if "url" in values:
        values["url"] = str(values["url"]).strip()
        try:
            checked_target(values["url"], private_too=private_too())
        except TargetRefused:
            raise AddressRefused from None
    if "topics" in values:
        wanted = set(values["topics"])
        if not wanted or not wanted <= {ALL, *TOPICS}:
            raise TopicsInvalid
        values["topics"] = [ALL] if ALL in wanted else sorted(wanted)
    if len(values.get("description", "")) > 200:
        words = _l("At most %(limit)d characters.", limit=200)
        raise Invalid(words, fields={"description": words})
    return values


def _record(action: str, actor_id: str | None, merchant_id: str, endpoint_id: str, details: Mapping[str, Any]) -> None:
    subject = f"webhook:{endpoint_id}"
    record(action, actor_id=actor_id, subject=subject, merchant_id=merchant_id, details=details)
