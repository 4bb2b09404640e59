"""The merchant's audit trail, for programs that watch over it."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import fields

from core.api.operation import Call, operation
from core.api.shapes import Listed, Moment, Shape, page_of
from core.audit.queries import AuditFilter, audit_page

audit = Blueprint("api_audit", __name__, url_prefix="/api/v1/audit", description="Who did what.")


class AuditEntryShape(Shape):
    """Something that was done. Each entry carries the hash of the one before: the chain shows what is missing."""

    sequence = fields.Integer()
    at = Moment()
    actor_id = fields.String(allow_none=True, metadata={"description": "Who did it; empty for the system."})
    on_behalf_of = fields.String(allow_none=True)
    action = fields.String()
    subject = fields.String()
    details = fields.Dict(keys=fields.String())
    previous_hash = fields.String()
    hash = fields.String()


AuditPageShape = page_of(AuditEntryShape, "AuditEntry")


class AuditQuery(Listed):
    """How the trail is narrowed."""

    actor_id = fields.String()
    subject = fields.String(metadata={"description": "For example `order:ord_…`."})
    action = fields.String(metadata={"description": "`discount` finds `discount.created` and the others, too."})
    since = Moment()
    until = Moment()


@operation(audit, "GET", "", scope="audit:read", answer=AuditPageShape, query=AuditQuery, listed=True)
def list_entries(call: Call) -> Any:
    """What was done, the newest first."""
    wanted = AuditFilter(
        chain=call.merchant_id,
        actor_id=call.query.get("actor_id", ""),
        subject=call.query.get("subject", ""),
        action=call.query.get("action", ""),
        since=call.query.get("since"),
        until=call.query.get("until"),
    )
    found = audit_page(wanted, call.place() or "", call.limit)
    return call.page(found.rows, found.next_cursor)
