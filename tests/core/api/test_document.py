"""The document is true: a stranger who reads only it, and tries everything, meets nothing that it does not say."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as with_seed
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import positive_data_acceptance

EXAMPLES = 6


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
