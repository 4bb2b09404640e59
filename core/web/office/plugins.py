"""What became of each plugin at start, and how it fares."""

from __future__ import annotations

from flask import Response, current_app

from core.base import clock
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _
from core.contract.faults import latest_faults
from core.contract.health_store import CallFigures, circuits, health_of_all, worst_merchants
from core.contract.runtime import registry
from core.web.office.page import blueprint, show, staff_page
from core.web.office.queries import merchants_with_plugin, names_of_merchants
from core.web.plugin_health import SHOWN, health_shown, seconds_text


@blueprint.get("/plugins")
@staff_page("plugins.view")
def plugins() -> Response:
    """All plugins that were found, and how they fare."""
    figures, alone = health_of_all(since=clock.now() - SHOWN), circuits(limit=500)
    on = merchants_with_plugin(registry().manifests)
    return show(
        "plugins",
        rows=[
            {
                "report": report,
                "figures": figures.get(report.id, CallFigures()),
                "p95": seconds_text(figures[report.id].p95) if report.id in figures else "–",
                "alone": sum(one.plugin_id == report.id and one.state == "open" for one in alone),
                "on": on.get(report.id, 0),
            }
            for report in current_app.extensions["tongbao.reports"]
        ],
    )


@blueprint.get("/plugins/<plugin_id>")
@staff_page("plugins.view")
def plugin(plugin_id: str) -> Response:
    """One plugin over all merchants: figures, for whom it fails, what it said."""
    manifest = registry().manifest(plugin_id)
    if manifest is None:
        raise NotFound(_("There is no such plugin."))
    alone = circuits(plugin_id=plugin_id, limit=50)
    worst = worst_merchants(plugin_id, since=clock.now() - SHOWN)
    faults = latest_faults(plugin_id, limit=50)
    ids = {one.merchant_id for one in alone} | {one.merchant_id for one in faults} | {found[0] for found in worst}
    return show(
        "plugin",
        manifest=manifest,
        health=health_shown(plugin_id),
        alone=alone,
        worst=worst,
        faults=faults,
        names=names_of_merchants(sorted(ids)),
        on=merchants_with_plugin(registry().manifests).get(plugin_id, 0),
    )
