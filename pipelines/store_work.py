"""What commands do in the store: in one transaction, as the operator, a mistake told in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console

from pipelines.errors import OperatorError
from pipelines.settings import Settings

if TYPE_CHECKING:
    from register.work import UnitOfWork

OPERATOR = "operator"  # who acts in the audit chain: whoever sits at this machine


@contextmanager
def store_work(settings: Settings) -> "Iterator[tuple[UnitOfWork, datetime]]":
    """A unit of work and the time. Raises: OperatorError for what the store does not take."""
    from register.database import open_database
    from register.errors import Conflict, InvalidInput
    from register.work import unit_of_work

    with open_database(settings.root, settings.database_url) as database:
        try:
            with unit_of_work(database) as work:
                yield work, datetime.now(UTC)
        except (InvalidInput, Conflict) as mistake:
            raise OperatorError(str(mistake)) from None


def say(line: str) -> None:
    """One line to the terminal, as it is."""
    Console(highlight=False, soft_wrap=True, markup=False).print(line)
