"""OAuth2 clients: programs that fetch short-lived tokens with a secret."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from core.access.errors import NoSuchKey
from core.access.models import ApiClient, ApiToken, ApiUsage
from core.access.scopes import checked_scopes
from core.access.tokens import (
    CLIENT_TOKEN_LASTS,
    EDIT,
    OVERLAP_HOURS_MAX,
    SHOWN_CHARACTERS,
    Issued,
    checked_name,
    end_tokens,
    issue,
)
from core.audit import record
from core.base import clock
from core.base.crypto import same, token_hash
from core.base.database import db
from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _l
from core.base.ids import new_id, new_token
from core.base.transactions import transactional
from core.contract.runtime import registry
from core.parties.factors import require_recent_factor
from core.parties.roles import require_permission

PREFIX = "tbs_"


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A client as lists show it."""

    id: str
    name: str
    secret_shown: str
    scopes: tuple[str, ...]
    created_at: datetime
    former_until: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class KnownClient:
    """A client as the token endpoint sees it."""

    id: str
    merchant_id: str
    person_id: str
    scopes: tuple[str, ...]
    hashes: tuple[str, ...]

    def knows(self, secret: str) -> bool:
        """Whether a secret is the client's (or was, until the overlap ends)."""
        given = token_hash(secret)
        return any(same(given, one) for one in self.hashes)


@transactional
def create_client(merchant_id: str, *, name: str, scopes: Collection[str], actor_id: str) -> Issued:
    """Make a client that acts for its maker within these scopes; its secret is shown this once.

    Raises RoleNotEnough, Invalid, ScopesInvalid.
    """
    require_permission(actor_id, merchant_id, EDIT)
    require_recent_factor(actor_id)
    wanted = checked_scopes(scopes, registry().plugin_ids)
    client_id, secret = new_id("apc"), PREFIX + new_token()
    db.session.add(
        ApiClient(
            merchant_id=merchant_id,
            id=client_id,
            name=checked_name(name),
            scopes=wanted,
            secret_hash=token_hash(secret),
            secret_shown=secret[:SHOWN_CHARACTERS],
            person_id=actor_id,
            created_at=clock.now(),
        )
    )
    _record("api_client.created", actor_id, merchant_id, client_id)
    return Issued(client_id, secret)


@transactional
def rotate_client(merchant_id: str, client_id: str, *, overlap_hours: int, actor_id: str) -> Issued:
    """Give a client a new secret; the former works on for some hours. Raises RoleNotEnough, NoSuchKey, Invalid."""
    require_permission(actor_id, merchant_id, EDIT)
    require_recent_factor(actor_id)
    if not 0 <= overlap_hours <= OVERLAP_HOURS_MAX:
        words = _l("From 0 to %(most)d hours.", most=OVERLAP_HOURS_MAX)
        raise Invalid(words, fields={"overlap_hours": words})
    client, secret = _locked(merchant_id, client_id), PREFIX + new_token()
    client.former_hash = client.secret_hash
    client.former_until = clock.now() + timedelta(hours=overlap_hours)
    client.secret_hash = token_hash(secret)
    client.secret_shown = secret[:SHOWN_CHARACTERS]
    # Who holds the secret is who it acts for: else a new secret would lend the maker's rights.
    client.person_id = actor_id
    _record("api_client.rotated", actor_id, merchant_id, client_id)
    return Issued(client_id, secret)


@transactional
def revoke_client(merchant_id: str, client_id: str, *, actor_id: str) -> None:
    """A client and all its tokens work no more from now on. Raises RoleNotEnough, NoSuchKey."""
    require_permission(actor_id, merchant_id, EDIT)
    _locked(merchant_id, client_id).revoked_at = clock.now()
    end_tokens(merchant_id, client_id=client_id)
    _record("api_client.revoked", actor_id, merchant_id, client_id)


def _locked(merchant_id: str, client_id: str) -> ApiClient:
    found = db.session.get(ApiClient, (merchant_id, client_id), with_for_update=True)
    if found is None or found.revoked_at is not None:
        raise NoSuchKey
    return found


def _record(action: str, actor_id: str, merchant_id: str, client_id: str) -> None:
    record(action, actor_id=actor_id, subject=f"api_client:{client_id}", merchant_id=merchant_id)


def find_client(client_id: str) -> KnownClient | None:
    """A client that is not revoked, by its id."""
    found = db.session.scalar(select(ApiClient).where(ApiClient.id == client_id, ApiClient.revoked_at.is_(None)))
    if found is None:
        return None
    hashes = [found.secret_hash]
    if found.former_hash is not None and found.former_until is not None and found.former_until > clock.now():
        hashes.append(found.former_hash)
    return KnownClient(found.id, found.merchant_id, found.person_id, tuple(found.scopes), tuple(hashes))


@transactional
def token_for(client: KnownClient, scopes: Collection[str]) -> Issued:
    """A token for an hour, within the client's scopes (which the caller has checked)."""
    return issue(
        client.merchant_id,
        name=client.id,
        scopes=sorted(scopes),
        person_id=client.person_id,
        expires_at=clock.now() + CLIENT_TOKEN_LASTS,
        client_id=client.id,
    )


@transactional
def end_token(client: KnownClient, secret: str) -> None:
    """A client gives one of its own tokens up; others' and unknown ones are passed over in silence."""
    token = db.session.scalar(
        select(ApiToken).where(
            ApiToken.token_hash == token_hash(secret),
            ApiToken.merchant_id == client.merchant_id,
            ApiToken.client_id == client.id,
        )
    )
    if token is not None and token.revoked_at is None:
        token.revoked_at = clock.now()


def clients_of(merchant_id: str, limit: int = 200) -> list[ClientRow]:
    """The merchant's clients, the newest first."""
    rows = db.session.execute(
        select(ApiClient, ApiUsage.last_used_at)
        .outerjoin(ApiUsage, ApiUsage.key == ApiClient.id)
        .where(ApiClient.merchant_id == merchant_id, ApiClient.revoked_at.is_(None))
        .order_by(ApiClient.created_at.desc(), ApiClient.id.desc())
        .limit(limit)
    )
    return [
        ClientRow(
            client.id,
            client.name,
            client.secret_shown,
            tuple(client.scopes),
            client.created_at,
            client.former_until if client.former_until and client.former_until > clock.now() else None,
            last_used_at,
        )
        for client, last_used_at in rows
    ]
