"""The rows of a list as their template takes them: values ready to be put in, each put into words once and not fifty times a page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from markupsafe import Markup, escape

from stewardship import words
from stewardship.filters import band_of
from stewardship.language import Speech
from stewardship.sentences import MEMBERS, members_of

if TYPE_CHECKING:
    from stewardship.beside import Beside
    from stewardship.listing import Row

MOST_SAID: Final = 0.99
MOST_AREAS: Final = 10_000  # whose names are kept as a list of choices has them
MOST_NUMBERS: Final = 10_000
VILLAGE: Final = "\N{IDEOGRAPHIC SPACE}"  # a village's name stands a little to the right of its township's
_SIGN: Final = Markup(
    '<span class="sign {0}" title="{2}"><b aria-hidden="true">{1}</b><span class="unseen"> {2}</span></span>'
)
_EVIDENCE: Final = Markup('<span class="by">{0}</span> <span>{1}</span>')
HOUSEHOLD: Final = "household_no"
LUNAR: Final = "lunar"  # of a reason: one date is by the lunar calendar


class RowLine(NamedTuple):
    """`pick`: what was seen of it, for whoever may choose several; `people`: whether others have to do with it; `about`: of a household
    how many, or which one.
    """

    row: Row
    id: Markup
    pick: str
    sign: Markup
    kind: Markup
    field: str
    about: Markup
    evidence: Markup
    days: Markup
    confidence: Markup
    people: bool
    is_lunar: bool


class RowParts:
    """In one language."""

    def __init__(self, speech: Speech, tongue: str) -> None:
        self._speech = speech
        self._tongue = tongue
        self._sign = cache(self._made_sign)
        self._option = lru_cache(MOST_AREAS)(self._made_option)
        self._evidence = lru_cache(MOST_NUMBERS)(self._made_evidence)
        self._confidence = lru_cache(MOST_NUMBERS)(self._made_confidence)

    def lines(
        self, rows: Sequence[Row], beside: Beside | None = None, left_out: Collection[str] = ()
    ) -> list[RowLine]:
        speech, found = self._speech, []
        has_assignee = "assignee" not in left_out
        for row in rows:
            lead = row.lead
            found.append(
                RowLine(
                    row,
                    escape(lead.discrepancy_id),
                    "" if beside is None else lead.pick,
                    self._sign(lead.status),
                    speech.say(words.TYPES[lead.type]),
                    self._field(row),
                    self._about(row),
                    self._evidence(tuple(lead.feeds), lead.evidence_count),
                    speech.count("%(num)s day", "%(num)s days", row.days),
                    self._confidence(lead.confidence),
                    beside is not None
                    and bool(
                        (has_assignee and lead.assignee)
                        or lead.reopened_night
                        or lead.discrepancy_id in beside.holders
                        or lead.discrepancy_id in beside.doors
                    ),
                    LUNAR in lead.reason.split(";"),
                )
            )
        return found

    def _field(self, row: Row) -> str:
        """Whose value is proposed."""
        name = HOUSEHOLD if row.lead.type == "wrong_household" else row.lead.field
        return words.field_name(name, self._tongue) if name and row.proposed_value else ""

    def _about(self, row: Row) -> Markup:
        lead, said = row.lead, self._speech.say
        if lead.type == "wrong_household" and not row.proposed_value:
            return said(words.N_("in a household of their own, not in %(number)s"), number=row.register_value)
        if lead.type == "duplicate_household":
            return escape(f"{lead.household_no or ''} ≈ {row.other_home or '?'}")
        if lead.type == "missing_household":
            return said(MEMBERS, number=members_of(lead))
        return escape(row.register_value) if lead.type == "shared_id_number" else Markup()

    def areas(self, areas: Sequence[tuple[str, str, int, bool]], chosen: str) -> Markup:
        """Code, name, rows, is a village → options; a county has some hundreds."""
        found = []
        for code, name, rows, is_village in areas:
            head, text = self._option(code, name, is_village)
            found.append(f"{head}{' selected' if code == chosen else ''}>{text} ({rows})</option>\n")
        return Markup("".join(found))

    @staticmethod
    def _made_option(code: str, name: str, is_village: bool) -> tuple[str, str]:
        return f'<option value="{escape(code)}"', f"{VILLAGE if is_village else ''}{escape(name)}"

    @staticmethod
    def probability(value: float) -> Markup:
        return Markup("&gt; 0.99") if value > MOST_SAID else Markup(f"{value:.2f}")

    def likelihood(self, value: float) -> Markup:
        return self._speech.say(words.CONFIDENCES[band_of(value)])

    def _made_confidence(self, value: float) -> Markup:
        return self.likelihood(value) + " " + self.probability(value)

    def _made_evidence(self, feeds: tuple[str, ...], rows: int) -> Markup:
        """Which departments, and on how many rows."""
        told = self._speech.count("%(num)s row", "%(num)s rows", rows)
        whose = dict.fromkeys(words.DEPARTMENTS[feed] for feed in feeds if feed in words.DEPARTMENTS)
        if not whose:
            return told
        named = self._speech.say(words.N_(", ")).join(self._speech.say(word) for word in whose)
        return _EVIDENCE.format(named, told)

    def _made_sign(self, status: str) -> Markup:
        sign, word = words.STATUSES[status]
        return _SIGN.format(status, sign, self._speech.say(word))

    def choices(self) -> dict[str, list[tuple[str, Any]]]:
        """Filter → its choices, in order and in words."""
        say = self._speech.say
        plain = {
            "type": words.TYPES,
            "priority": words.PRIORITIES,
            "age": words.AGES,
            "confidence": words.CONFIDENCES,
            "feed": words.FEEDS,
        }
        found = {name: [(code, say(word)) for code, word in of.items()] for name, of in plain.items()}
        statuses = [(code, Markup(sign) + " " + say(word)) for code, (sign, word) in words.STATUSES.items()]
        return {"status": statuses, **found}
