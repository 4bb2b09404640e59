"""How a plugin fares, as the pages of the merchant and of the platform's staff show it."""

from __future__ import annotations

from datetime import UTC, timedelta, tzinfo
from typing import Any

from core.base import clock
from core.base.i18n import gettext
from core.base.i18n import lazy_gettext as _
from core.contract.health import CircuitState
from core.contract.health_store import CallFigures, circuits, plugin_health
from core.shops.context import ShopContext
from core.shops.zones import zone_of
from core.web.charts import chart
from core.web.formats import number

SHOWN = timedelta(hours=24)
STATES: dict[str, tuple[Any, str]] = {
    "closed": (_("Works"), "good"),
    "failing": (_("Some calls fail"), "warn"),
    "half_open": (_("Tried again"), "warn"),
    "open": (_("Left alone"), "bad"),
}
CALLS = {
    "start": _("Begin a payment"),
    "query": _("Ask how a payment stands"),
    "cancel": _("Close a payment"),
    "refund": _("Give money back"),
    "pay_out": _("Send money out"),
    "offer": _("Offer a way to pay"),
    "options": _("Offer ways to deliver"),
    "check": _("Check an identity"),
    "check_setup": _("Test what is set up"),
    "contribute_fees": _("Add fees to a price"),
    "order_placing": _("Hear of a new order"),
    "order_moved": _("Hear how orders move on"),
}


def health_shown(plugin_id: str, *, merchant_id: str | None = None, shop: ShopContext | None = None) -> dict[str, Any]:
    """The figures of a day for `figures` of ui/health.html: for one merchant, or over all."""
    now = clock.now()
    zone: tzinfo = zone_of(shop) if shop is not None else UTC
    found = plugin_health(plugin_id, since=now - SHOWN, merchant_id=merchant_id)
    hour = now.replace(minute=0, second=0, microsecond=0)
    bars = []
    for back in range(23, -1, -1):
        began = hour - timedelta(hours=back)
        slow = found.hours[began].p95 if began in found.hours else None
        bars.append((f"{began.astimezone(zone):%H}", round((slow or 0) * 1000), seconds_text(slow)))
    return {
        "state": _state(plugin_id, merchant_id, found.whole),
        **_figures(found.whole),
        "drawn": chart(bars),
        "calls": [
            {"label": call_label(call), **_figures(figures)}
            for call, figures in sorted(found.calls.items(), key=lambda entry: (-entry[1].failed, -entry[1].total))
        ],
    }


def _figures(figures: CallFigures) -> dict[str, Any]:
    return {
        "total": figures.total,
        "failed": figures.failed,
        "refused": figures.results["refused"],
        "p50": seconds_text(figures.p50),
        "p95": seconds_text(figures.p95),
        "message": figures.message,
    }


def _state(plugin_id: str, merchant_id: str | None, whole: CallFigures) -> dict[str, Any]:
    state: CircuitState | str = "closed"
    if merchant_id is not None:
        state = next((one.state for one in circuits(merchant_id=merchant_id, plugin_id=plugin_id, limit=1)), "closed")
    elif any(one.state == "open" for one in circuits(plugin_id=plugin_id, limit=1)):
        state = "open"
    if state == "closed" and whole.failed:
        state = "failing"
    label, tone = STATES[state]
    return {"label": label, "tone": tone}


def call_label(call: str) -> Any:
    """What a call of a plugin is for, in people's words."""
    if call.startswith("slot "):
        return gettext("A piece of a page (%(place)s)", place=call.removeprefix("slot "))
    return CALLS.get(call, call)


def seconds_text(seconds: float | None) -> str:
    """How long calls took, in words."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return gettext("%(number)s ms", number=number(max(1, round(seconds * 1000))))
    return gettext("%(number)s s", number=f"{seconds:.1f}")
