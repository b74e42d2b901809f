"""One specification per set: what a user who knows the columns, and not the truth, would write."""

from __future__ import annotations

from linkage import LinkSpec, block_on, compare


def population(*, has_birth_date: bool) -> LinkSpec:
    """Persons of the simulated United States against its census."""
    names = [
        compare.latin_name("first_name", swapped="last_name"),
        compare.latin_name("last_name", swapped="first_name", is_counted=False),
        compare.exact("middle_initial"),
    ]
    place = compare.street("street_number", "street_name", "unit_number")
    rules = [block_on("first_name", "last_name"), block_on("street_number", "street_name")]
    rules += [block_on(name, "street_name") for name in ("first_name", "last_name")]
    rules += [block_on("first_sound", "last_sound"), block_on("last_name", "first_initial", "middle_initial")]
    rules += [block_on("first_name", "last_initial", "middle_initial")]
    if not has_birth_date:
        return LinkSpec(rules, [*names, place], household="household_no", strata="role")
    rules.append(block_on("birth_date"))
    for name in ("first_name", "last_name"):
        rules += [block_on(name, *parts) for parts in (("year", "month"), ("year", "day"), ("month", "day"))]
    more = [
        compare.birth_date("birth_date"),
        compare.exact("sex", u=0.5),
        compare.exact("race_ethnicity", u=0.4),
    ]
    return LinkSpec(rules, [*names, *more, place], household="household_no", strata="is_after_snapshot")
