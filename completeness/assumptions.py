"""What an estimate takes for granted, and what breaks it here. Every row names the codes it rests on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Assumption:
    """`holds_when`, what violates it here, and which way completeness is then wrong."""

    holds_when: str
    violated_by: str
    effect: str


ASSUMPTIONS: dict[str, Assumption] = {
    "register_independent": Assumption(
        "a child's chance to be on the register does not depend on whether the hospital or the police have it",
        "a register kept from police entries, or corrected from these very discrepancies; parents who register nowhere",
        "completeness is overstated",
    ),
    "no_three_way": Assumption(
        "any two lists may depend on each other, but not all three at once in a way that two do not show",
        "births at home that none of the three hears of; a hospital's certificate feeds police registration, and that the register",
        "completeness is overstated",
    ),
    "homogeneous": Assumption(
        "within a township, sex and quarter every child has the same chance on at least one of the two sides",
        "births outside the county, floating families, births of the quarter's last weeks",
        "completeness is overstated when the same children are hard to catch for both",
    ),
    "closed": Assumption(
        "the children born then and belonging here are the same for every list",
        "moves in after birth, moves out and deaths that no feed has told yet",
        "completeness is understated",
    ),
    "links_known": Assumption(
        "the rates of false and missed links, told from match probabilities, are right within a factor of 1.5",
        "a model that is badly calibrated for newborns without name and number",
        "completeness is understated by missed links and overstated by false ones",
    ),
    "no_strangers": Assumption(
        "every record is a real child of the county",
        "hospital births of visitors whose address is blank; fictitious or duplicate entries not recognised",
        "completeness is understated",
    ),
}
_COMMON = ("closed", "links_known", "no_strangers")
DUAL_SYSTEM = ";".join(sorted(("register_independent", "homogeneous", *_COMMON)))
LOGLINEAR = ";".join(sorted(("no_three_way", "homogeneous", *_COMMON)))
