from __future__ import annotations

from datetime import timedelta

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from core.base import clock
from core.base.errors import Refused
from core.contract.health import (
    BUCKET_SECONDS,
    FAULTS_TO_OPEN,
    PAUSE_SECONDS,
    PAUSE_SECONDS_MAX,
    Health,
    quantile,
)
from core.contract.health_store import circuits, forget_health, plugin_health, worst_merchants, write_health
from core.contract.models import PluginCalls

ME, PLUGIN = "mer_1", "bank"


def fail(health, error=RuntimeError("the line is dead"), weight="begins", merchant_id=ME):
    def raising():
        raise error

    with pytest.raises(type(error)):
        health.ask(merchant_id, PLUGIN, "start", raising, weight=weight)


def work(health, weight="begins", answer="fine", **how):
    return health.ask(ME, PLUGIN, "start", lambda: answer, weight=weight, **how)


def test_a_plugin_that_keeps_failing_is_left_alone_and_the_first_answer_closes_its_circuit():
    health = Health()
    for _try in range(FAULTS_TO_OPEN - 1):
        fail(health)
    assert health.state(ME, PLUGIN) == "closed"
    fail(health)
    assert health.state(ME, PLUGIN) == "open"
    assert health.state("mer_2", PLUGIN) == "closed"
    with clock.moved(timedelta(seconds=PAUSE_SECONDS + 1)):
        assert health.state(ME, PLUGIN) == "half_open"
        work(health)
        assert health.state(ME, PLUGIN) == "closed"


def test_each_failure_of_a_trial_doubles_the_pause_up_to_its_most():
    health, waited = Health(), timedelta(0)
    for _try in range(FAULTS_TO_OPEN):
        fail(health)
    pause = PAUSE_SECONDS
    for _trial in range(8):
        waited += timedelta(seconds=pause + 1)
        with clock.moved(waited):
            assert health.state(ME, PLUGIN) == "half_open"
            fail(health)
            assert health.state(ME, PLUGIN) == "open"
        pause = min(pause * 2, PAUSE_SECONDS_MAX)
        with clock.moved(waited + timedelta(seconds=pause - 1)):
            assert health.state(ME, PLUGIN) == "open"


def test_refusals_are_answers_and_never_open_a_circuit():
    health = Health()
    for _try in range(3 * FAULTS_TO_OPEN):
        fail(health, Refused("no money on the card"))
    assert health.state(ME, PLUGIN) == "closed"


def test_an_answer_in_between_starts_the_count_anew():
    health = Health()
    for _round in range(3):
        for _try in range(FAULTS_TO_OPEN - 1):
            fail(health)
        work(health)
    assert health.state(ME, PLUGIN) == "closed"


def test_calls_within_the_plugin_say_nothing_of_the_other_side():
    health = Health()
    for _try in range(2 * FAULTS_TO_OPEN):
        fail(health, weight="asks")
        fail(health, weight="none")
    assert health.state(ME, PLUGIN) == "closed"
    for _try in range(FAULTS_TO_OPEN):
        work(health, judged=lambda _answer: "lost")
    assert health.state(ME, PLUGIN) == "open"
    work(health, weight="none")
    assert health.state(ME, PLUGIN) == "open"
    work(health, weight="asks")
    assert health.state(ME, PLUGIN) == "closed"


class Provider:
    def __init__(self, plugin_id):
        self.plugin_id = plugin_id


def test_what_is_left_alone_is_not_offered_while_another_way_works():
    health = Health()
    bank, cards = Provider(PLUGIN), Provider("cards")
    for _try in range(FAULTS_TO_OPEN):
        fail(health)
    assert health.willing(ME, [bank, cards]) == [cards]
    assert health.willing(ME, [bank]) == [bank]
    assert health.willing("mer_2", [bank, cards]) == [bank, cards]


def test_figures_of_several_processes_add_up_in_the_database(app):
    first, second = Health(write_health), Health(write_health)
    first._flusher.begin = second._flusher.begin = lambda: None
    for health in (first, second):
        work(health)
        work(health, judged=lambda _answer: "refused")
        fail(health, requests.Timeout("too slow"))
        fail(health)
    fail(first, merchant_id="mer_2")
    first.flush()
    second.flush()
    first.flush()
    found = plugin_health(PLUGIN, since=clock.now() - timedelta(hours=1), merchant_id=ME)
    assert found.whole.results == {"ok": 2, "refused": 2, "lost": 0, "fault": 2, "timeout": 2}
    assert sum(found.whole.buckets) == found.whole.total == 8
    assert found.calls["start"].message == "RuntimeError: the line is dead"
    assert worst_merchants(PLUGIN, since=clock.now() - timedelta(hours=1)) == [(ME, 8, 4), ("mer_2", 1, 1)]
    with clock.moved(timedelta(days=9)):
        assert forget_health() == 2


def test_circuits_are_written_as_they_open_and_close(app):
    health = Health(write_health, on_its_own=lambda: False)
    for _try in range(FAULTS_TO_OPEN):
        fail(health)
    health.flush()
    ((opened),) = circuits(merchant_id=ME)
    assert (opened.state, opened.opened, opened.message) == ("open", 1, "RuntimeError: the line is dead")
    with clock.moved(timedelta(minutes=1)):
        work(health)
        health.flush()
    (closed,) = circuits(merchant_id=ME)
    assert (closed.state, closed.opened) == ("closed", 1)


def test_what_could_not_be_written_is_kept(app):
    tries = []

    def write(calls, moved):
        tries.append(sum(sum(one.results.values()) for one in calls.values()))
        if len(tries) == 1:
            raise OSError("the database is away")
        write_health(calls, moved)

    health = Health(write, on_its_own=lambda: False)
    work(health)
    health.flush()
    work(health)
    health.flush()
    health.flush()
    assert tries == [1, 2]
    assert plugin_health(PLUGIN, since=clock.now() - timedelta(hours=1)).whole.total == 2


@given(st.lists(st.integers(0, 50), min_size=len(BUCKET_SECONDS) + 1, max_size=len(BUCKET_SECONDS) + 1))
def test_quantiles_rise_and_stay_within_the_buckets(buckets):
    if not sum(buckets):
        assert quantile(buckets, 0.5) is None
        return
    shares = [quantile(buckets, share) for share in (0.01, 0.5, 0.95, 1.0)]
    assert shares == sorted(shares)
    assert shares[0] >= 0 and shares[-1] <= BUCKET_SECONDS[-1]


def test_the_columns_are_the_results(app):
    assert {"ok", "refused", "lost", "fault", "timeout"} <= {column.name for column in PluginCalls.__table__.columns}
