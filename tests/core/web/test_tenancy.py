import pytest

from core.base import clock
from core.base.database import db
from core.base.transactions import transactional
from core.shops.domains import add_domain, make_primary, remove_domain
from core.shops.models import Domain, Merchant
from core.web.internal import internal_token


@transactional
def proven(merchant_id: str, host: str) -> str:
    domain_id = add_domain(merchant_id, host, actor_id=None)
    db.session.get(Domain, domain_id).proven_at = clock.now()
    return domain_id


def test_each_host_shows_its_own_shop(tea, ceramics):
    assert b"Quiet Tea" in tea.get("/").data
    assert b"Kiln &amp; Co" in ceramics.get("/").data
    assert b"Quiet Tea" not in ceramics.get("/").data


@pytest.mark.parametrize(
    "host", ["nobody.localhost", "a.tea.localhost", "example.com", "127.0.0.1", "[::1]", "evil.com:80"]
)
def test_an_unknown_host_gets_a_plain_404(tea, host):
    answer = tea.at(f"http://{host}").get("/")
    assert (answer.status_code, answer.mimetype, answer.data) == (404, "text/plain", b"Not found\n")


def test_a_host_is_found_whatever_its_case_port_and_final_dot(tea):
    for host in ("TEA.localhost", "tea.localhost:8000", "tea.localhost."):
        assert b"Quiet Tea" in tea.get("/", headers={"Host": host}).data


def test_a_proven_domain_shows_the_shop_and_an_unproven_one_does_not(tea, shops):
    add_domain(shops.tea, "claimed.example.com", actor_id=None)
    proven(shops.tea, "tea.example.com")
    assert b"Quiet Tea" in tea.at("http://tea.example.com").get("/").data
    assert tea.at("http://claimed.example.com").get("/").status_code == 404


def test_the_other_names_redirect_to_the_primary_one_with_path_and_query(tea, shops):
    domain_id = proven(shops.tea, "tea.example.com")
    make_primary(shops.tea, domain_id, actor_id=None)
    answer = tea.at("http://tea.localhost:8000").get("/search?q=%E8%8C%B6&sort=price")
    assert answer.status_code == 301
    assert answer.headers["Location"] == "http://tea.example.com:8000/search?q=%E8%8C%B6&sort=price"
    assert tea.at("http://tea.localhost").post("/cart/add", {}).status_code == 308
    assert b"Quiet Tea" in tea.at("http://tea.example.com").get("/").data


def test_a_page_kept_for_a_host_is_not_shown_there_once_the_host_has_moved(tea, shops):
    tea.get("/")
    make_primary(shops.tea, proven(shops.tea, "tea.example.com"), actor_id=None)
    assert tea.get("/").status_code == 301


def test_a_removed_domain_stops_serving_at_once(tea, shops):
    domain_id = proven(shops.tea, "tea.example.com")
    tea.at("http://tea.example.com").get("/")
    remove_domain(shops.tea, domain_id, actor_id=None)
    assert tea.at("http://tea.example.com").get("/").status_code == 404


def test_a_merchant_that_was_closed_down_is_not_shown(tea, shops):
    tea.get("/")

    @transactional
    def close():
        db.session.get(Merchant, shops.tea).status = "closed"

    close()
    assert tea.get("/").status_code == 404


def test_pages_of_the_platform_do_not_exist_in_a_shop_and_the_other_way_round(tea, platform):
    assert tea.get("/sign-in").status_code == 404
    assert platform.get("/cart").status_code == 404
    assert platform.get("/").status_code == 200


@pytest.mark.parametrize(
    ("domain", "status"),
    [
        ("tea.localhost", 200),
        ("tea.example.com", 200),
        ("TEA.example.com", 200),
        ("localhost", 200),
        ("nobody.localhost", 404),
        ("example.com", 404),
        ("", 404),
        ("x" * 300, 404),
        ("127.0.0.1", 404),
        ("☃", 404),
    ],
)
def test_a_proxy_may_serve_our_names_only(platform, shops, domain, status):
    proven(shops.tea, "tea.example.com")
    asked = {"query_string": {"domain": domain}}
    assert platform.get("/internal/may-serve", **asked).status_code == status
    assert platform.at("http://127.0.0.1:8000").get("/internal/may-serve", **asked).status_code == status


def test_strangers_may_not_ask_which_names_are_served(platform, tea):
    path = "/internal/may-serve?domain=tea.localhost"
    elsewhere = {"environ_overrides": {"REMOTE_ADDR": "203.0.113.9"}}
    assert platform.get(path, **elsewhere).status_code == 404
    assert platform.get(path, headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404
    assert tea.get(path).status_code == 404
    assert platform.get(f"{path}&token={internal_token()}", **elsewhere).status_code == 200


def test_a_shop_serves_the_proofs_of_its_own_claims_only(tea, ceramics, shops):
    token = db.session.get(Domain, add_domain(shops.tea, "new.example.com", actor_id=None)).token
    path = f"/.well-known/tongbao-{token}.txt"
    assert tea.get(path).text.strip() == token
    assert ceramics.get(path).status_code == 404
    assert tea.at("http://new.example.com").get(path).status_code == 404


def test_small_files_of_a_shop_are_its_own(tea, goods, shops):
    assert f"/products/{goods.slug}</loc>".encode() in tea.get("/sitemap.xml").data
    assert b"Sitemap: http://tea.localhost/sitemap.xml" in tea.get("/robots.txt").data
    assert b">Q</text>" in tea.get("/favicon.svg").data
    assert tea.get("/theme.css").mimetype == "text/css"
