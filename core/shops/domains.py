"""A merchant's own domains: claim, prove, make primary, remove.

Anyone may claim a name; whoever proves it first has it. A proof is looked up outside any transaction, then recorded in
one; of two merchants who prove the same name at the same moment the database's unique index lets one in.
"""

from __future__ import annotations

from flask import current_app
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from core.audit import record
from core.base import clock
from core.base.database import db
from core.base.errors import NotFound, Refused
from core.base.i18n import lazy_gettext as _l
from core.base.ids import new_id, new_token
from core.base.outbox import emit
from core.base.transactions import end_read, transactional
from core.parties.roles import authorise
from core.shops.errors import DomainNotProven, DomainTaken
from core.shops.hosts import claimable_host
from core.shops.models import Domain
from core.shops.proof import Lookup, proof_by_dns, proof_by_file
from core.shops.service import touch_shop

DOMAINS_MAX = 20


def _taken(host: str) -> DomainTaken:
    words = _l("%(host)s is already used by another shop. If it is yours, ask for its removal there first.", host=host)
    return DomainTaken(words, fields={"host": words})


@transactional
def add_domain(merchant_id: str, host: str, *, actor_id: str | None) -> str:
    """Claim a name for a shop; returns the claim's id. It serves nothing until it is proven.

    Raises RoleNotEnough, Invalid (no domain name, an address, a name of the platform), DomainTaken (proven by another
    merchant).
    Claiming a name again gives the claim that is there.
    """
    authorise(actor_id, merchant_id, "domains.edit")
    config = current_app.config["TONGBAO"]
    name = claimable_host(host, config.platform_host, private_allowed=not config.production)
    others = db.session.scalars(select(Domain).where(Domain.host == name)).all()
    for claim in others:
        if claim.merchant_id == merchant_id:
            return claim.id
        if claim.proven_at is not None:
            raise _taken(name)
    if len(db.session.scalars(select(Domain.id).where(Domain.merchant_id == merchant_id)).all()) >= DOMAINS_MAX:
        raise Refused(_l("A shop has at most %(count)d domains. Remove one first.", count=DOMAINS_MAX))
    claim = Domain(
        id=new_id("dom"),
        merchant_id=merchant_id,
        host=name,
        token=new_token(),
        is_primary=False,
        created_at=clock.now(),
    )
    db.session.add(claim)
    db.session.flush()
    record(
        "domain.claimed",
        actor_id=actor_id,
        subject=f"domain:{claim.id}",
        merchant_id=merchant_id,
        details={"host": name},
    )
    return claim.id


def prove_domain(merchant_id: str, domain_id: str, *, actor_id: str | None, lookup: Lookup | None = None) -> str:
    """Look for the proof of a claim, by DNS and then by file; returns how it was proven (`dns`, `file`).

    Not to be called inside a transaction: it asks the outside. Raises RoleNotEnough, NotFound, DomainNotProven (with
    what was looked for and found), DomainTaken (somebody else proved the name meanwhile).
    """
    authorise(actor_id, merchant_id, "domains.edit")
    claim = _claim(merchant_id, domain_id)
    host, token, proven_by = claim.host, claim.token, claim.proven_by
    if claim.proven_at is not None:
        return proven_by or "dns"
    end_read()
    lookup = lookup or Lookup(private_allowed=not current_app.config["TONGBAO"].production)
    tried = []
    for name, proof in (("dns", proof_by_dns), ("file", proof_by_file)):
        result = proof(lookup, host, token)
        if result.found:
            _record_proof(merchant_id, domain_id, name, actor_id)
            return name
        tried.append(str(result.words))
    raise DomainNotProven(
        _l(
            "%(host)s is not proven yet. %(dns)s %(file)s New DNS entries can take up to an hour to be seen.",
            host=host,
            dns=tried[0],
            file=tried[1],
        )
    )


@transactional
def _record_proof(merchant_id: str, domain_id: str, proven_by: str, actor_id: str | None) -> None:
    claim = _claim(merchant_id, domain_id)
    host = claim.host
    claim.proven_at, claim.proven_by = clock.now(), proven_by
    try:
        with db.session.begin_nested():
            db.session.flush()
    except IntegrityError:
        raise _taken(host) from None
    touch_shop(merchant_id)
    details = {"host": host, "by": proven_by}
    record("domain.proven", actor_id=actor_id, subject=f"domain:{domain_id}", merchant_id=merchant_id, details=details)
    emit("shop.domain_proven", {"domain_id": domain_id, "host": host}, merchant_id=merchant_id)


@transactional
def make_primary(merchant_id: str, domain_id: str | None, *, actor_id: str | None) -> None:
    """Let a proven domain be the shop's address; all its other names redirect there. None: the built-in name again.

    Raises RoleNotEnough, NotFound, Refused (not proven).
    """
    authorise(actor_id, merchant_id, "domains.edit")
    if domain_id is not None and _claim(merchant_id, domain_id).proven_at is None:
        raise Refused(_l("Prove the domain first; then it can become the shop's address."))
    db.session.execute(
        update(Domain).where(Domain.merchant_id == merchant_id, Domain.is_primary).values(is_primary=False)
    )
    if domain_id is not None:
        db.session.execute(
            update(Domain).where(Domain.merchant_id == merchant_id, Domain.id == domain_id).values(is_primary=True)
        )
    touch_shop(merchant_id)
    record("domain.primary", actor_id=actor_id, subject=f"domain:{domain_id or 'own'}", merchant_id=merchant_id)


@transactional
def remove_domain(merchant_id: str, domain_id: str, *, actor_id: str | None) -> None:
    """Give a name up: it stops serving at once, and another merchant may prove it. Raises RoleNotEnough, NotFound."""
    authorise(actor_id, merchant_id, "domains.edit")
    host = _claim(merchant_id, domain_id).host
    record(
        "domain.removed",
        actor_id=actor_id,
        subject=f"domain:{domain_id}",
        merchant_id=merchant_id,
        details={"host": host},
    )
    db.session.execute(delete(Domain).where(Domain.merchant_id == merchant_id, Domain.id == domain_id))
    touch_shop(merchant_id)


def _claim(merchant_id: str, domain_id: str) -> Domain:
    claim = db.session.scalar(select(Domain).where(Domain.merchant_id == merchant_id, Domain.id == domain_id))
    if claim is None:
        raise NotFound(_l("There is no such domain."))
    return claim
