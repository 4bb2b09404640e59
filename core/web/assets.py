"""Files: our own (fingerprinted, for ever) and merchants' pictures by the hash of their content."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, g, request, send_file
from sqlalchemy import select
from werkzeug.security import safe_join

from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.catalog.models import Asset
from core.contract.registry import Registry
from core.web.headers import PICTURE_POLICY
from core.web.member import current_member
from core.web.tenancy import require_face

FOR_EVER = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=60"
_HASH = re.compile(r"[0-9a-f]{16,64}")
_MEDIA_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/svg+xml", "image/avif"})
NAME_CHARACTERS_MAX = 200
_KEY = "tongbao.static"

blueprint = Blueprint("assets", __name__)


@dataclass(slots=True)
class StaticFiles:
    """Folders of static files: core's own, and each plugin's under `x/<plugin>/`."""

    folders: dict[str, Path] = field(default_factory=dict)
    fingerprints: dict[str, tuple[int, str]] = field(default_factory=dict)

    def find(self, name: str) -> Path | None:
        """The file of a name like `css/app.css` or `x/payment/pay.css`; None when there is none."""
        if len(name) > NAME_CHARACTERS_MAX:
            return None
        prefix, rest = "", name
        if name.startswith("x/") and name.count("/") >= 2:
            _, plugin_id, rest = name.split("/", 2)
            prefix = f"x/{plugin_id}/"
        folder = self.folders.get(prefix)
        joined = safe_join(str(folder), rest) if folder is not None else None
        path = Path(joined) if joined else None
        return path if path is not None and path.is_file() else None

    def fingerprint(self, name: str) -> str | None:
        """The first digits of the hash of a file's content, kept until the file changes."""
        path = self.find(name)
        if path is None:
            return None
        changed = path.stat().st_mtime_ns
        kept = self.fingerprints.get(name)
        if kept is None or kept[0] != changed:
            kept = (changed, hashlib.sha256(path.read_bytes()).hexdigest()[:12])
            self.fingerprints[name] = kept
        return kept[1]


def static_url(name: str) -> str:
    """The address of a static file, with its fingerprint, so that it may be cached for ever."""
    files: StaticFiles = current_app.extensions[_KEY]
    mark = files.fingerprint(name)
    return f"/static/{mark}/{name}" if mark else f"/static/-/{name}"


@blueprint.get("/static/<mark>/<path:name>")
def static_file(mark: str, name: str) -> Response:
    """A file of ours or of a plugin."""
    files: StaticFiles = current_app.extensions[_KEY]
    path = files.find(name)
    if path is None:
        raise NotFound(_l("There is no such file."))
    response = send_file(path, conditional=True, etag=True)
    response.headers["Cache-Control"] = FOR_EVER if mark == files.fingerprint(name) else BRIEFLY
    return response


@blueprint.get("/media/<name>")
def media(name: str) -> Response:
    """A picture of this shop (or, on the platform's host, of the merchant that the member acts for)."""
    require_face("shop", "platform")
    mark = name.partition(".")[0]
    if g.shop is not None:
        merchant_id = g.shop.merchant_id
    else:
        member = current_member()
        merchant_id = member.merchant_id if member else None
    if merchant_id is None or not _HASH.fullmatch(mark):
        raise NotFound(_l("There is no such file."))
    if request.if_none_match.contains(mark):
        return _for_ever(Response(status=304), mark)
    row = db.session.execute(
        select(Asset.content, Asset.media_type).where(Asset.merchant_id == merchant_id, Asset.hash == mark)
    ).first()
    if row is None or row.media_type not in _MEDIA_TYPES:
        raise NotFound(_l("There is no such file."))
    return _for_ever(Response(row.content, mimetype=row.media_type), mark)


def _for_ever(response: Response, mark: str) -> Response:
    response.set_etag(mark)
    response.headers["Cache-Control"] = FOR_EVER
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    return response


@lru_cache(maxsize=64)
def package_folders(package: str, name: str) -> tuple[Path, ...]:
    """The folders of a name (`templates`, `static`) inside a package."""
    spec = find_spec(package)
    places = list(spec.submodule_search_locations or ()) if spec else []
    return tuple(Path(place) / name for place in places if (Path(place) / name).is_dir())


def init_app(app: Flask, registry: Registry) -> None:
    """Find every folder of static files and serve them."""
    files = StaticFiles({"": Path(app.root_path) / "web" / "static"})
    for manifest in registry.manifests:
        for folder in package_folders(manifest.package, "static"):
            files.folders.setdefault(f"x/{manifest.id}/", folder)
    app.extensions[_KEY] = files
    app.register_blueprint(blueprint)
    app.jinja_env.globals["static_url"] = static_url
