"""What may be taken over from the night before, and what changed since.

Only a night whose links were written over exactly the register frame that lies beside them may be taken over from; a night that was
killed between the two is passed over. Taking over saves time and never changes an outcome.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from assets.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class NightBefore:
    """The newest earlier night with links by the same model."""

    night: str
    is_same_register: bool
    is_same_mentions: bool


# Of the frames of linking. With another one nothing is taken over from a night before: what it does not have would be missing for years.
FORMAT: Final = 2


def remember(workspace: Workspace, state: date, model_version: str, mentions: str) -> None:
    """Say over which register and mentions and with which model the night's links were made; written last."""
    day = state.isoformat()
    facts = {
        "register": workspace.store.digest("register", day),
        "mentions": mentions,
        "model_version": model_version,
        "format": FORMAT,
    }
    workspace.store.write_facts("links", day, facts)


def mentions_digest(mentions: "pd.DataFrame", decisions: "pd.DataFrame") -> str:
    """Which mentions there are, what they say and what stewards said of them, in any order."""
    import pandas as pd

    rows = pd.util.hash_pandas_object(mentions[["mention_id", "content_key", "is_latest"]], index=False)
    digest = f"{len(rows)}-{int(rows.to_numpy().sum()):016x}"
    if decisions.empty:
        return digest
    words = pd.util.hash_pandas_object(decisions, index=False)
    return f"{digest}-{len(words)}-{int(words.to_numpy().sum()):016x}"


def night_before(workspace: Workspace, state: date, model_version: str, mentions: str) -> NightBefore | None:
    """The newest night before `state` that can be taken over from, None when there is none; `mentions` is their digest."""
    from register.work import unit_of_work

    with unit_of_work(workspace.database) as work:
        earlier = [run.night.isoformat() for run in work.nights.all() if run.is_applied and run.night < state]
    if not earlier:
        return None
    night = earlier[-1]
    facts = workspace.store.read_facts("links", night) or {}
    register = workspace.store.digest("register", night)
    if facts.get("register") != register or facts.get("model_version") != model_version:
        return None
    if facts.get("format") != FORMAT:
        return None
    same_register = register == workspace.store.digest("register", state.isoformat())
    return NightBefore(night, same_register, facts.get("mentions") == mentions)


def changed_people(workspace: Workspace, before: NightBefore, register: "pd.DataFrame") -> set[str]:
    """person_no of every register row that was added, changed or removed since then."""
    import pandas as pd

    if before.is_same_register:
        return set()
    old = workspace.store.read("register", before.night)
    if old is None:
        return set(register["person_no"])
    rows = pd.concat([old, register[list(old.columns)]], ignore_index=True)
    content = pd.util.hash_pandas_object(rows.astype("string"), index=False)
    versions = pd.DataFrame({"person_no": rows["person_no"], "content": content})
    return set(rows.loc[~versions.duplicated(keep=False), "person_no"])
