"""Domains: claimed here, proven by DNS or file, made the shop's address, given up."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _
from core.shops.domains import add_domain, make_primary, prove_domain, remove_domain
from core.shops.proof import TXT_PREFIX, proof_path
from core.shops.queries import domains_of
from core.web.console.page import Errors, actor_id, attempt, blueprint, merchant_id, posted, show, the_shop, words_of
from core.web.member import flash_member, require_member
from core.web.tenancy import the_config


@blueprint.get("/domains")
@require_member("domains.edit")
def domains() -> Response:
    """The shop's names, with how to prove each that is not proven."""
    return _page()


def _page(*, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    return show(
        "domains",
        status=status,
        domains=domains_of(merchant_id()),
        builtin=f"{the_shop().slug}.{the_config().platform_host}",
        txt_prefix=TXT_PREFIX,
        proof_path=proof_path,
        errors=errors or {},
        message=message,
        values=request.form,
    )


@blueprint.post("/domains")
@require_member("domains.edit")
def new_domain() -> WerkzeugResponse:
    """Claim a name."""
    try:
        add_domain(merchant_id(), posted("host", 300), actor_id=actor_id())
    except (Invalid, Refused) as error:
        return _page(status=error.status, errors=error.fields, message=words_of(error))
    flash_member(_("Now prove that the domain is yours, as described below."), "info")
    return redirect(url_for("console.domains"), 303)


@blueprint.post("/domains/<domain_id>")
@require_member("domains.edit")
def change_domain(domain_id: str) -> WerkzeugResponse:
    """Check a claim now, make a proven name the shop's address, or give a name up."""
    merchant, to = merchant_id(), url_for("console.domains")
    do = request.form.get("do")
    if do == "primary":
        chosen = None if domain_id == "builtin" else domain_id
        return attempt(
            lambda: make_primary(merchant, chosen, actor_id=actor_id()), _("This is the shop's address now."), to=to
        )
    if do == "remove":
        return attempt(
            lambda: remove_domain(merchant, domain_id, actor_id=actor_id()), _("The domain is given up."), to=to
        )
    return attempt(
        lambda: prove_domain(merchant, domain_id, actor_id=actor_id()),
        _("Proven. The shop answers at this name now."),
        to=to,
    )
