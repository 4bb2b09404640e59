"""What all pages of the office share: who may see them, the places at the side, how a page is shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import NotFound, SignInNeeded
from core.base.i18n import lazy_gettext as _
from core.control.queries import waiting_counts
from core.parties.errors import RoleNotEnough
from core.parties.factors import require_factor
from core.web.console import words
from core.web.console.places import Place
from core.web.member import Member, current_member, ensure_member
from core.web.pages import render_page

P = ParamSpec("P")
R = TypeVar("R")
blueprint = Blueprint("office", __name__, url_prefix="/office")

_PLACES: tuple[tuple[Any, str, str, str, str], ...] = (
    (_("What waits"), "home", "home", "office.view", ""),
    (_("Search"), "search", "search", "search", ""),
    (_("Approvals"), "approvals", "check", "office.view", "approvals"),
    (_("Reviews"), "reviews", "user", "office.view", "reviews"),
    (_("Find papers"), "identity", "paper", "identity.unmask", ""),
    (_("Merchants"), "merchants", "tag", "merchants.view", ""),
    (_("Limits"), "limits", "shield", "office.view", ""),
    (_("Ledger"), "ledger", "coin", "ledger.view", ""),
    (_("Reconciliation"), "reconciliation", "coin", "ledger.view", ""),
    (_("Fee invoices"), "fees", "paper", "ledger.view", ""),
    (_("Audit trail"), "audit", "lock", "audit.view", ""),
    (_("Jobs and events"), "work", "clock", "work.view", ""),
    (_("Plugins"), "plugins", "plug", "plugins.view", ""),
    (_("Staff"), "staff", "user", "office.view", ""),
)


@blueprint.before_request
def _only_staff() -> WerkzeugResponse | None:
    """People who do not work for the platform find nothing here."""
    sent_away = ensure_member(merchant=False)
    if sent_away is not None:
        return sent_away
    member = current_member()
    if member is None or not member.is_staff:
        raise NotFound(_("This page does not exist."))
    require_factor(member.person_id)
    return None


def staff_page(permission: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A page for those of the platform's staff whose role holds the permission; others are told so."""

    def guard(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not the_member().may_in_office(permission):
                raise RoleNotEnough(_("Your role on the platform does not allow this. Ask an administrator."))
            return view(*args, **kwargs)

        return guarded

    return guard


def the_member() -> Member:
    """Who makes this request. Raises SignInNeeded."""
    member = current_member()
    if member is None:
        raise SignInNeeded(_("You have been signed out. Sign in and try again."))
    return member


def staff_id() -> str:
    """The person, for services that ask who acts."""
    return the_member().person_id


@blueprint.context_processor
def _desk() -> dict[str, Any]:
    member = the_member()
    waiting = waiting_counts()
    counts = {"approvals": waiting["approvals"], "reviews": sum(waiting.values()) - waiting["approvals"]}
    links = []
    for label, name, icon, permission, count in _PLACES:
        if member.may_in_office(permission):
            url = url_for(f"office.{name}")
            active = request.path == url or (name != "home" and request.path.startswith(f"{url}/"))
            links.append(Place(label, url, icon, active, counts.get(count) or None))
    return {
        "user": member,
        "nav": [*links, Place(_("Console"), "/console/", "back", False)],
        "waiting": waiting,
        "account_label": words.account_label,
        "transfer_label": words.transfer_label,
    }


def show(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page of the office."""
    return render_page(f"office/{template}.html", status=status, **context)
