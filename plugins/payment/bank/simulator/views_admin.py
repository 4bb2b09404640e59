"""The tester's door, locked by a token: partners, keys, faults, the clock, and all that the bank knows."""

import hmac
from typing import Any

from flask import Blueprint, current_app, request

from plugins.payment.bank.simulator import accounts, collections, faults, notices, payouts
from plugins.payment.bank.simulator.bank import Bank
from plugins.payment.bank.simulator.errors import Refusal

admin = Blueprint("admin", __name__, url_prefix="/admin")

SETTLE_SECONDS_MAX = 60.0


def _bank() -> Bank:
    bank: Bank = current_app.extensions["bank"]
    return bank


def _given(name: str) -> Any:
    data = request.get_json(silent=True)
    if not isinstance(data, dict) or name not in data:
        raise Refusal("bad_request", f"{name} is missing.", 400)
    return data[name]


def _optional(name: str) -> Any:
    data = request.get_json(silent=True)
    return data.get(name) if isinstance(data, dict) else None


@admin.before_request
def check_token() -> None:
    """Let nobody in without the admin token."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), _bank().admin_token.encode()):
        raise Refusal("not_allowed", "The admin token is missing or wrong.", 403)


@admin.post("/partners")
def save_partner() -> dict[str, Any]:
    """Take on a partner with its account, or change where its notices go."""
    accounts.save_partner(
        _bank().book,
        partner_id=str(_given("partner_id")),
        account=str(_given("account")),
        name=str(_given("name")),
        currency=str(_optional("currency") or "CNY"),
        notify_url=_optional("notify_url"),
    )
    return {"saved": True}


@admin.post("/partners/<partner_id>/keys")
def save_partner_key(partner_id: str) -> dict[str, Any]:
    """Trust a partner's key, with an optional time from and until which it is valid."""
    try:
        accounts.save_partner_key(
            _bank().book,
            partner_id=partner_id,
            key_id=str(_given("key_id")),
            public_key=str(_given("public_key")),
            not_before=_optional("not_before"),
            not_after=_optional("not_after"),
        )
    except ValueError:
        raise Refusal("bad_request", "public_key is not a key.", 400) from None
    return {"saved": True}


@admin.get("/keys")
def show_keys() -> dict[str, Any]:
    """The bank's public keys, to be handed to partners."""
    return {"keys": accounts.published_keys(_bank().book)}


@admin.post("/keys/rotate")
def rotate_key() -> dict[str, Any]:
    """Sign with a new key from now on."""
    return {"key_id": accounts.rotate_bank_key(_bank().book)}


@admin.post("/faults")
def add_fault() -> dict[str, Any]:
    """Misbehave, the next `times` times."""
    value = _optional("value")
    faults.add(
        _bank().book,
        target=str(_given("target")),
        kind=str(_given("kind")),
        value=None if value is None else str(value),
        times=int(_optional("times") or 1),
    )
    return {"saved": True}


@admin.delete("/faults")
def clear_faults() -> dict[str, Any]:
    """Behave again."""
    faults.clear(_bank().book)
    return {"cleared": True}


@admin.get("/collections")
def show_collections() -> dict[str, Any]:
    """All collections with their payments: the truth to compare with."""
    return {"collections": collections.all_collections(_bank().book, public_url=_bank().public_url)}


@admin.get("/notices")
def show_notices() -> dict[str, Any]:
    """All notices and how their delivery went."""
    return {"notices": notices.all_notices(_bank().book)}


@admin.post("/notices/release")
def release_notices() -> dict[str, Any]:
    """Send the notices that a `hold` or `out_of_order` fault kept back."""
    return {"released": sum(_bank().courier.release(state) for state in ("held", "behind"))}


@admin.post("/notices/<notice_id>/redeliver")
def redeliver_notice(notice_id: str) -> dict[str, Any]:
    """Send a notice once more."""
    if not _bank().courier.redeliver(notice_id):
        raise Refusal("not_found", "There is no such notice.", 404)
    return {"queued": True}


@admin.post("/notices/settle")
def settle_notices() -> dict[str, Any]:
    """Answer when no notice (of one partner, if given) waits to be sent, or when `timeout_seconds` are over."""
    timeout_seconds = min(float(_optional("timeout_seconds") or 10), SETTLE_SECONDS_MAX)
    return {"settled": _bank().courier.wait_until_delivered(timeout_seconds, _optional("partner_id"))}


@admin.post("/payouts/<reference>/settle")
def settle_payout(reference: str) -> dict[str, Any]:
    """Let a waiting payout arrive, or fail with `failure_code`."""
    payouts.settle_payout(_bank().book, reference, _optional("failure_code"))
    _bank().courier.wake()
    return {"settled": True}


@admin.post("/clock")
def move_clock() -> dict[str, Any]:
    """Set how many seconds the bank's clock is ahead of the machine's."""
    _bank().book.move_clock(float(_given("offset_seconds")))
    _bank().courier.wake()
    return {"now": int(_bank().book.now())}
