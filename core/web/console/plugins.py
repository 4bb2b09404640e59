"""Plugins: switched on and off, set up, and how they fare."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.audit.queries import AuditFilter, audit_page
from core.base.errors import Invalid, NotFound, Refused, TongbaoError
from core.base.i18n import gettext
from core.base.i18n import lazy_gettext as _
from core.base.transactions import end_read
from core.contract.dispatch import PluginFailed
from core.contract.faults import forget_faults, recent_faults
from core.contract.manifest import Manifest
from core.contract.runtime import dispatch, registry
from core.contract.settings_form import form_fields, read_form
from core.parties.team import names_of
from core.shops.service import set_plugin
from core.web.console.page import actor_id, attempt, blueprint, merchant_id, show, the_shop, words_of
from core.web.member import flash_member, require_member
from core.web.plugin_health import health_shown

log = logging.getLogger(__name__)
FAULTS_SHOWN = 50
LOG_SHOWN = 20


@blueprint.get("/plugins")
@require_member("plugins.edit")
def plugins() -> Response:
    """Every plugin that this installation has."""
    faults: dict[str, int] = {}
    for fault in recent_faults(merchant_id(), limit=FAULTS_SHOWN):
        faults[fault.plugin_id] = faults.get(fault.plugin_id, 0) + fault.count
    return show(
        "plugins",
        manifests=registry().manifests,
        enabled=the_shop().plugins,
        faults=faults,
        brings={manifest.id: registry().providers_of(manifest.id) for manifest in registry().manifests},
    )


@blueprint.get("/plugins/<plugin_id>")
@require_member("plugins.edit")
def plugin(plugin_id: str) -> Response:
    """One plugin: its switch, its settings, what went wrong."""
    return _page(_manifest(plugin_id))


def _manifest(plugin_id: str) -> Manifest:
    manifest = registry().manifest(plugin_id)
    if manifest is None:
        raise NotFound(_("There is no such plugin."))
    return manifest


def _page(
    manifest: Manifest,
    *,
    status: int = 200,
    errors: Mapping[str, Any] | None = None,
    message: object = "",
    posted: Mapping[str, Any] | None = None,
) -> Response:
    shop = the_shop()
    return show(
        "plugin",
        status=status,
        manifest=manifest,
        enabled=manifest.id in shop.plugins,
        fields=form_fields(
            manifest.settings,
            shop.plugin_settings.get(manifest.id, {}),
            currency=shop.currency,
            errors=errors,
            posted=posted,
        ),
        faults=[
            fault for fault in recent_faults(shop.merchant_id, limit=FAULTS_SHOWN) if fault.plugin_id == manifest.id
        ],
        brings=registry().providers_of(manifest.id),
        health=health_shown(manifest.id, merchant_id=shop.merchant_id, shop=shop),
        can_check=manifest.id in shop.plugins and dispatch().answers(manifest.id, "check_setup"),
        switched=_switched(manifest.id),
        message=message,
    )


def _switched(plugin_id: str) -> list[dict[str, Any]]:
    """Who switched a plugin or changed its settings, the latest first."""
    wanted = AuditFilter(chain=merchant_id(), action="shop.plugin_changed")
    entries = [entry for entry in audit_page(wanted, limit=200).rows if entry.details.get("plugin_id") == plugin_id]
    names = names_of([entry.actor_id for entry in entries[:LOG_SHOWN] if entry.actor_id])
    return [
        {
            "at": entry.at,
            "by": names.get(entry.actor_id or "", ""),
            "what": _("Settings changed")
            if entry.details.get("settings_changed")
            else _("Switched on")
            if entry.details.get("enabled")
            else _("Switched off"),
        }
        for entry in entries[:LOG_SHOWN]
    ]


@blueprint.post("/plugins/<plugin_id>/switch")
@require_member("plugins.edit")
def switch_plugin(plugin_id: str) -> WerkzeugResponse:
    """Switch a plugin on or off; its settings and data stay."""
    manifest = _manifest(plugin_id)
    on = request.form.get("on") == "1"
    done = _("%(name)s is on.", name=manifest.name) if on else _("%(name)s is off; its data stays.", name=manifest.name)
    to = url_for("console.plugin", plugin_id=plugin_id) if on and manifest.settings else url_for("console.plugins")
    return attempt(lambda: set_plugin(merchant_id(), plugin_id, enabled=on, actor_id=actor_id()), done, to=to)


@blueprint.post("/plugins/<plugin_id>/settings")
@require_member("plugins.edit")
def save_plugin(plugin_id: str) -> WerkzeugResponse:
    """Save what was set; the plugin's own schema says what is wrong."""
    manifest, shop = _manifest(plugin_id), the_shop()
    if manifest.settings is None:
        raise NotFound(_("This plugin has no settings."))
    wanted = read_form(manifest.settings, request.form, currency=shop.currency)
    try:
        set_plugin(shop.merchant_id, plugin_id, enabled=plugin_id in shop.plugins, settings=wanted, actor_id=actor_id())
    except (Invalid, Refused) as error:
        return _page(manifest, status=error.status, errors=error.fields, message=error.message, posted=request.form)
    flash_member(_("The settings are saved."))
    return redirect(url_for("console.plugin", plugin_id=plugin_id), 303)


@blueprint.post("/plugins/<plugin_id>/check")
@require_member("plugins.edit")
def check_plugin(plugin_id: str) -> WerkzeugResponse:
    """Ask the plugin whether what is set up works."""
    manifest, shop = _manifest(plugin_id), the_shop()
    if manifest.id not in shop.plugins or not dispatch().answers(manifest.id, "check_setup"):
        raise NotFound(_("There is nothing to test here."))
    views = shop.views()
    end_read()
    try:
        found = dispatch().call("check_setup", frozenset({manifest.id}), shop=views)
        flash_member(gettext("It works: %(words)s", words=found[0]))
    except TongbaoError as refusal:
        flash_member(words_of(refusal), "danger")
    except PluginFailed as failure:
        log.exception("plugin %s: its test failed", manifest.id)
        flash_member(gettext("The plugin itself failed: %(words)s", words=str(failure.__cause__)[:200]), "danger")
    return redirect(url_for("console.plugin", plugin_id=plugin_id), 303)


@blueprint.post("/plugins/<plugin_id>/faults")
@require_member("plugins.edit")
def clear_faults(plugin_id: str) -> WerkzeugResponse:
    """The merchant has seen what went wrong."""
    return attempt(
        lambda: forget_faults(merchant_id(), plugin_id),
        _("Cleared."),
        to=url_for("console.plugin", plugin_id=plugin_id),
    )
