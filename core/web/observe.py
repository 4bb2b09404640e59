"""What is seen from outside of a process: an id for each request, a line in the log, figures for Prometheus, readiness.

Where several processes serve, set PROMETHEUS_MULTIPROC_DIR to an empty folder: /metrics then adds them up.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable, Iterable
from typing import Any

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select, text

from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.base.ids import new_id
from core.base.jobs import BackgroundTask
from core.base.logs import about_merchant, request_id
from core.base.migrate import behind
from core.base.outbox import OutboxDelivery, OutboxEvent
from core.contract.commands import loaded_owners
from core.messages.models import Message
from core.payments.models import Payment, Payout, Refund
from core.web.internal import asked_by_us
from core.web.tenancy import require_face
from core.webhooks.models import WebhookDelivery

log = logging.getLogger("tongbao.requests")
blueprint = Blueprint("observe", __name__)

_GIVEN_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LABELS = ("face", "method", "route", "status")
WSGI = dict[str, Any]

requests_total = Counter("tongbao_requests", "Requests answered.", _LABELS)
request_seconds = Histogram("tongbao_request_seconds", "Seconds until an answer begins.", ("face",), buckets=_BUCKETS)


class Observed:
    """Counts and times every answer, those of kept pages too, and gives each request an id."""

    def __init__(self, following: Callable[..., Iterable[bytes]], *, trust_id: bool) -> None:
        self._next, self._trust_id = following, trust_id

    def __call__(self, environ: WSGI, start_response: Callable[..., Any]) -> Iterable[bytes]:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        mark = given if self._trust_id and _GIVEN_ID.fullmatch(given) else new_id("req")
        request_id.set(mark)
        about_merchant.set("")
        began = time.perf_counter()

        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            seconds = time.perf_counter() - began
            face, route = environ.get("tongbao.face", "kept"), environ.get("tongbao.route", "kept page")
            method = environ["REQUEST_METHOD"] if environ["REQUEST_METHOD"] in _METHODS else "other"
            requests_total.labels(face, method, route, status[:3]).inc()
            request_seconds.labels(face).observe(seconds)
            if log.isEnabledFor(logging.INFO):
                told = {"method": method, "route": route, "status": int(status[:3]), "ms": round(seconds * 1000, 1)}
                log.info("%s %s %s", method, route, status[:3], extra=told)
            return start_response(status, [*headers, ("X-Request-Id", mark)], *rest)

        return self._next(environ, begin)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def init_app(app: Flask, *, trust_id: bool) -> None:
    """Watch the application. Called last, so that it stands in front of everything."""
    app.after_request(_note)
    app.register_blueprint(blueprint)
    app.wsgi_app = Observed(app.wsgi_app, trust_id=trust_id)  # type: ignore[method-assign]


def _note(response: Response) -> Response:
    """Say which pattern answered, and about whom; the address itself may hold a token and is not written anywhere."""
    rule = request.url_rule
    request.environ["tongbao.route"] = rule.rule if rule is not None else "none"
    request.environ["tongbao.face"] = g.get("face", "none")
    shop, caller = g.get("shop"), g.get("api_caller")
    merchant_id = getattr(caller, "merchant_id", None) or getattr(shop, "merchant_id", None)
    if merchant_id:
        about_merchant.set(str(merchant_id))
    return response


class Waiting(Collector):
    """What waits in the database, counted when it is asked for (each up to ten thousand)."""

    MOST = 10_000

    def collect(self) -> Iterable[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            "tongbao_waiting", "Work that waits, by kind (at most 10,000 told).", labels=["kind"]
        )
        for kind, query in {
            "outbox events": select(OutboxEvent.id).where(~OutboxEvent.fanned_out),
            "outbox deliveries": select(OutboxDelivery.event_id).where(OutboxDelivery.state == "waiting"),
            "outbox dead": select(OutboxDelivery.event_id).where(OutboxDelivery.state == "dead"),
            "messages": select(Message.id).where(Message.state == "waiting"),
            "webhooks": select(WebhookDelivery.id).where(WebhookDelivery.state == "waiting"),
            "tasks": select(BackgroundTask.id).where(BackgroundTask.state == "waiting"),
            "payments unknown": select(Payment.id).where(Payment.state == "unknown"),
            "refunds unknown": select(Refund.id).where(Refund.state == "unknown"),
            "payouts unknown": select(Payout.id).where(Payout.state == "unknown"),
        }.items():
            counted = select(func.count()).select_from(query.limit(self.MOST).subquery())
            family.add_metric([kind], float(db.session.scalar(counted) or 0))
        yield family


@blueprint.get("/metrics")
def metrics() -> Response:
    """Figures for Prometheus: for the same machine only, or who brings `?token=` (`tongbao metrics-token`)."""
    require_face("platform", "machine")
    if not asked_by_us():
        raise NotFound(_l("This page does not exist."))
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_OwnProcess())
    registry.register(Waiting())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _OwnProcess(Collector):
    """The figures of this one process."""

    def collect(self) -> Iterable[Any]:
        yield from requests_total.collect()
        yield from request_seconds.collect()


@blueprint.get("/readyz")
def ready() -> Response:
    """200 once this process can serve: the database answers and is as new as the code (503 tells what is missing)."""
    require_face("platform", "machine")
    try:
        db.session.execute(text("SELECT 1"))
        late = behind(db.engine, loaded_owners())
    except Exception:
        log.exception("not ready: the database does not answer")
        return Response("the database does not answer\n", status=503, mimetype="text/plain")
    if late:
        return Response(f"migrations wait: {', '.join(late)}\n", status=503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")
