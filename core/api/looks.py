"""The menus of the shop and its look: colours, type, first page."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import fields, validate

from core.api.operation import Call, operation
from core.api.shapes import Body, Choice, Plain, Shape, Text, Texts
from core.api.site_shapes import BLOCKS_MAX
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.site.looks import look_of, publish_look, save_look
from core.site.menus import ITEMS_MAX, KINDS, LABEL_MAX, PLACES, menus_of, save_menu

menus = Blueprint("api_menus", __name__, url_prefix="/api/v1/menus", description="Where visitors find their way.")
look = Blueprint("api_look", __name__, url_prefix="/api/v1/look", description="How the shop looks.")


class MenuLinkShape(Shape):
    """A link below another."""

    label = fields.Dict(keys=fields.String(), metadata={"description": "Its words by language; empty: the target's."})
    kind = fields.String(validate=validate.OneOf(KINDS))
    target = fields.String(metadata={"description": "A page's or category's id, or an address."})


class MenuItemShape(MenuLinkShape):
    """A link of a menu, with those below it."""

    children = fields.List(fields.Nested(MenuLinkShape))


class MenuShape(Shape):
    """One menu."""

    place = fields.String(required=True)
    items = fields.List(fields.Nested(MenuItemShape), required=True)


class WordsBody(Body):
    """Words by language."""

    en = Text(LABEL_MAX)
    zh_Hans = Text(LABEL_MAX)
    zh_Hant = Text(LABEL_MAX)


class MenuLinkBody(Body):
    """A link."""

    label = fields.Nested(WordsBody)
    kind = Choice(KINDS, required=True)
    target = Text(300)


class MenuItemBody(MenuLinkBody):
    """A link, with those below it."""

    children = fields.List(fields.Nested(MenuLinkBody), validate=validate.Length(max=ITEMS_MAX))


class MenuBody(Body):
    """All links of a menu in their order."""

    items = fields.List(fields.Nested(MenuItemBody), required=True, validate=validate.Length(max=ITEMS_MAX))


class LookShape(Shape):
    """The look with its draft: colours and type, the blocks of the first page by language, plugins' pieces by slot."""

    theme = Plain()
    home = Plain()
    slots = Plain()


class HomeBody(Body):
    """The blocks of the first page by language."""

    en = fields.List(Plain(), validate=validate.Length(max=BLOCKS_MAX))
    zh_Hans = fields.List(Plain(), validate=validate.Length(max=BLOCKS_MAX))
    zh_Hant = fields.List(Plain(), validate=validate.Length(max=BLOCKS_MAX))


class SlotBody(Body):
    """The pieces of a slot: their order, and those that are not shown."""

    slot = Text(60, least=1, required=True)
    order = Texts(40, count=40)
    hidden = Texts(40, count=40)


class ThemeBody(Body):
    """One choice of the theme, such as `accent` and `#7a4b1e`."""

    name = Text(40, least=1, required=True)
    value = Text(300, required=True)


class LookBody(Body):
    """What changes of the draft; what is left out stays."""

    theme = fields.List(fields.Nested(ThemeBody), validate=validate.Length(max=40))
    home = fields.Nested(HomeBody)
    slots = fields.List(fields.Nested(SlotBody), validate=validate.Length(max=60))


def _menu(call: Call, place: str) -> dict[str, Any]:
    if place not in PLACES:
        raise NotFound(_l("There is no such menu."))
    return {"place": place, "items": menus_of(call.merchant_id)[place]}


@operation(menus, "GET", "/<place>", scope="shop:read", answer=MenuShape, versioned=True)
def get_menu(call: Call, place: str) -> Any:
    """The menu of the `header` or the `footer`."""
    return _menu(call, place)


@operation(
    menus,
    "PUT",
    "/<place>",
    scope="shop:write",
    answer=MenuShape,
    body=MenuBody,
    versioned=True,
    current=_menu,
)
def change_menu(call: Call, place: str) -> Any:
    """Set a menu; the shop shows it at once."""
    save_menu(call.merchant_id, place, call.body["items"], actor_id=call.actor_id)
    return _menu(call, place)


def _look(call: Call) -> dict[str, Any]:
    return look_of(call.merchant_id)


@operation(look, "GET", "", scope="shop:read", answer=LookShape, versioned=True)
def get_look(call: Call) -> Any:
    """The look as it is being edited."""
    return _look(call)


@operation(look, "PATCH", "", scope="shop:write", answer=LookShape, body=LookBody, versioned=True, current=_look)
def change_look(call: Call) -> Any:
    """Keep changes as the draft; visitors see them once it is published."""
    wanted = {name: dict(part) for name, part in _look(call).items() if name in ("theme", "home", "slots")}
    for choice in call.body.get("theme", ()):
        wanted["theme"][choice["name"]] = choice["value"]
    wanted["home"] |= call.body.get("home", {})
    for one in call.body.get("slots", ()):
        wanted["slots"][one["slot"]] = {"order": one.get("order", []), "hidden": one.get("hidden", [])}
    save_look(call.merchant_id, wanted, actor_id=call.actor_id)
    return _look(call)


@operation(look, "POST", "/publish", scope="shop:write", answer=LookShape)
def publish(call: Call) -> Any:
    """Show the draft to everybody."""
    publish_look(call.merchant_id, actor_id=call.actor_id)
    return _look(call)
