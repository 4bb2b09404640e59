"""The partners' door: signed requests in, signed answers out."""

import json
import socket
import sqlite3
import time
from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from flask import Blueprint, Response, current_app, request
from marshmallow import ValidationError

from plugins.payment.bank import protocol, schemas
from plugins.payment.bank.protocol import SignatureRefused, SigningKey
from plugins.payment.bank.simulator import accounts, collections, faults, payouts, refunds, statements
from plugins.payment.bank.simulator.bank import Bank
from plugins.payment.bank.simulator.errors import Refusal

api = Blueprint("api", __name__, url_prefix="/v1")

Act = Callable[..., dict[str, Any]]


def signed(operation: str) -> Callable[[Act], Callable[..., Response]]:
    """A view that only a partner may call: checks the signature, does what faults say, signs the answer."""

    def wrap(act: Act) -> Callable[..., Response]:
        @wraps(act)
        def view(**arguments: Any) -> Response:
            bank: Bank = current_app.extensions["bank"]
            try:
                partner = _partner(bank)
            except SignatureRefused as error:
                return _answer(bank, 401, _problem(error.code, "The signature was not accepted."), set())
            with bank.book.transaction() as db:
                due = {fault.kind: fault.value for fault in faults.take(db, operation, "*")}
            if "slow" in due:
                time.sleep(float(due["slow"] or 5))
            if "drop_request" in due:
                return _hang_up()
            if "error" in due:
                return _answer(bank, 500, _problem("internal", "The bank has a problem."), set(due))
            status, body = _act(act, bank, partner, arguments)
            bank.courier.wake()
            return _hang_up() if "drop_answer" in due else _answer(bank, status, body, set(due))

        return view

    return wrap


@api.post("/collections")
@signed("create_collection")
def create_collection(bank: Bank, partner: sqlite3.Row) -> dict[str, Any]:
    """Open a collection."""
    terms = _body(schemas.CreateCollectionSchema())
    return collections.create_collection(bank.book, partner, terms, public_url=bank.public_url)


@api.get("/collections/<reference>")
@signed("query")
def show_collection(bank: Bank, partner: sqlite3.Row, reference: str) -> dict[str, Any]:
    """Tell where a collection stands."""
    return collections.show_collection(bank.book, partner, reference, public_url=bank.public_url)


@api.post("/collections/<reference>/close")
@signed("close")
def close_collection(bank: Bank, partner: sqlite3.Row, reference: str) -> dict[str, Any]:
    """Close a collection."""
    return collections.close_collection(bank.book, partner, reference, public_url=bank.public_url)


@api.post("/collections/<reference>/refunds")
@signed("refund")
def create_refund(bank: Bank, partner: sqlite3.Row, reference: str) -> dict[str, Any]:
    """Give money back."""
    return refunds.refund(bank.book, partner, reference, _body(schemas.CreateRefundSchema()))


@api.get("/refunds/<refund_reference>")
@signed("query_refund")
def show_refund(bank: Bank, partner: sqlite3.Row, refund_reference: str) -> dict[str, Any]:
    """Tell where a refund stands."""
    return refunds.show_refund(bank.book, partner, refund_reference)


@api.post("/payouts")
@signed("payout")
def create_payout(bank: Bank, partner: sqlite3.Row) -> dict[str, Any]:
    """Send money."""
    return payouts.payout(bank.book, partner, _body(schemas.CreatePayoutSchema()))


@api.get("/payouts/<reference>")
@signed("query_payout")
def show_payout(bank: Bank, partner: sqlite3.Row, reference: str) -> dict[str, Any]:
    """Tell where a payout stands."""
    return payouts.show_payout(bank.book, partner, reference)


@api.get("/statement")
@signed("statement")
def show_statement(bank: Bank, partner: sqlite3.Row) -> dict[str, Any]:
    """Tell what was booked on a day."""
    try:
        day = date.fromisoformat(request.args["day"])
        after = int(request.args.get("after", "0"))
    except (KeyError, ValueError):
        raise Refusal("bad_request", "day must be a date, after a line number.", 400) from None
    return statements.statement(bank.book, partner, day, after)


@api.get("/balance")
@signed("balance")
def show_balance(bank: Bank, partner: sqlite3.Row) -> dict[str, Any]:
    """Tell what the account holds."""
    return statements.balance(bank.book, partner)


@api.get("/keys")
@signed("keys")
def show_keys(bank: Bank, partner: sqlite3.Row) -> dict[str, Any]:
    """Tell the bank's public keys."""
    return {"keys": accounts.published_keys(bank.book)}


def _partner(bank: Bank) -> sqlite3.Row:
    key_id = protocol.verify_request(
        request.headers,
        method=request.method,
        target=_target(),
        body=request.get_data(),
        keys=accounts.partner_key_ring(bank.book),
        nonces=accounts.BookNonces(bank.book),
        now=int(bank.book.now()),
    )
    return accounts.partner_of_key(bank.book, key_id)


def _act(act: Act, bank: Bank, partner: sqlite3.Row, arguments: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    try:
        return 200, act(bank, partner, **arguments)
    except Refusal as refusal:
        return refusal.status, _problem(refusal.code, refusal.message)


def _body(schema: schemas.MessageSchema) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(json.loads(request.get_data()))
        return loaded
    except ValidationError as error:
        raise Refusal("bad_request", json.dumps(error.messages), 400) from None
    except ValueError:
        raise Refusal("bad_request", "The body is not JSON.", 400) from None


def _problem(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def _target() -> str:
    # The path exactly as it was sent: decoding and encoding it again could change it.
    return str(request.environ.get("REQUEST_URI") or request.full_path.rstrip("?"))


def _answer(bank: Bank, status: int, body: dict[str, Any], due: set[str]) -> Response:
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    key = accounts.bank_key(bank.book)
    if "wrong_signature" in due:
        key = SigningKey.generate(key.key_id)
    headers = protocol.sign_answer(
        key,
        status=status,
        target=_target(),
        request_nonce=request.headers.get(protocol.NONCE_HEADER, ""),
        body=data,
        timestamp=int(bank.book.now()),
    )
    return Response(data, status, headers, mimetype="application/json")


def _hang_up() -> Response:
    connection = request.environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    return Response(status=502)
