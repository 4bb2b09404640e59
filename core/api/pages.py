"""The document, and the page that shows it to people (its files come with a package, none from elsewhere)."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, send_file
from werkzeug.security import safe_join

from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.web.assets import BRIEFLY
from core.web.pages import render_page
from core.web.tenancy import require_face

blueprint = Blueprint("api_pages", __name__)
_ASSETS = frozenset({"swagger-ui.css", "swagger-ui-bundle.js"})


def document() -> dict[str, Any]:
    """The OpenAPI document of this installation."""
    made: dict[str, Any] | None = current_app.extensions.get("tongbao.api.document")
    if made is None:
        made = current_app.extensions["tongbao.api"].spec.to_dict()
        for operations in made["paths"].values():
            for one in operations.values():
                if isinstance(one, dict):
                    one["tags"] = [tag.removeprefix("api_") for tag in one.get("tags", ())]
        for tag in made.get("tags", ()):
            tag["name"] = tag["name"].removeprefix("api_")
        current_app.extensions["tongbao.api.document"] = made
    return made


def assets_folder() -> Path:
    """Where the package keeps its files. Raises RuntimeError when it is not installed."""
    spec = find_spec("flask_swagger_ui")
    if spec is None or spec.origin is None:
        raise RuntimeError("flask-swagger-ui is not installed: pip install flask-swagger-ui")
    return Path(spec.origin).parent / "dist"


@blueprint.get("/api/v1/openapi.json")
def openapi() -> Response:
    """The document, for programs."""
    require_face("platform")
    response = Response(json.dumps(document()), mimetype="application/json")
    response.headers["Cache-Control"] = BRIEFLY
    return response


@blueprint.get("/api/docs")
def docs() -> Response:
    """The document, for people."""
    require_face("platform")
    return render_page("api/docs.html")


@blueprint.get("/api/docs/<name>")
def docs_asset(name: str) -> Response:
    """A file of the page."""
    require_face("platform")
    path = safe_join(str(assets_folder()), name) if name in _ASSETS else None
    if path is None:
        raise NotFound(_l("There is no such file."))
    response = send_file(path, conditional=True, etag=True)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
