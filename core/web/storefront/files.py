"""Small files of a shop: its colours, its icon, what search engines and domain checks ask for."""

from __future__ import annotations

from flask import Response, request
from markupsafe import escape
from sqlalchemy import select

from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.catalog.models import Category, Product
from core.shops.queries import proof_belongs
from core.web.assets import BRIEFLY, FOR_EVER
from core.web.headers import PICTURE_POLICY
from core.web.storefront.frame import frame_of, shown_theme
from core.web.storefront.site import blueprint
from core.web.tenancy import current_shop
from core.web.theme import accent_of, ink_on, theme_css

SITEMAP_URLS_MAX = 50_000


@blueprint.get("/theme.css")
def theme() -> Response:
    """The shop's colours as CSS variables; pages ask with `?v=<shop version>`, so it is cached for ever."""
    shop = current_shop()
    response = Response(theme_css(shown_theme(shop)), mimetype="text/css")
    response.headers["Cache-Control"] = FOR_EVER if request.args.get("v") == str(shop.version) else BRIEFLY
    return response


@blueprint.get("/favicon.svg")
@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """The shop's initial on its accent colour."""
    shop = current_shop()
    initial = escape(next((sign for sign in shop.name if sign.isalnum()), "T").upper())
    accent = accent_of(shop.theme)
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<rect width="64" height="64" rx="14" fill="{accent}"/>'
        '<text x="32" y="44" font-family="Georgia, \'Songti SC\', serif" font-size="36" text-anchor="middle" '
        f'fill="{ink_on(accent)}">{initial}</text></svg>'
    )
    response = Response(svg, mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    return response


@blueprint.get("/robots.txt")
def robots() -> Response:
    """What search engines may read: the goods, not the carts."""
    lines = [
        "User-agent: *",
        *(f"Disallow: /{path}" for path in ("cart", "checkout", "account", "orders", "pay", "search")),
    ]
    return Response("\n".join([*lines, f"Sitemap: {request.host_url}sitemap.xml", ""]), mimetype="text/plain")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """Every category, product and written page."""
    merchant_id, base = current_shop().merchant_id, request.host_url
    categories = db.session.scalars(select(Category.slug).where(Category.merchant_id == merchant_id)).all()
    products = db.session.execute(
        select(Product.slug, Product.updated_at)
        .where(Product.merchant_id == merchant_id, Product.published)
        .order_by(Product.id)
        .limit(SITEMAP_URLS_MAX)
    ).all()
    urls = [f"<url><loc>{escape(base)}</loc></url>"]
    urls += [f"<url><loc>{escape(base)}categories/{escape(slug)}</loc></url>" for slug in categories]
    urls += [
        f"<url><loc>{escape(base)}products/{escape(row.slug)}</loc><lastmod>{row.updated_at:%Y-%m-%d}</lastmod></url>"
        for row in products
    ]
    urls += [
        f"<url><loc>{escape(base)}pages/{escape(slug)}</loc><lastmod>{changed:%Y-%m-%d}</lastmod></url>"
        for slug, _titles, changed in frame_of(current_shop()).pages.values()
    ]
    body = "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
            *urls,
            "</urlset>",
        ]
    )
    return Response(body, mimetype="application/xml")


@blueprint.get("/.well-known/tongbao-<token>.txt")
def proof(token: str) -> Response:
    """The proof of a domain that this shop's merchant has claimed."""
    if not proof_belongs(current_shop().merchant_id, token[:64]):
        raise NotFound(_l("There is no such file."))
    return Response(token + "\n", mimetype="text/plain")
