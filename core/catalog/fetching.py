"""Fetches pictures that a catalogue file knows only by their address.

Strangers choose these addresses, so they are distrusted: only HTTP and HTTPS to public addresses, the address that was
checked is the one that is connected to, each redirect is checked anew, little is read, and not for long; what came is
a picture only when its content is one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import urllib3
from sqlalchemy import select, update

from core.base import clock
from core.base.database import db
from core.base.transactions import end_read, transactional
from core.catalog.errors import PictureRefused
from core.catalog.images import keep_assets
from core.catalog.models import ProductImage
from core.catalog.pictures import UPLOAD_BYTES_MAX, Picture, prepare_picture
from core.catalog.upkeep import refresh_products, touch_products
from core.shops.proof import addresses_of, is_public

ATTEMPTS_MAX: Final = 3
AT_ONCE: Final = 20
REDIRECTS_MAX: Final = 4
SECONDS_MAX: Final = 20.0
CONNECT_SECONDS: Final = 5.0
CHUNK: Final = 64 * 1024
PORTS: Final = frozenset({80, 443, 8080, 8443})
_MOVED = frozenset({301, 302, 303, 307, 308})
_FOR_GOOD = frozenset({400, 401, 403, 404, 405, 410, 451})
_HEADERS = {
    "Accept": "image/webp,image/png,image/jpeg",
    "User-Agent": "Tongbao pictures",
    "Accept-Encoding": "identity",
}


class FetchFailed(Exception):
    """A picture did not come. `code` says why (see `words`); `for_good` when asking again makes no sense."""

    def __init__(self, code: str, *, for_good: bool = False) -> None:
        super().__init__(code)
        self.code, self.for_good = code, for_good


@dataclass(frozen=True, slots=True)
class Outside:
    """How the outside is reached; tests put their own resolver in."""

    private_allowed: bool = False
    addresses: Callable[[str], Sequence[str]] = field(default=addresses_of)
    ports: frozenset[int] = PORTS
    bytes_max: int = UPLOAD_BYTES_MAX
    seconds_max: float = SECONDS_MAX


def fetch_bytes(url: str, outside: Outside) -> bytes:
    """The bytes at an address. Raises FetchFailed."""
    deadline = time.monotonic() + outside.seconds_max
    for _hop in range(REDIRECTS_MAX + 1):
        answer = _ask(url, outside, deadline)
        if isinstance(answer, bytes):
            return answer
        url = urljoin(url, answer)
    raise FetchFailed("redirects", for_good=True)


def _ask(url: str, outside: Outside, deadline: float) -> bytes | str:
    """One request: the bytes, or where to look instead."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise FetchFailed("address", for_good=True) from None
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or parts.username is not None or port not in outside.ports:
        raise FetchFailed("address", for_good=True)
    addresses = list(outside.addresses(host))
    if not addresses:
        raise FetchFailed("unknown_host")
    if not outside.private_allowed and not all(is_public(address) for address in addresses):
        raise FetchFailed("private", for_good=True)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    default = (parts.scheme, port) in (("http", 80), ("https", 443))
    headers = {**_HEADERS, "Host": host if default else f"{host}:{port}"}
    left = deadline - time.monotonic()
    if left <= 0:
        raise FetchFailed("slow")
    wait = urllib3.Timeout(connect=min(CONNECT_SECONDS, left), read=min(CONNECT_SECONDS, left))
    pool = _pool(parts.scheme, addresses[0], port, host, wait)
    try:
        response = pool.request(
            "GET", path, headers=headers, redirect=False, retries=False, preload_content=False, decode_content=False
        )
        try:
            return _read(response, outside, deadline)
        finally:
            response.close()
    except urllib3.exceptions.SSLError:
        raise FetchFailed("certificate") from None
    except (urllib3.exceptions.HTTPError, OSError, ValueError):
        raise FetchFailed("no_answer") from None
    finally:
        pool.close()


def _pool(scheme: str, address: str, port: int, host: str, wait: urllib3.Timeout) -> urllib3.HTTPConnectionPool:
    """A connection to exactly this address, with the certificate of the name."""
    if scheme == "https":
        return urllib3.HTTPSConnectionPool(
            address, port, timeout=wait, maxsize=1, server_hostname=host, assert_hostname=host
        )
    return urllib3.HTTPConnectionPool(address, port, timeout=wait, maxsize=1)


def _read(response: Any, outside: Outside, deadline: float) -> bytes | str:
    if response.status in _MOVED:
        target = response.headers.get("Location", "")
        if not target or len(target) > 2000:
            raise FetchFailed("redirects", for_good=True)
        return str(target)
    if response.status != 200:
        raise FetchFailed("status", for_good=response.status in _FOR_GOOD)
    kind = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
    if kind.startswith("text/"):
        raise FetchFailed("kind", for_good=True)
    content = bytearray()
    while True:
        if time.monotonic() > deadline:
            raise FetchFailed("slow")
        piece = response.read(CHUNK)
        if not piece:
            return bytes(content)
        content += piece
        if len(content) > outside.bytes_max:
            raise FetchFailed("too_large", for_good=True)


def fetch_waiting(outside: Outside | None = None, limit: int = AT_ONCE) -> int:
    """Fetch some of the pictures that wait, the least tried first; gives how many came. A job calls it."""
    outside = outside or Outside()
    waiting = db.session.execute(
        select(ProductImage.merchant_id, ProductImage.id, ProductImage.source_url)
        .where(
            ProductImage.asset_hash.is_(None), ProductImage.source_url != "", ProductImage.fetch_attempts < ATTEMPTS_MAX
        )
        .order_by(ProductImage.fetch_attempts, ProductImage.merchant_id, ProductImage.id)
        .limit(limit)
    ).all()
    end_read()
    came = 0
    stop = clock.now() + timedelta(minutes=2)
    for merchant_id, image_id, url in waiting:
        if clock.now() > stop:
            break
        try:
            picture = prepare_picture(fetch_bytes(url, outside))
        except FetchFailed as failed:
            _failed(merchant_id, image_id, failed.code, for_good=failed.for_good)
        except PictureRefused as refused:
            _failed(merchant_id, image_id, refused.code, for_good=True)
        else:
            _came(merchant_id, image_id, picture)
            came += 1
    return came


@transactional
def _failed(merchant_id: str, image_id: str, code: str, *, for_good: bool) -> None:
    db.session.execute(
        update(ProductImage)
        .where(ProductImage.merchant_id == merchant_id, ProductImage.id == image_id)
        .values(fetch_attempts=ATTEMPTS_MAX if for_good else ProductImage.fetch_attempts + 1, fetch_error=code[:200])
        .execution_options(synchronize_session=False)
    )


@transactional
def _came(merchant_id: str, image_id: str, picture: Picture) -> None:
    keep_assets(merchant_id, picture)
    product_id = db.session.execute(
        update(ProductImage)
        .where(ProductImage.merchant_id == merchant_id, ProductImage.id == image_id, ProductImage.asset_hash.is_(None))
        .values(asset_hash=picture.key, width=picture.width, height=picture.height, fetch_error="")
        .returning(ProductImage.product_id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if product_id is not None:
        refresh_products(merchant_id, [product_id])
        touch_products(merchant_id, [product_id])


@transactional
def try_again(merchant_id: str, product_id: str) -> int:
    """Let a product's pictures that did not come be fetched once more; gives how many."""
    return len(
        db.session.execute(
            update(ProductImage)
            .where(
                ProductImage.merchant_id == merchant_id,
                ProductImage.product_id == product_id,
                ProductImage.asset_hash.is_(None),
            )
            .values(fetch_attempts=0, fetch_error="")
            .returning(ProductImage.id)
            .execution_options(synchronize_session=False)
        ).all()
    )
