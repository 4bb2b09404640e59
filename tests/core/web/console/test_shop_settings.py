"""Who runs the shop, who may come in, who works here: settings, doors, roles."""

from __future__ import annotations

import pytest

from core.base.database import db
from core.parties.organisations import roles_of_organisation
from core.parties.roles import role_of
from core.shops.queries import shop_context
from tests.core.web.console.test_site import at_shop


def test_the_company_stands_at_the_foot_of_the_shop(desk, tea):
    desk.done("/console/settings/company", {"legal_name": "Quiet Tea Ltd", "legal_id": "91330000", "phone": "1"})
    assert "Quiet Tea Ltd" in at_shop(desk, "/").text


def test_an_announcement_and_the_languages_offered_are_shown_at_once(desk, tea):
    assert "繁體中文" in at_shop(desk, "/").text
    form = {"announcement": "Open on Sunday", "languages": ["en", "zh_Hans"], "privacy_shown": "1"}
    desk.done("/console/settings/visitors", form)
    page = at_shop(desk, "/").text
    assert "Open on Sunday" in page and "繁體中文" not in page and "follows nobody" in page


@pytest.mark.parametrize(
    ("part", "changes", "marked"),
    [
        ("company", {"legal_name": "x" * 130}, "legal_name"),
        ("visitors", {"languages": []}, "languages"),
        ("visitors", {"languages": ["en"], "announcement_link": "javascript:x"}, "announcement_link"),
        ("door", {"shut": "1", "door_password": "abc"}, "door_password"),
        ("door", {"shut": "1"}, "door_password"),
    ],
)
def test_what_cannot_be_is_marked_at_its_field(desk, tea, part, changes, marked):
    answer = desk.post(f"/console/settings/{part}", changes)
    assert answer.status_code == 422 and f'id="{marked}-error"' in answer.text


def test_work_on_the_shop_hides_it_at_once_and_from_the_page_cache_too(desk, tea):
    for _again in range(2):
        assert at_shop(desk, "/").status_code == 200
    desk.done("/console/settings/door", {"maintenance": "1", "maintenance_note": "New shelves"})
    for _again in range(2):
        answer = at_shop(desk, "/")
        assert answer.status_code == 503 and "New shelves" in answer.text and answer.headers["Retry-After"]
    desk.done("/console/settings/door", {})
    assert at_shop(desk, "/").status_code == 200


def test_a_shut_shop_opens_for_who_knows_the_password_and_for_nobody_else(app, desk, tea):
    assert at_shop(desk, "/").status_code == 200
    desk.done("/console/settings/door", {"shut": "1", "door_password": "green leaf"})
    assert "green leaf" not in str(shop_context(tea).options)
    assert at_shop(desk, "/").status_code == 401

    def knock(client, password):
        headers = {"Sec-Fetch-Site": "same-origin"}
        return client.post("/door", data={"password": password}, base_url="http://tea.localhost", headers=headers)

    guest = app.test_client()
    assert knock(guest, "red leaf").status_code == 409
    assert knock(guest, "green leaf").status_code == 303
    for _again in range(2):
        assert guest.get("/", base_url="http://tea.localhost").status_code == 200
        assert app.test_client().get("/", base_url="http://tea.localhost").status_code == 401
    desk.done("/console/settings/door", {"shut": "1"})
    assert guest.get("/", base_url="http://tea.localhost").status_code == 200
    desk.done("/console/settings/door", {"shut": "1", "door_password": "other leaf"})
    assert guest.get("/", base_url="http://tea.localhost").status_code == 401


def test_a_role_of_our_own_is_defined_given_and_cannot_be_removed_while_somebody_has_it(desk, sign_in, tea):
    desk.done("/console/team/roles", {"label": "Writer", "permissions": ["shop.edit", "catalog.view"]})
    (role,) = [one for one in roles_of_organisation(tea) if one.own]
    clerk = sign_in(tea, "clerk")
    assert clerk.get("/console/pages").status_code == 403
    desk.done(f"/console/team/{clerk.person_id}", {"role": role.name})
    assert clerk.get("/console/pages").status_code == 200
    assert "Writer" in desk.page("/console/team")
    page = desk.done(f"/console/team/roles/{role.name}", {"do": "remove"})
    assert "Somebody has this role" in page
    answer = desk.post("/console/team/roles", {"label": "", "permissions": ["shop.edit"]})
    assert answer.status_code == 422 and 'id="label-' in answer.text


def test_ownership_passes_to_another_member_and_leaves_a_manager(desk, sign_in, tea):
    clerk = sign_in(tea, "clerk")
    assert clerk.post(f"/console/team/{clerk.person_id}", {"do": "transfer"}).status_code == 403
    desk.post(f"/console/team/{clerk.person_id}", {"do": "transfer"})
    db.session.remove()
    assert (role_of(clerk.person_id, tea), role_of(desk.person_id, tea)) == ("owner", "manager")


def test_who_switched_a_plugin_stands_in_its_log(desk, tea):
    assert "Nobody has changed anything here yet" in desk.page("/console/plugins/logistics")
    desk.done("/console/plugins/logistics/switch", {"on": "0"})
    page = desk.page("/console/plugins/logistics")
    assert "Switched off" in page and "logistics.flat" in page
