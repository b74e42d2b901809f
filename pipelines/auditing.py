"""The audit chain on the command line: is it whole, and what is its head."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import OperatorError
from pipelines.settings import Settings

if TYPE_CHECKING:
    from register.audit import Head, Verdict


def verify(settings: Settings, files: Sequence[Path]) -> "Verdict":
    """Reads the whole chain and holds it against the heads in `files`."""
    from register.audit import AuditChain
    from register.database import open_database

    heads = [head for file in files for head in _heads(file)]
    with open_database(settings.root, settings.database_url) as database, database.read() as connection:
        return AuditChain(connection).verify(heads)


def write_head(settings: Settings, out: Path) -> "Head":
    """Writes the head to a file that is not there yet: an older head is proof and never overwritten."""
    from register.audit import AuditChain
    from register.database import open_database

    if out.exists():
        raise OperatorError(f"{out} is there already; heads are kept, name a new file")
    with open_database(settings.root, settings.database_url) as database, database.read() as connection:
        head = AuditChain(connection).head()
    draft = out.with_name(f".{out.name}.part")
    try:
        draft.write_text(head.line() + "\n", encoding="utf-8")
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
    return head


def _heads(file: Path) -> "list[Head]":
    from register.audit import heads_of
    from register.errors import InvalidInput

    try:
        return heads_of(file.expanduser().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise OperatorError(f"the head {file} cannot be read") from None
    except InvalidInput as mistake:
        raise OperatorError(f"{file}: {mistake}") from None
