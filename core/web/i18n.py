"""The language of a page: what was asked for, what was remembered, what the browser prefers, what the shop speaks."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from flask import Flask, Response, g, has_request_context, request
from flask_babel import Babel, Domain
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from core.base.i18n import LOCALES, nearest_locale
from core.contract.registry import Registry
from core.shops.zones import zone_named
from core.web.tenancy import the_config

LOCALES_SHOWN = LOCALES
COOKIE = "tb_lang"
_YEAR_SECONDS = 365 * 24 * 3600


@lru_cache(maxsize=2048)
def preferred_locale(header: str) -> str | None:
    """The first language of an Accept-Language header that we speak."""
    for tag, _quality in parse_accept_header(header[:500], LanguageAccept):
        found = nearest_locale(tag)
        if found is not None:
            return found
    return None


def chosen_locale(asked: str | None, remembered: str | None, accepted: str | None, default: str) -> str:
    """The locale of a page, in that order of precedence. One of LOCALES."""
    return (
        nearest_locale(asked)
        or nearest_locale(remembered)
        or preferred_locale(accepted or "")
        or (default if default in LOCALES else "en")
    )


def current_locale() -> str:
    """The locale of this request (`en`, `zh_Hans`, `zh_Hant`); a forced one (`g.locale`) comes first."""
    if not has_request_context():
        return str(g.get("locale", "en"))
    if "locale" not in g:
        shop, member = g.get("shop"), g.get("member")
        default = member.locale if member is not None else shop.locale if shop is not None else "en"
        # A member's own language stands above the browser's.
        accepted = None if member is not None else request.headers.get("Accept-Language")
        g.locale = chosen_locale(request.args.get("lang"), request.cookies.get(COOKIE), accepted, default)
    return str(g.locale)


def current_zone() -> str:
    """The time zone in which a page tells moments: the shop's; the platform's own pages tell them in UTC."""
    shop = g.get("shop")
    return zone_named(shop.options, shop.currency) if shop is not None else "UTC"


def language_tag(locale: str) -> str:
    """The value of `<html lang>`: `zh-Hans` for `zh_Hans`."""
    return locale.replace("_", "-")


class KeptBabel(Babel):  # type: ignore[misc]
    """Flask-Babel, but catalogues are read once per process and not once per request."""

    @property
    def domain_instance(self) -> Domain:
        if not hasattr(self, "_kept_domain"):
            self._kept_domain = super().domain_instance
        return self._kept_domain


def init_app(app: Flask, registry: Registry) -> None:
    """Set Flask-Babel up over the catalogues of core and of every loaded plugin."""
    folders = [Path(str(app.root_path)) / "locale"]
    for manifest in registry.manifests:
        spec = find_spec(manifest.package)
        folders.extend(Path(place) / "locale" for place in (spec.submodule_search_locations or () if spec else ()))
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(str(folder) for folder in folders)
    KeptBabel(app, default_locale="en", locale_selector=current_locale, timezone_selector=current_zone)
    app.after_request(_remember_language)


def _remember_language(response: Response) -> Response:
    asked = nearest_locale(request.args.get("lang"))
    if asked is not None and request.cookies.get(COOKIE) != asked and response.status_code < 400:
        response.set_cookie(
            COOKIE,
            asked,
            max_age=_YEAR_SECONDS,
            path="/",
            secure=the_config().production,
            httponly=True,
            samesite="Lax",
        )
    response.vary.update(("Cookie", "Accept-Language"))
    return response
