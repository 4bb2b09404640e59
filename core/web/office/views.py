"""The office's pages. People who do not work for the platform find nothing here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _
from core.parties.factors import require_factor
from core.web.console import words
from core.web.console.places import Place
from core.web.member import current_member, ensure_member, flash_member
from core.web.office import queries
from core.web.office.service import retry_delivery
from core.web.pages import render_page

blueprint = Blueprint("office", __name__, url_prefix="/office")


@blueprint.before_request
def _only_staff() -> WerkzeugResponse | None:
    sent_away = ensure_member(merchant=False)
    if sent_away is not None:
        return sent_away
    member = current_member()
    if member is None or not member.is_staff:
        raise NotFound(_("This page does not exist."))
    require_factor(member.person_id)
    return None


@blueprint.context_processor
def _places() -> dict[str, Any]:
    own = (
        (_("Merchants"), "merchants", "home"),
        (_("Ledger"), "ledger", "coin"),
        (_("Jobs and events"), "work", "clock"),
        (_("Plugins"), "plugins", "plug"),
    )
    links = [Place(label, url_for(f"office.{name}"), icon, False) for label, name, icon in own]
    links = [replace(link, active=request.path == link.url) for link in links]
    return {
        "user": current_member(),
        "nav": [*links, Place(_("Console"), "/console/", "tag", False)],
        "account_label": words.account_label,
        "transfer_label": words.transfer_label,
    }


def _text(name: str, most: int = 80) -> str:
    return request.args.get(name, "").strip()[:most]


@blueprint.get("")
def start() -> WerkzeugResponse:
    """The address without its slash."""
    return redirect(url_for("office.merchants"))


@blueprint.get("/")
def merchants() -> Response:
    """The merchants."""
    rows, next_before = queries.merchants(_text("before") or None)
    return render_page("office/merchants.html", rows=rows, next_before=next_before)


@blueprint.get("/ledger")
def ledger() -> Response:
    """Accounts of the ledger."""
    text = _text("q")
    rows, next_after = queries.accounts(text, _text("after") or None)
    return render_page("office/ledger.html", rows=rows, next_after=next_after, text=text)


@blueprint.get("/ledger/accounts/<account_id>")
def account(account_id: str) -> Response:
    """The entries of one account."""
    before = _text("before", 18)
    is_number = before.isascii() and before.isdigit()
    rows, next_before = queries.account_entries(account_id, int(before) if is_number else None)
    found, _after = queries.accounts(account_id)
    if not found:
        raise NotFound(_("There is no such account."))
    return render_page("office/account.html", account=found[0], rows=rows, next_before=next_before)


@blueprint.get("/ledger/transfers/<transfer_id>")
def transfer(transfer_id: str) -> Response:
    """One transfer with its entries."""
    found = queries.transfer(transfer_id)
    if found is None:
        raise NotFound(_("There is no such transfer."))
    return render_page("office/transfer.html", transfer=found)


@blueprint.get("/work")
def work() -> Response:
    """Jobs, tasks and the outbox."""
    return render_page(
        "office/work.html",
        jobs=queries.jobs(),
        tasks=queries.tasks(),
        counts=queries.delivery_counts(),
        stuck=queries.stuck_deliveries(),
    )


@blueprint.post("/work/<int:event_id>")
def replay(event_id: int) -> WerkzeugResponse:
    """Try to deliver an event to a subscriber once more."""
    retry_delivery(event_id, request.form.get("subscriber", "")[:120])
    flash_member(_("It is tried again shortly."))
    return redirect(url_for("office.work"), 303)


@blueprint.get("/plugins")
def plugins() -> Response:
    """What became of each plugin at start."""
    return render_page("office/plugins.html", reports=current_app.extensions["tongbao.reports"])
