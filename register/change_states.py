"""The life of a register change, as a table.

    proposed ──approve──▶ approved ──apply──▶ applied ──export──▶ exported ──acknowledge──▶ acknowledged
       │                     │                   │                    │                          │
       └─ refuse, withdraw ──┘                   └─ revert, undo ─────┴────────── undo ──────────┘

Until it is acknowledged a change can also be superseded by one about the same items that is applied later.
Applied means decided by two persons and on its way; the register itself changes only when its owner hands
over a snapshot that shows it (docs/adr/0005).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Who = Literal["anybody", "proposer", "another", "system"]

WAITING: Final = ("proposed", "approved")  # somebody has still to decide
PENDING: Final = ("applied", "exported")  # decided, and not yet seen on the register
LIVE: Final = (*WAITING, *PENDING)


@dataclass(frozen=True)
class Transition:
    """`action` leads from any of `sources` to `target`.

    `who`: anybody; only the proposer; only another person; or the system, as a consequence of something else.
    `discrepancy`: what becomes of the discrepancy it came from: from which status to which.
    `needs_current`: only while register and evidence are what the proposer saw.
    """

    action: str
    sources: tuple[str, ...]
    target: str
    who: Who
    discrepancy: tuple[str, str] | None = None
    needs_current: bool = False


# fmt: off
TRANSITIONS: Final = {
    one.action: one
    for one in (
        Transition("approve",     ("proposed",),                 "approved",     "another",  None, True),
        Transition("refuse",      WAITING,                       "refused",      "another",  ("waiting", "open")),
        Transition("withdraw",    WAITING,                       "withdrawn",    "proposer", ("waiting", "open")),
        Transition("apply",       ("approved",),                 "applied",      "anybody",  ("waiting", "decided"), True),
        Transition("revert",      ("applied",),                  "reverted",     "anybody",  ("decided", "open")),
        Transition("export",      ("applied",),                  "exported",     "system"),
        Transition("acknowledge", PENDING,                       "acknowledged", "system"),
        Transition("undo",        (*PENDING, "acknowledged"),    "reverted",     "system",   ("decided", "open")),
        Transition("supersede",   LIVE,                          "superseded",   "system",   ("waiting", "open")),
    )
}
# fmt: on
PERSONS_ACTIONS: Final = tuple(one.action for one in TRANSITIONS.values() if one.who != "system")


def same_person(one: str, other: str) -> bool:
    """Account names differ by more than upper and lower case."""
    return one.casefold() == other.casefold()


def may(transition: Transition, actor: str, proposer: str) -> bool:
    """Whether this person may do it."""
    if transition.who == "proposer":
        return same_person(actor, proposer)
    if transition.who == "another":
        return not same_person(actor, proposer)
    return True
