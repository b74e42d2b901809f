"""What a user at the desk sees beside discrepancies: colleagues, who has which open, the user's own views of the queue. One statement, for it is asked with
nearly every page.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy.engine import Connection

from register.asking import Question
from register.leases import OF_OTHERS, Holder

_VIEW: Final = """
SELECT CAST(view_id AS text), name, query, CAST(NULL AS timestamptz), false FROM saved_view
WHERE user_id = desk_user() AND removed_at IS NULL
"""
# What came of the last time that somebody asked at the door.
_DOOR: Final = """
SELECT DISTINCT ON (discrepancy_id) discrepancy_id, outcome, CAST(NULL AS text), returned_at, false FROM worklist_row
WHERE discrepancy_id = ANY (:ids) AND outcome IS NOT NULL ORDER BY discrepancy_id, returned_at DESC
"""
_COMPANY: Final[Question[Any]] = Question(f"""
WITH colleague AS MATERIALIZED (SELECT desk_colleagues(:role) AS user_id)
SELECT 'person' AS what, u.user_id AS key, u.display_name AS name, NULL AS more, CAST(NULL AS timestamptz) AS at, c.user_id IS NOT NULL AS is_colleague
FROM app_user AS u LEFT JOIN colleague AS c ON c.user_id = u.user_id WHERE c.user_id IS NOT NULL OR u.user_id = ANY (:users)
UNION ALL SELECT 'holder', o.discrepancy_id, o.display_name, o.user_id, o.taken_at, false FROM ({OF_OTHERS}) AS o
UNION ALL SELECT 'view', v.* FROM ({_VIEW}) AS v
UNION ALL SELECT 'door', w.* FROM ({_DOOR}) AS w
ORDER BY name, key
""")


@dataclass(frozen=True)
class Colleague:
    """Somebody who works on discrepancies of an area of one's own."""

    user_id: str
    name: str


@dataclass(frozen=True)
class View:
    """Filters of the queue under a name; `query` as an address has it."""

    view_id: int
    name: str
    query: str


@dataclass(frozen=True)
class Asked:
    """What came of asking at a door, as a code, and when the list was handed in."""

    outcome: str
    at: datetime


@dataclass(frozen=True)
class Company:
    """`names`: of colleagues and of those asked for; `colleagues`: who may be assigned something, oneself among them; `holders`: discrepancy → who else has it
    open; `doors`: discrepancy → what came of asking the last time. By name.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    colleagues: Sequence[Colleague] = ()
    holders: Mapping[str, Holder] = field(default_factory=dict)
    views: Sequence[View] = ()
    doors: Mapping[str, Asked] = field(default_factory=dict)


def company_of(
    connection: Connection,
    user_id: str,
    role: str,
    now: datetime,
    ids: Collection[str] = (),
    users: Collection[str] = (),
) -> Company:
    """Of the user of this transaction, who works in this role.

    Args:
        ids: discrepancies of which it is asked who has them open, and what came of asking at the door.
        users: whose names are wanted besides.
    """
    names, colleagues, holders, views, doors = {}, [], {}, [], {}
    for what, key, name, more, at, is_colleague in _COMPANY.all(
        connection, user=user_id, role=role, now=now, ids=sorted(ids), users=sorted(users)
    ):
        if what == "person":
            names[key] = name
            if is_colleague:
                colleagues.append(Colleague(key, name))
        elif what == "holder":
            holders[key] = Holder(more, name, at)
        elif what == "door":
            doors[key] = Asked(name, at)
        else:
            views.append(View(int(key), name, more))
    return Company(names, colleagues, holders, views, doors)
