"""Programs of the demo shops: a till with a token, an accounting system that is told of money."""

from __future__ import annotations

from core.access.clients import create_client
from core.access.tokens import create_token
from core.webhooks.service import create_endpoint, send_test


def connect_programs(merchant_id: str, slug: str, owner_id: str) -> None:
    """Give a shop its keys and one webhook; the secrets are nobody's."""
    create_token(
        merchant_id,
        name="Till in the shop",
        scopes=["catalog:read", "stock:read", "stock:write", "orders:read"],
        days=365,
        actor_id=owner_id,
    )
    create_client(merchant_id, name="Accounting", scopes=["orders:read", "money:read"], actor_id=owner_id)
    made = create_endpoint(
        merchant_id,
        url=f"https://accounting.{slug}.example/tongbao",
        topics=["payout.created", "payout.ended", "refund.ended"],
        description="Accounting",
        actor_id=owner_id,
    )
    send_test(merchant_id, made.endpoint_id, actor_id=owner_id)
