import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core.base.database import db
from core.base.errors import Invalid, NotFound, Refused
from core.shops import domains
from core.shops.domains import add_domain, make_primary, prove_domain, remove_domain
from core.shops.errors import DomainNotProven, DomainTaken
from core.shops.models import Domain
from core.shops.proof import Lookup, is_public, proof_by_file, proof_path
from core.shops.queries import Moved, domains_of, resolve_host


def token_of(domain_id: str) -> str:
    return db.session.get(Domain, domain_id).token


def told_by_dns(records: dict[str, list[str]]) -> Lookup:
    """A lookup whose DNS holds these TXT records and no addresses."""
    return Lookup(txt=lambda name: records.get(name, []), addresses=lambda host: [])


def proof_of(domain_id: str, host: str) -> Lookup:
    return told_by_dns({f"_tongbao.{host}": [token_of(domain_id)]})


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" Tea.Example.COM ", "tea.example.com"),
        ("https://tea.example.com/shop?x=1", "tea.example.com"),
        ("tea.example.com.", "tea.example.com"),
        ("tea.example.com:8000", "tea.example.com"),
        ("茶.example.com", "xn--cl1a.example.com"),
    ],
)
def test_a_domain_is_stored_in_one_spelling(merchants, typed, stored):
    domain_id = add_domain(merchants[0], typed, actor_id=None)
    assert db.session.get(Domain, domain_id).host == stored


@pytest.mark.parametrize(
    "typed",
    ["", "tea", "tea shop.com", "127.0.0.1", "[::1]", "-a.com", "a..com", "a" * 64 + ".com", "x." * 130 + "com",
     "tea.localhost", "localhost", "other.tea.localhost", "a_b.example.com", "tea.example.com\x00", "☃" * 80 + ".com"],
)  # fmt: skip
def test_what_is_no_domain_of_the_merchants_own_is_refused_with_words(merchants, typed):
    with pytest.raises(Invalid) as refused:
        add_domain(merchants[0], typed, actor_id=None)
    assert str(refused.value.fields["host"])


def test_a_domain_serves_only_after_its_proof(merchants):
    domain_id = add_domain(merchants[0], "tea.example.com", actor_id=None)
    assert resolve_host("tea.example.com") is None
    assert prove_domain(merchants[0], domain_id, lookup=proof_of(domain_id, "tea.example.com"), actor_id=None) == "dns"
    assert resolve_host("tea.example.com").merchant_id == merchants[0]


def test_a_wrong_or_missing_proof_says_what_was_looked_for(merchants):
    domain_id = add_domain(merchants[0], "tea.example.com", actor_id=None)
    with pytest.raises(DomainNotProven, match=r"no TXT record _tongbao\.tea\.example\.com"):
        prove_domain(merchants[0], domain_id, lookup=told_by_dns({}), actor_id=None)
    with pytest.raises(DomainNotProven, match="another value"):
        prove_domain(
            merchants[0], domain_id, lookup=told_by_dns({"_tongbao.tea.example.com": ["something else"]}), actor_id=None
        )
    assert resolve_host("tea.example.com") is None


def test_a_domain_that_another_merchant_has_proven_cannot_be_claimed(merchants):
    mine = add_domain(merchants[0], "tea.example.com", actor_id=None)
    prove_domain(merchants[0], mine, lookup=proof_of(mine, "tea.example.com"), actor_id=None)
    with pytest.raises(DomainTaken, match="another shop"):
        add_domain(merchants[1], "TEA.example.com", actor_id=None)


def test_of_two_claims_the_first_proven_has_the_name(merchants):
    first, second = (add_domain(merchant, "tea.example.com", actor_id=None) for merchant in merchants)
    prove_domain(merchants[1], second, lookup=proof_of(second, "tea.example.com"), actor_id=None)
    with pytest.raises(DomainTaken):
        prove_domain(merchants[0], first, lookup=proof_of(first, "tea.example.com"), actor_id=None)
    assert resolve_host("tea.example.com").merchant_id == merchants[1]


def test_of_two_merchants_who_prove_a_name_at_the_same_moment_one_has_it(merchants, app):
    claims = [(merchant, add_domain(merchant, "tea.example.com", actor_id=None)) for merchant in merchants]
    together, outcomes = threading.Barrier(2), []

    def prove(merchant_id: str, domain_id: str, token: str) -> None:
        def txt(_name: str) -> list[str]:
            together.wait(timeout=10)
            return [token]

        with app.app_context():
            try:
                outcomes.append(prove_domain(merchant_id, domain_id, lookup=Lookup(txt=txt), actor_id=None))
            except DomainTaken:
                outcomes.append("taken")

    threads = [threading.Thread(target=prove, args=(*claim, token_of(claim[1]))) for claim in claims]
    db.session.close()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["dns", "taken"]


def test_one_proven_domain_is_the_primary_one(merchants):
    tea = merchants[0]
    ids = [add_domain(tea, host, actor_id=None) for host in ("a.example.com", "b.example.com")]
    with pytest.raises(Refused, match="Prove"):
        make_primary(tea, ids[0], actor_id=None)
    for domain_id, host in zip(ids, ("a.example.com", "b.example.com"), strict=True):
        prove_domain(tea, domain_id, lookup=proof_of(domain_id, host), actor_id=None)
    make_primary(tea, ids[0], actor_id=None)
    make_primary(tea, ids[1], actor_id=None)
    assert [domain.host for domain in domains_of(tea) if domain.is_primary] == ["b.example.com"]
    assert resolve_host("a.example.com") == Moved("b.example.com")
    make_primary(tea, None, actor_id=None)
    assert resolve_host("a.example.com").primary_host == "tea.localhost"


def test_a_merchant_cannot_touch_another_merchants_domain(merchants):
    theirs = add_domain(merchants[1], "kiln.example.com", actor_id=None)
    for touch in (remove_domain, make_primary, prove_domain):
        with pytest.raises(NotFound):
            touch(merchants[0], theirs, actor_id=None)


class ProofFile:
    """A real web server on this machine that answers one path with one body."""

    def __init__(self, path: str, body: bytes, status: int = 200, location: str = "") -> None:
        outer = self
        self.asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(f"{self.headers['Host']}{self.path}")
                self.send_response(status if self.path == path else 404)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self._server.shutdown()
        self._server.server_close()

    def lookup(self, *, private_allowed: bool = True) -> Lookup:
        return Lookup(private_allowed, self.port, txt=lambda name: [], addresses=lambda host: ["127.0.0.1"])


def test_a_file_on_the_domain_proves_it(merchants):
    domain_id = add_domain(merchants[0], "tea.example.com", actor_id=None)
    token = token_of(domain_id)
    with ProofFile(proof_path(token), token.encode() + b"\n") as server:
        assert prove_domain(merchants[0], domain_id, lookup=server.lookup(), actor_id=None) == "file"
    assert server.asked == [f"tea.example.com{proof_path(token)}"]


@pytest.mark.parametrize("body", [b"", b"not the token", b"x" * 5000, b"\xff\xfe"])
def test_a_file_with_another_content_proves_nothing(merchants, body):
    domain_id = add_domain(merchants[0], "tea.example.com", actor_id=None)
    with (
        ProofFile(proof_path(token_of(domain_id)), body) as server,
        pytest.raises(DomainNotProven, match="another content"),
    ):
        prove_domain(merchants[0], domain_id, lookup=server.lookup(), actor_id=None)


def test_a_redirect_is_not_followed():
    with ProofFile("/elsewhere", b"token") as other:
        elsewhere = f"http://127.0.0.1:{other.port}/elsewhere"
        with ProofFile(proof_path("token"), b"", 302, elsewhere) as server:
            assert not proof_by_file(server.lookup(), "tea.example.com", "token").found
    assert other.asked == []


def test_a_name_that_points_into_a_private_network_is_not_asked():
    with ProofFile(proof_path("token"), b"token") as server:
        result = proof_by_file(server.lookup(private_allowed=False), "tea.example.com", "token")
    assert not result.found
    assert "public" in str(result.words)
    assert server.asked == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "::1",
     "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "224.0.0.1", "255.255.255.255"],
)  # fmt: skip
def test_addresses_that_are_not_on_the_public_internet_are_known(address):
    assert not is_public(address)


def test_a_public_address_is_one():
    assert is_public("93.184.215.14")
    assert is_public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")


def test_a_shop_has_a_bounded_number_of_domains(merchants, monkeypatch):
    monkeypatch.setattr(domains, "DOMAINS_MAX", 2)
    add_domain(merchants[0], "a.example.com", actor_id=None)
    add_domain(merchants[0], "b.example.com", actor_id=None)
    assert add_domain(merchants[0], "b.example.com", actor_id=None)
    with pytest.raises(Refused, match="at most 2"):
        add_domain(merchants[0], "c.example.com", actor_id=None)
