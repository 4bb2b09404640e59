"""The document is true: a stranger who reads only it, and tries everything, meets nothing that it does not say."""

from __future__ import annotations

import threading

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as with_seed
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import positive_data_acceptance
from werkzeug.serving import make_server

from core.access.scopes import SCOPES
from core.access.tokens import create_token
from core.api import doors
from core.base.database import db
from tests.trade import make_shop, make_variant, owner_of, paid_order

EXAMPLES = 6


@pytest.fixture
def live(bare_app, monkeypatch):
    """A real server in a thread, a shop with goods and an order, and a token for everything."""
    monkeypatch.setattr(doors, "REQUESTS_PER_MINUTE", 1_000_000)
    monkeypatch.setattr(doors, "STRANGER_REQUESTS_PER_MINUTE", 1_000_000)
    with bare_app.app_context():
        tea = make_shop("tea")
        variant = make_variant(tea, stock=1000)
        order = paid_order(tea, variant)
        token = create_token(tea, name="reader", scopes=tuple(SCOPES), actor_id=owner_of(tea)).secret
        known = {"variant_id": variant, "order_id": order.order_id, "payment_id": order.payment_id}
        db.session.remove()
    bare_app.config["FAULTS_SHOWN"] = True
    server = make_server("127.0.0.1", 0, bare_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}", token, known
    server.shutdown()
    thread.join()
    server.server_close()
    bare_app.config.pop("FAULTS_SHOWN")


@pytest.mark.engine("sqlite")
def test_whatever_the_document_allows_is_answered_as_it_says(live):
    base_url, token, known = live
    schema = schemathesis.openapi.from_url(f"{base_url}/api/v1/openapi.json")
    headers = {"Authorization": f"Bearer {token}"}
    faults = []
    for found in schema.get_all_operations():
        operation = found.ok()

        @with_seed(20261123)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def probe(case):
            for name, value in known.items():
                if name in (case.path_parameters or {}):
                    case.path_parameters[name] = value
            response = case.call(base_url=base_url, headers=headers)
            case.validate_response(response, headers=headers, excluded_checks=[positive_data_acceptance])

        try:
            probe()
        except (Exception, FailureGroup) as fault:  # each operation is tried, so that all faults are told at once
            faults.append(f"{operation.label}: {_told(fault)}")
    assert not faults, "\n\n".join(faults)


def _told(fault: BaseException) -> str:
    inner = getattr(fault, "exceptions", ())
    return "\n".join([str(fault), *map(_told, inner)])
