"""Who is who: mentions against the register, the register against itself, the unlinked against each other, households by members.

One step, because the four read the same frames. What did not change since the night before is taken over from
its frames (a mention by what linkage can see of it, the duplicates while the register stands still); a full relink
gives the same.
"""

from datetime import date
from typing import TYPE_CHECKING, Any, cast

import dagster as dg

from assets.continuity import NightBefore, changed_people, mentions_digest, night_before, remember
from assets.current import current_mentions
from assets.deliveries import state_night
from assets.look_up import OF_LINKS, LookUp
from assets.models import frozen_models
from assets.nights import nightly
from assets.sealed import sealed
from assets.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from linkage.county.model import CountyModels

GROUP = "4_links"
FRAMES = ("links", "entities", "household_links", "register_duplicates", "household_members", "explanations")
# Frames that the desk looks single rows up in.
LOOKED_UP = {
    "links": LookUp(by=("person_no",), columns=OF_LINKS),
    "household_members": LookUp(by=("home",)),
    "explanations": LookUp(by=("subject",), together=256),
}
One = dg.MaterializeResult
Done = tuple[One, One, One, One, One, One]  # one for each of FRAMES
EVENTS = {"merged": "merge", "split": "split"}


def _spec(name: str, description: str) -> dg.AssetSpec:
    return nightly(name, description, group=GROUP, deps=["mentions", "register_snapshot"])


@dg.multi_asset(
    name="linking",
    specs=[
        _spec("links", "Who of the register every mention is, or that it is nobody there."),
        _spec("entities", "Unregistered people: unlinked mentions that are one person."),
        _spec("household_links", "Which register household each police household is."),
        _spec("register_duplicates", "Register rows that may be one person."),
        _spec("household_members", "Whom the newest police lists have in each household, for the desk."),
        _spec("explanations", "Why candidates weigh what they weigh, line by line, for the desk."),
    ],
)
@sealed()
def linking(context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace]) -> Done:
    state = state_night(workspace, context.partition_key)
    day = state.isoformat()
    mentions = current_mentions(workspace, state)
    register = workspace.store.read_nights("register", [day])
    models = frozen_models(workspace, mentions, register)
    decisions = _stewards_word(workspace, mentions)
    digest = mentions_digest(mentions, decisions)
    before = night_before(workspace, state, models.version, digest)
    frames = _taken_over(workspace, before)
    if frames is None:
        links, reasons = _link(workspace, mentions, register, models, before, decisions)
        duplicates = _duplicates(workspace, register, models, before)
        frames = {
            "links": links,
            "entities": _entities(workspace, state, mentions, links),
            **_households(mentions, links, register),
            "register_duplicates": duplicates,
            "explanations": _explained(reasons, register, duplicates),
        }
    for name, frame in frames.items():
        workspace.store.write(name, day, frame, LOOKED_UP.get(name))
    remember(workspace, state, models.version, digest)
    metadata: dict[str, dict[str, Any]] = {name: {"rows": len(frame)} for name, frame in frames.items()}
    metadata["links"] |= {
        **frames["links"]["decision"].value_counts().to_dict(),
        "model_version": models.version,
    }
    done = tuple(dg.MaterializeResult[Any](asset_key=name, metadata=metadata[name]) for name in FRAMES)
    return cast("Done", done)


def _taken_over(workspace: Workspace, before: NightBefore | None) -> "dict[str, pd.DataFrame] | None":
    """The night before's frames when neither a mention nor the register has changed since."""
    if before is None or not (before.is_same_register and before.is_same_mentions):
        return None
    found = {name: workspace.store.read(name, before.night) for name in FRAMES}
    whole = {name: frame for name, frame in found.items() if frame is not None}
    return whole if len(whole) == len(FRAMES) else None


def _link(
    workspace: Workspace,
    mentions: "pd.DataFrame",
    register: "pd.DataFrame",
    models: "CountyModels",
    before: NightBefore | None,
    decisions: "pd.DataFrame",
) -> "tuple[pd.DataFrame, pd.DataFrame]":
    from linkage.county.links import link_and_explain

    explained = None if before is None else workspace.store.read("explanations", before.night)
    if before is None or explained is None:
        return link_and_explain(mentions, register, models, decisions=decisions)
    previous = workspace.store.read("links", before.night)
    return link_and_explain(
        mentions,
        register,
        models,
        previous=previous,
        explained=explained,
        changed_person_nos=changed_people(workspace, before, register),
        decisions=decisions,
    )


def _stewards_word(workspace: Workspace, mentions: "pd.DataFrame") -> "pd.DataFrame":
    """What stewards said by now of the rows of this night: content_key, person_no, decision."""
    from register.work import unit_of_work

    with unit_of_work(workspace.database) as work:
        return work.link_decisions.standing(set(mentions["content_key"]))


def _explained(
    reasons: "pd.DataFrame", register: "pd.DataFrame", duplicates: "pd.DataFrame"
) -> "pd.DataFrame":
    """The waterfalls of links and of duplicates, in the order in which they are looked up."""
    import pandas as pd

    from linkage.county.duplicates import explain_duplicates

    both = [lines for lines in (reasons, explain_duplicates(register, duplicates)) if len(lines)]
    if not both:
        return reasons
    return pd.concat(both, ignore_index=True).sort_values("subject", kind="stable", ignore_index=True)


def _households(
    mentions: "pd.DataFrame", links: "pd.DataFrame", register: "pd.DataFrame"
) -> "dict[str, pd.DataFrame]":
    from linkage.county.household_members import household_members
    from linkage.county.households import link_households

    homes = link_households(mentions, links, register)
    return {"household_links": homes, "household_members": household_members(mentions, links, homes)}


def _duplicates(
    workspace: Workspace, register: "pd.DataFrame", models: "CountyModels", before: NightBefore | None
) -> "pd.DataFrame":
    from linkage.county.duplicates import register_duplicates

    known = (
        workspace.store.read("register_duplicates", before.night)
        if before and before.is_same_register
        else None
    )
    return register_duplicates(register, models) if known is None else known


def _entities(
    workspace: Workspace, state: date, mentions: "pd.DataFrame", links: "pd.DataFrame"
) -> "pd.DataFrame":
    """Ids are remembered by the newest night only: an older one that runs again names people as it finds them named."""
    from linkage.county.entities import unregistered_entities
    from register.entities import EntityChange
    from register.work import unit_of_work

    with unit_of_work(workspace.database) as work:
        result = unregistered_entities(mentions, links, work.entities.load())
        if work.nights.effective(state) == state:
            changes = [
                EntityChange(EVENTS[action], entity_id, other_id)
                for action, entity_id, other_id in result.log.itertuples(index=False, name=None)
            ]
            work.entities.store(state, result.keys, changes)
    return result.entities
