"""Writes docs/api-quickstart.md from the registries of scopes and events and the steps below.

python -m scripts.api_quickstart
"""

from __future__ import annotations

from pathlib import Path

from core.access.scopes import SCOPES
from core.webhooks.events import EVENTS

PAGE = Path(__file__).parent.parent / "docs" / "api-quickstart.md"

STEPS: tuple[tuple[str, str, str], ...] = (
    (
        "Say where and who",
        "Make a token in the console under **API**, with the scopes that you need (for this page: all). It is shown "
        "once. Programs that run for years make an OAuth2 client instead and fetch tokens for an hour.",
        'export TONGBAO="${TONGBAO:-http://localhost:8000}"\n'
        'export TOKEN="${TOKEN:?paste your token here}"\n'
        'api() { curl --silent --show-error --fail-with-body -H "Authorization: Bearer $TOKEN" '
        '-H "Content-Type: application/json" "$@"; }\n'
        'field() { python3 -c "import json,sys; print(json.load(sys.stdin)$1)"; }',
    ),
    (
        "Read the shop",
        "Every answer is JSON; amounts are whole minor units.",
        'api "$TONGBAO/api/v1/shop?fields=name,currency"',
    ),
    (
        "Put a product on the shelves",
        "An `Idempotency-Key` makes trying again safe: the same key with the same request gives the same answer, and "
        "the product is made once.",
        "KEY=$(python3 -c 'import uuid; print(uuid.uuid4())')\n"
        'NEW=\'{"name": "Longjing 龙井", "variants": [{"price_minor": 12800, "on_hand": 40}]}\'\n'
        'PRODUCT=$(api -H "Idempotency-Key: $KEY" -d "$NEW" "$TONGBAO/api/v1/products" | field "[\'id\']")\n'
        'AGAIN=$(api -H "Idempotency-Key: $KEY" -d "$NEW" "$TONGBAO/api/v1/products" | field "[\'id\']")\n'
        'test "$PRODUCT" = "$AGAIN" && echo "made once: $PRODUCT"',
    ),
    (
        "Change it as you read it",
        "The `ETag` says which version you read; `If-Match` says that you change that one. When somebody was faster "
        "you get 412, and nobody's change is lost.",
        'ETAG=$(api --head "$TONGBAO/api/v1/products/$PRODUCT" | tr -d "\\r" | sed -n "s/^[Ee][Tt]ag: //p")\n'
        'api -X PATCH -H "If-Match: $ETAG" -d \'{"summary": "Spring tea"}\' '
        '"$TONGBAO/api/v1/products/$PRODUCT?" | field "[\'summary\']"',
    ),
    (
        "Go through a list",
        "Lists give `next_cursor`; it is null at the end.",
        'CURSOR=""\n'
        "for PAGE in 1 2; do\n"
        '  ANSWER=$(api "$TONGBAO/api/v1/products?limit=1&fields=id,name${CURSOR:+&cursor=$CURSOR}")\n'
        '  echo "$ANSWER"\n'
        "  CURSOR=$(echo \"$ANSWER\" | field \"['next_cursor'] or ''\")\n"
        '  test -n "$CURSOR" || break\n'
        "done",
    ),
    (
        "See what waits to be packed",
        "`expand` brings what belongs to an order.",
        'api "$TONGBAO/api/v1/orders?state=paid&expand=lines&fields=id,code,lines"',
    ),
    (
        "Be told of events",
        "Messages are signed by the Standard Webhooks convention; its packages verify them with this secret. They come "
        "at least once: `webhook-id` tells what you have had already.",
        'api -d \'{"url": "https://example.com/tongbao", "topics": ["order.paid"]}\' '
        '"$TONGBAO/api/v1/webhooks" | field "[\'id\']"',
    ),
)

HEAD = """# The API in five minutes

This page is made by `python -m scripts.api_quickstart`; a test runs its commands as they stand. The whole document is
at `/api/docs` of your installation (for programs: `/api/v1/openapi.json`).
"""

TAIL = """
## OAuth2

A client gets a token for an hour at `/api/oauth/token` by `grant_type=client_credentials` with its id and secret (HTTP
Basic or in the form), optionally for less by `scope`. `/api/oauth/revoke` gives one up, `/api/oauth/introspect` tells
about one, `/.well-known/oauth-authorization-server` tells where everything is. Renewing a secret in the console leaves
the former one working for as long as you choose.

## When something is refused

Refusals are problems by RFC 9457 (`application/problem+json`) with a stable `code`; `fields` says what is wrong with
each field. 401: the token; 403 `scope_missing`: it lacks a scope, `role_not_enough`: its maker may not; 409
`idempotency_key_reused`, `idempotency_key_in_flight`; 412 `changed_meanwhile`; 428 `if_match_missing`; 429
`rate_limited`: wait as long as `Retry-After` says (`RateLimit` says what is left of 600 requests a minute).

A browser may call the API from any origin, since no cookie counts here. Never put a token with other scopes than
`checkout:write` into a page.

## What will end

Within `v1` nothing is taken away or changes its meaning. What will end is announced by the headers `Deprecation` and
`Sunset` at least 180 days before, and in the changelog. New fields, operations and events may come at any time: ignore
what you do not know.
"""


def page() -> str:
    """The page as it should be."""
    parts = [HEAD]
    for number, (title, words, command) in enumerate(STEPS, start=1):
        parts.append(f"\n## {number}. {title}\n\n{words}\n\n```sh\n{command}\n```\n")
    parts.append(TAIL)
    parts.append("\n## Scopes\n\n| scope | what it opens |\n|---|---|\n")
    parts += [f"| `{scope.name}` | {scope.label} |\n" for scope in SCOPES.values()]
    parts.append("| `plugin:<id>` | What that plugin brings |\n")
    parts.append("\n## Events\n\n| type | when | data |\n|---|---|---|\n")
    parts += [
        f"| `{event.name}` | {event.label} | {', '.join(f'`{name}`' for name in event.data) or '–'} |\n"
        for event in EVENTS.values()
    ]
    return "".join(parts)


def commands() -> str:
    """All commands of the page, as somebody pastes them."""
    return "\n".join(command for _title, _words, command in STEPS)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
