"""Keys for programs: tokens and OAuth2 clients, made here, shown once, renewed and revoked."""

from __future__ import annotations

from flask import Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.access import clients, tokens
from core.access.scopes import PLUGIN_PREFIX, SCOPES
from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _
from core.contract.runtime import registry
from core.web.console.forms import Form
from core.web.console.page import (
    Errors,
    actor_id,
    attempt,
    blueprint,
    merchant_id,
    show,
    the_shop,
    words_of,
)
from core.web.member import require_member

LASTS = ((30, _("30 days")), (90, _("90 days")), (365, _("One year")), (0, _("No end")))
OVERLAPS = ((24, _("A day")), (1, _("An hour")), (168, _("A week")), (0, _("Not at all")))


@blueprint.get("/api")
@require_member("shop.edit")
def api() -> Response:
    """Tokens and clients."""
    return _page()


def _page(
    *,
    status: int = 200,
    errors: Errors | None = None,
    message: object = "",
    issued: tokens.Issued | None = None,
    kind: str = "",
) -> Response:
    plugins = [manifest for manifest in registry().manifests if manifest.id in the_shop().plugins]
    response = show(
        "api",
        status=status,
        tokens=tokens.tokens_of(merchant_id()),
        clients=clients.clients_of(merchant_id()),
        scopes=[(scope.name, scope.label) for scope in SCOPES.values()]
        + [(PLUGIN_PREFIX + manifest.id, manifest.name) for manifest in plugins],
        lasts=LASTS,
        overlaps=OVERLAPS,
        issued=issued,
        kind=kind,
        errors=errors or {},
        message=message,
        values=request.form,
        chosen=request.form.getlist("scopes"),
    )
    if issued is not None:
        response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/api")
@require_member("shop.edit")
def new_key() -> Response:
    """Make a token, or a client; its secret is on the page that follows and nowhere else."""
    form = Form(request.form)
    name = form.text("name", required=True, most=tokens.NAME_CHARACTERS_MAX)
    days = form.whole("days") or None
    kind = "client" if request.form.get("kind") == "client" else "token"
    scopes = request.form.getlist("scopes")[:100]
    try:
        form.check()
        if kind == "client":
            issued = clients.create_client(merchant_id(), name=name, scopes=scopes, actor_id=actor_id())
        else:
            issued = tokens.create_token(merchant_id(), name=name, scopes=scopes, days=days, actor_id=actor_id())
    except (Invalid, Refused) as error:
        return _page(status=error.status, errors=error.fields, message=words_of(error))
    return _page(issued=issued, kind=kind)


@blueprint.post("/api/tokens/<token_id>")
@require_member("shop.edit")
def change_token(token_id: str) -> WerkzeugResponse:
    """Put a new token in the place of one, or revoke it."""
    if request.form.get("do") == "revoke":
        return attempt(
            lambda: tokens.revoke_token(merchant_id(), token_id, actor_id=actor_id()),
            _("Revoked. It works no more."),
            to=url_for("console.api"),
        )
    return _renewed("token", token_id)


@blueprint.post("/api/clients/<client_id>")
@require_member("shop.edit")
def change_client(client_id: str) -> WerkzeugResponse:
    """Give a client a new secret, or revoke it with its tokens."""
    if request.form.get("do") == "revoke":
        return attempt(
            lambda: clients.revoke_client(merchant_id(), client_id, actor_id=actor_id()),
            _("Revoked. It works no more."),
            to=url_for("console.api"),
        )
    return _renewed("client", client_id)


def _renewed(kind: str, key_id: str) -> Response:
    form = Form(request.form)
    overlap_hours = form.whole("overlap_hours") or 0
    renew = tokens.rotate_token if kind == "token" else clients.rotate_client
    try:
        form.check()
        issued = renew(merchant_id(), key_id, overlap_hours=overlap_hours, actor_id=actor_id())
    except (Invalid, Refused) as error:
        return _page(status=error.status, message=words_of(error))
    return _page(issued=issued, kind=kind)
