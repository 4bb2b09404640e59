"""The shop's own pages, the messages that it sent, and how far its organisation is verified."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask_smorest import Blueprint

from core.api import site_shapes as shapes
from core.api.operation import Call, operation
from core.identity.queries import steps_of
from core.messages.queries import messages_page
from core.site import service
from core.site.queries import page_row, pages_of
from core.site.versions import newest_content

pages = Blueprint("api_site_pages", __name__, url_prefix="/api/v1/pages", description="What the shop says.")
messages = Blueprint("api_messages", __name__, url_prefix="/api/v1/messages", description="What was sent to people.")
verification = Blueprint(
    "api_verification", __name__, url_prefix="/api/v1/verification", description="How far the organisation is verified."
)


def _page(call: Call, page_id: str) -> dict[str, Any]:
    row = page_row(call.merchant_id, page_id)
    return {**asdict(row), "content": newest_content(call.merchant_id, page_id) or {}}


@operation(pages, "GET", "", scope="shop:read", answer=shapes.SitePageListShape, listed=True)
def list_pages(call: Call) -> Any:
    """The shop's pages, by address."""
    found = pages_of(call.merchant_id)
    start = int(call.place() or 0)
    after = start + call.limit
    return call.page(found[start:after], after if after < len(found) else None)


@operation(pages, "POST", "", scope="shop:write", answer=shapes.PageShape, body=shapes.NewPageBody, status=201)
def create_page(call: Call) -> Any:
    """Begin a page as a draft that nobody sees yet."""
    content, slug = {"texts": call.body["texts"]}, call.body.get("slug", "")
    page_id = service.create_page(call.merchant_id, content, actor_id=call.actor_id, slug=slug)
    call.location = f"/api/v1/pages/{page_id}"
    return _page(call, page_id)


@operation(pages, "GET", "/<page_id>", scope="shop:read", answer=shapes.PageShape, versioned=True)
def get_page(call: Call, page_id: str) -> Any:
    """One page with what it says."""
    return _page(call, page_id)


@operation(
    pages,
    "PUT",
    "/<page_id>",
    scope="shop:write",
    answer=shapes.PageShape,
    body=shapes.PageBody,
    versioned=True,
    current=_page,
)
def change_page(call: Call, page_id: str) -> Any:
    """Keep what a page says as its draft; visitors see it once it is published."""
    service.save_page(call.merchant_id, page_id, {"texts": call.body["texts"]}, actor_id=call.actor_id)
    return _page(call, page_id)


@operation(pages, "POST", "/<page_id>/publish", scope="shop:write", answer=shapes.PageShape)
def publish_page(call: Call, page_id: str) -> Any:
    """Show the draft to everybody, or a hidden page again."""
    service.publish_page(call.merchant_id, page_id, actor_id=call.actor_id)
    return _page(call, page_id)


@operation(pages, "POST", "/<page_id>/hide", scope="shop:write", answer=shapes.PageShape)
def hide_page(call: Call, page_id: str) -> Any:
    """Take a page out of the shop; its versions stay."""
    service.hide_page(call.merchant_id, page_id, actor_id=call.actor_id)
    return _page(call, page_id)


@operation(pages, "DELETE", "/<page_id>", scope="shop:write", status=204)
def delete_page(call: Call, page_id: str) -> None:
    """Take a page away for good."""
    service.delete_page(call.merchant_id, page_id, actor_id=call.actor_id)


@operation(
    messages, "GET", "", scope="messages:read", answer=shapes.MessagePageShape, query=shapes.MessageQuery, listed=True
)
def list_messages(call: Call) -> Any:
    """Messages to people, the newest first, without what they say; at most 50 at once."""
    found = messages_page(
        call.merchant_id,
        state=call.query.get("state", ""),
        text=call.query.get("q", ""),
        before=call.place() or "",
    )
    rows = found.rows[: call.limit]
    return call.page(rows, rows[-1].id if len(rows) < len(found.rows) else found.next_cursor)


@operation(verification, "GET", "", scope="shop:read", answer=shapes.VerificationShape)
def get_verification(call: Call) -> Any:
    """The level that the organisation has reached, and each step to the last."""
    level, steps = steps_of("organisation", call.merchant_id)
    told = [
        {"level": s.level, "label": s.label, "state": s.state, "reasons": [str(r) for r in s.reasons]} for s in steps
    ]
    return {"level": level, "steps": told}
