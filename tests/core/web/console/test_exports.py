import pytest

from core.worker.tasks import run_waiting_task
from tests.trade import make_variant


def test_a_list_is_asked_for_watched_and_fetched(desk, tea):
    make_variant(tea, sku="LJ-1")
    waiting = desk.done("/console/exports", {"list": "catalog.products", "format": "csv"})
    assert "Waiting" in waiting and "data-poll" in waiting
    run_waiting_task("test")
    page = desk.page("/console/exports")
    assert "Ready" in page and "data-poll" not in page
    path = page.split('href="/console/exports/', 1)[1].split('"', 1)[0]
    file = desk.get(f"/console/exports/{path}")
    assert file.status_code == 200 and "LJ-1" in file.text
    assert file.headers["Content-Disposition"].startswith("attachment") and file.mimetype == "text/csv"
    assert "No files yet" in desk.done(f"/console/exports/{path}/forget")


def test_the_page_says_what_is_wrong_with_a_day(desk):
    data = {"list": "ledger.statement", "format": "csv", "from": "yesterday"}
    desk.done("/console/exports", data)
    run_waiting_task("test")
    assert "Write a day like" in desk.page("/console/exports")


def test_a_wrong_format_is_refused_at_its_field(desk):
    answer = desk.post("/console/exports", {"list": "catalog.products", "format": "pdf"})
    assert answer.status_code == 422 and 'id="format-error"' in answer.text


def test_a_clerk_sees_only_the_lists_of_a_clerk(sign_in, tea):
    page = sign_in(tea, "clerk").page("/console/exports")
    assert 'value="inventory.stock"' in page and 'value="ledger.statement"' not in page


def test_nobody_reaches_into_another_shop(desk, sign_in, ceramics):
    desk.done("/console/exports", {"list": "catalog.products", "format": "csv"})
    run_waiting_task("test")
    path = desk.page("/console/exports").split('href="/console/exports/', 1)[1].split('"', 1)[0]
    assert sign_in(ceramics).get(f"/console/exports/{path}").status_code == 404


@pytest.mark.parametrize("path", ["/console/exports", "/console/exports?list=catalog.products&q=tea"])
def test_the_page_asks_few_questions_of_the_database(desk, count_statements, path):
    desk.page(path)
    assert count_statements(lambda: desk.page(path)) <= 15
