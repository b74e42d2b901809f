"""The lists on the page of a person or a household, as workbooks have them: decisions, register changes, departments' rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from register.link_decisions import Answer
from register.work import UnitOfWork
from stewardship import words
from stewardship.exporting import lists
from stewardship.exporting.asked import Words
from stewardship.exporting.tables import Table
from stewardship.language import moment
from stewardship.leads import Happened
from stewardship.places import Places
from stewardship.residents.about import About
from stewardship.residents.mentions import Mention
from stewardship.visits import House, Visitor
from stewardship.words import N_, field_name
from stewardship.worklists import outcomes

DECISIONS: Final[lists.Columns] = (
    (N_("When"), 20),
    (N_("Who"), 16),
    (N_("What"), 24),
    (N_("Reason or note"), 48),
    (N_("Discrepancy"), 16),
    (N_("Type"), 20),
)
CHANGES: Final[lists.Columns] = (*lists.CHANGES, (N_("Who did what"), 60), (N_("Reason or note"), 48))
MENTIONS: Final[lists.Columns] = (
    (N_("Person"), 18),
    (N_("Department"), 22),
    (N_("Unit"), 20),
    (N_("File"), 48),
    (N_("Sheet"), 14),
    (N_("Row"), 8),
    (N_("Arrived"), 12),
    (N_("Speaks of"), 14),
    (N_("What it says"), 60),
    (N_("Link"), 20),
    (N_("Probability"), 12),
    (N_("What a person said"), 30),
    (N_("Who"), 16),
    (N_("When"), 20),
    (N_("Reason or note"), 48),
)


def sheets_about(
    work: UnitOfWork,
    about: About,
    name: str,
    titles: Mapping[str, str],
    places: Places,
    visitor: Visitor,
    here: House,
) -> list[Table]:
    """A sheet for each part, in the page's order.

    Args:
        name: of the file that begins with these sheets.
        titles: of `leads` and `mentions`, as the page has them.
    """
    w = Words(visitor.language)
    return [
        lists.discrepancies(name, titles["leads"], work, [about.leads.rows], places, visitor, here),
        Table("decisions", N_("Decisions"), DECISIONS, list(_decisions(about, w))),
        Table("changes", N_("Register changes"), CHANGES, list(_changes(about, w))),
        Table(
            "mentions",
            titles["mentions"],
            MENTIONS,
            [_mention(one, about.names, w) for one in about.mentions.rows],
        ),
    ]


def _decisions(about: About, w: Words) -> Iterator[tuple[str, ...]]:
    for one in about.decisions.rows:
        yield (
            moment(one.at, w.language),
            about.names.get(one.by, one.by),
            w.said(words.DECISIONS[one.kind]),
            outcomes.told(one, w.language, one.kind),
            one.discrepancy_id,
            w.said(words.TYPES[one.type]),
        )


def _changes(about: About, w: Words) -> Iterator[tuple[str, ...]]:
    for one in about.changes.rows:
        steps = "; ".join(_step(step, about.names, w) for step in one.steps)
        yield (*lists.change_line(one.row, about.names, w), steps, one.row.change.remark or "")


def _step(step: Happened, names: Mapping[str, str], w: Words) -> str:
    who = names.get(step.actor, step.actor) if step.actor else ""
    when = moment(step.at, w.language) if step.at else ""
    return f"{who}{w.said(N_(': '))}{w.said(words.happened(step.what, is_decision=False))} {when}"


def _mention(one: Mention, names: Mapping[str, str], w: Words) -> tuple[str, ...]:
    said = w.said
    says = "; ".join(f"{field_name(item.field, w.language)}{said(N_(': '))}{item.text}" for item in one.says)
    return (
        one.person_no,
        w.feed(one.feed) if one.feed else "",
        one.unit,
        one.file,
        one.sheet,
        str(one.row) if one.file else "",
        one.arrival.isoformat() if one.arrival else "",
        said(words.mentioned(one.role)) if one.role else "",
        says,
        said(words.linked(one.decision)[1]),
        "" if one.probability is None else f"{one.probability:.2f}",
        *_answer(one.answer, names, w),
    )


def _answer(one: Answer | None, names: Mapping[str, str], w: Words) -> tuple[str, str, str, str]:
    if one is None:
        return "", "", "", ""
    word = w.said(words.ANSWERED[one.decision][1])
    return (
        word,
        names.get(one.by, one.by),
        moment(one.at, w.language),
        outcomes.told(one, w.language),
    )
