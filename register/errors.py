"""What can go wrong with the store, as one tree.

    RegisterError
    ├── DatabaseUnavailable    no server can be reached or started (an operator's matter)
    ├── DatabaseTooOld         the server's version, or the schema's, is not one this release can use
    ├── StoreError             the database refused a statement: names statement class, table and constraint only
    ├── Conflict               somebody else, or the register itself, was quicker: says what changed
    ├── NotAllowed             this person may not do this to this change
    └── InvalidInput           what was handed in breaks the contract of docs/data-model.md
        ├── DuplicateSubject   two candidates of one night have the same type and subject
        └── StaleEvidence      somebody decides on an evidence version that is no longer the current one

None of them carries a value of a person: PostgreSQL's own messages quote values ("Key (id_number)=(…) already
exists"), so they are never passed on.
"""

from __future__ import annotations


class RegisterError(Exception):
    """Anything the store cannot do."""


class DatabaseUnavailable(RegisterError):
    """No PostgreSQL can be reached or started."""


class DatabaseTooOld(RegisterError):
    """The server or its data folder is of a version that cannot be used."""


class StoreError(RegisterError):
    """The database refused a statement; says where, never which value."""

    def __init__(
        self,
        kind: str,
        sqlstate: str | None,
        table: str | None,
        constraint: str | None,
        bug: str | None = None,
    ) -> None:
        self.kind = kind
        self.sqlstate = sqlstate
        self.table = table
        self.constraint = constraint
        where = "".join(
            f", {name} {value}"
            for name, value in (("table", table), ("constraint", constraint), ("because", bug))
            if value
        )
        super().__init__(f"database refused a statement: {kind} (SQLSTATE {sqlstate or 'unknown'}{where})")


class InvalidInput(RegisterError):
    """What was handed in breaks its contract; `part` says which part of it, where a form has to point at it."""

    def __init__(self, message: str = "", part: str | None = None) -> None:
        self.part = part
        super().__init__(message)


class DuplicateSubject(InvalidInput):
    """Two candidates of one night would be the same discrepancy."""


class StaleEvidence(InvalidInput):
    """A decision was made on an evidence version that is no longer current."""


class Conflict(RegisterError):
    """What was to be done no longer fits: somebody else, or the register itself, was quicker."""


class NotAllowed(RegisterError):
    """This person may not do this to this register change."""
