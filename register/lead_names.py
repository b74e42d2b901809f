"""How departments' rows name people on no register row: kept beside their discrepancies, so that these are found by it.

A night hands over the names of all its candidates; written is only what differs from what stands. A name is kept while departments' rows say
it: with the evidence that is gone the names go too, also where the discrepancy itself stays for years; a legal hold on it keeps them.
"""

from __future__ import annotations

from typing import Final

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.bulk import copy_in
from register.candidates import discrepancy_id
from register.pinyin import Reading, readings
from register.retention import OF_LEAD, no_hold_on

_SAID: Final = ("who", "name", "id_number", "phone")
NAMES_OF_NOBODY: Final = pd.DataFrame(columns=["type", "subject", *_SAID], dtype=object)
_KEY: Final = ("discrepancy_id", "number")
_WRITTEN: Final = (*_SAID, *Reading._fields)
_INCOMING: Final = ", ".join((*_KEY, *_WRITTEN))

_MAKE_INCOMING: Final = f"""
DROP TABLE IF EXISTS pg_temp.incoming_name;
CREATE TEMP TABLE incoming_name ON COMMIT DROP AS SELECT {_INCOMING} FROM lead_name WITH NO DATA
"""
_FORGET: Final = """
DELETE FROM lead_name AS l USING incoming AS i
WHERE i.discrepancy_id = l.discrepancy_id AND NOT EXISTS (
    SELECT FROM incoming_name AS n WHERE n.discrepancy_id = l.discrepancy_id AND n.number = l.number
        AND ({theirs}, i.area_code) IS NOT DISTINCT FROM ({ours}, l.area_code))
""".format(
    theirs=", ".join(f"n.{name}" for name in _WRITTEN), ours=", ".join(f"l.{name}" for name in _WRITTEN)
)
_FORGET_GONE: Final = f"""
DELETE FROM lead_name AS l USING discrepancy AS t
WHERE t.discrepancy_id = l.discrepancy_id AND t.gone_night IS NOT NULL AND {no_hold_on(*OF_LEAD)}
    AND NOT EXISTS (SELECT FROM incoming AS i WHERE i.discrepancy_id = l.discrepancy_id)
"""
_ADD: Final = f"""
INSERT INTO lead_name (area_code, {_INCOMING})
SELECT i.area_code, {", ".join(f"n.{name}" for name in (*_KEY, *_WRITTEN))}
FROM incoming_name AS n JOIN incoming AS i USING (discrepancy_id) ON CONFLICT DO NOTHING
"""


def keep_names(connection: Connection, names: pd.DataFrame) -> None:
    """Within the transaction in which the candidates of a night are applied, whose table `incoming` still stands.

    Args:
        names: `type, subject, who, name, id_number, phone`; no row twice.
    """
    run = connection.execute
    run(sa.text(_MAKE_INCOMING))
    copy_in(connection, "incoming_name", _numbered(names))
    run(sa.text("ANALYZE pg_temp.incoming_name"))
    for statement in (_FORGET, _FORGET_GONE, _ADD):
        run(sa.text(statement))


def _numbered(names: pd.DataFrame) -> pd.DataFrame:
    """The rows of each discrepancy in an order that is the same every night."""
    ids = [discrepancy_id(*one) for one in zip(names["type"], names["subject"])]
    frame = names[list(_SAID)].assign(discrepancy_id=ids)
    frame = frame.sort_values(["discrepancy_id", *_SAID], kind="stable", ignore_index=True)
    number = frame.groupby("discrepancy_id", sort=False).cumcount()
    return frame.assign(number=number).join(readings(frame["name"]))
