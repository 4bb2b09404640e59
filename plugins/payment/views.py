"""The plugin's pages: where the bank tells us things, and where the merchant sees them."""

from __future__ import annotations

import logging

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from core.sdk import NotFound, current_shop, end_read, gettext, render_page, require, shop_view
from plugins.payment import queries
from plugins.payment.bank.protocol import BODY_BYTES_MAX
from plugins.payment.connection import connection_of
from plugins.payment.models import Verdict
from plugins.payment.notices import PLUGIN, Stored, handle_notice, receive_notice
from plugins.payment.texts import KINDS, NOTICES, VERDICTS

log = logging.getLogger(__name__)

hooks = Blueprint("payment_hooks", __name__)
console = Blueprint("payment_console", __name__)


@hooks.post("/bank/notices/<merchant_id>")
def take_notice(merchant_id: str) -> ResponseReturnValue:
    """Store the bank's notice, say so, and act on it; what cannot be acted on now is tried again by the worker."""
    request.max_content_length = BODY_BYTES_MAX
    try:
        shop = shop_view(merchant_id, PLUGIN)
    except NotFound:
        return {"error": {"code": "not_found"}}, 404
    connection = connection_of(shop)
    if connection is None:
        return {"error": {"code": "not_found"}}, 404
    body = request.get_data()
    target = request.full_path.rstrip("?")
    end_read()
    taken = receive_notice(merchant_id, connection, headers=request.headers, target=target, body=body)
    if not isinstance(taken, Stored):
        return {"error": {"code": taken.code}}, 400 if taken.code == "not_understood" else 401
    try:
        handle_notice(merchant_id, taken.notice_id)
    except Exception:
        log.exception("notice %s is stored but could not be handled yet", taken.notice_id)
    return {"received": taken.notice_id}


@console.get("/")
def show_bank() -> ResponseReturnValue:
    """What the shop asked the bank for, what the bank booked, and what it told."""
    require("payment.see")
    shop = current_shop(PLUGIN)
    asked_for = request.args.get("verdict", "")
    chosen = asked_for if asked_for in set(Verdict) else None
    counts = queries.notice_counts(shop.merchant_id)
    views = [{"label": gettext("All"), "url": "?", "active": chosen is None, "count": sum(counts.values())}]
    views += [
        {"label": words[0], "url": f"?verdict={verdict}", "active": chosen == verdict, "count": counts[verdict]}
        for verdict, words in VERDICTS.items()
        if verdict in counts
    ]
    return render_page(
        "payment/bank.html",
        connection=connection_of(shop),
        requests=queries.recent_requests(shop.merchant_id),
        notices=queries.recent_notices(shop.merchant_id, chosen),
        views=views,
        verdicts=VERDICTS,
        kinds=KINDS,
        types=NOTICES,
    )
