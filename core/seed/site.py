"""What the demo's shops say beside their goods: pages, menus, a first page, the company behind them."""

from __future__ import annotations

from datetime import timedelta

from core.base import clock
from core.base.transactions import end_read
from core.catalog.queries import categories_tree
from core.shops.options import change_options
from core.shops.queries import shop_context
from core.site.legal import page_from_template
from core.site.looks import look_of, publish_look, save_look
from core.site.menus import save_menu
from core.site.service import create_page, publish_page, schedule_page
from core.site.subscribers import subscribe

QUESTIONS = {
    "en": (
        "Good to know",
        [
            ("When do you ship?", "Every working day before four in the afternoon."),
            ("Is my payment safe?", "It is kept safe until you have the goods, and only then passed on to us."),
            ("Can I send something back?", "Within seven days of receiving it, unused and in its packing."),
        ],
    ),
    "zh_Hans": (
        "常见问题",
        [
            ("什么时候发货？", "每个工作日下午四点前的订单当天发出。"),
            ("付款安全吗？", "货款由平台保管，您收到货后才转给我们。"),
            ("可以退货吗？", "收货后七天内，未使用、包装完好即可退回。"),
        ],
    ),
}


def furnish_site(merchant_id: str, buyers: tuple[str, ...]) -> None:
    """Write the pages of a shop, put up its menus and its first page."""
    shop = shop_context(merchant_id)
    end_read()
    change_options(
        merchant_id,
        actor_id=None,
        legal_name=f"{shop.name} Ltd",
        legal_address="No. 8 Longjing Road, Xihu District, Hangzhou",
        phone="+86 571 8700 0000",
        hours="Mon–Fri 9:00–18:00",
        privacy_shown=True,
    )
    shop = shop_context(merchant_id)
    ids = {}
    for name in ("about", "terms", "privacy", "returns"):
        ids[name] = create_page(merchant_id, page_from_template(name, shop), actor_id=None, slug=name)
        publish_page(merchant_id, ids[name], actor_id=None)
    harvest = {"texts": {"en": {"title": "New harvest", "blocks": [{"kind": "products", "limit": 4}]}}}
    later = create_page(merchant_id, harvest, actor_id=None)
    schedule_page(merchant_id, later, clock.now() + timedelta(days=5), actor_id=None)
    shelves = [shelf for shelf in categories_tree(merchant_id) if shelf.total_count]
    end_read()
    links = [{"kind": "category", "target": shelf.id} for shelf in shelves[:4]]
    save_menu(merchant_id, "header", [*links, {"kind": "page", "target": ids["about"]}], actor_id=None)
    footer = [{"kind": "page", "target": ids[name]} for name in ("about", "terms", "privacy", "returns")]
    save_menu(merchant_id, "footer", footer, actor_id=None)
    home = {
        locale: [
            {"kind": "hero"},
            {"kind": "products", "limit": 8},
            {"kind": "faq", "title": title, "items": [{"question": q, "answer": a} for q, a in pairs]},
            {"kind": "newsletter", "title": {"en": "Letters from the shop", "zh_Hans": "店铺来信"}[locale]},
        ]
        for locale, (title, pairs) in QUESTIONS.items()
    }
    save_look(merchant_id, {**look_of(merchant_id), "home": home}, actor_id=None)
    publish_look(merchant_id, actor_id=None)
    for email in buyers:
        subscribe(merchant_id, email, locale="en", agreed_to="I want news of this shop by e-mail.")
