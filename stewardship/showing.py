"""What the page of a discrepancy shows, put together in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from discrepancies.candidates import DUPLICATE_HOUSEHOLD, FEED_OVERDUE, POSSIBLE_LINK, UNREGISTERED_BIRTH
from discrepancies.periods import LEGAL_PERIODS
from register.change_plans import suggested
from register.current import ever_seen
from register.reveals import Leave
from register.work import UnitOfWork
from stewardship import outlook, reason_words, versions
from stewardship.decisions import Kind, can_undo, kinds_for
from stewardship.doubles import Double, doubles
from stewardship.foreseen import Foreseen, foreseen
from stewardship.homes import Strip, residents_of, strips
from stewardship.language import translations
from stewardship.leads import (
    MOST_LOOKS,
    NEWCOMERS,
    OF_NOBODY,
    Evidence,
    Happened,
    History,
    Lead,
    Standing,
    Waiting,
    evidence_of,
    history_of,
    standing,
)
from stewardship.masking import may_be_child
from stewardship.matrix import Line, Values, lines
from stewardship.nearest import Nearest, nearest
from stewardship.people import register_values, said_values
from stewardship.places import Places, read_places
from stewardship.queue import Queue
from stewardship.reason_words import sentence_of
from stewardship.sentences import Facts, Who, facts_of, is_unseen, question, value_field
from stewardship.sources import Place
from stewardship.versions import Told
from stewardship.visits import DECIDING_ROLES, PROPOSING_ROLES, House, Visitor
from stewardship.waterfalls import MOST_SHOWN, Waterfall, runners_up, waterfalls

MOST_COLUMNS: Final = 6
TO_DO: Final = ("open", "waiting")
OF_SEVERAL: Final = frozenset({"missing_household"})
# Of which a person has to say more before a change can be proposed (`stewardship.proposing`).
BY_FORM: Final = frozenset(
    {"missing_household", "shared_id_number", "duplicate_household", "wrong_household"}
)


@dataclass(frozen=True)
class Column:
    """What stands over a column of the matrix; `feed` is `register` for the register's own rows."""

    feed: str
    unit: str
    file: str
    sheet: str
    row: int
    arrival: date | None
    role: str


@dataclass(frozen=True)
class Shown:
    """A discrepancy with all that belongs to it, masked.

    `hint`: the sentence of its type, what is to be kept in mind. `why_proposed`: of the reason what speaks for the proposed value. `unlisted`: how many rows that say something have no column.
    `is_other_unseen`: of two persons one is registered outside the user's area. `unseen`: who has no page for this user. `versions`: by number, what the versions of the evidence said.
    `runners_up`: of the waterfalls that are shown, by number, whom the user may see. `accounts`: whom the history and the waiting change name,
    and who asks for leave. `period_over`: of a birth, for how many days the period to register it is over.
    """

    lead: Lead
    sentence: str
    hint: str
    place: str
    days: int
    period_over: int | None
    reasons: list[tuple[str, str]]
    why: list[str]
    why_proposed: list[str]
    columns: list[Column]
    unlisted: int
    is_other_unseen: bool
    unseen: frozenset[str]
    lines: list[Line]
    evidence: Sequence[Evidence]
    history: list[Happened]
    versions: Mapping[int, Told]
    successor: str | None
    accounts: frozenset[str]
    kinds: list[Kind]
    can_decide: bool
    can_propose: bool
    can_undo: bool
    change: Waiting | None
    lifted_until: datetime | None
    asked: list[Leave]
    foreseen: Foreseen | None
    strips: list[Strip]
    doubles: list[Double]
    nearest: Nearest | None
    waterfalls: list[Waterfall]
    runners_up: Mapping[str, Who]
    why_not_weighed: str
    would_change: str
    otherwise: str

    @property
    def first_waterfalls(self) -> list[Waterfall]:
        """Those that the page shows, the most telling."""
        return self.waterfalls[:MOST_SHOWN]

    @property
    def waterfalls_left_out(self) -> int:
        """How many weigh less than those that are shown."""
        return len(self.waterfalls) - len(self.first_waterfalls)

    @property
    def has_more_looks(self) -> bool:
        """Whether the history may leave out that somebody looked at it."""
        return sum(one.what.endswith(".view") for one in self.history) >= MOST_LOOKS


def show(
    work: UnitOfWork,
    here: House,
    visitor: Visitor,
    lead: Lead,
    today: date,
    *,
    may_lift: bool = True,
    places: Places | None = None,
    is_whole: bool = True,
) -> Shown:
    """Everything the role may see, unmasked only where leave stands and `may_lift`; not `is_whole`: without history, households, waterfalls, and who asks for leave."""
    is_local = visitor.role in DECIDING_ROLES
    is_whole = is_whole and is_local
    said = translations(visitor.language).gettext
    places = places or read_places(work.connection)
    now = here.now()
    stands = standing(work.connection, lead.discrepancy_id, visitor.user_id, now) if is_local else Standing()
    lifted, change, night = stands.lifted_until if may_lift else None, stands.change, stands.night
    evidence = evidence_of(work.connection, lead.discrepancy_id, is_local=is_local)
    columns, values, unlisted = _columns(work, here, lead, evidence, places, is_local=is_local)
    known = {
        column.unit: dict(one) for column, one in zip(columns, values) if column.feed == "register" and one
    }
    history = history_of(work.connection, lead.discrepancy_id) if is_whole else History([], {}, None)
    accounts = {name for one in history.happened for name in (one.actor, one.to) if name}
    is_child = _is_child(lead, values, today)
    # Who belongs to a missing household is masked by what their own row says, as the strip beside it has it.
    children = (
        [may_be_child(one.get("birth_date"), today) for one in values] if lead.type in OF_SEVERAL else []
    )
    facts = (
        _facts(
            lead,
            columns,
            values,
            is_child=children[0] if children else is_child,
            is_lifted=lifted is not None,
        )
        if is_local
        else Facts()
    )
    hint = sentence_of(lead, visitor.language, places)
    members = residents_of(work.connection, lead, facts.other_home) if is_whole else {}
    weighed = waterfalls(here.prepared, lead, evidence, night) if is_whole else []
    asked = [
        leave
        for leave in (work.reveals.waiting(now) if is_whole and visitor.role in PROPOSING_ROLES else [])
        if (leave.subject_kind, leave.subject_id) == ("discrepancy", lead.discrepancy_id)
    ]
    accounts |= {leave.user_id for leave in asked} | ({change.proposed_by} if change else set())
    is_open_to_all = lead.status != "resolved" and is_local
    return Shown(
        lead=lead,
        sentence=question(lead, facts, visitor.language) or hint,
        hint=hint,
        place=places.named(lead.area_code),
        days=lead.days(today),
        period_over=period_over(lead, values, today),
        reasons=lead.reasons,
        why=reason_words.told(lead.reason, said, visitor.language),
        why_proposed=reason_words.told(lead.reason, said, visitor.language, reason_words.OF_VALUE),
        columns=columns,
        unlisted=unlisted,
        is_other_unseen=is_local and is_unseen(lead, has_other=known.keys() >= set(lead.persons)),
        unseen=_unseen(work, lead, evidence, known) if is_local else frozenset(),
        lines=lines(
            values,
            proposed=proposed_of(lead),
            is_child=is_child,
            is_lifted=lifted is not None,
            is_one_person=lead.type not in OF_SEVERAL,
            children=children,
        ),
        evidence=evidence,
        history=history.happened,
        versions=versions.told(
            history.versions, field_of(lead), is_child=is_child, is_lifted=lifted is not None
        ),
        successor=history.successor,
        accounts=frozenset(accounts),
        kinds=kinds_for(lead),
        can_decide=is_open_to_all and change is None,
        can_propose=is_open_to_all
        and change is None
        and lead.status != "decided"
        and visitor.role in PROPOSING_ROLES
        and (lead.type in NEWCOMERS or suggested_for(lead) is not None or is_by_form(lead)),
        can_undo=is_local and can_undo(lead, visitor.user_id, change, stands.last),
        change=change,
        lifted_until=lifted,
        asked=asked,
        foreseen=foreseen(
            suggested_for(lead),
            known,
            members,
            today,
            places,
            is_lifted=lifted is not None,
        )
        if is_whole and change is None and lead.status in TO_DO
        else None,
        strips=strips(
            work.connection, members, here.prepared, here.sources, lead, evidence, places, today, night
        )
        if is_whole
        else [],
        doubles=doubles(Queue(work.connection, visitor.role, places, today), members, today)
        if is_whole and lead.type == DUPLICATE_HOUSEHOLD
        else [],
        nearest=nearest(work.connection, here.prepared, lead, evidence, today, night) if is_whole else None,
        waterfalls=weighed,
        runners_up=runners_up(work.connection, weighed[:MOST_SHOWN], today),
        why_not_weighed=outlook.why_not_weighed(lead) if is_whole else "",
        would_change=outlook.would_change(lead) if is_whole and lead.status in TO_DO else "",
        otherwise=outlook.otherwise(lead),
    )


def _facts(
    lead: Lead, columns: Sequence[Column], values: Sequence[Values], *, is_child: bool, is_lifted: bool
) -> Facts:
    """What its sentence speaks of: whom the register has, else whom the most trusted row tells of."""
    own = [one for column, one in zip(columns, values) if column.feed == "register" and one]
    told = next((one for column, one in zip(columns, values) if column.feed != "register"), {})
    if lead.type in OF_NOBODY:
        told = {}
    first, second = own[0] if own else told, own[1] if len(own) > 1 else None
    if lead.type == POSSIBLE_LINK and told:
        first, second = told, own[0] if own else None
    other_home = (second or {}).get("household_no") or ""  # of a possible link the candidate's
    return facts_of(lead, first, second, other_home, is_child=is_child, is_lifted=is_lifted)[0]


def period_over(lead: Lead, values: Sequence[Values], today: date) -> int | None:
    """Days since the end of the period that the regulations leave for registering a birth; None of anything else, and where rows do not agree on the day."""
    born = {one["birth_date"] for one in values if one.get("birth_date")}
    if lead.type != "unregistered_birth" or lead.status not in TO_DO or len(born) != 1:
        return None
    try:
        over = (today - date.fromisoformat(born.pop() or "")).days - LEGAL_PERIODS["birth"][0]
    except ValueError:  # a year alone
        return None
    return over if over > 0 else None


def suggested_for(lead: Lead) -> Any:
    """The register change that the discrepancy speaks of."""
    return suggested(lead.type, lead.person_no, lead.person_no_2, lead.field, lead.proposed_value)


def is_by_form(lead: Lead) -> bool:
    """Whether a form asks what the discrepancy does not say by itself."""
    return lead.type in BY_FORM and suggested_for(lead) is None


def proposed_of(lead: Lead) -> tuple[str, str] | None:
    field = field_of(lead)
    return None if field is None or lead.proposed_value is None else (field, lead.proposed_value)


def field_of(lead: Lead) -> str | None:
    """Of which item its values are."""
    return None if lead.type == FEED_OVERDUE else value_field(lead)


def _columns(
    work: UnitOfWork,
    here: House,
    lead: Lead,
    evidence: Sequence[Evidence],
    places: Places,
    *,
    is_local: bool,
) -> tuple[list[Column], list[Values], int]:
    """The register's rows first (of two persons those whom the user may see), then what departments say, most trusted by the rules in force
    first; each content once. And how many of those have no column.
    """
    columns: list[Column] = []
    values: list[Values] = []
    if is_local and lead.type not in OF_SEVERAL:
        known = register_values(work.connection, lead.persons, places)
        has_one = len(known) == 1 or lead.type in (*OF_NOBODY, POSSIBLE_LINK)
        shown = known if has_one else lead.persons or ("",)
        for number in shown:
            columns.append(Column("register", number, "", "", 0, None, "self"))
            values.append(known.get(number, {}))
    spoken: dict[tuple[str, str, str], tuple[Place, Evidence]] = {}
    for r in evidence:
        if r.feed != "register" and r.night is not None:
            place = Place(r.night, r.feed, r.file, r.sheet, r.row, r.role)
            spoken.setdefault((r.feed, r.unit, r.content_key), (place, r))
    by_place = dict(spoken.values())
    said = here.sources.said(by_place)
    trust = here.trust
    field = lead.field if lead.field is not None and lead.field in trust.table else "name"
    order = sorted(said, key=lambda place: (-trust.of(field, place.feed), place.feed, place.file))
    for place in order[:MOST_COLUMNS]:
        row = by_place[place]
        columns.append(
            Column(place.feed, row.unit, place.file, place.sheet, place.row, row.arrival, place.role)
        )
        values.append(said_values(said[place], places))
    return columns, values, len(order[MOST_COLUMNS:])


def _unseen(
    work: UnitOfWork, lead: Lead, evidence: Sequence[Evidence], known: Collection[str]
) -> frozenset[str]:
    """Of whom it or its rows tell, those of whom the user has no page: registered elsewhere throughout. `known`: who is on the register."""
    told = {*lead.persons, *(row.person_no for row in evidence if row.person_no)}.difference(known)
    return frozenset(told).difference(ever_seen(work.connection, told))


def _is_child(lead: Lead, values: Sequence[Values], today: date) -> bool:
    """Whether the one it is about is, or may be, a child."""
    if lead.type == UNREGISTERED_BIRTH or not any(values):
        return True
    return any(may_be_child(value.get("birth_date"), today) for value in values if value)
