"""Serves pages that were rendered before, when nothing that they show has changed since.

In front of Flask: one statement finds the shop by its host and reads the exact versions (shop; product and its stock
on a product page). They are part of the key, so a page that was kept is right or is not found. A visitor with a
session costs one statement more. Whatever is unusual (no such page, another name of the shop, a waiting message, a
database that does not answer) goes the ordinary way.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import Flask
from sqlalchemy import Engine, Select, bindparam, create_engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import aliased

from core.base import clock
from core.base.config import Config
from core.base.database import db
from core.catalog.models import Product
from core.figures.visits import Visits
from core.inventory.models import Stock
from core.shops.models import Domain, Merchant, Shop
from core.shops.queries import By, host_key
from core.web.headers import security_headers
from core.web.i18n import COOKIE as LANGUAGE_COOKIE
from core.web.i18n import chosen_locale
from core.web.pages import PAGE_KEY, Page, Pieces
from core.web.plain_sql import PlainStatement
from core.web.sessions import TOKEN_CHARACTERS_MAX, VISITOR_SELECT, visitor_from_row, visitor_parameters
from core.web.visits import note_visit

PAGES_BYTES_MAX = 64 * 1024 * 1024
QUERY_CHARACTERS_MAX = 200
PRODUCT_PREFIX = "/products/"
CATEGORY_PREFIX = "/categories/"
PAGE_PREFIX = "/pages/"
if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

log = logging.getLogger("tongbao.web")

PageKey = tuple[Any, ...]


class KeptPages:
    """Pages by key, the least recently used go first; bounded by their bytes. Shared by the threads of a process."""

    def __init__(self, bytes_max: int = PAGES_BYTES_MAX) -> None:
        self._pages: OrderedDict[PageKey, Page] = OrderedDict()
        self._bytes, self._bytes_max = 0, bytes_max
        self._lock = Lock()

    def get(self, key: PageKey) -> Page | None:
        with self._lock:
            page = self._pages.get(key)
            if page is not None and page.until is not None and page.until <= clock.now():
                return None
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def put(self, key: PageKey, page: Page) -> None:
        with self._lock:
            before = self._pages.pop(key, None)
            self._bytes += _size(page) - (_size(before) if before else 0)
            self._pages[key] = page
            while self._bytes > self._bytes_max and self._pages:
                _key, gone = self._pages.popitem(last=False)
                self._bytes -= _size(gone)

    def __len__(self) -> int:
        return len(self._pages)


def _size(page: Page) -> int:
    return 2 * len(page.anonymous) + 500


def versions_select(by: By, *, product: bool) -> Select[Any]:
    """The one statement of a kept page: who the host is, and the versions of what the page shows."""
    primary = aliased(Domain)
    columns: list[Any] = [
        Merchant.id,
        Merchant.status,
        Shop.version,
        Shop.locale,
        select(primary.host)
        .where(primary.merchant_id == Merchant.id, primary.is_primary, primary.proven_at.is_not(None))
        .correlate(Merchant)
        .scalar_subquery()
        .label("primary_host"),
    ]
    if product:
        stock = (
            select(func.sum(Stock.version))
            .where(Stock.merchant_id == Product.merchant_id, Stock.product_id == Product.id)
            .correlate(Product)
            .scalar_subquery()
        )
        columns += [Product.id.label("product_id"), Product.version.label("product_version"), stock.label("stock")]
    found = select(*columns).select_from(Merchant).join(Shop, Shop.merchant_id == Merchant.id)
    if product:
        found = found.join(
            Product,
            (Product.merchant_id == Merchant.id) & (Product.slug == bindparam("product_slug")) & Product.published,
        )
    if by == "slug":
        return found.where(Merchant.slug == bindparam("key"))
    return found.join(Domain, Domain.merchant_id == Merchant.id).where(
        Domain.host == bindparam("key"), Domain.proven_at.is_not(None)
    )


@dataclass(frozen=True, slots=True)
class _Ways:
    """An engine and the statements compiled for it."""

    engine: Engine
    versions: dict[tuple[By, bool], PlainStatement]
    visitor: PlainStatement

    @classmethod
    def of(cls, engine: Engine) -> _Ways:
        kinds: tuple[By, ...] = ("slug", "domain")
        versions = {
            (by, product): PlainStatement(versions_select(by, product=product), engine.dialect)
            for by in kinds
            for product in (True, False)
        }
        return cls(engine, versions, PlainStatement(VISITOR_SELECT, engine.dialect))


class PageCache:
    """The WSGI layer; `init_app` puts it in front of Flask."""

    def __init__(self, app: Flask, config: Config) -> None:
        self._app, self._next = app, app.wsgi_app
        self._platform_host = config.platform_host
        self._cookie = "__Host-tb_s" if config.production else "tb_s"
        self._pages: KeptPages = app.extensions["tongbao.pages"]
        self._pieces: Pieces = app.extensions["tongbao.pieces"]
        self._visits: Visits = app.extensions["tongbao.visits"]
        self._headers = [*security_headers(config.production).items(), ("Content-Type", "text/html; charset=utf-8")]
        self._ways: _Ways | None = None
        self._failures: tuple[type[Exception], ...] = (SQLAlchemyError,)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "GET":
            try:
                answer = self._answer(environ)
            except self._failures:
                log.warning("kept pages: the database did not answer", exc_info=True)
                if self._ways is not None:
                    # The pool does not see the driver's errors: a dead connection must not be handed out again.
                    self._ways.engine.dispose()
                answer = None
            if answer is not None:
                status, headers, body = answer
                start_response(status, headers)
                return [body]
        return self._next(environ, start_response)

    def _answer(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes] | None:
        path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        slug = _cacheable(path, query)
        if slug is None:
            return None
        place = host_key(environ.get("HTTP_HOST", ""), self._platform_host)
        if place is None:
            return None
        by, value, host = place
        parameters = {"key": value, "product_slug": slug} if slug else {"key": value}
        ways = self._the_ways()
        with closing(ways.engine.raw_connection()) as connection:
            row = ways.versions[by, bool(slug)].first(connection, parameters)
            if row is None:
                return None
            merchant_id, status, version, default_locale, primary_host, *more = row
            if status != "active" or primary_host not in (None, host):
                return None
            cookies = _cookies(environ.get("HTTP_COOKIE", ""))
            accepted = environ.get("HTTP_ACCEPT_LANGUAGE")
            locale = chosen_locale(None, cookies.get(LANGUAGE_COOKIE), accepted, default_locale)
            versions = (version, *more)
            # The whole Host header, with its port, stands in the page's absolute addresses.
            key = (merchant_id, versions, environ["HTTP_HOST"], environ["wsgi.url_scheme"], path, query, locale)
            page = self._pages.get(key)
            if page is None:
                environ[PAGE_KEY] = key
                return None
            token = cookies.get(self._cookie, "")
            known = None
            if 0 < len(token) <= TOKEN_CHARACTERS_MAX:
                known = ways.visitor.first(connection, visitor_parameters(token, merchant_id))
        if known is None:
            note_visit(self._visits, merchant_id, environ)
            return self._anonymous(page, environ.get("HTTP_IF_NONE_MATCH", ""))
        who = visitor_from_row(token, known)
        if who.flashes:
            return None
        note_visit(self._visits, merchant_id, environ)
        with self._app.app_context():
            body = self._pieces.filled(page, who, locale)
        return "200 OK", [*self._common(), ("Content-Length", str(len(body)))], body

    def _anonymous(self, page: Page, known_etags: str) -> tuple[str, list[tuple[str, str]], bytes]:
        etag = f'"{page.etag}"'
        headers = [*self._common(), ("ETag", etag)]
        if etag in known_etags:
            return "304 NOT MODIFIED", headers, b""
        return "200 OK", [*headers, ("Content-Length", str(len(page.anonymous)))], page.anonymous

    def _common(self) -> list[tuple[str, str]]:
        return [*self._headers, ("Cache-Control", "private, no-cache"), ("Vary", "Cookie, Accept-Language")]

    def _the_ways(self) -> _Ways:
        """Connections that begin no transaction (on PostgreSQL, of its own): each statement here stands alone."""
        if self._ways is None:
            with self._app.app_context():
                engine = db.engine
            if engine.dialect.name == "postgresql":
                engine = create_engine(
                    engine.url,
                    isolation_level="AUTOCOMMIT",
                    pool_size=5,
                    max_overflow=10,
                )
            self._failures = (SQLAlchemyError, engine.dialect.loaded_dbapi.Error)
            with engine.connect():
                # The first connection teaches the dialect what it talks to; statements are compiled after it.
                self._ways = _Ways.of(engine)
        return self._ways


def _cacheable(path: str, query: str) -> str | None:
    """None for a page that is never kept; a product's slug on its page; "" on home, category and written pages."""
    if len(query) > QUERY_CHARACTERS_MAX or "lang=" in query or "preview=" in query:
        return None
    if path == "/":
        return ""
    if path.startswith(PRODUCT_PREFIX):
        slug = path[len(PRODUCT_PREFIX) :].encode("latin-1", "replace").decode("utf-8", "replace")
        return slug if slug and "/" not in slug and "\x00" not in slug else None
    if path.startswith((CATEGORY_PREFIX, PAGE_PREFIX)) and "\x00" not in path:
        return ""
    return None


def _cookies(header: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in header.split(";"):
        name, _, value = pair.strip().partition("=")
        found.setdefault(name, value)
    return found


def init_app(app: Flask, config: Config) -> None:
    """Put it in front of the application."""
    app.extensions["tongbao.pages"] = KeptPages()
    app.wsgi_app = PageCache(app, config)  # type: ignore[method-assign]
