"""Puts the faces onto the application."""

from __future__ import annotations

from flask import Flask, g
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.middleware.proxy_fix import ProxyFix

from core.base.config import Config
from core.contract.registry import Registry
from core.web import (
    assets,
    console,
    csrf,
    design,
    errors,
    formats,
    headers,
    i18n,
    internal,
    looking,
    member,
    pagecache,
    pages,
    plugin_pages,
    sessions,
    slots,
    tenancy,
    visits,
)
from core.web.account import blueprint as account
from core.web.office import blueprint as office
from core.web.platform import onboarding as platform_onboarding  # noqa: F401 - adds its pages
from core.web.platform import views as platform_views
from core.web.security import blueprint as security
from core.web.security import stepup
from core.web.storefront import blueprint as storefront

FORM_FIELDS_MAX = 2000


def init_web(app: Flask, config: Config) -> None:
    """Give the application its faces. The registry is frozen by now; checks run in the order of these lines."""
    registry: Registry = app.extensions["tongbao.registry"]
    app.config.setdefault("MAX_FORM_PARTS", FORM_FIELDS_MAX)
    _templates(app, registry)
    tenancy.init_app(app)
    i18n.init_app(app, registry)
    sessions.init_app(app)
    errors.init_app(app)
    csrf.init_app(app)
    headers.init_app(app)
    formats.init_app(app)
    pages.init_app(app)
    slots.init_app(app)
    member.init_app(app)
    looking.init_app(app)
    stepup.init_app(app)
    assets.init_app(app, registry)
    design.init_app(app)
    app.register_blueprint(internal.blueprint)
    app.register_blueprint(platform_views.blueprint)
    app.register_blueprint(storefront)
    app.register_blueprint(account)
    app.register_blueprint(security)
    console.init_app(app)
    app.register_blueprint(office)
    plugin_pages.init_app(app, registry)
    visits.init_app(app)
    pagecache.init_app(app, config)
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def _templates(app: Flask, registry: Registry) -> None:
    web = f"{app.root_path}/web"
    loaders = [FileSystemLoader([f"{web}/templates", *(f"{web}/{face}/templates" for face in FACES)])]
    for manifest in registry.manifests:
        loaders += [FileSystemLoader(folder) for folder in assets.package_folders(manifest.package, "templates")]
    app.jinja_loader = ChoiceLoader(loaders)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["g"] = g


FACES = ("storefront", "platform", "console", "account", "office", "security")
