"""Who changed what in this shop: the merchant's own audit trail, with the platform's staff who looked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Response, request

from core.audit.queries import AuditFilter, audit_page, chain_end
from core.base.i18n import lazy_gettext as _
from core.contract.runtime import registry
from core.parties.team import names_of, team_of
from core.web.console.audit_words import ACTIONS, AREAS
from core.web.console.forms import Form
from core.web.console.page import argument, blueprint, merchant_id, show
from core.web.member import require_member

FIELDS = ("who", "area", "since", "until")


@blueprint.get("/audit")
@require_member("people.edit")
def audit() -> Response:
    """Entries, the newest first; by person, area and day."""
    form = Form(request.args)
    since, until = form.day("since"), form.day("until", end=True)
    area, who = argument("area", 40), argument("who", 40)
    page = audit_page(
        AuditFilter(
            chain=merchant_id(),
            actor_id=who,
            action=area if area in AREAS else "",
            since=since,
            until=until + timedelta(microseconds=1) if isinstance(until, datetime) else None,
        ),
        argument("after", 120),
    )
    team = {person.person_id: person.name for person in team_of(merchant_id())}
    mentioned = {row.actor_id for row in page.rows if row.actor_id} | {
        row.on_behalf_of for row in page.rows if row.on_behalf_of
    }
    return show(
        "audit",
        rows=page.rows,
        next_cursor=page.next_cursor,
        names=names_of(sorted(mentioned)),
        team=team,
        areas=AREAS,
        words=action_words,
        facts=_facts,
        kept={name: request.args[name] for name in FIELDS if request.args.get(name)},
        errors=form.errors,
        end=chain_end(merchant_id()),
    )


def action_words(action: str) -> object:
    """What an entry's action is called; its own name where nobody gave it one."""
    return ACTIONS.get(action, action)


def _facts(details: dict[str, Any]) -> list[tuple[str, str]]:
    """Details as a reader sees them: names without underscores, lists in one line, plugins by their names."""
    told = [(name.replace("_", " "), _told(name, value)) for name, value in details.items()]
    return [(name, text) for name, text in told if text]


def _told(name: str, value: Any) -> str:
    if name == "plugin_id" and (manifest := registry().manifest(str(value))) is not None:
        return str(manifest.name)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {inner}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    return "" if value is None else str(value)
