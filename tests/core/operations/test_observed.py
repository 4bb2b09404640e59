"""What an operator sees: ids, lines, figures, readiness, and settings that say how to mend them."""

from __future__ import annotations

import json
import logging

import pytest

from core.base.config import ConfigError, load_config
from core.base.logs import JsonLines, about_merchant, request_id
from tests.trade import make_shop

HOST = "http://localhost"


@pytest.fixture
def browser(app):
    make_shop("tea")
    return app.test_client()


def test_every_answer_has_an_id_and_a_line_without_personal_data(browser, caplog):
    with caplog.at_level(logging.INFO, logger="tongbao.requests"):
        answer = browser.get("/sign-in?next=/console/&email=li@example.com", base_url=HOST)
    assert answer.headers["X-Request-Id"].startswith("req_")
    line = next(record for record in caplog.records if record.name == "tongbao.requests")
    assert (line.route, line.status, line.method) == ("/sign-in", 200, "GET")
    assert "example.com" not in JsonLines().format(line)


def test_a_line_of_json_says_which_request_and_which_merchant():
    marks = request_id.set("req_1"), about_merchant.set("mer_1")
    try:
        record = logging.LogRecord("tongbao.x", logging.INFO, "f", 1, "sent %s", ("one",), None)
        record.delivery = "whd_1"
        line = json.loads(JsonLines().format(record))
    finally:
        request_id.reset(marks[0])
        about_merchant.reset(marks[1])
    assert {
        "message": "sent one",
        "request_id": "req_1",
        "merchant_id": "mer_1",
        "delivery": "whd_1",
    }.items() <= line.items()


def test_figures_are_for_this_machine_only(browser):
    browser.get("/", base_url="http://tea.localhost")
    told = browser.get("/metrics", base_url=HOST)
    assert told.status_code == 200
    assert 'tongbao_requests_total{face="shop"' in told.text
    assert 'tongbao_waiting{kind="outbox events"}' in told.text
    assert browser.get("/metrics", base_url=HOST, headers={"X-Forwarded-For": "1.2.3.4"}).status_code == 404
    assert browser.get("/metrics", base_url="http://tea.localhost").status_code == 404


def test_readiness_names_what_is_missing(app, browser):
    answer = browser.get("/readyz", base_url=HOST)
    # The tests' tables are made without migrations: exactly that is told.
    assert answer.status_code == 503
    assert "migrations wait: core has none" in answer.text
    assert browser.get("/healthz", base_url=HOST).status_code == 200


@pytest.mark.parametrize(
    ("setting", "value", "mend"),
    [
        ("PORT", "eight", "whole numbers"),
        ("PORT", "99999", "PORT=8000"),
        ("TONGBAO_ENV", "prod", "production"),
        ("TONGBAO_TRUSTED_PROXIES", "-1", "behind Caddy"),
        ("TONGBAO_PLATFORM_HOST", "https://x.example:443", "host name alone"),
        ("TONGBAO_LOG_LEVEL", "LOUD", "DEBUG, INFO"),
        ("TONGBAO_LOG_FORMAT", "xml", "json or plain"),
        ("TONGBAO_PRIVATE_TARGETS", "yes", "1"),
        ("TONGBAO_DATABASE_URL", "mysql://x", "sqlite: or postgresql:"),
    ],
)
def test_a_setting_that_cannot_be_used_says_how_to_mend_it(setting, value, mend):
    with pytest.raises(ConfigError, match=mend) as refused:
        load_config({setting: value})
    assert setting in str(refused.value)


def test_production_refuses_what_is_fit_for_development_only():
    production = {"TONGBAO_ENV": "production", "TONGBAO_SECRET_KEY": "s" * 40}
    with pytest.raises(ConfigError, match="TONGBAO_PLATFORM_HOST"):
        load_config(production)
    named = {**production, "TONGBAO_PLATFORM_HOST": "tongbao.example.com"}
    assert load_config(named).log_json
    with pytest.raises(ConfigError, match="leave it out in production"):
        load_config({**named, "TONGBAO_PRIVATE_TARGETS": "1"})
