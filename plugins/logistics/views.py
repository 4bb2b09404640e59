"""The plugin's pages in the console: zones with their rates, and what an address would pay."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from core.sdk import (
    AddressView,
    BasketView,
    Invalid,
    LineView,
    MoneyError,
    NotFound,
    ShopView,
    change_plugin_settings,
    current_shop,
    flash,
    lazy_gettext,
    new_code,
    parse_minor,
    read_weight,
    render_page,
    require,
)
from plugins.logistics.delivery import FlatDelivery, WeightDelivery, ZoneDelivery, settings_of
from plugins.logistics.settings import BANDS_MAX, ZONES_MAX
from plugins.logistics.zone_forms import BY_LABELS, first_problem, read_zone, shown_zone, typed_zone, with_room
from plugins.logistics.zones import zone_for

PLUGIN = "logistics"
PERMISSION = "plugins.edit"
_ = lazy_gettext
console = Blueprint("logistics_console", __name__)
ASKED = ("country", "region", "city", "postal_code", "weight", "value", "pieces")


@console.get("/zones")
def zones() -> ResponseReturnValue:
    """All zones in their order, and what an address would pay."""
    require(PERMISSION)
    shop = current_shop(PLUGIN)
    asked = {name: request.args.get(name, "").strip()[:80] for name in ASKED}
    return render_page(
        "logistics/zones.html",
        zones=_zones(shop),
        room=len(_zones(shop)) < ZONES_MAX,
        settings=settings_of(shop),
        asked=asked,
        found=_try(shop, asked) if asked["country"] else None,
        unit=shop.weight_unit,
        currency=shop.currency,
    )


def _zones(shop: ShopView) -> list[dict[str, Any]]:
    return [dict(zone) for zone in settings_of(shop)["zones"]]


def _try(shop: ShopView, asked: dict[str, str]) -> dict[str, Any]:
    """Every way to deliver to an address, as checkout would offer it."""
    grams = read_weight(asked["weight"] or "0", shop.weight_unit)
    pieces = int(asked["pieces"]) if asked["pieces"].isascii() and asked["pieces"].isdigit() else 1
    try:
        goods_minor = parse_minor(asked["value"] or "0", shop.currency)
    except MoneyError:
        goods_minor = -1
    if grams is None or goods_minor < 0 or not 1 <= pieces <= 9999:
        return {"problem": _("Write the weight, the value and the number as figures.")}
    address = AddressView(
        "", "", asked["country"].upper(), asked["region"], asked["city"], "", "", asked["postal_code"]
    )
    # All pieces are one line, which holds the weight once; the others weigh nothing.
    lines = tuple(LineView(str(at), "p", "v", "", "", 1, 0, 0, grams if at == 0 else 0, True) for at in range(pieces))
    basket = BasketView("", shop.currency, lines, goods_minor, address)
    options = [
        option
        for method in (ZoneDelivery(), FlatDelivery(), WeightDelivery())
        for option in method.options(shop, basket, address)
    ]
    zone = zone_for(settings_of(shop)["zones"], address)
    return {
        "zone": zone["name"] if zone is not None else "",
        "options": sorted(options, key=lambda option: option.price_minor),
    }


@console.get("/zones/new")
def new_zone() -> ResponseReturnValue:
    """The form of a new zone."""
    require(PERMISSION)
    shop = current_shop(PLUGIN)
    return _form(shop, "", shown_zone(None, shop))


@console.get("/zones/<zone_id>")
def zone(zone_id: str) -> ResponseReturnValue:
    """The form of a zone."""
    require(PERMISSION)
    shop = current_shop(PLUGIN)
    return _form(shop, zone_id, shown_zone(_zone(shop, zone_id), shop))


def _zone(shop: ShopView, zone_id: str) -> dict[str, Any]:
    found = next((one for one in _zones(shop) if one["id"] == zone_id), None)
    if found is None:
        raise NotFound(_("There is no such zone."))
    return found


def _form(
    shop: ShopView,
    zone_id: str,
    shown: dict[str, Any],
    *,
    errors: dict[str, Any] | None = None,
    message: object = "",
) -> ResponseReturnValue:
    page = render_page(
        "logistics/zone.html",
        zone_id=zone_id,
        shown=shown,
        by_labels=BY_LABELS,
        bands_max=BANDS_MAX,
        unit=shop.weight_unit,
        currency=shop.currency,
        errors=errors or {},
        message=message,
    )
    page.status_code = 422 if message else 200
    return page


@console.post("/zones")
def save_new_zone() -> ResponseReturnValue:
    """Keep a new zone."""
    return _save("")


@console.post("/zones/<zone_id>")
def save_zone(zone_id: str) -> ResponseReturnValue:
    """Keep what was changed of a zone; `action` removes it or moves it up."""
    actor_id = require(PERMISSION)
    action = request.form.get("action", "")
    if action not in ("remove", "up"):
        return _save(zone_id)
    shop = current_shop(PLUGIN)
    there = _zones(shop)
    place = there.index(_zone(shop, zone_id))
    moved = there.pop(place)
    if action == "up":
        there.insert(max(place - 1, 0), moved)
    change_plugin_settings(shop.merchant_id, PLUGIN, {"zones": there}, actor_id=actor_id)
    flash(_("The zone is removed.") if action == "remove" else _("The order of the zones is changed."))
    return redirect(url_for("logistics_console.zones"), 303)


def _save(zone_id: str) -> ResponseReturnValue:
    actor_id = require(PERMISSION)
    shop = current_shop(PLUGIN)
    there = _zones(shop)
    before = _zone(shop, zone_id) if zone_id else None
    typed = typed_zone(request.form)
    try:
        kept = read_zone(typed, zone_id or new_code(8).lower(), shop)
        after = [kept if one == before else one for one in there] if before is not None else [*there, kept]
        change_plugin_settings(shop.merchant_id, PLUGIN, {"zones": after}, actor_id=actor_id)
    except Invalid as refusal:
        typed["rates"] = with_room(typed["rates"])
        errors = dict(refusal.fields)
        if "zones" in errors:
            at = len(there) if before is None else there.index(before)
            errors = _named(errors["zones"], at)
        return _form(shop, zone_id, typed, errors=errors, message=refusal.message)
    flash(_("The zone is saved. Checkout uses it at once."))
    return redirect(url_for("logistics_console.zones"), 303)


def _named(found: Any, at: int) -> dict[str, Any]:
    """What the schema found wrong with the zone at a place, by the names of the form's fields."""
    wrong = found.get(at, {}) if isinstance(found, dict) else {}
    if not isinstance(wrong, dict) or not wrong:
        return {"places": first_problem({"zones": found})}
    errors: dict[str, Any] = {}
    for name, words in wrong.items():
        if name == "rates" and isinstance(words, dict):
            for number, rate in words.items():
                for part, said in rate.items() if isinstance(rate, dict) else ():
                    known = {"days_max": "days_max", "name": "name", "free_from_minor": "free"}.get(part, "bands")
                    errors[f"rate-{number}-{known}"] = first_problem({part: said})
        else:
            errors[name if name in ("name", "places") else "places"] = first_problem({name: words})
    return errors
