"""Alembic's entry: migrates over the connection that `register.migrations.run` hands over."""

from __future__ import annotations

from alembic import context

from register.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
