"""The memory of unregistered people: which content key belongs to which entity, and what merged or split.

Grouping mentions into entities is the rules' work; here it is only remembered, so that the id a steward has
written down is still the same after the next night.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.bulk import copy_in
from register.discrepancy_models import EntityMention


@dataclass(frozen=True, order=True)
class EntityChange:
    """`merge`: entity_id went into other_id. `split`: other_id was part of entity_id."""

    event: str
    entity_id: str
    other_id: str


_STAGE = (
    "DROP TABLE IF EXISTS pg_temp.incoming_mention",
    "CREATE TEMP TABLE incoming_mention (content_key text, entity_id text) ON COMMIT DROP",
)
_NEW_ENTITIES = """
INSERT INTO entity (entity_id, first_night)
SELECT DISTINCT entity_id, CAST(:night AS date) FROM incoming_mention ORDER BY 1 ON CONFLICT DO NOTHING
"""
_REMEMBER = """
INSERT INTO entity_mention (content_key, entity_id, night)
SELECT content_key, entity_id, :night FROM incoming_mention ORDER BY 1
ON CONFLICT (content_key) DO UPDATE SET entity_id = excluded.entity_id, night = excluded.night
WHERE entity_mention.entity_id <> excluded.entity_id
"""
_NAMED_IN_LOG = """
INSERT INTO entity (entity_id, first_night) VALUES (:id, :night) ON CONFLICT DO NOTHING
"""
_MERGED = """
UPDATE entity SET merged_into = :other WHERE entity_id = :id AND merged_into IS DISTINCT FROM :other
"""
_LOG = """
INSERT INTO entity_log (night, event, entity_id, other_id) VALUES (:night, :event, :id, :other)
ON CONFLICT DO NOTHING
"""


class EntityStore:
    """The entities of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def load(self) -> dict[str, str]:
        """content_key → entity_id, of everything ever seen."""
        rows = self._connection.execute(sa.select(EntityMention.content_key, EntityMention.entity_id))
        return {str(key): str(entity) for key, entity in rows}

    def store(self, night: date, entity_of: Mapping[str, str], changes: Iterable[EntityChange] = ()) -> None:
        """Remembers the map and what merged or split; keys not named stay. The same again changes nothing."""
        for statement in _STAGE:
            self._connection.execute(sa.text(statement))
        pairs = pd.DataFrame(
            {"content_key": list(entity_of.keys()), "entity_id": list(entity_of.values())}, dtype=object
        )
        copy_in(self._connection, "incoming_mention", pairs)
        self._connection.execute(sa.text(_NEW_ENTITIES), {"night": night})
        self._connection.execute(sa.text(_REMEMBER), {"night": night})
        for change in sorted(set(changes)):
            ids = {"id": change.entity_id, "other": change.other_id}
            for id_ in ids.values():
                self._connection.execute(sa.text(_NAMED_IN_LOG), {"id": id_, "night": night})
            if change.event == "merge":
                self._connection.execute(sa.text(_MERGED), ids)
            self._connection.execute(sa.text(_LOG), ids | {"event": change.event, "night": night})
