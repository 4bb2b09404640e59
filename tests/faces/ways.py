"""How to reach each page: who looks at it, and what to fill its address with, found in the demo.

A page whose address has parts to fill in is listed in `FILLINGS`; a page without is walked by itself.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from werkzeug.routing import Rule

from core.base import clock
from core.base.crypto import encrypt
from core.base.database import db
from core.base.ids import new_id
from core.base.tasks import enqueue_task
from core.base.transactions import transactional
from core.catalog.bulk import Selection, start_bulk
from core.catalog.bulk_changes import Change
from core.catalog.uploads import keep_upload
from core.contract.contributions import DataSubject
from core.documents.fees import issue_fee_invoice, last_month
from core.exports.service import request_export
from core.exports.writers import write_rows
from core.giftcards.service import card_token, issue_card
from core.orders.carts import add_to_cart
from core.orders.letters import open_key
from core.orders.queries import order_by_code
from core.orders.return_models import GoodsReturn, ReturnPicture
from core.parties.links import link_request
from core.parties.proofs import make_proof
from core.parties.team import invite
from core.privacy.service import request_package
from core.seed.pictures import picture
from core.shops.domains import add_domain
from core.shops.queries import shop_context
from core.web.console.transfer import TEMPLATE_COLUMNS, TEMPLATE_ROWS
from plugins.logistics.delivery import settings_of
from tests.faces.world import BUYER, FACES, World

Filling = str | Callable[[World], str]
"""SQL that finds the value, or what makes it."""


@dataclass(frozen=True, slots=True)
class Way:
    """A page and who goes there."""

    endpoint: str
    face: str
    path: str


TEA = "merchant_id = :merchant"
PICTURES = f"{TEA} AND media_type = 'image/webp'"


def of(table: str, column: str = "id", where: str = TEA) -> str:
    """The first of a table's rows that belong to the tea shop."""
    return f"SELECT {column} FROM {table} WHERE {where} ORDER BY {column} LIMIT 1"


def _proof(purpose: str, subject: str) -> Callable[[World], str]:
    def make(world: World) -> str:
        about = {"person": f"person:{world.owner_id}", "customer": f"customer:{world.merchant_id}:{world.customer_id}"}

        @transactional
        def begin() -> str:
            return make_proof(purpose, about[subject], {"sealed": encrypt("new@tea.example")}, lasts=timedelta(hours=1))

        return world.doing(begin)

    return make


def _package(kind: str) -> Callable[[World], str]:
    def make(world: World) -> str:
        person = DataSubject("person", world.owner_id)
        customer = DataSubject("customer", world.customer_id, world.merchant_id)
        return world.doing(lambda: request_package(person if kind == "person" else customer))

    return make


def _bulk(world: World) -> str:
    product = world.one(of("product"))
    return world.doing(
        lambda: start_bulk(
            world.merchant_id, Selection((product,)), Change("tag_add", text="walked"), actor_id=world.owner_id
        )
    )


def _gift_card(world: World) -> str:
    return world.doing(lambda: issue_card(world.merchant_id, amount_minor=5_00, actor_id=world.owner_id)[0])


def _card_link(world: World) -> str:
    """The end of the address of a card's printable page."""

    def make() -> str:
        card_id, code = issue_card(world.merchant_id, amount_minor=5_00, actor_id=world.owner_id)
        return card_token(card_id, code)

    return world.doing(make)


def _upload(world: World) -> str:
    file = io.BytesIO()
    write_rows(file, "xlsx", TEMPLATE_COLUMNS, TEMPLATE_ROWS, lambda count: None)
    return world.doing(lambda: keep_upload(world.merchant_id, file.getvalue()))


def _import(world: World) -> str:
    params = {"key": _upload(world), "actor_id": world.owner_id}

    @transactional
    def ask() -> str:
        return enqueue_task("catalog.import", params, merchant_id=world.merchant_id, created_by=world.owner_id)

    return world.doing(ask)


def _export(world: World) -> str:
    return world.doing(
        lambda: request_export(world.merchant_id, "catalog.products", format="csv", actor_id=world.owner_id)
    )


def _domain(world: World) -> str:
    return world.doing(lambda: add_domain(world.merchant_id, "walk.example.com", actor_id=world.owner_id))


def _invited(world: World) -> str:
    return world.doing(
        lambda: invite(world.merchant_id, email="new@tea.example", role="clerk", actor_id=world.owner_id)
    )


def _cart(world: World) -> str:
    variant = world.one(of("variant"))
    return world.doing(lambda: add_to_cart(world.merchant_id, None, variant, 1))


def _opened(world: World) -> str:
    """The key of the link to the buyer's order that letters carry."""
    code = world.one(of("orders", "code", OF_BUYER))

    def key() -> str:
        found = order_by_code(world.merchant_id, code)
        assert found is not None
        return open_key(found.order)

    return world.doing(key)


@transactional
def _keep_picture(merchant_id: str, order_id: str) -> str:
    """A return of an order with a picture, for pages that show one; gives the picture's id."""
    moment = clock.now()
    goods = GoodsReturn(
        merchant_id=merchant_id,
        id=new_id("ret"),
        order_id=order_id,
        number=secrets.randbelow(900_000) + 100,
        state="declined",
        wish="refund",
        reason="other",
        opened_by="buyer",
        created_at=moment,
        changed_at=moment,
        ended_at=moment,
    )
    db.session.add(goods)
    db.session.flush()
    content = picture("Cup", "cup", 30)
    kept = ReturnPicture(merchant_id=merchant_id, id=new_id("rpc"), return_id=goods.id, content=content, position=0)
    db.session.add(kept)
    db.session.flush()
    return kept.id


def _return_picture(world: World) -> str:
    order_id = world.one(of("orders", where=OF_BUYER))
    return world.doing(lambda: _keep_picture(world.merchant_id, order_id))


def _fee_paper(world: World) -> str:
    """The platform's invoice for the fees of this month, or of the month before while this one is young."""
    before, this = last_month(clock.now())
    issued = (
        world.doing(lambda: issue_fee_invoice(world.merchant_id, "CNY", this)),
        world.doing(lambda: issue_fee_invoice(world.merchant_id, "CNY", before)),
    )
    return next(paper for paper in issued if paper is not None)


def _zone(world: World) -> str:
    return world.doing(lambda: str(settings_of(shop_context(world.merchant_id).view("logistics"))["zones"][0]["id"]))


DISCOUNT = of("discount", where=f"{TEA} AND method = 'code'")
ORDER, PRODUCT, VARIANT = of("orders"), of("product"), of("variant")
MERCHANT = "SELECT id FROM merchant WHERE id = :merchant"
CUSTOMER, PAYMENT, PAYOUT, CATEGORY = of("customer"), of("payment"), of("payout"), of("category")
PAPER, ENDPOINT, DELIVERY = (
    of("invoice", where=f"{TEA} AND issuer = merchant_id"),
    of("webhook_endpoint"),
    of("webhook_delivery"),
)
CASE = "SELECT id FROM identity_case WHERE state = 'waiting' ORDER BY id LIMIT 1"
MINE = (
    "SELECT p.id FROM identity_paper p JOIN identity_case c ON c.id = p.case_id "
    "WHERE c.subject_kind = 'organisation' AND c.subject_id = :merchant ORDER BY p.id LIMIT 1"
)
OF_BUYER = f"{TEA} AND customer_id IN (SELECT id FROM customer WHERE email = '{BUYER}')"
PAYMENT_OF_BUYER = of("payment", where=f"{TEA} AND subject_id IN (SELECT id FROM orders WHERE {OF_BUYER})")
INVOICED = of("invoice", "order_code", f"{TEA} AND order_code IN (SELECT code FROM orders WHERE {OF_BUYER})")

FILLINGS: Mapping[str, Mapping[str, Filling]] = {
    "account.fetch": {"package_id": _package("person")},
    "account.organisation": {"organisation_id": MERCHANT},
    "account.paper": {"paper_id": MINE},
    "account.step": {
        "kind": lambda world: "person",
        "subject_id": lambda world: world.owner_id,
        "level": lambda world: "2",
    },
    "api_carts.get_cart": {"cart_id": _cart},
    "api_categories.get_category": {"category_id": CATEGORY},
    "api_discounts.list_codes": {"discount_id": DISCOUNT},
    "api_discounts.show_discount": {"discount_id": DISCOUNT},
    "console.codes_file": {"discount_id": DISCOUNT},
    "console.discount": {"discount_id": DISCOUNT},
    "console.edit_discount": {"discount_id": DISCOUNT},
    "storefront.use_discount": {"code": lambda world: "WELCOME10"},
    "api_customers.get_customer": {"customer_id": CUSTOMER},
    "api_customers.list_orders_of_customer": {"customer_id": CUSTOMER},
    "api_domains.get_domain": {"domain_id": _domain},
    "api_exports.fetch_export": {"export_id": _export},
    "api_exports.get_export": {"export_id": _export},
    "api_gift_cards.get_gift_card": {"card_id": _gift_card},
    "api_gift_cards.list_entries": {"card_id": _gift_card},
    "api_imports.get_import": {"task_id": _import},
    "api_invoices.get_invoice": {"invoice_id": PAPER},
    "api_invoices.get_invoice_file": {"invoice_id": PAPER},
    "api_menus.get_menu": {"place": lambda world: "header"},
    "api_money.get_payout": {"payout_id": PAYOUT},
    "api_orders.get_order": {"order_id": ORDER},
    "api_pages.docs_asset": {"name": lambda world: "swagger-ui.css"},
    "api_payments.show_payment": {"payment_id": PAYMENT},
    "api_plugins.get_health": {"plugin_id": lambda world: "payment"},
    "api_plugins.get_plugin": {"plugin_id": lambda world: "payment"},
    "api_products.get_product": {"product_id": PRODUCT},
    "api_stock.get_stock": {"variant_id": VARIANT},
    "api_stock.list_movements": {"variant_id": VARIANT},
    "api_stock_counts.get_count": {"count_id": of("stock_count")},
    "api_stock_counts.list_count_lines": {"count_id": of("stock_count")},
    "api_taxes.get_category": {"category_id": of("tax_category")},
    "api_taxes.get_rate": {"rate_id": of("tax_rate")},
    "api_tokens.get_token": {"token_id": of("api_token")},
    "api_webhooks.get_delivery": {"delivery_id": DELIVERY},
    "api_webhooks.get_endpoint": {"endpoint_id": ENDPOINT},
    "api_webhooks.list_deliveries": {"endpoint_id": ENDPOINT},
    "assets.media": {"name": lambda world: world.one(of("asset", "hash", PICTURES)) + ".webp"},
    "assets.static_file": {"mark": lambda world: "-", "name": lambda world: "icons.svg"},
    "console.bulk_progress": {"edit_id": _bulk},
    "console.fetch_export": {"export_id": _export},
    "console.gift_card": {"card_id": _gift_card},
    "console.import_progress": {"task_id": _import},
    "console.invitation": {"token": _invited},
    "console.invoice_file": {"paper_id": PAPER},
    "console.message": {"message_id": of("message")},
    "console.order": {"order_id": ORDER},
    "console.order_beside": {"order_id": ORDER, "way": lambda world: "newer"},
    "console.packing_slip": {"order_id": ORDER},
    "console.page": {"page_id": of("site_page")},
    "console.plugin": {"plugin_id": lambda world: "logistics"},
    "console.preview_catalog": {"key": _upload},
    "console.print_orders": {"what": lambda world: "slips"},
    "console.product": {"product_id": PRODUCT},
    "console.related": {"product_id": PRODUCT},
    "console.stock_count": {"count_id": of("stock_count")},
    "console.stock_transfer": {"transfer_id": of("stock_transfer")},
    "console.variant_stock": {"variant_id": VARIANT},
    "console.webhook": {"endpoint_id": ENDPOINT},
    "console.webhook_delivery": {"delivery_id": DELIVERY},
    "office.account": {"account_id": "SELECT id FROM ledger_account ORDER BY id LIMIT 1"},
    "office.approval": {"approval_id": "SELECT id FROM approval ORDER BY id LIMIT 1"},
    "office.customer": {"merchant_id": MERCHANT, "customer_id": CUSTOMER},
    "office.identity_case": {"case_id": CASE},
    "office.identity_paper": {"paper_id": MINE},
    "office.plugin": {"plugin_id": lambda world: "payment"},
    "office.merchant": {"merchant_id": MERCHANT},
    "office.order": {"merchant_id": MERCHANT, "order_id": ORDER},
    "office.payment": {"merchant_id": MERCHANT, "payment_id": PAYMENT},
    "office.payout": {"merchant_id": MERCHANT, "payout_id": PAYOUT},
    "office.person": {"person_id": lambda world: world.owner_id},
    "office.product": {"merchant_id": MERCHANT, "product_id": PRODUCT},
    "office.review": {"review_id": "SELECT id FROM review ORDER BY id LIMIT 1"},
    "office.transfer": {"transfer_id": "SELECT id FROM ledger_transfer ORDER BY id LIMIT 1"},
    "api_locations.get_location": {"location_id": of("location")},
    "api_orders.list_notes": {"order_id": ORDER},
    "api_returns.get_return": {"return_id": of("goods_return")},
    "api_site_pages.get_page": {"page_id": of("site_page")},
    "api_transfers.get_transfer": {"transfer_id": of("stock_transfer")},
    "console.draft": {"draft_id": of("draft_order")},
    "console.goods_return": {"return_id": of("goods_return")},
    "console.new_return": {"order_id": ORDER},
    "console.one_customer": {"customer_id": CUSTOMER},
    "console.return_picture": {"order_id": of("orders", where=OF_BUYER), "picture_id": _return_picture},
    "logistics_console.zone": {"zone_id": _zone},
    "office.fee_file": {"paper_id": _fee_paper},
    "storefront.gift_card_shown": {"token": _card_link},
    "storefront.order_open": {"code": of("orders", "code", OF_BUYER), "key": _opened},
    "storefront.return_form": {"code": of("orders", "code", f"{OF_BUYER} AND state = 'completed'")},
    "storefront.return_picture": {
        "code": of("orders", "code", f"id = ({of('orders', where=OF_BUYER)})"),
        "picture_id": _return_picture,
    },
    "security.email_link": {"token": _proof("email", "person")},
    "security.reset": {"token": _proof("reset", "person")},
    "storefront.account_data_fetch": {"package_id": _package("customer")},
    "storefront.account_email_link": {"token": _proof("email", "customer")},
    "storefront.account_reset": {"token": _proof("reset", "customer")},
    "storefront.category": {"slug": of("category", "slug")},
    "storefront.order": {"code": of("orders", "code", OF_BUYER)},
    "storefront.order_invoice": {"code": INVOICED},
    "storefront.page": {"slug": of("site_page", "slug", f"{TEA} AND shown = true")},
    "storefront.pay": {
        "payment_id": of("payment", where=f"{TEA} AND subject_id IN (SELECT id FROM orders WHERE {OF_BUYER})")
    },
    "storefront.pay_state": {
        "payment_id": of("payment", where=f"{TEA} AND subject_id IN (SELECT id FROM orders WHERE {OF_BUYER})")
    },
    "storefront.product": {"slug": of("product", "slug")},
    "storefront.proof": {"token": lambda world: (_domain(world), world.one(of("domain", "token")))[1]},
}
"""What stands in the addresses of pages, by endpoint."""

QUERIES: Mapping[str, Callable[[World], str]] = {
    "api_taxes.report": lambda world: "from=2026-01-01&to=2026-12-31",
    "console.export": lambda world: "format=shopify",
    "console.bars": lambda world: "code=TB-1",
    "console.print_orders": lambda world: f"id={world.one(ORDER)}",
    "internal.may_serve_name": lambda world: "domain=tea.localhost",
    "account.link": lambda world: (
        "token=" + world.doing(lambda: link_request(world.merchant_id, world.customer_id, "walked"))
    ),
    "office.search": lambda world: "q=tea",
    "storefront.search": lambda world: "q=茶",
}
"""What is asked of a page whose address alone says too little."""

FACE_OF = {
    "account": "member", "assets": "shop", "console": "console", "design": "guest", "internal": "guest",
    "observe": "guest", "office": "office", "platform": "member", "security": "member", "storefront": "shop",
}  # fmt: skip
"""Who looks at the pages of a blueprint; pages of programs and of plugins are known by their names."""
AS_GUEST = {
    "console.invitation", "security.forgot", "security.reset", "security.sign_in", "security.second_step",
    "api_pages.docs", "api_pages.docs_asset", "api_pages.openapi",
}  # fmt: skip


def face_of(endpoint: str) -> str:
    """Who looks at a page."""
    room = endpoint.split(".", maxsplit=1)[0]
    if endpoint in AS_GUEST:
        return "guest"
    if room.startswith("api_"):
        return "api"
    return FACE_OF.get(room) or room.rpartition("_")[2]


def way_of(world: World, rule: Rule) -> Way:
    """How to reach a page. Raises LookupError with words that say what to add."""
    known = FILLINGS.get(rule.endpoint, {})
    if missing := rule.arguments - set(known):
        raise LookupError(
            f"{rule.rule} ({rule.endpoint}): add a filling for {', '.join(sorted(missing))} to FILLINGS in {__file__}"
        )
    face = face_of(rule.endpoint)
    if face not in FACES:
        raise LookupError(f"{rule.rule} ({rule.endpoint}): say in FACE_OF in {__file__} who looks at it")
    values = {name: filling(world) if callable(filling) else world.one(filling) for name, filling in known.items()}
    adapter = world.app.url_map.bind(FACES[face].removeprefix("http://"))
    path = adapter.build(rule.endpoint, values)
    asked = QUERIES.get(rule.endpoint)
    return Way(rule.endpoint, face, f"{path}?{asked(world)}" if asked else path)


def pages_of(world: World) -> list[Rule]:
    """All that can be looked at, in the order of their addresses."""
    seen = (rule for rule in world.app.url_map.iter_rules() if "GET" in (rule.methods or ()))
    return sorted(seen, key=lambda one: one.rule)
