"""The words for codes: types, statuses, decisions, feeds. English here, Chinese in the catalogue; fields in both in `discrepancies.wording`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from discrepancies import candidates as types
from discrepancies.wording import FIELD_NAMES, LANGUAGES


def N_(message: str) -> str:
    """Marks a message for the catalogue; it is translated where it is shown."""
    return message


# What became of a birth that departments have told of (`completeness.funnel`).
BIRTH_STEPS: Final[Mapping[str, str]] = {
    "within_30_days": N_("within 30 days"),
    "later": N_("later"),
    "undated": N_("day not known"),
    "not_yet": N_("not yet on the register"),
}
TYPES: Final[Mapping[str, str]] = {
    types.UNREGISTERED_BIRTH: N_("Unregistered birth"),
    types.MISSING_PERSON: N_("Missing person"),
    types.MISSING_HOUSEHOLD: N_("Missing household"),
    types.POSSIBLE_LINK: N_("Possible link"),
    types.INCONSISTENT_FIELD: N_("Item differs"),
    types.MISSING_ITEM: N_("Item missing"),
    types.DUPLICATE_PERSON: N_("Possibly entered twice"),
    types.DECEASED_ACTIVE: N_("Death on record"),
    types.MOVED_OUT_ACTIVE: N_("Move out on record"),
    types.SHARED_ID_NUMBER: N_("Shared ID number"),
    types.WRONG_HOUSEHOLD: N_("Another household"),
    types.DUPLICATE_HOUSEHOLD: N_("Household entered twice"),
    types.SOURCE_CORRECTION: N_("Row to correct at source"),
    types.FEED_OVERDUE: N_("File overdue"),
}
# status → sign, word
STATUSES: Final[Mapping[str, tuple[str, str]]] = {
    "open": ("●", N_("needs checking")),
    "waiting": ("◐", N_("waiting")),
    "decided": ("✓", N_("decided")),
    "resolved": ("○", N_("resolved by itself")),
}
PRIORITIES: Final[Mapping[str, str]] = {
    "1": N_("1 urgent"),
    "2": N_("2 high"),
    "3": N_("3 normal"),
    "4": N_("4 low"),
}
AGES: Final[Mapping[str, str]] = {
    "week": N_("up to 7 days"),
    "month": N_("8 to 30 days"),
    "older": N_("over 30 days"),
}
CONFIDENCES: Final[Mapping[str, str]] = {
    "high": N_("very likely"),
    "middle": N_("likely"),
    "low": N_("unsure"),
}
DECISIONS: Final[Mapping[str, str]] = {
    "not_a_problem": N_("Not a problem"),
    "visit": N_("Visit asked for"),
    "to_department": N_("Back to the department"),
    "cannot_tell": N_("Cannot tell"),
    "same_person": N_("Same person"),
    "different_person": N_("Not the same person"),
    "undo": N_("Decision taken back"),
    "visited": N_("Asked at the door"),
    "not_met": N_("Nobody was there"),
    "propose": N_("Register change proposed"),
}
CHANGES: Final[Mapping[str, str]] = {
    "field": N_("Change of an item"),
    "merge": N_("Two rows become one"),
    "mark_dead": N_("Take off the register: died"),
    "mark_moved_out": N_("Take off the register: moved out"),
    "move_household": N_("Move to another household"),
    "new_household": N_("Move out into a household of their own"),
    "add_person": N_("Enter somebody new"),
    "add_household": N_("Enter a household"),
    "undo_merge": N_("Take a merge back"),
    "restore_person": N_("Put back on the register"),
    "remove_person": N_("Take a new entry back"),
}
# state of a register change → the status whose colour it has, sign, word
CHANGE_STATES: Final[Mapping[str, tuple[str, str, str]]] = {
    "proposed": ("waiting", "◐", N_("waits for approval")),
    "approved": ("waiting", "◑", N_("approved, not yet let go")),
    "applied": ("decided", "✓", N_("approved, goes out with the next file")),
    "exported": ("decided", "➔", N_("with the register's owner")),
    "acknowledged": ("decided", "●", N_("on the register")),
    "refused": ("wrong", "✕", N_("refused")),
    "withdrawn": ("resolved", "↶", N_("withdrawn")),
    "reverted": ("resolved", "↶", N_("reverted")),
    "superseded": ("resolved", "○", N_("overtaken by another change")),
}
CHANGE_ACTIONS: Final[Mapping[str, str]] = {
    "approve": N_("Approve"),
    "apply": N_("Let it go out"),
    "refuse": N_("Refuse"),
    "withdraw": N_("Withdraw my proposal"),
    "revert": N_("Revert it"),
    "undo": N_("Propose to take it back"),
}
# What the audit chain says of a discrepancy or of a register change that came from it.
EVENTS: Final[Mapping[str, str]] = {
    "discrepancy.view": N_("looked at it"),
    "discrepancy.decide": N_("decided"),
    "discrepancy.assign": N_("assigned it"),
    "discrepancy.note": N_("noted"),
    "discrepancy.take_over": N_("took it over"),
    "reveal": N_("saw it unmasked"),
    "reveal.ask": N_("asked to see it unmasked"),
    "reveal.grant": N_("let it be seen unmasked"),
    "joined": N_("turned out to be one person with"),
    "change.view": N_("looked at the register change"),
    "change.propose": N_("proposed a register change"),
    "change.approve": N_("approved the register change"),
    "change.refuse": N_("refused the register change"),
    "change.withdraw": N_("withdrew the register change"),
    "change.apply": N_("let the register change go out"),
    "change.revert": N_("reverted the register change"),
    "change.export": N_("sent the register change to the register's owner"),
    "change.acknowledge": N_("found the register changed"),
    "change.undo": N_("took the register change back by another"),
    "change.supersede": N_("overtook it by another register change"),
    "opened": N_("opened by the night"),
    "changed": N_("evidence changed"),
    "reopened": N_("opened again by the night"),
}
FEEDS: Final[Mapping[str, str]] = {
    "register": N_("Population register"),
    "hospital_births": N_("Hospital births"),
    "hospital_deaths": N_("Hospital deaths"),
    "police_births": N_("Police: births"),
    "police_residents": N_("Police: residents"),
    "police_moves": N_("Police: moves"),
    "police_floating": N_("Police: residence permits"),
    "school_enrolment": N_("Schools"),
    "civil_marriages": N_("Civil affairs: marriages"),
    "civil_adoptions": N_("Civil affairs: adoptions"),
    "survey_returns": N_("Survey returns"),
    "id_number": N_("the ID number itself"),
}
# feed → whose it is, for a row that has no room for more; of the register's own nothing is said
DEPARTMENTS: Final[Mapping[str, str]] = {
    "hospital_births": N_("hospital"),
    "hospital_deaths": N_("hospital"),
    "police_births": N_("police"),
    "police_residents": N_("police"),
    "police_moves": N_("police"),
    "police_floating": N_("police"),
    "school_enrolment": N_("school"),
    "civil_marriages": N_("civil affairs"),
    "civil_adoptions": N_("civil affairs"),
    "survey_returns": N_("survey"),
}
ROLES: Final[Mapping[str, str]] = {
    "clerk": N_("Village clerk"),
    "officer": N_("Township officer"),
    "steward": N_("County steward"),
    "contact": N_("Department contact"),
    "operator": N_("Operator"),
    "auditor": N_("Auditor"),
}
# Roles in which a row speaks of somebody.
MENTIONED: Final[Mapping[str, str]] = {
    "self": N_("the person"),
    "mother": N_("the mother"),
    "father": N_("the father"),
    "guardian1": N_("a guardian"),
    "guardian2": N_("a guardian"),
    "male": N_("the husband"),
    "female": N_("the wife"),
    "adopter1": N_("an adopter"),
    "adopter2": N_("an adopter"),
}
# What the night made of a department's row about a person.
LINKS: Final[Mapping[str, tuple[str, str]]] = {
    "confirmed": ("✓", N_("linked, as a person said")),
    "link": ("=", N_("linked")),
    "possible": ("≈", N_("possible link")),
}
NOT_LINKED: Final = ("–", N_("not linked"))
# What a person said of a row and somebody on the register.
ANSWERED: Final[Mapping[str, tuple[str, str]]] = {
    "confirmed": ("✓", DECISIONS["same_person"]),
    "rejected": ("✕", DECISIONS["different_person"]),
}


def linked(decision: str | None) -> tuple[str, str]:
    """Sign and word of what a night made of a row and somebody on the register."""
    return LINKS[decision] if decision is not None else NOT_LINKED


def mentioned(role: str) -> str:
    """Of whom a row speaks; a role without a word is one that no feed has."""
    return MENTIONED.get(role, role)


def happened(what: str, *, is_decision: bool) -> str:
    """One thing of a history: what a person decided, else what the audit chain or a night calls it."""
    if is_decision and what in DECISIONS and what != "propose":
        return DECISIONS[what]
    return EVENTS.get(what, what)


SIGNS: Final[Mapping[str, str]] = {
    "=": N_("same"),
    "≈": N_("same, written otherwise"),
    "≠": N_("differs"),
    "∅": N_("blank"),
}
# In which way what is written otherwise is the same (`matrix.LIKENESSES`).
LIKENESSES: Final[Mapping[str, str]] = {
    "spacing": N_("same but for spaces or widths"),
    "variant": N_("same, with a variant character"),
    "sound": N_("another character, the same sound"),
    "lunar": N_("the same day by the lunar calendar"),
    "fifteen": N_("the same number in 15 digits"),
}
PAIR_SIGNS: Final[Mapping[str, str]] = {
    "=": N_("on both"),
    "≈": N_("perhaps the same"),
    "+": N_("only the police"),
    "−": N_("only the register"),
}
# Of a household on a day and now.
THEN_SIGNS: Final[Mapping[str, str]] = {
    "=": N_("as before"),
    "≠": N_("something differs"),
    "+": N_("came since"),
    "−": N_("no longer there"),
}
# Fields of the matrix that `discrepancies.wording` has no name for, in Chinese and English like there.
_MORE_FIELDS: Final[Mapping[str, tuple[str, str]]] = {
    "household_no": ("户编码", "household number"),
    "head_name": ("户主姓名", "head of household"),
    "relation_to_head": ("与户主关系", "relation to head"),
    "education": ("文化程度", "education"),
    "occupation": ("职业", "occupation"),
    "area_code": ("区划代码", "area code"),
    "change": ("变更方式", "what is to be done"),
    "person_no": ("人口编号", "person number"),
    "birth_time": ("出生时间", "time of birth"),
    "plurality_rank": ("胎次序号", "order among twins"),
    "certificate_no": ("出生医学证明编号", "birth certificate number"),
    "facility": ("助产机构", "place of delivery"),
    "student_no": ("学籍号", "student number"),
    "school": ("学校", "school"),
    "grade": ("年级", "grade"),
    "class": ("班级", "class"),
    "enrolled_on": ("入学年月", "enrolled in"),
    "event_type": ("业务类型", "kind of event"),
    "event_date": ("登记日期", "date of the event"),
    "from_address": ("迁出地", "moved from"),
    "to_address": ("迁入地", "moved to"),
    "cert_serial": ("证书字号", "certificate serial"),
    "case_no": ("核查编号", "case number"),
    "outcome": ("核查结果", "outcome"),
    "surveyed_on": ("核查日期", "date of visit"),
    "surveyor": ("核查人", "visited by"),
    "remark": ("备注", "remark"),
    **{
        f"{whose}_{part}": (f"{zh}{part_zh}", f"{en} {part_en}")
        for whose, zh, en in (
            ("male", "男方", "husband's"),
            ("female", "女方", "wife's"),
            ("adopter1", "收养人1", "first adopter's"),
            ("adopter2", "收养人2", "second adopter's"),
            ("guardian1", "监护人1", "first guardian's"),
            ("guardian2", "监护人2", "second guardian's"),
        )
        for part, part_zh, part_en in (
            ("name", "姓名", "name"),
            ("id", "身份证号", "ID number"),
            ("birth_date", "出生日期", "date of birth"),
            ("phone", "联系电话", "phone"),
            ("relation", "与本人关系", "relation"),
        )
    },
}


# Who is never named, not even by the number: the user has no page of them.
OUTSIDE: Final = N_("a person outside your area")


def field_name(field: str | None, language: str) -> str:
    names = FIELD_NAMES.get(field or "") or _MORE_FIELDS.get(field or "")
    return (field or "") if names is None else names[LANGUAGES.index(language)]
