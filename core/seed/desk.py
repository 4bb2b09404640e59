"""What stands on a demo merchant's desk beside its trade: notes, tags, goods that come back, an order in the making."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import select

from core.base.database import db
from core.base.errors import TongbaoError
from core.base.transactions import end_read
from core.catalog.models import GOODS, Variant
from core.orders.desk import add_note, set_tags
from core.orders.drafts import Draft, save_draft
from core.orders.goods_returns import Arrived, approve_return, open_return, receive_return, settle_with_money, tell_sent
from core.orders.models import Order, OrderLine
from core.orders.return_queries import RETURNABLE
from core.orders.staff_orders import WantedLine

_NOTES = (
    "Called: please deliver after six. 下班后送货。",
    "Regular buyer, put a sample of the new harvest in.",
    "The last parcel was dented; pack this one with more paper.",
)
_TAGS = (["gift"], ["regular", "sample"], ["fragile"])
_WISHES = (
    ("damaged", "The lid is cracked, see the picture. 盖子裂了。"),
    ("different", "The colour is darker than in the picture."),
    ("mind", ""),
)
_TRIED_MAX = 30
"""Some orders have a return already, or are too old for one."""


def fill_desk(merchant_id: str, owner_id: str) -> None:
    """Notes and tags on the newest orders, returns in three states, a draft."""
    newest = db.session.scalars(
        select(Order.id).where(Order.merchant_id == merchant_id).order_by(Order.id.desc()).limit(len(_NOTES))
    ).all()
    sent = db.session.execute(
        select(Order.id, OrderLine.id)
        .join(OrderLine, (OrderLine.merchant_id == Order.merchant_id) & (OrderLine.order_id == Order.id))
        .where(
            Order.merchant_id == merchant_id,
            Order.state.in_([str(state) for state in RETURNABLE]),
            Order.refunded_minor == 0,
            OrderLine.kind == GOODS,
            OrderLine.position == 0,
        )
        .order_by(Order.id.desc())
        .limit(_TRIED_MAX)
    ).all()
    variant_id = db.session.scalar(
        select(Variant.id).where(Variant.merchant_id == merchant_id, Variant.active).order_by(Variant.id).limit(1)
    )
    end_read()
    for order_id, text, tags in zip(newest, _NOTES, _TAGS, strict=False):
        add_note(merchant_id, order_id, text, actor_id=owner_id)
        set_tags(merchant_id, order_id, tags, actor_id=owner_id)
    place = 0
    for order_id, line_id in sent:
        if place == len(_WISHES):
            break
        with suppress(TongbaoError):
            _take_back(merchant_id, owner_id, order_id, line_id, place)
            place += 1
    if variant_id is not None:
        draft = Draft(
            email="teahouse@example.com",
            lines=(WantedLine(variant_id, 12),),
            rate_ppm=100_000,
            note="Wholesale, autumn",
        )
        save_draft(merchant_id, draft, actor_id=owner_id)


def _take_back(merchant_id: str, owner_id: str, order_id: str, line_id: str, place: int) -> None:
    """The first is only asked for, the second is on its way, the third is settled."""
    reason, text = _WISHES[place]
    return_id = open_return(merchant_id, order_id, lines={line_id: 1}, wish="refund", reason=reason, text=text)
    if place == 0:
        return
    words = "Send it to our warehouse in Hangzhou, please; we pay for the parcel. 请寄回杭州仓库，运费到付。"
    approve_return(merchant_id, return_id, instructions=words, actor=owner_id)
    tell_sent(merchant_id, return_id, carrier="SF Express 顺丰", number=f"SF90000000000{place}")
    if place == 2:
        receive_return(merchant_id, return_id, {line_id: Arrived(1, 1)}, actor=owner_id)
        settle_with_money(merchant_id, return_id, actor=owner_id)
