"""Runs the migrations on a connection that is already in a transaction and holds the migration lock."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from register.errors import DatabaseTooOld


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration without a file: scripts beside this module, the connection handed over."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> bool:
    """To the newest revision; whether there was anything to do. Costs two queries when there is nothing. Raises: DatabaseTooOld."""
    config = configuration(connection)
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    current = MigrationContext.configure(connection).get_current_revision()
    if current == scripts.get_current_head():
        return False
    if current is not None and current not in known:
        raise DatabaseTooOld("the store was written by a newer release of bulou than this one")
    command.upgrade(config, "head")
    return True
