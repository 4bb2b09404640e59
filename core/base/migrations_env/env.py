"""The environment of every owner's migrations: core's and each plugin's run through this one file."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, **context.config.attributes["options"])
with context.begin_transaction():
    context.run_migrations()
