"""create_app(): the one place where everything meets."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask

from core.api.install import init_api
from core.assembly import assemble
from core.base.config import Config, load_config
from core.base.database import db
from core.base.transactions import end_read
from core.contract.registry import Contributions
from core.web import observe
from core.web.install import init_web


def engine_options(config: Config) -> dict[str, object]:
    """Pool settings for the engine: SQLite files are cheap to open, PostgreSQL connections are kept."""
    if config.database_url.startswith("sqlite"):
        return {"connect_args": {"check_same_thread": False, "timeout": 15}}
    # The connection used last is lent first: its statements are prepared already.
    return {"pool_size": 10, "max_overflow": 20, "pool_use_lifo": True}


def create_app(config: Config | None = None, *, extra: Sequence[Contributions] = ()) -> Flask:
    """Build the application from its configuration (by default from the environment). Raises ConfigError.

    `extra` is taken in like core's own parts: tests bring their fake providers with it.
    """
    config = config or load_config()
    app = Flask("core", static_folder=None, template_folder=None)
    app.config.update(
        TONGBAO=config,
        SECRET_KEY=config.secret_key,
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(config),
    )
    import_models()
    db.init_app(app)
    app.teardown_appcontext(lambda _error: end_read())
    assemble(app, extra)
    init_web(app, config)
    init_api(app)
    observe.init_app(app, trust_id=config.trusted_proxies > 0)
    return app


def import_models() -> None:
    """Make every table of core known to the metadata."""
    import core.access.models
    import core.audit.models
    import core.base.jobs
    import core.base.outbox
    import core.catalog.models
    import core.contract.models
    import core.control.models
    import core.documents.models
    import core.exports.models
    import core.figures.models
    import core.identity.models
    import core.inventory.models
    import core.ledger.models
    import core.messages.models
    import core.orders.models
    import core.orders.return_models
    import core.parties.factor_models
    import core.parties.models
    import core.payments.models
    import core.privacy.models
    import core.shops.models
    import core.taxes.models
    import core.webhooks.models  # noqa: F401
