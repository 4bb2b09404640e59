import threading
from datetime import timedelta

import pytest

from core.base import clock
from core.base.database import db
from core.base.errors import NotFound, Refused
from core.base.outbox import OutboxDelivery, emit
from core.base.transactions import transactional
from core.contract.contributions import Job, Subscription
from core.worker import leases, outbox, tasks
from core.worker.runner import Worker
from core.worker.tasks import enqueue_task, run_waiting_task, task, task_status

emit_now = transactional(emit)


def deliveries():
    db.session.close()
    return {row.subscriber: row for row in db.session.query(OutboxDelivery)}


def test_an_event_reaches_those_who_asked_for_it_once(app):
    heard = []
    names = [
        Subscription("one", ("order.*",), lambda topic, payload: heard.append((topic, payload))),
        Subscription("other", ("stock.low",), lambda topic, payload: heard.append("no")),
    ]
    emit_now("order.paid", {"order_id": "ord_1"}, merchant_id="mer_1")
    for _again in range(3):
        outbox.deliver(names)
    [(topic, payload)] = heard
    assert topic == "order.paid" and payload.items() >= {"order_id": "ord_1", "merchant_id": "mer_1"}.items()


def test_an_event_of_a_rolled_back_transaction_is_never_told(app):
    @transactional
    def fails():
        emit("order.paid", {})
        raise ValueError

    with pytest.raises(ValueError):
        fails()
    assert outbox.deliver([Subscription("one", ("order.*",), lambda *_: None)]) == 0


def test_what_a_subscriber_cannot_take_is_tried_again_and_at_last_given_up(app):
    tries = []

    def fails(topic, payload):
        tries.append(topic)
        raise RuntimeError("not now")

    names = [Subscription("one", ("*", "order.*"), fails)]
    emit_now("order.paid", {})
    outbox.deliver(names)
    outbox.deliver(names)
    assert len(tries) == 1
    for day in range(1, 15):
        with clock.moved(timedelta(days=day)):
            outbox.deliver(names)
    assert len(tries) == outbox.ATTEMPTS_MAX
    assert deliveries()["one"].state == "dead"
    assert "not now" in deliveries()["one"].last_error
    outbox.replay(deliveries()["one"].event_id, "one")
    outbox.deliver(names)
    assert len(tries) == outbox.ATTEMPTS_MAX + 1


def test_a_delivery_whose_worker_was_killed_is_delivered_again(app):
    heard = []
    names = [Subscription("one", ("order.*",), lambda topic, payload: heard.append(topic))]
    emit_now("order.paid", {})
    outbox.fan_out(names)
    assert len(outbox._claim(10)) == 1  # and the worker dies here
    outbox.deliver(names)
    assert heard == []
    with clock.moved(outbox.LEASE + timedelta(seconds=1)):
        outbox.deliver(names)
    assert heard == ["order.paid"]


def test_replaying_what_does_not_exist_is_refused(app):
    with pytest.raises(NotFound):
        outbox.replay(1, "nobody")


def test_old_delivered_events_are_forgotten_and_dead_ones_kept(app):
    emit_now("order.paid", {})
    emit_now("order.shipped", {})

    def picky(topic, payload):
        if topic == "order.shipped":
            raise RuntimeError("no")

    names = [Subscription("one", ("order.*",), picky)]
    outbox.deliver(names)
    with clock.moved(timedelta(days=31)):
        assert outbox.tidy() == 1


def test_many_workers_deliver_each_event_once(bare_app):
    heard, lock = [], threading.Lock()

    def hear(topic, payload):
        with lock:
            heard.append(payload["number"])

    names = [Subscription("one", ("order.*",), hear)]
    with bare_app.app_context():
        for number in range(40):
            emit_now("order.paid", {"number": number})
        db.session.remove()

    def work():
        with bare_app.app_context():
            for _round in range(10):
                outbox.deliver(names, limit=5)
            db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(heard) == list(range(40))


def test_a_job_runs_once_per_period_across_workers(bare_app):
    runs, lock = [], threading.Lock()

    def work():
        with lock:
            runs.append(1)

    job = Job("test.job", timedelta(hours=1), work)

    def contend():
        with bare_app.app_context():
            leases.run_due([job], leases.new_holder())
            db.session.remove()

    threads = [threading.Thread(target=contend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(runs) == 1
    with clock.moved(timedelta(hours=1, seconds=1)), bare_app.app_context():
        leases.run_due([job], "me")
        db.session.remove()
    assert len(runs) == 2


def test_a_job_that_fails_is_written_down_and_runs_again_next_time(app):
    job = Job("test.fails", timedelta(hours=1), lambda: 1 / 0)
    leases.run_due([job], "me")
    assert "ZeroDivisionError" in leases.leases()[0].last_error
    with clock.moved(timedelta(hours=2)):
        assert leases.run_due([job], "me") == 1


def test_a_job_whose_worker_was_killed_runs_again_when_its_lease_is_over(app):
    job = Job("test.killed", timedelta(minutes=1), lambda: None)
    assert leases.take(job, "dead worker")
    with clock.moved(timedelta(minutes=2)):
        assert leases.run_due([job], "me") == 0
    with clock.moved(leases.LEASE + timedelta(minutes=1)):
        assert leases.run_due([job], "me") == 1


@task("test.count")
def _count(context):
    for number in range(1, 4):
        context.progress(number, 3)
    return {"counted": 3, "for": context.params["name"]}


@task("test.refuses")
def _refuses(context):
    raise Refused("the file is empty")


def test_a_task_tells_its_progress_and_its_result(app):
    task_id = enqueue_task("test.count", {"name": "tea"}, merchant_id="mer_1")
    assert task_status("mer_1", task_id).state == "waiting"
    assert run_waiting_task("me")
    db.session.close()
    done = task_status("mer_1", task_id)
    assert (done.state, done.done, done.total, done.result) == ("done", 3, 3, {"counted": 3, "for": "tea"})
    assert not run_waiting_task("me")


def test_a_task_of_another_merchant_is_not_found(app):
    task_id = enqueue_task("test.count", {"name": "tea"}, merchant_id="mer_1")
    with pytest.raises(NotFound):
        task_status("mer_2", task_id)


def test_a_refusal_is_kept_in_the_words_of_the_refusal(app):
    task_id = enqueue_task("test.refuses", {})
    run_waiting_task("me")
    db.session.close()
    assert (task_status(None, task_id).state, task_status(None, task_id).error) == ("failed", "the file is empty")


def test_a_task_whose_worker_was_killed_is_done_by_another_and_the_first_may_not_finish_it(app):
    task_id = enqueue_task("test.count", {"name": "tea"})
    first = tasks._claim("first")
    assert not run_waiting_task("second")
    with clock.moved(tasks.LEASE + timedelta(seconds=1)):
        assert run_waiting_task("second")
    with pytest.raises(tasks.TaskLost):
        first.progress(3, 3)
    db.session.close()
    assert task_status(None, task_id).state == "done"


def test_one_round_of_the_worker_does_all_that_is_due(bare_app):
    with bare_app.app_context():
        task_id = enqueue_task("test.count", {"name": "tea"})
        db.session.remove()
    Worker(bare_app).once()
    with bare_app.app_context():
        assert task_status(None, task_id).state == "done"
        db.session.remove()
