"""What the benchmarks serve: the application, and beside it a plain Flask view that returns the same bytes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask, Response

from bench.client import FLOOR_FILE, FLOOR_HOST
from core.app import create_app
from core.contract.providers import PaymentState
from core.sdk.testing.fakes import FAKES, outside


def floor_app() -> Flask:
    """A Flask application of one view without a database: what this server can do at best."""
    floor = Flask("floor")
    page = Path(os.environ[FLOOR_FILE])
    kept: list[bytes] = [b""]

    @floor.get("/")
    def same_bytes() -> Response:
        return Response(kept[0], mimetype="text/html")

    @floor.get("/load")
    def load() -> str:
        kept[:] = [page.read_bytes()]
        return "loaded"

    return floor


outside.answer = PaymentState.CAPTURED
shop_app = create_app(extra=(FAKES,))
plain_app = floor_app()


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Serve the floor on its host, the application on every other."""
    chosen = plain_app if environ.get("HTTP_HOST", "").startswith(FLOOR_HOST) else shop_app
    return chosen(environ, start_response)
