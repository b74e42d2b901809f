"""What a discrepancy, or a page of the queue, has from the others: to whom it is assigned, and who has it open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from register.company import Asked, Colleague, View, company_of
from register.leases import Holder
from register.work import UnitOfWork
from stewardship.actors import called
from stewardship.leads import Lead
from stewardship.tabs import MINE, UNASSIGNED, whose_of
from stewardship.visits import DECIDING_ROLES, House, Visitor

NOBODY: Final = "-"


@dataclass(frozen=True)
class Beside:
    """As one user sees it.

    `names`: of assignees and of those asked for; `holders`: discrepancy → who else has it open; `colleagues`: to whom this user may assign;
    `doors`: discrepancy → what came of asking at the door the last time; `stewards`: of the colleagues those who see the whole county,
    where it is asked for (`with_stewards`), first who has the fewest open ones.
    """

    names: Mapping[str, str]
    holders: Mapping[str, Holder]
    colleagues: Sequence[Colleague]
    views: Sequence[View] = ()
    doors: Mapping[str, Asked] = field(default_factory=dict)
    stewards: Sequence[Colleague] = ()

    def assignee(self, lead: Lead) -> str:
        return self.names.get(lead.assignee, lead.assignee) if lead.assignee else ""

    def assignees(self, counts: Counter[str], me: str, asked: str) -> list[tuple[str, str, int]]:
        """How an address asks for them, name and rows: nobody, everybody who has something, and who is asked for."""
        named = sorted((self.names.get(user, user), user) for user, rows in counts.items() if user and rows)
        told = [(MINE if user == me else whose_of(user), name, counts[user]) for name, user in named]
        if asked not in ("", UNASSIGNED, *(whose for whose, _, _ in told)):
            told.append((asked, self.names.get(me, me) if asked == MINE else "", 0))
        return [(UNASSIGNED, "", counts[""]), *told] if told or asked else []


def beside(
    work: UnitOfWork,
    here: House,
    visitor: Visitor,
    leads: Sequence[Lead],
    accounts: Collection[str] = (),
) -> Beside:
    """Of these discrepancies, with the names of some accounts more; a contact is told of nobody."""
    if visitor.role not in DECIDING_ROLES:
        return Beside({}, {}, ())
    users = {*accounts, *(lead.assignee for lead in leads if lead.assignee)}
    ids = {lead.discrepancy_id for lead in leads}
    found = company_of(work.connection, visitor.user_id, visitor.role, here.now(), ids, users)
    colleagues = found.colleagues
    if visitor.role == "clerk":
        colleagues = [one for one in colleagues if one.user_id == visitor.user_id]
    return Beside(called(found.names, visitor.language), found.holders, colleagues, found.views, found.doors)


def with_stewards(work: UnitOfWork, found: Beside, visitor: Visitor) -> Beside:
    """And to whom this user can hand on what only who sees the whole county can decide."""
    others = {one.user_id: one for one in found.colleagues if one.user_id != visitor.user_id}
    return replace(found, stewards=[others[one] for one in work.assignments.stewards(others)])
