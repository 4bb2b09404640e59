from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import insert

from core.base.database import db
from core.base.transactions import transactional
from core.catalog import queries
from core.catalog.fetching import ATTEMPTS_MAX, FetchFailed, Outside, fetch_bytes, fetch_waiting, try_again
from core.catalog.models import ProductImage


@pytest.fixture
def pages(picture):
    """A web server on this machine; `pages[path]` is (status, headers, body)."""
    found = {"/cup.png": (200, {"Content-Type": "image/png"}, picture())}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, headers, body = found.get(self.path.split("?")[0], (404, {}, b""))
            found.setdefault("hosts", []).append(self.headers["Host"])
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found["port"] = server.server_address[1]
    yield found
    server.shutdown()
    server.server_close()


def outside(pages, **options) -> Outside:
    options.setdefault("private_allowed", True)
    options.setdefault("addresses", lambda host: ["127.0.0.1"])
    return Outside(ports=frozenset({pages["port"], 80}), **options)


def code_of(url, way) -> str:
    with pytest.raises(FetchFailed) as failed:
        fetch_bytes(url, way)
    return failed.value.code


def test_a_picture_is_fetched_under_the_name_of_its_host(pages):
    url = f"http://img.example:{pages['port']}/cup.png?v=1"
    assert fetch_bytes(url, outside(pages)) == pages["/cup.png"][2]
    assert pages["hosts"] == [f"img.example:{pages['port']}"]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.8", "192.168.1.1", "169.254.169.254", "::1", "fe80::1", "100.64.0.1", "0.0.0.0",
     "::ffff:127.0.0.1", "fc00::1", "224.0.0.1"],
)  # fmt: skip
def test_no_address_of_a_private_network_is_connected_to(pages, address):
    way = outside(pages, private_allowed=False, addresses=lambda host: ["93.184.215.14", address])
    assert code_of(f"http://img.example:{pages['port']}/cup.png", way) == "private"
    assert "hosts" not in pages


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://img.example/x.png", "http://a:b@img.example/x.png", "http://img.example:22/x.png",
     "http:///x.png", "//img.example/x.png", "http://img.example:99999/x.png", "http://[::1/x.png", "javascript:1"],
)  # fmt: skip
def test_other_kinds_of_addresses_are_not_asked(pages, url):
    assert code_of(url, outside(pages)) == "address"


def test_a_redirect_is_followed_and_checked_like_the_first_address(pages):
    port = pages["port"]
    pages["/moved"] = (302, {"Location": "/cup.png"}, b"")
    pages["/inside"] = (302, {"Location": f"http://secret.example:{port}/cup.png"}, b"")
    pages["/file"] = (302, {"Location": "file:///etc/passwd"}, b"")
    pages["/round"] = (302, {"Location": "/round"}, b"")
    public = {"img.example": "127.0.0.1", "secret.example": "169.254.169.254"}
    assert fetch_bytes(f"http://img.example:{port}/moved", outside(pages)) == pages["/cup.png"][2]
    assert code_of(f"http://img.example:{port}/file", outside(pages)) == "address"
    assert code_of(f"http://img.example:{port}/round", outside(pages)) == "redirects"

    def resolve(host):
        return [public[host]]

    import core.catalog.fetching as fetching

    seen = []

    def only_ours(address):
        seen.append(address)
        return address == "127.0.0.1"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetching, "is_public", only_ours)
        way = outside(pages, private_allowed=False, addresses=resolve)
        assert code_of(f"http://img.example:{port}/inside", way) == "private"
    assert seen == ["127.0.0.1", "169.254.169.254"]


def test_what_is_large_slow_missing_or_no_picture_is_given_up(pages):
    base = f"http://img.example:{pages['port']}"
    pages["/page"] = (200, {"Content-Type": "text/html"}, b"<html>")
    assert code_of(f"{base}/cup.png", outside(pages, bytes_max=100)) == "too_large"
    assert code_of(f"{base}/cup.png", outside(pages, seconds_max=-1)) == "slow"
    assert code_of(f"{base}/nothing.png", outside(pages)) == "status"
    assert code_of(f"{base}/page", outside(pages)) == "kind"
    assert code_of(f"{base}/cup.png", outside(pages, addresses=lambda host: [])) == "unknown_host"
    assert code_of("http://img.example:80/cup.png", outside(pages)) == "no_answer"


@transactional
def known_by_address(merchant_id, product_id, image_id, url):
    db.session.execute(
        insert(ProductImage).values(
            merchant_id=merchant_id, id=image_id, product_id=product_id, source_url=url, position=0
        )
    )


def test_imported_pictures_come_in_the_background_and_are_made_anew(merchant, make_product, pages):
    product_id = make_product()
    base = f"http://img.example:{pages['port']}"
    pages["/fake.png"] = (200, {"Content-Type": "image/png"}, b"MZ not a picture")
    pages["/busy.png"] = (503, {}, b"")
    for name in ("cup", "fake", "busy"):
        known_by_address(merchant, product_id, f"img_{name}", f"{base}/{name}.png")
    assert fetch_waiting(outside(pages)) == 1
    found = queries.product_by_id(merchant, product_id)
    assert [image.id for image in found.images] == ["img_cup"] and found.images[0].url.endswith(".webp")
    assert found.images_waiting == 2
    assert queries.products_for_console(merchant).rows[0].image_url
    for _again in range(ATTEMPTS_MAX + 1):
        fetch_waiting(outside(pages))
    db.session.remove()
    tries = {row.id: (row.fetch_attempts, row.fetch_error) for row in db.session.query(ProductImage)}
    assert tries["img_fake"] == (ATTEMPTS_MAX, "picture_kind") and tries["img_busy"] == (ATTEMPTS_MAX, "status")
    pages["/busy.png"] = pages["/cup.png"]
    db.session.remove()
    assert try_again(merchant, product_id) == 2
    assert fetch_waiting(outside(pages)) == 1
