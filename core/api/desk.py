"""The shop's settings, domains, plugins and team."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import request, url_for
from flask_smorest import Blueprint

from core.api import desk_shapes as shapes
from core.api.operation import Call, operation
from core.base import clock
from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import end_read
from core.contract.health_store import circuits, plugin_health
from core.contract.manifest import Manifest
from core.contract.runtime import dispatch, registry
from core.parties.team import add_member, change_role, invite, team_of
from core.shops import domains as claims
from core.shops.context import ShopContext
from core.shops.models import Domain
from core.shops.options import change_options
from core.shops.plugin_settings import secret_names
from core.shops.proof import TXT_PREFIX
from core.shops.queries import domains_of, shop_context
from core.shops.service import set_plugin, update_shop
from core.shops.trading import (
    NOTICES,
    addresses_for,
    checkout_rules,
    pay_link_days,
    return_days,
    weight_unit,
)
from core.shops.zones import zone_named

shop = Blueprint("api_shop", __name__, url_prefix="/api/v1/shop", description="The shop and its rules.")
domains = Blueprint("api_domains", __name__, url_prefix="/api/v1/domains", description="Names the shop answers at.")
plugins = Blueprint("api_plugins", __name__, url_prefix="/api/v1/plugins", description="What is switched on.")
team = Blueprint("api_team", __name__, url_prefix="/api/v1/team", description="Who works here.")


_RULES = frozenset({"name", "tagline", "about", "contact_email", "locale", "tax_ppm", "prices_include_tax"})
_RULES |= {"auto_release_days", "payment_minutes", "open"}
_INVERTED = {"phone_needed": "phone_optional", "note_asked": "note_hidden"}
"""Settings that are kept the other way round."""


def _shop(call: Call) -> dict[str, Any]:
    found = shop_context(call.merchant_id)
    options = found.options
    rules = checkout_rules(options)
    return {
        **{name: getattr(found, name) for name in ShopContext.__slots__},
        "primary_host": found.primary_host,
        "order_prefix": str(options.get("order_prefix") or ""),
        "time_zone": zone_named(options, found.currency),
        "weight_unit": weight_unit(options),
        "return_days": return_days(options),
        "pay_link_days": pay_link_days(options),
        "company_asked": rules.company,
        "tax_id_asked": bool(options.get("tax_id_asked")),
        "phone_needed": rules.phone_needed,
        "note_asked": rules.note_asked,
        "terms_required": rules.terms_needed,
        "terms_link": rules.terms_link,
        "notices": {name: addresses_for(options, name) for name in NOTICES},
    }


@operation(shop, "GET", "", scope="shop:read", answer=shapes.ShopShape, versioned=True)
def get_shop(call: Call) -> Any:
    """The shop and its rules."""
    return _shop(call)


@operation(
    shop, "PATCH", "", scope="shop:write", answer=shapes.ShopShape, body=shapes.ShopBody, versioned=True, current=_shop
)
def change_shop(call: Call) -> Any:
    """Change what buyers see and the shop's rules."""
    update_shop(
        call.merchant_id,
        actor_id=call.actor_id,
        **{name: value for name, value in call.body.items() if name in _RULES},
    )
    further = {name: value for name, value in call.body.items() if name not in _RULES}
    further |= {kept: not further.pop(name) for name, kept in _INVERTED.items() if name in further}
    if "notices" in further:
        further["notices"] = {name: ",".join(given) for name, given in further["notices"].items()}
    if further:
        change_options(call.merchant_id, actor_id=call.actor_id, **further)
    return _shop(call)


def _claim(claim: Domain) -> dict[str, Any]:
    return {
        **{name: getattr(claim, name) for name in ("id", "host", "proven_at", "is_primary", "created_at")},
        "proof_txt_name": f"{TXT_PREFIX}.{claim.host}",
        "proof_txt_value": claim.token,
    }


def _domain(call: Call, domain_id: str) -> dict[str, Any]:
    found = db.session.get(Domain, domain_id, populate_existing=True)
    if found is None or found.merchant_id != call.merchant_id:
        raise NotFound(_l("There is no such domain."))
    return _claim(found)


@operation(domains, "GET", "", scope="domains:read", answer=shapes.DomainPageShape, listed=True)
def list_domains(call: Call) -> Any:
    """All names that the merchant claims."""
    found = [_claim(one) for one in domains_of(call.merchant_id)]
    start = int(call.place() or 0)
    after = start + call.limit
    return call.page(found[start:after], after if after < len(found) else None)


@operation(domains, "POST", "", scope="domains:write", answer=shapes.DomainShape, body=shapes.DomainBody, status=201)
def claim_domain(call: Call) -> Any:
    """Claim a name; it serves once it is proven."""
    domain_id = claims.add_domain(call.merchant_id, call.body["host"], actor_id=call.actor_id)
    call.location = f"/api/v1/domains/{domain_id}"
    return _domain(call, domain_id)


@operation(domains, "GET", "/<domain_id>", scope="domains:read", answer=shapes.DomainShape)
def get_domain(call: Call, domain_id: str) -> Any:
    """One claim, with the TXT record that proves it."""
    return _domain(call, domain_id)


@operation(domains, "POST", "/<domain_id>/prove", scope="domains:write", answer=shapes.DomainShape, outside=True)
def prove_domain(call: Call, domain_id: str) -> Any:
    """Look for the proof now."""
    _domain(call, domain_id)
    claims.prove_domain(call.merchant_id, domain_id, actor_id=call.actor_id)
    return _domain(call, domain_id)


@operation(domains, "POST", "/<domain_id>/make-primary", scope="domains:write", answer=shapes.DomainShape)
def make_primary(call: Call, domain_id: str) -> Any:
    """Make a proven name the shop's address."""
    _domain(call, domain_id)
    claims.make_primary(call.merchant_id, domain_id, actor_id=call.actor_id)
    return _domain(call, domain_id)


@operation(domains, "DELETE", "/<domain_id>", scope="domains:write", status=204)
def remove_domain(call: Call, domain_id: str) -> None:
    """Give a name up."""
    _domain(call, domain_id)
    claims.remove_domain(call.merchant_id, domain_id, actor_id=call.actor_id)


def _plugin(call: Call, plugin_id: str) -> dict[str, Any]:
    return _choice(_manifest(plugin_id), shop_context(call.merchant_id))


def _manifest(plugin_id: str) -> Manifest:
    manifest = registry().manifest(plugin_id)
    if manifest is None:
        raise NotFound(_l("There is no such plugin."))
    return manifest


def _choice(manifest: Manifest, of: Any) -> dict[str, Any]:
    stored: Mapping[str, Any] = of.plugin_settings.get(manifest.id, {})
    settings = manifest.settings().dump(stored) if manifest.settings is not None else {}
    hidden = secret_names(manifest.settings)
    return {
        "id": manifest.id,
        "name": str(manifest.name),
        "summary": str(manifest.summary),
        "version": manifest.version,
        "enabled": manifest.id in of.plugins,
        "settings": {name: value for name, value in dict(settings).items() if name not in hidden},
    }


@operation(plugins, "GET", "", scope="plugins:read", answer=shapes.PluginPageShape, listed=True)
def list_plugins(call: Call) -> Any:
    """Every plugin of this installation."""
    found = [_choice(manifest, call.shop) for manifest in registry().manifests]
    start = int(call.place() or 0)
    after = start + call.limit
    return call.page(found[start:after], after if after < len(found) else None)


@operation(plugins, "GET", "/<plugin_id>", scope="plugins:read", answer=shapes.PluginShape, versioned=True)
def get_plugin(call: Call, plugin_id: str) -> Any:
    """One plugin and its settings."""
    return _plugin(call, plugin_id)


@operation(
    plugins,
    "PUT",
    "/<plugin_id>",
    scope="plugins:write",
    answer=shapes.PluginShape,
    body=shapes.PluginBody,
    versioned=True,
    current=_plugin,
)
def change_plugin(call: Call, plugin_id: str) -> Any:
    """Switch a plugin, and set it up."""
    set_plugin(
        call.merchant_id,
        plugin_id,
        enabled=call.body["enabled"],
        settings=call.body.get("settings"),
        actor_id=call.actor_id,
    )
    return _plugin(call, plugin_id)


@operation(plugins, "GET", "/<plugin_id>/health", scope="plugins:read", answer=shapes.PluginHealthShape)
def get_health(call: Call, plugin_id: str) -> Any:
    """How a plugin has fared in the last day."""
    manifest = _manifest(plugin_id)
    found = plugin_health(manifest.id, since=clock.now() - timedelta(days=1), merchant_id=call.merchant_id)
    state = next(
        (one.state for one in circuits(merchant_id=call.merchant_id, plugin_id=manifest.id, limit=1)), "closed"
    )
    return {
        "state": state,
        "calls": [
            {
                "call": name,
                "total": one.total,
                "refused": one.results["refused"],
                "failed": one.failed,
                "p50_seconds": one.p50,
                "p95_seconds": one.p95,
                "message": one.message,
            }
            for name, one in sorted(found.calls.items())
        ],
    }


@operation(plugins, "POST", "/<plugin_id>/check", scope="plugins:write", answer=shapes.PluginCheckShape)
def check_plugin(call: Call, plugin_id: str) -> Any:
    """Ask the plugin, and the other side where there is one, whether what is set up works. Changes nothing."""
    manifest, shop = _manifest(plugin_id), call.shop
    if manifest.id not in shop.plugins or not dispatch().answers(manifest.id, "check_setup"):
        raise NotFound(_l("There is nothing to test here."))
    views = shop.views()
    end_read()
    return {"found": str(dispatch().call("check_setup", frozenset({manifest.id}), shop=views)[0])}


@operation(team, "GET", "", scope="team:read", answer=shapes.MemberPageShape, listed=True)
def list_team(call: Call) -> Any:
    """Everybody who may act for the merchant."""
    found = team_of(call.merchant_id)
    start = int(call.place() or 0)
    after = start + call.limit
    return call.page(found[start:after], after if after < len(found) else None)


@operation(team, "POST", "", scope="team:write", answer=shapes.JoinedShape, body=shapes.NewMemberBody, status=201)
def add_to_team(call: Call) -> Any:
    """Add somebody who has an account, or make an invitation for somebody who has none."""
    given = {"email": call.body["email"], "role": call.body["role"], "actor_id": call.actor_id}
    person_id = add_member(call.merchant_id, **given)
    link = None
    if person_id is None:
        token = invite(call.merchant_id, **given)
        link = request.host_url.rstrip("/") + url_for("console.invitation", token=token)
    return {"person_id": person_id, "invitation_url": link}


def _require_member(call: Call, person_id: str) -> None:
    if person_id not in {one.person_id for one in team_of(call.merchant_id)}:
        raise NotFound(_l("This person does not work for the shop."))


@operation(team, "PUT", "/<person_id>", scope="team:write", status=204, body=shapes.RoleBody)
def change_member(call: Call, person_id: str) -> None:
    """Give somebody another role."""
    _require_member(call, person_id)
    change_role(call.merchant_id, person_id, call.body["role"], actor_id=call.actor_id)


@operation(team, "DELETE", "/<person_id>", scope="team:write", status=204)
def remove_member(call: Call, person_id: str) -> None:
    """Take somebody out of the team."""
    _require_member(call, person_id)
    change_role(call.merchant_id, person_id, None, actor_id=call.actor_id)
