"""The audit trail: who did what, found by person, thing, action and day; and the proof that it is unbroken."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Response, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as WerkzeugResponse

from core.audit.queries import AuditFilter, audit_page, chain_end
from core.audit.service import PLATFORM
from core.audit.verify import verify_audit
from core.base.database import db
from core.base.i18n import lazy_gettext as _
from core.parties.models import Person
from core.shops.models import Merchant
from core.web.console.forms import Form
from core.web.console.page import argument, posted
from core.web.member import flash_member
from core.web.office.page import blueprint, show, staff_page

FIELDS = ("merchant", "who", "subject", "action", "since", "until")


@blueprint.get("/audit")
@staff_page("audit.view")
def audit() -> Response:
    """Entries, the newest first."""
    form = Form(request.args)
    since, until = form.day("since"), form.day("until", end=True)
    wanted = AuditFilter(
        chain=_chain(argument("merchant", 80)),
        actor_id=_person(argument("who", 254)),
        subject=argument("subject", 120).replace("\x00", ""),
        action=argument("action", 80).replace("\x00", ""),
        since=since,
        until=until + timedelta(microseconds=1) if isinstance(until, datetime) else None,
    )
    page = audit_page(wanted, argument("after", 120))
    people = {row.actor_id for row in page.rows if row.actor_id}
    known = select(Person.id, Person.name).where(Person.id.in_(people))
    names = {row.id: row.name for row in db.session.execute(known)}
    chains = {row.chain for row in page.rows}
    named = select(Merchant.id, Merchant.name).where(Merchant.id.in_(chains))
    merchants = {row.id: row.name for row in db.session.execute(named)}
    kept = {name: request.args[name] for name in FIELDS if request.args.get(name)}
    return show(
        "audit",
        rows=page.rows,
        next_cursor=page.next_cursor,
        names=names,
        merchants=merchants,
        kept=kept,
        errors=form.errors,
        end=chain_end(wanted.chain or PLATFORM),
    )


def _chain(text: str) -> str:
    """A merchant by its id or by the name below the platform's host."""
    if not text or text == PLATFORM:
        return text
    return db.session.scalar(select(Merchant.id).where(Merchant.slug == text.replace("\x00", ""))) or text


def _person(text: str) -> str:
    """A person by id or by e-mail address."""
    if "@" not in text:
        return text.replace("\x00", "")[:40]
    return db.session.scalar(select(Person.id).where(Person.email == text.lower().replace("\x00", ""))) or "nobody"


@blueprint.post("/audit")
@staff_page("audit.view")
def prove_audit() -> WerkzeugResponse:
    """Walk one chain from its first entry to its end."""
    chain = _chain(posted("chain", 80)) or PLATFORM
    found = next(verify_audit(chain), None)
    if found is None:
        flash_member(_("The chain is unbroken from its first entry to its last."))
    else:
        flash_member(found, "danger")
    return redirect(url_for("office.audit", merchant=None if chain == PLATFORM else chain), 303)
