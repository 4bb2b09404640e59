"""Pages of a shop: drafts, publishing, schedules, history, addresses, languages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.richtext import clean_html
from core.parties.errors import RoleNotEnough
from core.shops.queries import shop_context
from core.site.blocks import checked_address, checked_blocks
from core.site.errors import AddressTaken, NothingToPublish, PageNotFound
from core.site.legal import TEMPLATES, page_from_template
from core.site.queries import live_page, pages_of, redirect_of
from core.site.redirects import set_redirect
from core.site.service import (
    create_page,
    delete_page,
    hide_page,
    move_page,
    publish_due,
    publish_page,
    restore_page,
    save_page,
    schedule_page,
)
from core.site.versions import history
from tests.trade import make_shop


def said(words: str, locale: str = "en") -> dict:
    return {"texts": {locale: {"title": words, "blocks": [{"kind": "text", "html": f"<p>{words}</p>"}]}}}


@pytest.fixture
def tea(app) -> str:
    return make_shop("tea")


def shown_title(merchant_id: str, slug: str) -> str | None:
    db.session.remove()
    page = live_page(merchant_id, slug)
    return page.content["texts"]["en"]["title"] if page else None


def test_a_new_page_is_a_draft_that_nobody_sees_until_it_is_published(tea):
    page_id = create_page(tea, said("About us"), actor_id=None)
    assert shown_title(tea, "about-us") is None
    publish_page(tea, page_id, actor_id=None)
    assert shown_title(tea, "about-us") == "About us"


def test_what_is_published_stays_while_a_draft_is_written(tea):
    page_id = create_page(tea, said("One"), actor_id=None)
    publish_page(tea, page_id, actor_id=None)
    save_page(tea, page_id, said("Two"), actor_id=None)
    assert shown_title(tea, "one") == "One"
    publish_page(tea, page_id, actor_id=None)
    assert shown_title(tea, "one") == "Two"
    with pytest.raises(NothingToPublish):
        publish_page(tea, page_id, actor_id=None)


def test_any_earlier_version_can_be_taken_back(tea):
    page_id = create_page(tea, said("One"), actor_id=None)
    publish_page(tea, page_id, actor_id=None)
    save_page(tea, page_id, said("Two"), actor_id=None)
    publish_page(tea, page_id, actor_id=None)
    assert [(v.number, v.live) for v in history(tea, page_id)] == [(2, True), (1, False)]
    restore_page(tea, page_id, 1, actor_id=None)
    publish_page(tea, page_id, actor_id=None)
    assert shown_title(tea, "one") == "One"


def test_a_scheduled_draft_goes_live_when_its_moment_has_come_and_not_before(tea):
    page_id = create_page(tea, said("Sale"), actor_id=None)
    schedule_page(tea, page_id, clock.now() + timedelta(hours=2), actor_id=None)
    assert publish_due() == 0
    before = shop_context(tea).version
    with clock.moved(timedelta(hours=3)):
        assert publish_due() == 1
        assert publish_due() == 0
    assert shown_title(tea, "sale") == "Sale"
    assert shop_context(tea).version > before


def test_a_moment_that_is_past_is_refused(tea):
    page_id = create_page(tea, said("Sale"), actor_id=None)
    with pytest.raises(Invalid) as refused:
        schedule_page(tea, page_id, clock.now() - timedelta(minutes=1), actor_id=None)
    assert "publish_at" in refused.value.fields


def test_an_old_address_leads_to_the_new_one_and_never_in_a_circle(tea):
    page_id = create_page(tea, said("About"), actor_id=None)
    move_page(tea, page_id, "story", actor_id=None)
    move_page(tea, page_id, "history", actor_id=None)
    assert redirect_of(tea, "/pages/about") == "/pages/history"
    assert redirect_of(tea, "/pages/story") == "/pages/history"
    move_page(tea, page_id, "about", actor_id=None)
    assert redirect_of(tea, "/pages/about") is None
    assert redirect_of(tea, "/pages/history") == "/pages/about"


def test_two_pages_cannot_stand_at_one_address(tea):
    create_page(tea, said("About"), actor_id=None)
    other = create_page(tea, said("About"), actor_id=None)
    assert sorted(page.slug for page in pages_of(tea)) == ["about", "about-2"]
    with pytest.raises(AddressTaken):
        move_page(tea, other, "about", actor_id=None)


def test_a_hidden_page_is_gone_and_can_come_back(tea):
    page_id = create_page(tea, said("About"), actor_id=None)
    publish_page(tea, page_id, actor_id=None)
    hide_page(tea, page_id, actor_id=None)
    assert shown_title(tea, "about") is None
    publish_page(tea, page_id, actor_id=None)
    assert shown_title(tea, "about") == "About"
    delete_page(tea, page_id, actor_id=None)
    assert pages_of(tea) == []


def test_a_page_of_another_merchant_does_not_exist(tea):
    other = make_shop("ceramics")
    page_id = create_page(tea, said("About"), actor_id=None)
    for act in (publish_page, hide_page, delete_page):
        with pytest.raises(PageNotFound):
            act(other, page_id, actor_id=None)
    with pytest.raises(NotFound):
        restore_page(other, page_id, 1, actor_id=None)


def test_who_may_not_edit_the_shop_may_not_write_pages(tea):
    other_owner = f"{make_shop('ceramics')}-owner"
    with pytest.raises(RoleNotEnough):
        create_page(tea, said("About"), actor_id=other_owner)


def test_a_page_without_a_title_and_one_with_a_bad_block_are_marked_at_the_field(tea):
    with pytest.raises(Invalid) as refused:
        create_page(tea, {"texts": {"en": {"title": ""}}}, actor_id=None)
    assert "en.title" in refused.value.fields
    bad = {"kind": "hero", "address": "javascript:alert(1)"}
    with pytest.raises(Invalid) as refused:
        create_page(tea, {"texts": {"en": {"title": "A", "blocks": [bad]}}}, actor_id=None)
    assert "en.b0.address" in refused.value.fields


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_is_a_page_in_every_language(tea, name):
    page_id = create_page(tea, page_from_template(name, shop_context(tea)), actor_id=None, slug=name)
    publish_page(tea, page_id, actor_id=None)
    assert set(live_page(tea, name).content["texts"]) == {"en", "zh_Hans", "zh_Hant"}


def test_publishing_stands_in_the_audit_trail(tea):
    page_id = create_page(tea, said("About"), actor_id=f"{tea}-owner")
    publish_page(tea, page_id, actor_id=f"{tea}-owner")
    assert {"page.created", "page.published"} <= set(db.session.scalars(select(AuditEntry.action)))


@pytest.mark.parametrize("path", ["", "/", "/a b", "/a?b"])
def test_a_redirect_needs_a_plain_path_of_the_shop(tea, path):
    with pytest.raises(Invalid) as refused:
        set_redirect(tea, path, "/new", actor_id=None)
    assert "path" in refused.value.fields


@pytest.mark.parametrize(
    "bad", ["javascript:alert(1)", "//evil.example", "data:text/html,x", "/a\\b", "ftp://x", "a b"]
)
def test_an_address_that_could_harm_is_refused(bad):
    with pytest.raises(Invalid):
        checked_address(bad)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(alphabet="ab <>/p=script:onclick\"'&;\n茶", max_size=80))
def test_cleaning_formatted_text_again_changes_nothing_and_leaves_no_script(text):
    once = clean_html(text)
    assert clean_html(once) == once
    assert "<script" not in once.lower() and " onclick=" not in once.lower()


@given(st.lists(st.dictionaries(st.sampled_from(["kind", "title", "html", "items", "limit"]), st.text(max_size=20))))
def test_whatever_is_sent_as_blocks_gives_blocks_that_pass_again_unchanged(raw):
    problems: dict = {}
    blocks = checked_blocks([{**block, "items": []} for block in raw], problems)
    again: dict = {}
    assert checked_blocks(blocks, again) == blocks
    assert again == {}
