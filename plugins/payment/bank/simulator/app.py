"""The bank's web application and the process around it."""

import signal
import threading
from pathlib import Path

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from plugins.payment.bank.protocol import BODY_BYTES_MAX
from plugins.payment.bank.simulator import accounts
from plugins.payment.bank.simulator.bank import Bank
from plugins.payment.bank.simulator.errors import Refusal
from plugins.payment.bank.simulator.models import Book
from plugins.payment.bank.simulator.notices import Courier
from plugins.payment.bank.simulator.views_admin import admin
from plugins.payment.bank.simulator.views_api import api
from plugins.payment.bank.simulator.views_payer import payer

CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"


class QuietHandler(WSGIRequestHandler):
    """Writes no line per request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def create_app(bank: Bank) -> Flask:
    """The bank's three doors and its health."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
    app.extensions["bank"] = bank
    app.register_blueprint(api)
    app.register_blueprint(admin)
    app.register_blueprint(payer)

    @app.get("/health")
    def health() -> ResponseReturnValue:
        return {"bank": "ready", "now": int(bank.book.now())}

    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> ResponseReturnValue:
        return jsonify(error={"code": refusal.code, "message": refusal.message}), refusal.status

    @app.after_request
    def harden(response: Response) -> Response:
        if not request.path.startswith("/v1/"):
            response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
            response.headers["X-Content-Type-Options"] = "nosniff"
            response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return app


class Server:
    """The bank as a process: opens the book, listens, sends notices, and ends cleanly on a signal."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        state: Path,
        public_url: str | None,
        admin_token: str,
        retry_seconds: float,
    ) -> None:
        self.book = Book(state)
        accounts.set_up(self.book)
        courier = Courier(self.book, retry_seconds=retry_seconds)
        self.bank = Bank(self.book, courier, "", admin_token)
        self._server: BaseWSGIServer = make_server(
            host, port, create_app(self.bank), threaded=True, request_handler=QuietHandler
        )
        self.url = f"http://{host}:{self._server.server_port}"
        self.bank.public_url = (public_url or self.url).rstrip("/")

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=self._server.shutdown).start())
        self.bank.courier.start()
        self._server.serve_forever(poll_interval=0.05)
        self.bank.courier.stop()
        self.bank.courier.join(timeout=5)
        self._server.server_close()
        self.book.close()
