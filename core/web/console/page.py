"""What all pages of the console share: who acts for whom, how a page is shown, how an action is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, Refused, SignInNeeded, TongbaoError
from core.base.i18n import lazy_gettext as _l
from core.shops.context import ShopContext
from core.web.console.places import places
from core.web.member import Member, current_member, flash_member, member_shop
from core.web.pages import render_page

blueprint = Blueprint("console", __name__, url_prefix="/console")
Errors = Mapping[str, object]


def the_member() -> Member:
    """Who makes this request. Raises SignInNeeded."""
    member = current_member()
    if member is None:
        raise SignInNeeded(_l("You have been signed out. Sign in and try again."))
    return member


def the_shop() -> ShopContext:
    """The shop that the member acts for."""
    return member_shop()


def merchant_id() -> str:
    """The merchant that the member acts for."""
    return member_shop().merchant_id


def actor_id() -> str:
    """The person, for services that ask who acts."""
    return the_member().person_id


def show(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page of the console."""
    return render_page(f"console/{template}.html", status=status, **context)


@blueprint.app_context_processor
def _desk() -> dict[str, Any]:
    """What the console's layout shows around every page of it, plugins' pages too."""
    member = current_member() if g.get("face") == "platform" else None
    shop = g.get("member_shop")
    if member is None or shop is None:
        return {"user": member}
    return {"user": member, "merchant": {"name": shop.name}, "nav": places(member)}


def attempt(action: Callable[[], object], done: object, *, to: str) -> WerkzeugResponse:
    """Do one thing and go on to a page, which says what was done or why it was refused. NotFound passes through."""
    try:
        action()
    except (Invalid, Refused) as error:
        flash_member(words_of(error), "danger")
    else:
        flash_member(done)
    return redirect(to, 303)


def words_of(error: TongbaoError) -> str:
    """A refusal with what it says of single fields, in one line."""
    details = [str(text) for text in error.fields.values() if str(text) != str(error.message)]
    return " ".join([str(error.message), *details])


def argument(name: str, most: int = 200) -> str:
    """A short text from the address, trimmed."""
    return request.args.get(name, "").strip()[:most]


def number_argument(name: str) -> int | None:
    """A whole number from the address; None when it is missing or something else."""
    text = argument(name, 20)
    return int(text) if text.isascii() and text.isdigit() else None


def posted(name: str, most: int = 2000) -> str:
    """A text from the form, trimmed."""
    return request.form.get(name, "").strip()[:most]
