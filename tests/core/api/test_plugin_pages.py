"""What plugins bring to the API answers programs with a token for that plugin, and nobody else."""

from __future__ import annotations

import pytest
from flask import g

from core.access.errors import TokenMissing
from core.access.tokens import create_token
from core.base.acting import acting_through
from core.base.errors import NotFound
from core.parties.errors import KeyNotEnough
from core.sdk.pages import current_shop, require
from core.shops.service import set_plugin
from core.web.plugin_pages import check_plugin_page
from core.web.tenancy import pick_face
from tests.trade import owner_of

PATH = "/api/x/logistics/rates"


@pytest.fixture
def knock(app, tea):
    set_plugin(tea, "logistics", enabled=True, actor_id=None)

    def enter(*scopes: str):
        headers = {}
        if scopes:
            issued = create_token(tea, name="till", scopes=scopes, actor_id=owner_of(tea))
            headers["Authorization"] = f"Bearer {issued.secret}"
        context = app.test_request_context(PATH, base_url="http://localhost", headers=headers)
        context.push()
        pushed.append(context)
        pick_face()
        return check_plugin_page("logistics", "api")

    pushed = []
    yield enter
    for context in reversed(pushed):
        context.pop()
    acting_through.set(None)


def test_a_token_for_the_plugin_is_let_in_and_the_page_knows_shop_and_person(knock, tea):
    assert knock("plugin:logistics") is None
    assert g.api_caller.merchant_id == tea
    assert current_shop("logistics").merchant_id == tea
    assert require("logistics.use") == owner_of(tea)
    with pytest.raises(KeyNotEnough):
        require("money.withdraw")


def test_other_tokens_and_strangers_are_not(knock):
    with pytest.raises(KeyNotEnough):
        knock("catalog:read", "plugin:payment")
    with pytest.raises(TokenMissing):
        knock()


def test_where_the_plugin_is_off_there_is_nothing(knock, tea):
    set_plugin(tea, "logistics", enabled=False, actor_id=None)
    with pytest.raises(NotFound):
        knock("plugin:logistics")
