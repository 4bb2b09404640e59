"""Webhooks as pages and programs see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from core.base import clock
from core.base.database import db
from core.webhooks.errors import DeliveryNotFound, EndpointNotFound
from core.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint

COUNTED_MAX = 1000


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """An endpoint, without its secrets."""

    id: str
    url: str
    description: str
    topics: tuple[str, ...]
    active: bool
    switched_off_because: str
    failing_since: datetime | None
    former_until: datetime | None
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One event on its way to one endpoint."""

    id: str
    endpoint_id: str
    event_id: str
    topic: str
    payload: dict[str, Any]
    state: str
    attempts: int
    next_attempt_at: datetime | None
    happened_at: datetime
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One try."""

    id: int
    at: datetime
    status: int | None
    milliseconds: int
    answer: str
    error: str


def endpoints_of(merchant_id: str) -> list[EndpointRow]:
    """The merchant's endpoints, the newest first."""
    rows = db.session.scalars(
        select(WebhookEndpoint).where(WebhookEndpoint.merchant_id == merchant_id).order_by(WebhookEndpoint.id.desc())
    )
    return [_endpoint(row) for row in rows]


def endpoint(merchant_id: str, endpoint_id: str) -> EndpointRow:
    """One endpoint. Raises EndpointNotFound."""
    found = db.session.get(WebhookEndpoint, (merchant_id, endpoint_id), populate_existing=True)
    if found is None:
        raise EndpointNotFound
    return _endpoint(found)


def _endpoint(row: WebhookEndpoint) -> EndpointRow:
    return EndpointRow(
        id=row.id,
        url=row.url,
        description=row.description,
        topics=tuple(row.topics),
        active=row.active,
        switched_off_because=row.switched_off_because,
        failing_since=row.failing_since,
        former_until=row.former_until if row.former_until and row.former_until > clock.now() else None,
        version=row.version,
        created_at=row.created_at,
    )


def deliveries_page(
    merchant_id: str, endpoint_id: str, *, state: str | None = None, before: str | None = None, limit: int = 30
) -> tuple[Sequence[DeliveryRow], str | None]:
    """What was sent to an endpoint, the newest first, and where the next page begins."""
    query = select(WebhookDelivery).where(
        WebhookDelivery.merchant_id == merchant_id, WebhookDelivery.endpoint_id == endpoint_id
    )
    if state:
        query = query.where(WebhookDelivery.state == state)
    if before:
        query = query.where(WebhookDelivery.id < before)
    rows = [_delivery(row) for row in db.session.scalars(query.order_by(WebhookDelivery.id.desc()).limit(limit + 1))]
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def delivery(merchant_id: str, delivery_id: str) -> tuple[DeliveryRow, list[AttemptRow]]:
    """One delivery with its tries, the newest first. Raises DeliveryNotFound."""
    found = db.session.get(WebhookDelivery, (merchant_id, delivery_id), populate_existing=True)
    if found is None:
        raise DeliveryNotFound
    tries = db.session.scalars(
        select(WebhookAttempt)
        .where(WebhookAttempt.merchant_id == merchant_id, WebhookAttempt.delivery_id == delivery_id)
        .order_by(WebhookAttempt.id.desc())
        .limit(50)
    )
    return _delivery(found), [
        AttemptRow(one.id, one.at, one.status, one.milliseconds, one.answer, one.error) for one in tries
    ]


def _delivery(row: WebhookDelivery) -> DeliveryRow:
    return DeliveryRow(
        id=row.id,
        endpoint_id=row.endpoint_id,
        event_id=row.event_id,
        topic=row.topic,
        payload=dict(row.payload),
        state=row.state,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at if row.state == "waiting" else None,
        happened_at=row.happened_at,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


def states_of(merchant_id: str, endpoint_id: str) -> dict[str, int]:
    """How many deliveries of an endpoint are in each state, each counted up to a thousand."""
    found = {}
    for state in ("waiting", "done", "failed"):
        some = (
            select(WebhookDelivery.id)
            .where(
                WebhookDelivery.merchant_id == merchant_id,
                WebhookDelivery.endpoint_id == endpoint_id,
                WebhookDelivery.state == state,
            )
            .limit(COUNTED_MAX)
            .subquery()
        )
        found[state] = db.session.scalar(select(func.count()).select_from(some)) or 0
    return found
