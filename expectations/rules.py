"""What good data is, as a table that a reader can scan.

One `Rule` is one expectation on one feed, and becomes one asset check. The shares are what a county's files reach in an
ordinary month [assumed; make them the county's own once a year of nights is known]: a rule that fails says "look at this
office's files", it never changes a row. What stops a feed is not here: rows that do not add up are the receipts' affair.

Kinds: `present` (share of rows with a value), `matches` (regular expression, of the values present), `within` (range of days
relative to the night, of the values present), `one_of` (allowed codes), `once` (no value twice), `rows` (rows of a delivery against the
same unit's last period), `fresh` (days between the end of the period and the arrival).
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["present", "matches", "within", "one_of", "once", "rows", "fresh"]

ID_NUMBER = r"^\d{17}[\dX]$"
PHONE = r"^(?:1\d{10}|0\d{9,11}|\d{7,8})$"
CERTIFICATE = r"^[A-Z]\d{9}$"
LONGEST_LIFE_DAYS = 45_000  # 123 years
RECENT_DAYS = 1_100  # events are handed over within three years, or somebody mistyped the year


@dataclass(frozen=True)
class Rule:
    """One expectation: `feed`.`column` must satisfy `kind` for at least the share `mostly` of rows."""

    feed: str
    column: str
    kind: Kind
    mostly: float = 1.0
    pattern: str | None = None
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def name(self) -> str:
        """The asset check's name: `police_births__id_number__present`."""
        return f"{self.feed}__{self.column}__{self.kind}"


def present(feed: str, column: str, mostly: float) -> Rule:
    return Rule(feed, column, "present", mostly)


def id_number(feed: str, column: str = "id_number", mostly: float = 0.97) -> tuple[Rule, ...]:
    """The number is well formed; whether its check digit holds is `…__state`."""
    return (
        Rule(feed, column, "matches", mostly, pattern=ID_NUMBER),
        Rule(feed, f"{column}__state", "one_of", mostly, values=("valid", "other")),
    )


def life(feed: str, column: str = "birth_date", mostly: float = 0.995) -> Rule:
    return Rule(feed, column, "within", mostly, low=-LONGEST_LIFE_DAYS, high=0)


def recent(feed: str, column: str = "event_date", mostly: float = 0.98) -> Rule:
    return Rule(feed, column, "within", mostly, low=-RECENT_DAYS, high=0)


def one_of(feed: str, column: str, *values: str, mostly: float = 0.98) -> Rule:
    return Rule(feed, column, "one_of", mostly, values=values)


def arrives(feed: str, low: float, high: float, late_days: int) -> tuple[Rule, ...]:
    """How much a unit's rows may change from one period to the next, and how late they may come."""
    return (
        Rule(feed, "rows", "rows", low=low, high=high),
        Rule(feed, "arrival", "fresh", high=late_days),
    )


_SEX = ("男", "女")

RULES: tuple[Rule, ...] = (
    present("register", "name", 0.99),
    present("register", "id_number", 0.95),
    *id_number("register"),
    present("register", "birth_date", 0.97),
    life("register"),
    one_of("register", "sex", *_SEX),
    present("register", "household_no", 0.999),
    present("register", "area_code", 0.97),
    Rule("register", "phone", "matches", 0.97, pattern=PHONE),
    Rule("register", "person_no", "once", 0.999),
    # snapshots of the police stations
    present("police_residents", "name", 0.99),
    present("police_residents", "id_number", 0.95),
    *id_number("police_residents"),
    life("police_residents"),
    one_of("police_residents", "sex", *_SEX),
    present("police_residents", "household_no", 0.99),
    *arrives("police_residents", 0.7, 1.4, 20),
    present("police_floating", "name", 0.99),
    present("police_floating", "id_number", 0.9),
    *id_number("police_floating"),
    life("police_floating"),
    *arrives("police_floating", 0.4, 2.5, 20),
    # events of the police stations
    present("police_births", "name", 0.9),
    present("police_births", "mother_id", 0.8),
    present("police_births", "birth_date", 0.97),
    life("police_births"),
    recent("police_births"),
    one_of("police_births", "sex", *_SEX),
    *arrives("police_births", 0.0, 6.0, 30),
    one_of("police_moves", "event_type", "迁入", "迁出", "死亡注销"),
    present("police_moves", "name", 0.99),
    present("police_moves", "event_date", 0.97),
    recent("police_moves"),
    *arrives("police_moves", 0.0, 6.0, 30),
    # hospitals
    present("hospital_births", "birth_date", 0.97),
    recent("hospital_births", "birth_date"),
    present("hospital_births", "mother_name", 0.97),
    present("hospital_births", "mother_id", 0.8),
    *id_number("hospital_births", "mother_id", 0.95),
    Rule("hospital_births", "certificate_no", "matches", 0.97, pattern=CERTIFICATE),
    one_of("hospital_births", "sex", *_SEX),
    *arrives("hospital_births", 0.0, 6.0, 30),
    present("hospital_deaths", "name", 0.97),
    present("hospital_deaths", "event_date", 0.97),
    recent("hospital_deaths"),
    *arrives("hospital_deaths", 0.0, 6.0, 30),
    # schools
    present("school_enrolment", "name", 0.99),
    present("school_enrolment", "id_number", 0.85),
    *id_number("school_enrolment", mostly=0.95),
    present("school_enrolment", "birth_date", 0.97),
    life("school_enrolment"),
    present("school_enrolment", "guardian1_name", 0.85),
    *arrives("school_enrolment", 0.6, 1.7, 120),
    # civil affairs
    one_of("civil_marriages", "event_type", "结婚", "离婚"),
    present("civil_marriages", "male_name", 0.97),
    present("civil_marriages", "female_name", 0.97),
    *id_number("civil_marriages", "male_id"),
    *id_number("civil_marriages", "female_id"),
    recent("civil_marriages"),
    *arrives("civil_marriages", 0.0, 6.0, 30),
    present("civil_adoptions", "name", 0.9),
    present("civil_adoptions", "adopter1_name", 0.9),
    *arrives("civil_adoptions", 0.0, 10.0, 60),
    # village clerks
    present("survey_returns", "outcome", 0.95),
    present("survey_returns", "surveyed_on", 0.9),
)


def rules_of(feed: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in RULES if rule.feed == feed)
