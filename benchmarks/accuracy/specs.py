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


def febrl(*, has_number: bool) -> LinkSpec:
    """FEBRL's fourth set: 5,000 persons, each once in both tables."""
    names = [
        compare.latin_name("given_name", swapped="surname"),
        compare.latin_name("surname", swapped="given_name", is_counted=False),
        compare.birth_date("date_of_birth"),
        compare.street("street_number", "address_1"),
        *(compare.string(c, [0.9, 0.7], term_frequency=c == "suburb") for c in ("address_2", "suburb")),
        compare.string("postcode", [1, 2], distance="levenshtein", term_frequency=True),
        compare.exact("state", u=0.3),
    ]
    columns = ("given_name", "surname", "date_of_birth", "postcode", "suburb", "address_1", "address_2")
    rules = [block_on("given_name", "surname"), *map(block_on, columns), block_on("street_number", "state")]
    rules += [block_on("first_sound", "year"), block_on("last_sound", "year"), block_on("month", "day")]
    if has_number:
        names.append(compare.string("soc_sec_id", [1, 2], distance="levenshtein"))
        rules.append(block_on("soc_sec_id"))
    return LinkSpec(rules, names, one_to_one="both")


def historical() -> LinkSpec:
    """Persons of history, several times each with errors; to be deduplicated."""
    rules = [
        block_on("first_name", "surname"),
        block_on("surname", "dob"),
        block_on("first_name", "dob"),
        block_on("postcode_fake", "first_name"),
        block_on("postcode_fake", "surname"),
        block_on("dob", "postcode_fake"),
        block_on("postcode_fake", "year"),
        block_on("dob", "birth_place"),
        block_on("surname", "birth_place", "year"),
        block_on("first_sound", "last_sound", "year"),
        block_on("full_name"),
        block_on("postcode_fake"),
        block_on("dob"),
        *(block_on(name, "year") for name in ("surname", "first_name")),
        block_on("surname", "birth_place"),
        block_on("first_sound", "birth_place"),
        block_on("last_sound", "postcode_fake"),
    ]
    return LinkSpec(
        rules,
        [
            compare.latin_name("first_name", swapped="surname"),
            compare.latin_name("surname", swapped="first_name", is_counted=False),
            compare.birth_date("dob", term_frequency=True),
            compare.string("postcode_fake", [1, 2], distance="levenshtein", term_frequency=True),
            compare.string("birth_place", [0.9], term_frequency=True),
            compare.exact("occupation", term_frequency=True),
            compare.exact("gender", u=0.7),
        ],
    )
