"""Every number of the fictional county and of its noise, with where it comes from.

[S] published (DOMAIN.md section 4), [A] assumed: no published keying-error rate per department exists, so
these are defaults to be varied (`NoiseSettings.scaled`), not findings.
"""

from dataclasses import dataclass, field, replace
from datetime import date


@dataclass(frozen=True)
class SimulationSettings:
    """The county: its people, the rhythm of their lives, the state of its register."""

    start: date = date(2026, 1, 1)  # first night; the baseline register shows the day before
    backlog_months: int = 3  # event files of so many earlier months come with the baseline [A]
    register_every_months: int = 3  # a fresh full register snapshot [A]
    register_weekly: str = ""  # between them: `changes` every week, or `lists` that show the same; nothing

    births_per_1000: float = 5.6  # [S]
    deaths_per_1000: float = 8.0  # [S]
    marriages_per_1000: float = 4.8  # [S]
    divorces_per_1000: float = 1.95  # [S]
    adoptions_per_1000: float = 0.1  # [A] about twenty times life, so that small counties have some
    sex_ratio_at_birth: float = 111.0  # [S]
    twin_share: float = 0.019  # [S] of births
    registration_shape: float = 0.55  # [S] Weibull k
    registration_scale_months: float = 1.45  # [S]
    floating_in_share: float = 0.13  # living here, hukou elsewhere [S 27 % with the next]
    floating_within_share: float = 0.12  # hukou in another village or township
    away_share: float = 0.09  # hukou here, living outside the county [S 36 % away from hukou in all]
    births_outside_share: float = 0.25  # [A] 20–30 % of residents' births are in hospitals of other counties
    visitor_birth_share: float = 0.06  # [A] births here to women with no tie to the county
    hospital_death_share: float = 0.55  # [A] the others die at home and only the police hear of it
    moves_in_per_1000: float = 3.0  # hukou moves from outside, persons a year [A]
    moves_out_per_1000: float = 4.0
    moves_within_per_1000: float = 5.0
    floating_churn_per_month: float = 0.02  # of those floating in [A]
    splits_per_1000_households: float = 4.0  # [A]

    police_coverage: float = 0.99  # of hukou people [A]
    floating_coverage: float = 0.85  # of people living away from the hukou place [A]
    guardian_id_share: float = 0.8  # of guardians named in school lists [A]
    police_marital_lag_share: float = 0.15  # of changes the police hear of a year late [A]

    missing_newborns: float = 0.45  # under 3 months, at the baseline register [A]
    missing_infants: float = 0.15  # 3–12 months
    missing_children: float = 0.015  # 1–6 years
    missing_adults: float = 0.004
    missing_floating: float = 0.05
    missing_households: float = 0.004
    duplicate_share: float = 0.0022  # [S]
    duplicate_household_share: float = 0.0003  # [A] of households
    dead_share: float = 0.0015  # [S] dead and not cancelled, in all
    wrong_item_share: float = 0.008  # [S] of persons
    shared_id_share: float = 0.0004  # [A]
    stale_marital_share: float = 0.006  # [A] of adults
    stale_residence_share: float = 0.03  # [A] of people living away from the hukou place
    stale_hukou_share: float = 0.003  # [A]
    blank_items: tuple[tuple[str, float], ...] = (  # [A] per cell
        ("name", 0.0003),
        ("id_number", 0.006),
        ("sex", 0.002),
        ("ethnicity", 0.006),
        ("birth_date", 0.002),
        ("marital_status", 0.006),
        ("hukou_address", 0.003),
        ("residence_address", 0.006),
        ("phone", 0.08),
        ("mother_name", 0.01),
        ("mother_id", 0.03),
        ("father_name", 0.01),
        ("father_id", 0.03),
        ("former_name", 0.3),
    )
    catch_up_events: float = (
        0.65  # of a quarter's births, deaths, moves that the register learns by itself [A]
    )
    catch_up_stock: float = 0.2  # of its older defects [A]


@dataclass(frozen=True)
class CellRates:
    """Share of cells hit, per field family, before the clerk's factor."""

    name: float
    id_number: float
    date: float
    sex: float
    address: float
    phone: float
    other: float
    blank: float
    shape: float  # spaces, widths, quotes, dots: looks only
    swap: float  # parents, spouses, mother's number in the child's column


ELECTRONIC = CellRates(
    0.001, 0.0003, 0.0003, 0.0002, 0.0005, 0.002, 0.0005, 0.001, 0.002, 0.0002
)  # [A] card readers
TYPED = CellRates(0.012, 0.010, 0.010, 0.003, 0.006, 0.010, 0.004, 0.015, 0.02, 0.004)  # [A]
CIVIL = CellRates(
    0.004, 0.003, 0.003, 0.001, 0.003, 0.004, 0.001, 0.003, 0.006, 0.004
)  # [A] from papers shown

LOOKS = CellRates(0, 0, 0, 0, 0, 0, 0, 0, 0.003, 0)


def default_cell_rates() -> dict[str, CellRates]:
    """Feed → rates. The police base is electronic, clinics, schools and floating desks type by hand."""
    return {
        "register": LOOKS,  # its wrong and blank items are its own state (`defects.py`)
        "police_residents": ELECTRONIC,
        "police_births": ELECTRONIC,
        "police_moves": ELECTRONIC,
        "police_floating": TYPED,
        "hospital_births": TYPED,
        "hospital_deaths": TYPED,
        "school_enrolment": TYPED,
        "civil_marriages": CIVIL,
        "civil_adoptions": CIVIL,
    }


@dataclass(frozen=True)
class NoiseSettings:
    """How departments write what they know. Errors come in bursts: clerks differ by a lognormal factor."""

    cells: dict[str, CellRates] = field(default_factory=default_cell_rates)
    clerk_spread: float = 0.7  # sigma of the clerk's factor [A]
    placeholder_share: float = 0.35  # newborns without a name in the hospital's list [A]
    blank_newborn_share: float = 0.1  # [A]
    lunar_share_of_date_errors: float = 0.25  # [A]
    old_area_share: float = 0.25  # rows that keep the name or code before a renumbering [A]
    excel_loss_file: float = 0.01  # spreadsheets whose whole ID column became numbers [A]
    identical_copy: float = 0.03  # files handed over twice [A]
    correction: float = 0.03  # files handed over again, corrected [A]
    truncated: float = 0.006  # cut off in transfer, sent again [A]
    misplaced: float = 0.006  # put into another feed's folder [A]
    empty_table: float = 0.2  # months without events handed over as a header alone [A]
    rare_lost: float = 0.3  # rare characters that a typing desk's computer cannot write [A]
    late: float = 0.03  # three weeks late [A]

    def scaled(self, factor: float) -> "NoiseSettings":
        """The same county with `factor` times the noise of cells and files."""

        def times(rates: CellRates) -> CellRates:
            return CellRates(*(min(0.5, value * factor) for value in vars(rates).values()))

        files = ("excel_loss_file", "identical_copy", "correction", "truncated", "misplaced", "late")
        return replace(
            self,
            cells={feed: times(rates) for feed, rates in self.cells.items()},
            placeholder_share=min(0.9, self.placeholder_share * factor),
            blank_newborn_share=min(0.5, self.blank_newborn_share * factor),
            old_area_share=min(0.9, self.old_area_share * factor),
            **{name: min(0.5, getattr(self, name) * factor) for name in files},
        )
