"""Webhooks: where systems are told of events, what was sent, and once more."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import fields, validate

from core.api.operation import Call, operation
from core.api.shapes import Body, Flag, Listed, Moment, Shape, Text, Whole, page_of
from core.webhooks import queries, service
from core.webhooks.events import ALL, EVENTS, TOPICS

blueprint = Blueprint("api_webhooks", __name__, url_prefix="/api/v1/webhooks", description="Being told of events.")


class EventTypeShape(Shape):
    """A kind of event, and what its data holds."""

    name = fields.String()
    label = fields.String()
    data = fields.List(fields.String())


EventTypePageShape = page_of(EventTypeShape, "EventType")


class EndpointShape(Shape):
    """Where a system is told of events."""

    id = fields.String()
    url = fields.String()
    description = fields.String()
    topics = fields.List(fields.String())
    active = fields.Boolean()
    switched_off_because = fields.String()
    failing_since = Moment(allow_none=True)
    former_until = Moment(allow_none=True, metadata={"description": "Until when the former secret signs, too."})
    created_at = Moment()


EndpointPageShape = page_of(EndpointShape, "Webhook")


class SecretShape(Shape):
    """The signing secret (Standard Webhooks), shown this once."""

    id = fields.String(required=True, attribute="endpoint_id")
    secret = fields.String(required=True)


def _topic(**more: Any) -> fields.Field[Any]:
    one = fields.String(validate=validate.OneOf((ALL, *TOPICS)))
    return fields.List(one, validate=validate.Length(1, len(TOPICS) + 1), **more)


class NewEndpointBody(Body):
    """Where, and of what."""

    url = Text(1000, least=1, required=True)
    topics = _topic(required=True)
    description = Text(200)


class EndpointBody(Body):
    """What changes; what is left out stays."""

    url = Text(1000, least=1)
    topics = _topic()
    description = Text(200)
    active = Flag()


class OverlapBody(Body):
    """For how many hours the former secret signs, too."""

    overlap_hours = Whole(0, 168, required=True)


class SinceBody(Body):
    """From when on."""

    since = Moment(required=True)


class CountShape(Shape):
    """How many."""

    count = fields.Integer(required=True)


class HookDeliveryShape(Shape):
    """One event on its way to one webhook."""

    id = fields.String()
    endpoint_id = fields.String()
    event_id = fields.String()
    topic = fields.String()
    payload = fields.Dict(keys=fields.String())
    state = fields.String()
    attempts = fields.Integer()
    next_attempt_at = Moment(allow_none=True)
    happened_at = Moment()
    ended_at = Moment(allow_none=True)


DeliveryPageShape = page_of(HookDeliveryShape, "HookDelivery")


class AttemptShape(Shape):
    """One try."""

    at = Moment()
    status = fields.Integer(allow_none=True)
    milliseconds = fields.Integer()
    answer = fields.String()
    error = fields.String()


class TriedHookDeliveryShape(HookDeliveryShape):
    """A delivery with its tries."""

    tries = fields.List(fields.Nested(AttemptShape))


class DeliveryQuery(Listed):
    """How the list is narrowed."""

    state = fields.String(validate=validate.OneOf(("waiting", "done", "failed")))


class TestedShape(Shape):
    """The delivery of a test."""

    id = fields.String(required=True)


@operation(blueprint, "GET", "/event-types", scope="webhooks:read", answer=EventTypePageShape, listed=True)
def list_event_types(call: Call) -> Any:
    """Every kind of event."""
    found = list(EVENTS.values())
    start = int(call.place() or 0)
    after = start + call.limit
    return call.page(found[start:after], after if after < len(found) else None)


@operation(blueprint, "GET", "", scope="webhooks:read", answer=EndpointPageShape, listed=True)
def list_endpoints(call: Call) -> Any:
    """The merchant's webhooks."""
    found = queries.endpoints_of(call.merchant_id)
    start = int(call.place() or 0)
    after = start + call.limit
    return call.page(found[start:after], after if after < len(found) else None)


@operation(blueprint, "POST", "", scope="webhooks:write", answer=SecretShape, body=NewEndpointBody, status=201)
def create_endpoint(call: Call) -> Any:
    """Have a system told of events. Its signing secret is in the answer and nowhere else."""
    made = service.create_endpoint(call.merchant_id, **call.body, actor_id=call.actor_id)
    call.location = f"/api/v1/webhooks/{made.endpoint_id}"
    return made


def _endpoint(call: Call, endpoint_id: str) -> queries.EndpointRow:
    return queries.endpoint(call.merchant_id, endpoint_id)


@operation(blueprint, "GET", "/<endpoint_id>", scope="webhooks:read", answer=EndpointShape, versioned=True)
def get_endpoint(call: Call, endpoint_id: str) -> Any:
    """One webhook."""
    return _endpoint(call, endpoint_id)


@operation(
    blueprint,
    "PATCH",
    "/<endpoint_id>",
    scope="webhooks:write",
    answer=EndpointShape,
    body=EndpointBody,
    versioned=True,
    current=_endpoint,
)
def change_endpoint(call: Call, endpoint_id: str) -> Any:
    """Change where, what and whether."""
    service.change_endpoint(call.merchant_id, endpoint_id, actor_id=call.actor_id, **call.body)
    return _endpoint(call, endpoint_id)


@operation(blueprint, "DELETE", "/<endpoint_id>", scope="webhooks:write", status=204)
def delete_endpoint(call: Call, endpoint_id: str) -> None:
    """Tell a system nothing more, and forget what it was told."""
    service.delete_endpoint(call.merchant_id, endpoint_id, actor_id=call.actor_id)


@operation(
    blueprint, "POST", "/<endpoint_id>/rotate-secret", scope="webhooks:write", answer=SecretShape, body=OverlapBody
)
def rotate_secret(call: Call, endpoint_id: str) -> Any:
    """Give a webhook a new secret; for some hours messages are signed with both."""
    overlap_hours = call.body["overlap_hours"]
    return service.rotate_secret(call.merchant_id, endpoint_id, overlap_hours=overlap_hours, actor_id=call.actor_id)


@operation(blueprint, "POST", "/<endpoint_id>/test", scope="webhooks:write", answer=TestedShape, status=202)
def send_test(call: Call, endpoint_id: str) -> Any:
    """Have a test event sent."""
    return {"id": service.send_test(call.merchant_id, endpoint_id, actor_id=call.actor_id)}


@operation(
    blueprint, "POST", "/<endpoint_id>/replay", scope="webhooks:write", answer=CountShape, body=SinceBody, status=202
)
def replay_since(call: Call, endpoint_id: str) -> Any:
    """Send all that happened since a moment (at most 30 days ago) once more."""
    since = call.body["since"]
    return {"count": service.send_all_again(call.merchant_id, endpoint_id, since, actor_id=call.actor_id)}


@operation(
    blueprint,
    "GET",
    "/<endpoint_id>/deliveries",
    scope="webhooks:read",
    answer=DeliveryPageShape,
    query=DeliveryQuery,
    listed=True,
)
def list_deliveries(call: Call, endpoint_id: str) -> Any:
    """What was sent to a webhook, the newest first."""
    _endpoint(call, endpoint_id)
    rows, before = queries.deliveries_page(
        call.merchant_id, endpoint_id, state=call.query.get("state"), before=call.place(), limit=call.limit
    )
    return call.page(rows, before)


@operation(blueprint, "GET", "/deliveries/<delivery_id>", scope="webhooks:read", answer=TriedHookDeliveryShape)
def get_delivery(call: Call, delivery_id: str) -> Any:
    """One delivery with its tries."""
    row, tries = queries.delivery(call.merchant_id, delivery_id)
    return {**{name: getattr(row, name) for name in queries.DeliveryRow.__slots__}, "tries": tries}


@operation(blueprint, "POST", "/deliveries/<delivery_id>/replay", scope="webhooks:write", status=204)
def replay(call: Call, delivery_id: str) -> None:
    """Send one delivery once more, under the same event id."""
    service.send_again(call.merchant_id, delivery_id, actor_id=call.actor_id)
