"""Pictures that pages and the look show."""

from __future__ import annotations

from core.base.transactions import transactional
from core.catalog.images import keep_assets
from core.catalog.pictures import Picture, prepare_picture
from core.parties.roles import authorise


def keep_picture(merchant_id: str, content: bytes, *, actor_id: str | None) -> str:
    """Keep an uploaded picture for the shop's pages; returns its key.

    It is read and made anew before the transaction begins. Raises PictureRefused, RoleNotEnough.
    """
    return _keep(merchant_id, prepare_picture(content), actor_id)


@transactional
def _keep(merchant_id: str, picture: Picture, actor_id: str | None) -> str:
    authorise(actor_id, merchant_id, "shop.edit")
    keep_assets(merchant_id, picture)
    return picture.key
