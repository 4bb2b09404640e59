"""Who comes in, how far, and how often."""

from __future__ import annotations

import threading
from contextvars import Context
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from core.access import usage
from core.access.models import ApiToken
from core.access.tokens import create_token, revoke_token, rotate_token, tokens_of
from core.api import doors
from core.audit.models import AuditEntry
from core.base import clock
from core.base.acting import ActingKey, acting_through
from core.base.database import db
from core.catalog.models import Product
from core.parties.errors import FactorMissing, KeyNotEnough, RoleNotEnough
from core.parties.factors import vouch_for
from core.parties.team import change_role
from core.shops.service import update_shop
from tests.core.api.conftest import Program
from tests.core.web.console.conftest import give_post
from tests.trade import make_shop, make_variant, owner_of

PRODUCT = {"name": "Longjing", "variants": [{"price_minor": 1200}]}


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


def test_without_a_token_nothing_is_told(app, program):
    program.token = None
    refused = program.get("/products")
    assert (refused.status_code, refused.json["code"]) == (401, "token_missing")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert refused.mimetype == "application/problem+json"
    program.token = "tbk_guess"
    assert program.get("/products").json["code"] == "token_invalid"


def test_a_token_reaches_no_further_than_its_scopes(program_with, tea):
    reader = program_with(tea, "catalog:read")
    assert reader.get("/products").status_code == 200
    refused = reader.post("/products", PRODUCT)
    assert (refused.status_code, refused.json["code"]) == (403, "scope_missing")
    assert "catalog:write" in refused.json["detail"]
    assert count(Product) == 0


def test_a_token_does_no_more_than_its_person_may(program_with, tea):
    clerk = give_post(tea, "manager")
    program = program_with(tea, "catalog:write", "money:read", "domains:write", person_id=clerk)
    assert program.post("/products", PRODUCT).status_code == 201
    change_role(tea, clerk, "clerk", actor_id=owner_of(tea))
    refused = program.post("/products", PRODUCT)
    assert (refused.status_code, refused.json["code"]) == (403, "role_not_enough")
    change_role(tea, clerk, None, actor_id=owner_of(tea))
    assert program.post("/products", PRODUCT).status_code == 403


def test_services_themselves_refuse_what_the_key_was_not_given(app, tea):
    for key in (
        ActingKey("apt_x", tea, frozenset({"orders.view"})),
        ActingKey("apt_x", "other", frozenset({"shop.edit"})),
    ):
        mark = acting_through.set(key)
        try:
            with pytest.raises(KeyNotEnough):
                update_shop(tea, actor_id=owner_of(tea), name="Stolen")
        finally:
            acting_through.reset(mark)


def test_another_shops_things_are_not_there(program_with, tea, program):
    ceramics = make_shop("ceramics")
    theirs = make_variant(ceramics)
    assert program.get(f"/stock/{theirs}").status_code == 404
    assert program_with(ceramics).get(f"/stock/{theirs}").status_code == 200
    assert program.post(f"/stock/{theirs}/adjust", {"delta": 1}).status_code == 404


def test_the_api_is_not_on_shops_hosts(app, program):
    answer = Context().run(
        app.test_client().get,
        "/api/v1/products",
        headers={"Authorization": f"Bearer {program.token}"},
        base_url="http://tea.localhost",
    )
    assert answer.status_code == 404


def test_a_token_is_kept_as_a_hash_and_ends_when_it_should(app, tea):
    issued = create_token(tea, name="till", scopes=["catalog:read"], actor_id=owner_of(tea), days=1)
    program = Program(app, issued.secret, tea)
    row = db.session.scalar(select(ApiToken))
    assert issued.secret not in {row.token_hash, row.shown, row.name}
    assert issued.secret.startswith(row.shown)
    assert program.get("/products").status_code == 200
    assert tokens_of(tea)[0].last_used_at is not None
    with clock.moved(timedelta(days=1, seconds=1)):
        assert program.get("/products").json["code"] == "token_invalid"


def test_a_rotated_token_works_on_until_the_overlap_ends(app, tea):
    old = create_token(tea, name="till", scopes=["catalog:read"], actor_id=owner_of(tea))
    new = rotate_token(tea, old.id, overlap_hours=2, actor_id=owner_of(tea))
    before, after = Program(app, old.secret), Program(app, new.secret)
    assert [program.get("/products").status_code for program in (before, after)] == [200, 200]
    with clock.moved(timedelta(hours=2, seconds=1)):
        assert [program.get("/products").status_code for program in (before, after)] == [401, 200]


def test_a_revoked_token_is_worthless_at_once_and_the_trail_tells(app, tea):
    issued = create_token(tea, name="till", scopes=["catalog:read"], actor_id=owner_of(tea))
    revoke_token(tea, issued.id, actor_id=owner_of(tea))
    assert Program(app, issued.secret).get("/products").status_code == 401
    actions = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)))
    assert actions == ["api_token.created", "api_token.revoked"]


@pytest.mark.guarded
def test_a_key_is_made_and_renewed_only_by_who_has_just_proven_the_second_factor(app, tea):
    with pytest.raises(FactorMissing):
        create_token(tea, name="till", scopes=["money:write"], actor_id=owner_of(tea))
    assert count(ApiToken) == 0
    with vouch_for(owner_of(tea)):
        strong = create_token(tea, name="till", scopes=["money:write"], actor_id=owner_of(tea))
    with pytest.raises(FactorMissing):
        rotate_token(tea, strong.id, overlap_hours=1, actor_id=owner_of(tea))


def test_a_clerk_makes_no_tokens(app, tea):
    with pytest.raises(RoleNotEnough):
        create_token(tea, name="till", scopes=["catalog:read"], actor_id=give_post(tea, "clerk"))


@pytest.fixture
def early_in_a_minute():
    """The clock stands still at the beginning of a minute, so that no count falls into the next."""
    with time_machine.travel(datetime(2026, 11, 23, 12, 0, 1, tzinfo=UTC), tick=False):
        yield


def test_requests_are_counted_and_told(early_in_a_minute, program, monkeypatch):
    monkeypatch.setattr(doors, "REQUESTS_PER_MINUTE", 3)
    answers = [program.get("/products") for _number in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"default";q=3;w=60'
    assert [answer.headers["RateLimit"] for answer in answers[1:]] == [
        '"default";r=1;t=59',
        '"default";r=0;t=59',
        '"default";r=0;t=59',
    ]
    assert answers[3].headers["Retry-After"] == "59"
    with clock.moved(timedelta(minutes=1)):
        assert program.get("/products").status_code == 200


def test_guessing_tokens_is_slowed_down(early_in_a_minute, program, monkeypatch):
    monkeypatch.setattr(doors, "STRANGER_REQUESTS_PER_MINUTE", 2)
    program.token = "tbk_guess"
    assert [program.get("/products").status_code for _number in range(3)] == [401, 401, 429]


def test_counting_is_exact_however_many_ask_at_once(early_in_a_minute, bare_app, tea):
    def ask():
        with bare_app.app_context():
            usage.count_request("apt_a", 100)

    threads = [threading.Thread(target=ask) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert usage.count_request("apt_a", 100).remaining == 100 - 9


def test_any_origin_may_ask_but_no_cookie_counts(app, program):
    asked = program.send("OPTIONS", "/api/v1/products", Origin="https://elsewhere.example")
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in asked.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/v1/nothing", 404), ("DELETE", "/api/v1/products", 405), ("GET", "/api/v1/products/prd_none", 404)],
)
def test_every_refusal_is_a_problem(program, method, path, status):
    answer = program.send(method, path)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert {"type", "title", "status", "detail", "code"} <= set(answer.json)


def test_what_is_too_large_or_of_another_kind_is_refused(program):
    large = program.post("/products", {"name": "x" * 1_100_000, "variants": []})
    assert large.status_code == 413
    form = program.send("POST", "/api/v1/products", PRODUCT, Content_Type="application/x-www-form-urlencoded")
    assert (form.status_code, form.json["code"]) == (415, "media_type_not_supported")
    broken = program.client.post(
        "/api/v1/products",
        data="{",
        headers={"Authorization": f"Bearer {program.token}", "Content-Type": "application/json"},
        base_url="http://localhost",
    )
    assert broken.status_code == 400
    unstorable = program.post("/products", {"name": "a\x00b", "variants": [{"price_minor": 1}]})
    assert unstorable.status_code == 422
