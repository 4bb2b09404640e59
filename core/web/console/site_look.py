"""The theme editor: colours, type, pictures, the first page, plugins' pieces; seen beside the form as a draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, Refused
from core.base.i18n import LOCALES
from core.base.i18n import gettext as _
from core.base.i18n import lazy_gettext as _l
from core.contract.contributions import SLOT_PLACES
from core.contract.runtime import registry
from core.site.looks import (
    SUBJECT,
    default_home,
    drop_look_draft,
    look_of,
    publish_look,
    restore_look,
    save_look,
)
from core.site.preview import preview_token
from core.site.versions import draft_content, history
from core.web.console.block_forms import is_arranging, of_language, rearranged, sent_blocks, sent_picture
from core.web.console.page import (
    Errors,
    actor_id,
    argument,
    attempt,
    blueprint,
    merchant_id,
    posted,
    show,
    the_shop,
    words_of,
)
from core.web.console.site_pages import block_choices
from core.web.headers import CONTENT_POLICY
from core.web.member import flash_member, require_member
from core.web.theme import DEFAULT_PRESET, PRESETS, RADII, SPACES, TYPES, contrasts

PRESET_NAMES = {
    "celadon": _l("Celadon"),
    "vermilion": _l("Vermilion"),
    "indigo": _l("Indigo"),
    "ink": _l("Ink"),
    "persimmon": _l("Persimmon"),
    "plum": _l("Plum"),
    "scroll": _l("Scroll"),
    "market": _l("Market"),
}
CHOICES: dict[str, tuple[Any, dict[str, Any]]] = {
    "type": (
        _l("Lettering of headings"),
        {
            "sans": _l("Plain"),
            "serif": _l("Book"),
            "round": _l("Round"),
            "brush": _l("Brush"),
            "mono": _l("Typewriter"),
        },
    ),
    "body": (
        _l("Lettering of text"),
        {
            "sans": _l("Plain"),
            "serif": _l("Book"),
            "round": _l("Round"),
            "brush": _l("Brush"),
            "mono": _l("Typewriter"),
        },
    ),
    "radius": (_l("Corners"), {"square": _l("Square"), "soft": _l("Soft"), "round": _l("Round")}),
    "space": (_l("Room between things"), {"close": _l("Close"), "usual": _l("Usual"), "wide": _l("Wide")}),
    "head": (_l("Top of the page"), {"start": _l("Name at the side"), "centre": _l("Name in the middle")}),
}
PAIRS = {
    "links": _l("Links on the paper"),
    "button": _l("Words on buttons"),
    "text": _l("Text on the paper"),
    "dark_links": _l("Links in the dark"),
}
PLACE_NAMES = {
    "storefront.product.below_price": _l("Product: under the price"),
    "storefront.cart.after_lines": _l("Cart: after the goods"),
    "storefront.checkout.before_payment": _l("Checkout: before payment"),
    "storefront.order.after_lines": _l("Order: after the goods"),
    "storefront.layout.footer": _l("Foot of every page"),
}
assert set(PRESET_NAMES) == set(PRESETS)
assert set(CHOICES["type"][1]) == set(TYPES) and set(CHOICES["radius"][1]) == set(RADII)
assert set(CHOICES["space"][1]) == set(SPACES)


@blueprint.get("/theme")
@require_member("shop.edit")
def look() -> Response:
    """The editor with the preview beside it."""
    return _editor(look_of(merchant_id()))


def _language() -> str:
    wanted = argument("language", 10)
    return wanted if wanted in LOCALES else the_shop().locale


def _editor(
    content: Mapping[str, Any], *, status: int = 200, errors: Errors | None = None, message: object = ""
) -> Response:
    locale, shop = _language(), the_shop()
    home = content.get("home") or {}
    response = show(
        "site_look",
        status=status,
        theme=content["theme"],
        presets=PRESETS,
        preset_names=PRESET_NAMES,
        default_preset=DEFAULT_PRESET,
        choices=CHOICES,
        contrast_lines=contrast_lines(content["theme"]),
        locale_edited=locale,
        languages=LOCALES,
        written=set(home),
        blocks=home.get(locale) or next(iter(home.values()), None) or default_home(),
        pieces=_pieces(content.get("slots") or {}),
        place_names=PLACE_NAMES,
        drafted=draft_content(merchant_id(), SUBJECT) is not None,
        versions=history(merchant_id(), SUBJECT),
        preview=f"/?lang={locale}&preview={preview_token(merchant_id(), SUBJECT)}",
        errors=errors or {},
        message=message,
        **block_choices(),
    )
    port = request.host.partition(":")[2]
    origin = f"{request.scheme}://{shop.primary_host}{':' + port if port else ''}"
    response.headers["Content-Security-Policy"] = f"{CONTENT_POLICY}; frame-src {origin}"
    return response


def _pieces(arranged: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The pieces that plugins show in the shop, by place, in the order the merchant chose."""
    found: dict[str, list[dict[str, Any]]] = {}
    for place in SLOT_PLACES:
        if not place.startswith("storefront."):
            continue
        chosen = arranged.get(place) or {}
        order, hidden = list(chosen.get("order") or ()), set(chosen.get("hidden") or ())
        ids = list(dict.fromkeys(owned.plugin_id for owned in registry().slots(place, the_shop().plugins)))
        ids.sort(key=lambda plugin_id: order.index(plugin_id) if plugin_id in order else len(order))
        named = [(plugin_id, registry().manifest(plugin_id)) for plugin_id in ids]
        if named:
            found[place] = [
                {"id": plugin_id, "name": manifest.name if manifest else plugin_id, "shown": plugin_id not in hidden}
                for plugin_id, manifest in named
            ]
    return found


def contrast_lines(theme: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the contrast check says of a theme, in words; AA asks for 4.5."""
    lines = []
    for pair in contrasts(theme):
        chosen = f"{pair.chosen:.1f}"
        if pair.enough:
            text, tone = _("%(ratio)s : 1, easy to read", ratio=chosen), "good"
        else:
            text = _("%(ratio)s : 1 as chosen; adjusted to %(drawn)s : 1", ratio=chosen, drawn=f"{pair.drawn:.1f}")
            tone = "warn"
        lines.append({"name": str(PAIRS[pair.name]), "text": text, "tone": tone})
    return lines


@blueprint.post("/theme")
@require_member("shop.edit")
def change_look() -> WerkzeugResponse:
    """Keep the form as the draft (scripts do so while one types), and publish it when asked."""
    locale, do = _language(), request.form.get("do", "save")
    errors: dict[str, object] = {}
    blocks, focus = rearranged(sent_blocks(errors), do)
    before = look_of(merchant_id())
    theme = {name: posted(name, 40) for name in ("preset", "accent", "paper", *CHOICES)}
    theme |= {name: sent_picture(name, posted(name, 80), errors) for name in ("logo", "icon")}
    if theme["preset"] and theme["preset"] not in PRESETS:
        errors["preset"] = _l("Choose one of the looks.")
    content = {
        "theme": {**before["theme"], **theme},
        "home": {**before["home"], locale: blocks},
        "slots": _sent_pieces(),
    }
    live = request.accept_mimetypes.best == "application/json"
    try:
        if errors:
            raise Invalid(_l("Please correct the marked fields."))
        checked = save_look(merchant_id(), content, actor_id=actor_id())
        if do == "publish":
            publish_look(merchant_id(), actor_id=actor_id())
    except (Invalid, Refused) as error:
        errors |= error.fields
        if live:
            return jsonify({"saved": False, "problems": [str(words) for words in errors.values()]})
        errors |= of_language(error.fields, locale)
        return _editor(content, status=error.status, errors=errors, message=words_of(error))
    if live:
        return jsonify({"saved": True, "contrasts": contrast_lines(checked["theme"])})
    if do == "publish":
        flash_member(_("Published. The shop shows it at once."))
    elif not is_arranging(do):
        flash_member(_("The draft is kept. Visitors see the shop as it was."))
    to = url_for("console.look", language=locale)
    return redirect(to + (f"#block-{focus}" if focus is not None else ""), 303)


def _sent_pieces() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for place, pieces in _pieces({}).items():
        ids = [piece["id"] for piece in pieces]

        def position(plugin_id: str, place: str = place) -> int:
            text = request.form.get(f"slot.{place}.{plugin_id}.position", "")
            return int(text) if text.isdigit() and len(text) < 5 else 99

        shown = set(request.form.getlist(f"slot.{place}"))
        found[place] = {
            "order": sorted(ids, key=position),
            "hidden": [plugin_id for plugin_id in ids if plugin_id not in shown],
        }
    return found


@blueprint.post("/theme/state")
@require_member("shop.edit")
def change_look_state() -> WerkzeugResponse:
    """Take an earlier version into the draft, or throw the draft away."""
    what, _colon, which = request.form.get("do", "").partition(":")
    to = url_for("console.look")
    if what == "restore" and which.isdigit() and len(which) < 9:
        done = _("The earlier look is in the draft now. Look at it and publish it.")
        return attempt(lambda: restore_look(merchant_id(), int(which), actor_id=actor_id()), done, to=to)
    return attempt(lambda: drop_look_draft(merchant_id(), actor_id=actor_id()), _("The draft is thrown away."), to=to)
