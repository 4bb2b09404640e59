"""The OpenAPI document: what all operations have in common is written once, and every status that can come is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask_smorest import Api, Blueprint

from core.api.shapes import ProblemShape

if TYPE_CHECKING:
    from core.api.operation import Operation

_STATUS_WORDS = {
    400: "The request could not be read, or lacks its Idempotency-Key.",
    401: "No token, or one that is unknown, expired or revoked.",
    403: "The token lacks the scope, or its person the permission.",
    404: "It is not here, or not yours.",
    409: "The state of things forbids it, or the Idempotency-Key was used for another request or is in flight.",
    412: "Somebody changed it since you read it.",
    413: "The body is too large.",
    415: "The body is not of a kind that can be read here.",
    422: "What was sent cannot be used; `fields` says where.",
    428: "If-Match is missing.",
    429: "Too many requests: wait as long as Retry-After says.",
    500: "A fault of ours. It has been recorded.",
    502: "Another system gave no answer that can be relied on.",
}
DESCRIPTION = """\
Everything that the console, the storefront and their people do, for programs.

* **Amounts** are whole numbers of minor units of the shop's currency: `1250` is 12.50 CNY.
* **Lists** give `data` and `next_cursor`; ask for the next page with `?cursor=`. `?fields=` picks fields, `?expand=`
  brings what belongs to an object.
* **Writing**: an `Idempotency-Key` makes trying again safe: the same key with the same request gives the same answer
  for 24 hours (`Idempotent-Replayed: true`). Where money moves it is required. A refused request did nothing, and its
  key is free again.
* **Changing**: `If-Match` with the `ETag` of what you read; 428 without, 412 when somebody was faster.
* **Refusals** are problems (RFC 9457) with a stable `code`.
* **Limits**: 600 requests a minute for each key; `RateLimit` says what is left.
* **Change**: within `v1` nothing is taken away or changes its meaning. What will end is announced by the headers
  `Deprecation` and `Sunset` at least 180 days before. New fields, operations and event types may come at any time:
  ignore what you do not know.
"""


class TongbaoApi(Api):
    """flask-smorest's document on our own problems: its error handler would answer in another form."""

    def _register_error_handlers(self) -> None:
        """Refusals are answered by core.web.errors."""


def problem(status: int) -> dict[str, Any]:
    """How a refusal is documented."""
    return {"$ref": f"#/components/responses/Problem{status}"}


def describe(api: Api) -> None:
    """Put what is shared into the document."""
    spec = api.spec
    for status, words in _STATUS_WORDS.items():
        spec.components.response(
            f"Problem{status}",
            {"description": words, "content": {"application/problem+json": {"schema": ProblemShape}}},
        )
    spec.components.security_scheme(
        "bearer", {"type": "http", "scheme": "bearer", "description": "A token from the console, or from OAuth2."}
    )
    spec.components.security_scheme(
        "oauth2",
        {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": "/api/oauth/token", "scopes": _scopes()}},
        },
    )


def _scopes() -> dict[str, str]:
    from core.access.scopes import SCOPES

    return {name: str(scope.label) for name, scope in SCOPES.items()}


def documented(blueprint: Blueprint, described: Operation) -> Callable[[Any], Any]:
    """Document what an operation shares with the others: its scope, headers and refusals."""
    statuses = [401, 403, 404, 422, 429, 500]
    parameters: list[dict[str, Any]] = []
    if described.writes:
        statuses += [400, 409]
        parameters.append(
            _header("Idempotency-Key", "Makes trying again safe.", required=described.key_needed, most=255)
        )
    if described.body is not None or described.upload:
        statuses += [413, 415]
    if described.current is not None:
        statuses += [412, 428]
        parameters.append(_header("If-Match", "The ETag of what you read.", required=True, most=200))
    if described.outside:
        statuses.append(502)
    extra: dict[str, Any] = {
        "security": [{"bearer": []}, {"oauth2": [described.scope]}],
        "responses": {str(status): problem(status) for status in statuses},
        "x-scope": described.scope,
    }
    if described.versioned and not described.writes:
        extra["responses"]["304"] = {"description": "Not changed since (If-None-Match)."}
    if described.file:
        binary = {"schema": {"type": "string", "format": "binary"}}
        extra["responses"]["200"] = {"description": "The file.", "content": dict.fromkeys(described.file, binary)}
    if described.upload:
        extra["requestBody"] = {
            "required": True,
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in described.upload},
        }
    return _with_headers(blueprint, parameters, extra)


def _header(name: str, words: str, *, required: bool, most: int) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "required": required,
        "description": words,
        "schema": {"type": "string", "minLength": 1, "maxLength": most, "pattern": "^[!-~]+$"},
    }


def _with_headers(
    blueprint: Blueprint, parameters: list[dict[str, Any]], extra: dict[str, Any]
) -> Callable[[Any], Any]:
    def decorate(view: Any) -> Any:
        documented_view = blueprint.doc(**extra)(view)
        arguments = documented_view._apidoc.setdefault("arguments", {"parameters": [], "responses": {}})
        arguments.setdefault("parameters", []).extend(parameters)
        return documented_view

    return decorate
