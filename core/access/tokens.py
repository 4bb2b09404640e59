"""Bearer tokens: made, shown once, rotated with an overlap, revoked, recognised."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from core.access.errors import NoSuchKey, TokenInvalid
from core.access.models import ApiClient, ApiToken, ApiUsage
from core.access.scopes import checked_scopes, permissions_of
from core.audit import record
from core.base import clock
from core.base.acting import ActingKey
from core.base.crypto import token_hash
from core.base.database import db
from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _l
from core.base.ids import new_id, new_token
from core.base.transactions import transactional
from core.contract.runtime import registry
from core.parties.factors import require_recent_factor
from core.parties.roles import require_permission

PREFIX = "tbk_"
SHOWN_CHARACTERS = 10
NAME_CHARACTERS_MAX = 80
LASTS_DAYS_MAX = 3650
OVERLAP_HOURS_MAX = 168
CLIENT_TOKEN_LASTS = timedelta(hours=1)
EDIT = "shop.edit"
"""Who may make keys: a key never does more than its person, so whoever runs the shop may."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new secret, shown this once."""

    id: str
    secret: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a token speaks for."""

    token_id: str
    merchant_id: str
    person_id: str
    client_id: str | None
    scopes: frozenset[str]
    expires_at: datetime | None

    @property
    def owner(self) -> str:
        """Under whom idempotency keys are kept and requests are counted."""
        return self.client_id or self.token_id

    @property
    def key(self) -> ActingKey:
        """What services are told of the limits of this request."""
        return ActingKey(self.owner, self.merchant_id, permissions_of(self.scopes))


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as lists show it."""

    id: str
    name: str
    shown: str
    scopes: tuple[str, ...]
    person_id: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    rotated: bool
    last_used_at: datetime | None

    @property
    def works(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > clock.now())


def checked_name(name: str) -> str:
    """A name for a key. Raises Invalid."""
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > NAME_CHARACTERS_MAX:
        words = _l("Give it a name of at most %(limit)d characters.", limit=NAME_CHARACTERS_MAX)
        raise Invalid(words, fields={"name": words})
    return cleaned


@transactional
def create_token(
    merchant_id: str, *, name: str, scopes: Collection[str], actor_id: str, days: int | None = None
) -> Issued:
    """Make a token that acts for its maker within these scopes; its secret is in the answer and nowhere else.

    Raises RoleNotEnough, Invalid, ScopesInvalid.
    """
    require_permission(actor_id, merchant_id, EDIT)
    require_recent_factor(actor_id)
    if days is not None and not 1 <= days <= LASTS_DAYS_MAX:
        words = _l("From 1 to %(most)d days, or empty for no end.", most=LASTS_DAYS_MAX)
        raise Invalid(words, fields={"days": words})
    until = clock.now() + timedelta(days=days) if days is not None else None
    wanted = checked_scopes(scopes, registry().plugin_ids)
    issued = issue(merchant_id, name=checked_name(name), scopes=wanted, person_id=actor_id, expires_at=until)
    details = {"scopes": wanted, "days": days}
    record(
        "api_token.created",
        actor_id=actor_id,
        subject=f"api_token:{issued.id}",
        merchant_id=merchant_id,
        details=details,
    )
    return issued


def issue(
    merchant_id: str,
    *,
    name: str,
    scopes: Sequence[str],
    person_id: str,
    expires_at: datetime | None,
    client_id: str | None = None,
) -> Issued:
    """Write a new token in the running use case."""
    token_id, secret = new_id("apt"), PREFIX + new_token()
    db.session.add(
        ApiToken(
            merchant_id=merchant_id,
            id=token_id,
            name=name,
            token_hash=token_hash(secret),
            shown=secret[:SHOWN_CHARACTERS],
            scopes=list(scopes),
            person_id=person_id,
            client_id=client_id,
            created_at=clock.now(),
            expires_at=expires_at,
            rotated=False,
        )
    )
    return Issued(token_id, secret, expires_at)


@transactional
def rotate_token(merchant_id: str, token_id: str, *, overlap_hours: int, actor_id: str) -> Issued:
    """Put a new token in the place of one, with its name, scopes and end; the old one works on for some hours.

    Raises RoleNotEnough, NoSuchKey, Invalid.
    """
    require_permission(actor_id, merchant_id, EDIT)
    require_recent_factor(actor_id)
    if not 0 <= overlap_hours <= OVERLAP_HOURS_MAX:
        words = _l("From 0 to %(most)d hours.", most=OVERLAP_HOURS_MAX)
        raise Invalid(words, fields={"overlap_hours": words})
    old, moment = _locked(merchant_id, token_id), clock.now()
    if old.revoked_at is not None or old.rotated or (old.expires_at is not None and old.expires_at <= moment):
        raise NoSuchKey
    issued = issue(merchant_id, name=old.name, scopes=old.scopes, person_id=actor_id, expires_at=old.expires_at)
    until = moment + timedelta(hours=overlap_hours)
    old.expires_at = min(until, old.expires_at) if old.expires_at else until
    old.rotated = True
    details = {"new": issued.id, "overlap_hours": overlap_hours}
    record(
        "api_token.rotated",
        actor_id=actor_id,
        subject=f"api_token:{token_id}",
        merchant_id=merchant_id,
        details=details,
    )
    return issued


@transactional
def revoke_token(merchant_id: str, token_id: str, *, actor_id: str) -> None:
    """A token works no more from now on. Raises RoleNotEnough, NoSuchKey."""
    require_permission(actor_id, merchant_id, EDIT)
    token = _locked(merchant_id, token_id)
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        record("api_token.revoked", actor_id=actor_id, subject=f"api_token:{token_id}", merchant_id=merchant_id)


def _locked(merchant_id: str, token_id: str) -> ApiToken:
    found = db.session.get(ApiToken, (merchant_id, token_id), with_for_update=True)
    if found is None or found.client_id is not None:
        raise NoSuchKey
    return found


def recognise(secret: str) -> Caller:
    """Whom a token speaks for; one statement. Raises TokenInvalid."""
    row = db.session.execute(
        select(ApiToken, ApiClient.revoked_at.label("client_revoked_at"))
        .outerjoin(ApiClient, (ApiClient.merchant_id == ApiToken.merchant_id) & (ApiClient.id == ApiToken.client_id))
        .where(ApiToken.token_hash == token_hash(secret))
    ).first()
    if row is None:
        raise TokenInvalid
    token: ApiToken = row[0]
    expired = token.expires_at is not None and token.expires_at <= clock.now()
    if expired or token.revoked_at is not None or row.client_revoked_at is not None:
        raise TokenInvalid
    return Caller(
        token_id=token.id,
        merchant_id=token.merchant_id,
        person_id=token.person_id,
        client_id=token.client_id,
        scopes=frozenset(token.scopes),
        expires_at=token.expires_at,
    )


def tokens_of(merchant_id: str, limit: int = 200) -> list[TokenRow]:
    """The tokens that people made, the newest first; those that ended more than 30 days ago are left out."""
    horizon = clock.now() - timedelta(days=30)
    rows = db.session.execute(
        select(ApiToken, ApiUsage.last_used_at)
        .outerjoin(ApiUsage, ApiUsage.key == ApiToken.id)
        .where(
            ApiToken.merchant_id == merchant_id,
            ApiToken.client_id.is_(None),
            or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > horizon),
            or_(ApiToken.revoked_at.is_(None), ApiToken.revoked_at > horizon),
        )
        .order_by(ApiToken.created_at.desc(), ApiToken.id.desc())
        .limit(limit)
    )
    return [
        TokenRow(
            token.id,
            token.name,
            token.shown,
            tuple(token.scopes),
            token.person_id,
            token.created_at,
            token.expires_at,
            token.revoked_at,
            token.rotated,
            last_used_at,
        )
        for token, last_used_at in rows
    ]


@transactional
def end_tokens(merchant_id: str, *, client_id: str) -> None:
    """All tokens that a client fetched end now."""
    db.session.execute(
        update(ApiToken)
        .where(ApiToken.merchant_id == merchant_id, ApiToken.client_id == client_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .execution_options(synchronize_session=False)
    )
