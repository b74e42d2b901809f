"""Which rows of departments' newest files a night linked to nobody, for the lists behind these numbers."""

from datetime import date
from typing import TYPE_CHECKING, Final

from assets.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Final = (
    *("feed", "file", "sheet", "row", "role", "decision", "person_no", "match_probability", "discrepancy_id"),
)


def leads_of(workspace: Workspace, rows: "pd.DataFrame", who: "pd.Series") -> dict[str, str]:
    """Who → the discrepancy that asks about them; `rows` with content_key and role, `who` each of them names."""
    from discrepancies.candidates import OF_UNREGISTERED, POSSIBLE_LINK
    from register.leads_by_row import leads_by_row

    named = dict(zip(zip(rows["content_key"], rows["role"]), who))
    with workspace.database.read() as connection:
        return leads_by_row(connection, named, (*OF_UNREGISTERED, POSSIBLE_LINK))


def unlinked_rows(workspace: Workspace, state: date, latest: "pd.Series") -> "pd.DataFrame":
    """One row per person whom a row names: columns `COLUMNS`, in the order of the first five. `latest`: `assets.current.latest_ids`.

    `person_no` is who it may be, of possible links alone; `discrepancy_id` what asks about who is named, if anything does.
    """
    from linkage.county.households import LINKED

    day, store = state.isoformat(), workspace.store
    columns = ("mention_id", "content_key", *COLUMNS[:-1])
    rows = store.read("links", day, columns, [("decision", "not in", LINKED)])
    if rows is None:
        rows = store.read_nights("links", [], columns)
    rows = rows[rows["mention_id"].isin(latest)]
    entity = store.read_nights("entities", [day], ("entity_id", "mention_id")).drop_duplicates("mention_id")
    who = rows["mention_id"].map(entity.set_index("mention_id")["entity_id"]).fillna(rows["mention_id"])
    leads = leads_of(workspace, rows, who)
    is_possible = rows["decision"].eq("possible")
    found = rows.assign(
        person_no=rows["person_no"].where(is_possible, None), discrepancy_id=who.map(leads).astype(object)
    )
    return found[list(COLUMNS)].sort_values(list(COLUMNS[:5]), ignore_index=True)
