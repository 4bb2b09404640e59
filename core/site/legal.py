"""Pages to start from: about, terms, privacy, returns. A merchant reads them, changes them, publishes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from markupsafe import escape

from core.base.errors import Invalid
from core.base.i18n import LOCALES, in_locale
from core.base.i18n import gettext as _
from core.base.i18n import lazy_gettext as _l
from core.shops.context import ShopContext

Paragraphs = list[tuple[str, list[str]]]


def _about(shop: ShopContext) -> tuple[str, Paragraphs]:
    return _("About us"), [
        ("", [shop.about or shop.tagline or shop.name]),
        (_("How we work"), [_("Tell here who you are, what you sell and what you take care of.")]),
    ]


def _terms(shop: ShopContext) -> tuple[str, Paragraphs]:
    return _("Terms of sale"), [
        (_("Who sells"), [_("%(seller)s sells the goods in this shop.", seller=_seller(shop))]),
        (
            _("Order and payment"),
            [
                _("An order is binding once it is paid. An order that is not paid in time is cancelled by itself."),
                _("Your payment is kept safe until you have the goods, and is only then passed on to us."),
            ],
        ),
        (
            _("Prices"),
            [
                _("All prices include tax.")
                if shop.prices_include_tax
                else _("Tax is added to the prices and shown before you order.")
            ],
        ),
        (
            _("Receipt"),
            [
                _(
                    "%(days)d days after shipping we take the goods as received, unless you tell us otherwise.",
                    days=shop.auto_release_days,
                )
            ],
        ),
    ]


def _privacy(shop: ShopContext) -> tuple[str, Paragraphs]:
    return _("Privacy"), [
        (
            _("What we keep"),
            [_("Your name, your addresses, your phone number and what you ordered: no more than an order needs.")],
        ),
        (
            _("Who else sees it"),
            [_("The carrier sees your address, the bank your payment. We sell your data to nobody.")],
        ),
        (
            _("Cookies"),
            [_("Only the cookies that the shop needs are set: cart, sign-in, language. They follow nobody.")],
        ),
        (
            _("Your rights"),
            [
                _(
                    "You may see, correct and delete what we know about you. Write to %(email)s.",
                    email=shop.contact_email,
                )
            ],
        ),
    ]


def _returns(shop: ShopContext) -> tuple[str, Paragraphs]:
    return _("Returns"), [
        (
            _("Sending goods back"),
            [_("You may send goods back within 7 days of receiving them, unused and in their packing.")],
        ),
        (
            _("How it is done"),
            [
                _("Open your order, choose “Ask for money back” and say why. We answer within two working days."),
                _("The money goes back the way it came."),
            ],
        ),
        (
            _("Damaged goods"),
            [_("If something arrives broken, send a picture to %(email)s.", email=shop.contact_email)],
        ),
    ]


TEMPLATES: Final[dict[str, tuple[Any, Callable[[ShopContext], tuple[str, Paragraphs]]]]] = {
    "about": (_l("About us"), _about),
    "terms": (_l("Terms of sale"), _terms),
    "privacy": (_l("Privacy"), _privacy),
    "returns": (_l("Returns"), _returns),
}
"""By slug: the name, and what makes it."""


def _seller(shop: ShopContext) -> str:
    parts = [shop.options.get(name) for name in ("legal_name", "legal_address", "legal_id")]
    return ", ".join(str(part) for part in parts if part) or shop.name


def page_from_template(name: str, shop: ShopContext) -> dict[str, Any]:
    """The content of a page to start from, in every language. Raises Invalid (no such template)."""
    if name not in TEMPLATES:
        raise Invalid(_l("There is no such template."))
    texts = {}
    for locale in LOCALES:
        with in_locale(locale):
            title, parts = TEMPLATES[name][1](shop)
        html = "".join(
            (f"<h2>{escape(head)}</h2>" if head else "") + "".join(f"<p>{escape(words)}</p>" for words in paragraphs)
            for head, paragraphs in parts
        )
        texts[locale] = {"title": title, "blocks": [{"kind": "text", "title": "", "html": html}]}
    return {"texts": texts}
