"""Every page of every face, found by itself: it answers, and asks the database little."""

from __future__ import annotations

import pytest

from tests.conftest import Statements
from tests.faces.ways import pages_of, way_of
from tests.faces.world import World

pytestmark = [pytest.mark.xdist_group("faces")]

STATEMENTS_MAX = 15
ALSO_RIGHT = {
    "account.fetch": {404},
    "api_exports.fetch_export": {409},
    "console.fetch_export": {409},
    "storefront.account_data_fetch": {404},
}
"""Files that the worker has not written yet are refused in words."""


def test_every_page_answers_with_at_most_15_statements(world: World, count_sql: Statements) -> None:
    faults = []
    for rule in pages_of(world):
        try:
            way = way_of(world, rule)
        except (LookupError, AssertionError) as missing:
            faults.append(str(missing))
            continue
        world.get(way.face, way.path)
        count_sql.clear()
        answer = world.get(way.face, way.path)
        if not (answer.status_code < 400 or answer.status_code in ALSO_RIGHT.get(way.endpoint, ())):
            faults.append(f"{way.face} {way.path} ({way.endpoint}) answers {answer.status_code}")
        elif answer.status_code in (302, 303) and "/sign-in" in answer.headers["Location"]:
            faults.append(f"{way.face} {way.path} ({way.endpoint}) asks to sign in")
        if len(count_sql) > STATEMENTS_MAX:
            faults.append(
                f"{way.face} {way.path} ({way.endpoint}) asks {len(count_sql)} times:\n" + "\n".join(count_sql)
            )
    assert faults == [], "\n".join(faults)
