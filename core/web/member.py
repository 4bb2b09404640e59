"""The member of the platform who makes a request: on the platform's host only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast
from urllib.parse import quote

from flask import Flask, g, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.audit.service import looking_as
from core.base import clock
from core.base.acting import bookkeeping, only_looking
from core.base.crypto import token_hash
from core.base.database import db
from core.base.errors import NotFound, SignInNeeded
from core.base.i18n import lazy_gettext as _l
from core.parties.errors import RoleNotEnough
from core.parties.factors import acting_session
from core.parties.looking import Look, look_of
from core.parties.models import MemberSession, Membership, Organisation, OrganisationRole, Person
from core.parties.roles import Held, Post, held, own_role, posts_of
from core.parties.sessions import MEMBER_LASTS_AT_MOST, SEEN_EVERY, change_member_data, note_seen
from core.parties.staff import staff_may
from core.shops.context import ShopContext
from core.shops.queries import shop_context
from core.web.sessions import cookie_token, csrf_token_of

P = ParamSpec("P")
R = TypeVar("R")
FLASHES_MAX = 5


@dataclass(frozen=True, slots=True)
class Member:
    """A person who is signed in, and the organisation acted for (None until chosen), with the role there."""

    person_id: str
    name: str
    email: str
    locale: str
    staff_role: str | None
    organisation_id: str | None
    organisation_kind: str | None
    organisation_name: str
    held: Held | None
    token: str
    flashes: tuple[dict[str, str], ...] = ()
    look: Look | None = None
    """Set where one of the platform's staff looks in this person's place."""

    @property
    def merchant_id(self) -> str | None:
        """The merchant that is acted for; None while it is another kind of organisation, or none."""
        return self.organisation_id if self.organisation_kind == "merchant" else None

    @property
    def role(self) -> str | None:
        """The role in the organisation that is acted for."""
        return self.held.role if self.held is not None else None

    def may(self, permission: str) -> bool:
        """Whether the role holds a permission, for showing and hiding; services check again."""
        return self.held is not None and self.held.may(permission)

    @property
    def is_staff(self) -> bool:
        return self.staff_role is not None

    def may_in_office(self, permission: str) -> bool:
        """Whether the role among the platform's staff holds a permission, for showing and hiding; services check."""
        return staff_may(self.staff_role, permission)

    @property
    def csrf_token(self) -> str:
        return csrf_token_of(self.token)


def current_member() -> Member | None:
    """Who is signed in on the platform's host, or None. One statement per request."""
    if "member" not in g:
        g.member = _read_member() if g.get("face") == "platform" else None
    return cast("Member | None", g.member)


def _read_member() -> Member | None:
    token = cookie_token()
    if token is None:
        return None
    row = db.session.execute(
        select(
            Person.id,
            Person.name,
            Person.email,
            Person.locale,
            Person.staff_role,
            Organisation.id.label("organisation_id"),
            Organisation.kind,
            Organisation.name.label("organisation_name"),
            Membership.role,
            OrganisationRole.permissions,
            MemberSession.data,
            MemberSession.seen_at,
        )
        .select_from(MemberSession)
        .join(Person, Person.id == MemberSession.person_id)
        .outerjoin(
            Membership,
            (Membership.person_id == MemberSession.person_id)
            & (Membership.organisation_id == MemberSession.organisation_id),
        )
        .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
        .outerjoin(OrganisationRole, own_role())
        .where(
            MemberSession.token_hash == token_hash(token),
            MemberSession.expires_at > clock.now(),
            MemberSession.created_at > clock.now() - MEMBER_LASTS_AT_MOST,
            ~MemberSession.pending,
        )
    ).first()
    if row is None:
        return None
    acting_session.set(token)
    if row.seen_at is None or row.seen_at < clock.now() - SEEN_EVERY:
        note_seen(token)
    look = look_of(row.data, staff_id=row.id, staff_name=row.name) if row.data.get("look") else None
    if look is not None and staff_may(row.staff_role, "members.look_as"):
        looked_at = _member_looked_at(look, row.locale, token)
        if looked_at is not None:
            return looked_at
    return Member(
        person_id=row.id,
        name=row.name,
        email=row.email,
        locale=row.locale,
        staff_role=row.staff_role,
        organisation_id=row.organisation_id,
        organisation_kind=row.kind,
        organisation_name=row.organisation_name or "",
        held=held(row.role, row.permissions) if row.role is not None else None,
        token=token,
        flashes=tuple(row.data.get("flash", ())),
    )


def _member_looked_at(look: Look, locale: str, token: str) -> Member | None:
    """The person in whose place staff look, in the language of the staff; from here on nothing may be written."""
    row = db.session.execute(
        select(Person.name, Person.email, Organisation.name, Membership.role, OrganisationRole.permissions)
        .select_from(Membership)
        .join(Person, Person.id == Membership.person_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .outerjoin(OrganisationRole, own_role())
        .where(Membership.person_id == look.person_id, Membership.organisation_id == look.merchant_id)
    ).first()
    if row is None:
        return None
    name, email, organisation_name, role, permissions = row
    looking_as.set(look.person_id)
    only_looking.set(True)
    return Member(
        person_id=look.person_id,
        name=name,
        email=email,
        locale=locale,
        staff_role=None,
        organisation_id=look.merchant_id,
        organisation_kind="merchant",
        organisation_name=organisation_name,
        held=held(role, permissions),
        token=token,
        look=look,
    )


def member_shop() -> ShopContext:
    """The shop that the member acts for, read once per request. Raises NotFound."""
    if g.get("member_shop") is None:
        member = current_member()
        if member is None or member.merchant_id is None:
            raise NotFound(_l("This page does not exist."))
        g.member_shop = shop_context(member.merchant_id)
        # Slots, formats and navigation of the console speak of this shop.
        g.shop = g.member_shop
    return cast(ShopContext, g.member_shop)


def require_member(
    permission: str | None = None, *, merchant: bool = True
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A page of the platform's host for people who are signed in, act for a merchant and hold the permission.

    Others are sent to sign in, to choose a merchant, or told that their role is not enough. `g.member` is the Member.
    """

    def guard(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            sent_away = ensure_member(permission, merchant=merchant)
            if sent_away is not None:
                return cast(R, sent_away)
            return view(*args, **kwargs)

        return guarded

    return guard


def ensure_member(permission: str | None = None, *, merchant: bool = True) -> Response | None:
    """The check of `require_member`, for a blueprint's before_request. Raises NotFound, SignInNeeded, RoleNotEnough."""
    if g.get("face") != "platform":
        raise NotFound(_l("This page does not exist."))
    member = current_member()
    if member is None:
        if request.method != "GET":
            raise SignInNeeded(_l("You have been signed out. Sign in and try again."))
        return redirect("/sign-in?next=" + quote(request.full_path.rstrip("?"), safe="/"))
    if merchant and member.merchant_id is None:
        return redirect("/choose")
    if merchant:
        member_shop()
    if permission is not None and not member.may(permission):
        raise RoleNotEnough(_l("Your role in this shop does not allow this. Ask the owner."))
    return None


def flash_member(text: object, kind: str = "success") -> None:
    """Show a message on the member's next page (kinds: success, info, warning, danger)."""
    member = current_member()
    if member is not None:
        waiting = [*g.get("member_flashes", member.flashes), {"kind": kind, "text": str(text)}][-FLASHES_MAX:]
        g.member_flashes = waiting
        with bookkeeping():
            change_member_data(member.token, flash=waiting)


def take_member_flashes() -> list[dict[str, Any]]:
    """The waiting messages, once; called by the platform's layout."""
    member = current_member()
    waiting = list(member.flashes) if member is not None else []
    if member is not None and waiting:
        change_member_data(member.token, flash=None)
    return waiting


def posts_here() -> Sequence[Post]:
    """The organisations that whoever is signed in may act for; called by the layout for its switch."""
    member = current_member()
    return posts_of(member.person_id) if member is not None and member.look is None else ()


def init_app(app: Flask) -> None:
    """Give templates `member()`, `member_flashes()` and `posts_here()`."""
    app.jinja_env.globals.update(
        current_member=current_member, member_flashes=take_member_flashes, posts_here=posts_here
    )
