"""The audit chain: who did what to which subject, append-only, every entry sealed over the one before.

**What an entry holds.** `entry_no` (1, 2, 3 … without gaps), `at`, `actor`, `action`, `subject_kind`,
`subject_id`, `details`, `previous_hash`, `hash`. Actors and subjects are account names and opaque ids,
details are counts, ids and codes: text that could be somebody's name, ID number or phone is refused.

**How to verify it without this program.** For each entry in order of `entry_no`:

1. Write the JSON object with exactly the keys `action, actor, at, details, entry_no, previous_hash,
   subject_id, subject_kind`; keys sorted (they are ASCII) also within `details`, no white space, `at` as
   `YYYY-MM-DDTHH:MM:SS.ffffffZ` in UTC, whole numbers only. All of it is ASCII, so nothing needs escaping;
   the bytes are UTF-8.
2. `hash` is the SHA-256, in lower-case hexadecimal, of the 64 characters of `previous_hash` followed by those
   bytes. `previous_hash` is the `hash` of the entry before, sixty-four zeros for the first.

An edit breaks the entry's own hash, a deletion leaves a gap, a reordering breaks both, and who makes the
hashes of everything after fit again, or cuts off the end, is found out by a head that was exported earlier.

**Why no sequence.** A sequence leaves gaps when a transaction rolls back. The number is the last one plus one,
read and written under a lock that is held to the end of the transaction: so two writers wait for each other,
and what is rolled back was never there. Write the audit last in a transaction, then nobody waits long. The
time is the database's, taken under the same lock: one clock for all processes, in the order of the chain.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from register.asking import Question
from register.errors import InvalidInput
from register.models import AuditEntry

GENESIS: Final = "0" * 64
LARGEST_NUMBER: Final = 2**53 - 1  # what every JSON reader keeps exactly
# Names, addresses and free text do not look like this …
REFERENCE: Final = re.compile(r"[A-Za-z0-9_.:/@-]{1,80}")
# … but ID numbers and phones do.
PERSONAL: Final = re.compile(r"(?<![0-9A-Za-z])(\d{15}|\d{17}[\dXx]|1\d{10})(?![0-9A-Za-z])")
KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
BATCH_ROWS: Final = 5_000
INTEGRATION: Final = "bulou_integration"  # option of a connection: which system acts for the user

Detail = int | str | bool | None | Sequence[int | str]


@dataclass(frozen=True)
class Event:
    """What is to be remembered: `actor` did `action` to a subject."""

    actor: str
    action: str
    subject_kind: str
    subject_id: str
    details: Mapping[str, Detail]


@dataclass(frozen=True)
class Head:
    """The newest entry: kept elsewhere, it proves later that nothing up to it was changed or cut off."""

    entry_no: int
    hash: str

    def line(self) -> str:
        return json.dumps({"entry_no": self.entry_no, "hash": self.hash}, sort_keys=True)


START: Final = Head(0, GENESIS)  # before the first entry


@dataclass(frozen=True)
class Verdict:
    """How many entries there are, and one line for each thing that is wrong."""

    entries: int
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """What the reading of some entries found; the next part goes on after `last`."""

    last: Head
    entries: int
    problems: tuple[str, ...]
    is_end: bool


def heads_of(text: str) -> list[Head]:
    """The heads of an exported file, one per line. Raises: InvalidInput."""
    heads = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
            head = Head(told["entry_no"], told["hash"])
        except (ValueError, TypeError, KeyError):
            raise InvalidInput(f"line {number} is no head of an audit chain") from None
        if type(head.entry_no) is not int or not re.fullmatch(r"[0-9a-f]{64}", str(head.hash)):
            raise InvalidInput(f"line {number} is no head of an audit chain")
        heads.append(head)
    if not heads:
        raise InvalidInput("there is no head of an audit chain in it")
    return heads


def sealed(entry_no: int, at: str, event: Event, previous_hash: str) -> str:
    """The hash of an entry, as the module's description says."""
    content = {
        "action": event.action,
        "actor": event.actor,
        "at": at,
        "details": dict(event.details),
        "entry_no": entry_no,
        "previous_hash": previous_hash,
        "subject_id": event.subject_id,
        "subject_kind": event.subject_kind,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous_hash.encode() + text.encode("utf-8", "surrogatepass")).hexdigest()


def check(event: Event) -> None:
    """Raises: InvalidInput for what must not be in the chain; names the part, never the value."""
    for part in ("actor", "action", "subject_kind", "subject_id"):
        if not _is_reference(getattr(event, part)):
            raise InvalidInput(f"the {part} of an audit entry must be an id or a code")
    for key, value in event.details.items():
        if not KEY.fullmatch(key):
            raise InvalidInput("a detail of an audit entry has a name that is none")
        parts = value if isinstance(value, (list, tuple)) else (value,)
        if not all(_is_detail(part) for part in parts):
            raise InvalidInput(f"the detail {key} of an audit entry must be a count, an id or a code")


def _is_detail(value: object) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int):
        return abs(value) <= LARGEST_NUMBER
    return _is_reference(value)


def _is_reference(value: object) -> bool:
    return isinstance(value, str) and bool(REFERENCE.fullmatch(value)) and not PERSONAL.search(value)


_MOMENT = """to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
# By a function, because who may append need not be allowed to read.
_HEAD = sa.text("SELECT entry_no, hash FROM audit_head()")
# Whoever asks for it appends next: others wait until the transaction has ended (migration 0026).
_CLAIM: Question[Any] = Question("SELECT at, entry_no, hash FROM audit_claim()")
_APPEND: Question[Any] = Question("""
INSERT INTO audit_entry (entry_no, at, actor, action, subject_kind, subject_id, details, previous_hash, hash)
VALUES (:entry_no, CAST(:at AS timestamptz), :actor, :action, :subject_kind, :subject_id, CAST(:details AS jsonb), :previous_hash, :hash)
""")
# As text, so that no value an intruder may have put there can stop the reading.
_READ = f"""
SELECT entry_no, {_MOMENT.format(moment="at")} AS at, actor, action, subject_kind, subject_id,
       details::text AS details, previous_hash, hash
FROM audit_entry
"""
_ALL = sa.text(
    f"{_READ} WHERE CAST(:after AS bigint) IS NULL OR entry_no > :after ORDER BY entry_no LIMIT :most"
)
_OF_SUBJECT = sa.text(f"{_READ} WHERE subject_kind = :kind AND subject_id = :id ORDER BY entry_no")


class AuditChain:
    """The audit chain within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record(self, *events: Event) -> Head:
        """Appends entries; they are there exactly when the transaction is. Raises: InvalidInput.

        Of what an integration does (`Desk.as_user`), the entry names it beside the account that it acts for.
        """
        name = self._connection.get_execution_options().get(INTEGRATION)
        if name is not None:
            events = tuple(replace(one, details={**one.details, "integration": name}) for one in events)
        for event in events:
            check(event)
        [(at, entry_no, last_hash)] = _CLAIM.all(self._connection)
        head = Head(0, GENESIS) if entry_no is None else Head(entry_no, last_hash)
        rows = []
        for event in events:
            number = head.entry_no + 1
            hash_ = sealed(number, at, event, head.hash)
            rows.append(
                {
                    "entry_no": number,
                    "at": sa.cast(at, sa.DateTime(timezone=True)),
                    "actor": event.actor,
                    "action": event.action,
                    "subject_kind": event.subject_kind,
                    "subject_id": event.subject_id,
                    "details": dict(event.details),
                    "previous_hash": head.hash,
                    "hash": hash_,
                }
            )
            head = Head(number, hash_)
        if len(rows) == 1:  # by far the most; its statement is always the same one
            _APPEND.done(self._connection, **rows[0] | {"at": at, "details": json.dumps(rows[0]["details"])})
            return head
        for first in range(0, len(rows), BATCH_ROWS):
            self._connection.execute(sa.insert(AuditEntry).values(rows[first : first + BATCH_ROWS]))
        return head

    def head(self) -> Head:
        """The newest entry's number and hash; number 0 and zeros before the first."""
        row = self._connection.execute(_HEAD).one_or_none()
        return Head(0, GENESIS) if row is None else Head(row.entry_no, row.hash)

    def of(self, subject_kind: str, subject_id: str) -> list[Event]:
        """What was done to a subject, oldest first."""
        rows = self._connection.execute(_OF_SUBJECT, {"kind": subject_kind, "id": subject_id})
        return [_event(row) for row in rows]

    def verify(self, heads: Sequence[Head] = ()) -> Verdict:
        """Reads the whole chain once, in order, and holds it against heads exported earlier."""
        whole = self.verify_part(START, None, heads)
        return Verdict(whole.entries, whole.problems)

    def verify_part(self, after: Head, most: int | None, heads: Sequence[Head] = ()) -> Part:
        """Reads at most so many entries after one that was verified already; `START` begins.

        What lies between is never changed, only added to, so parts of several transactions are together the whole.
        """
        exported: dict[int, set[str]] = {}
        for head in heads:
            exported.setdefault(head.entry_no, set()).add(head.hash)
        problems: list[str] = list(_against_heads(after, exported)) if after == START else []
        last, entries = after, 0
        # A chain that was tampered with may have numbers below the first.
        asked = {"after": None if after == START else after.entry_no, "most": most}
        for row in self._connection.execute(_ALL, asked, execution_options={"yield_per": BATCH_ROWS}):
            entries += 1
            problems += _entry_problems(row, last)
            last = Head(row.entry_no, row.hash)
            problems += _against_heads(last, exported)
        is_end = most is None or entries < most
        for number in sorted(number for number in exported if is_end and number > last.entry_no):
            problems.append(
                f"the chain ends with entry {last.entry_no}, but a head of entry {number} was exported: "
                "its end was cut off"
            )
        return Part(last, entries, tuple(problems), is_end)


def _event(row: Row[Any]) -> Event:
    return Event(row.actor, row.action, row.subject_kind, row.subject_id, json.loads(row.details))


def _entry_problems(row: Row[Any], before: Head) -> Iterator[str]:
    if row.entry_no != before.entry_no + 1:
        first, last = before.entry_no + 1, row.entry_no - 1
        if last < first:
            yield f"entry {row.entry_no} has a number below the first"
        else:
            yield f"entry {first} is missing" if first == last else f"entries {first} to {last} are missing"
    elif row.previous_hash != before.hash:
        yield f"entry {row.entry_no} does not follow entry {before.entry_no}: one of them was replaced or moved"
    if not _is_intact(row):
        yield f"entry {row.entry_no} was changed: its content does not give its hash"


def _is_intact(row: Row[Any]) -> bool:
    try:
        return bool(sealed(row.entry_no, row.at, _event(row), row.previous_hash) == row.hash)
    except (ValueError, TypeError):
        return False  # details that are no object, or hold a number that nobody can read


def _against_heads(entry: Head, exported: Mapping[int, set[str]]) -> Iterator[str]:
    for hash_ in sorted(exported.get(entry.entry_no, ())):
        if hash_ != entry.hash:
            yield f"entry {entry.entry_no} is not the one whose head was exported: the chain was rewritten"
