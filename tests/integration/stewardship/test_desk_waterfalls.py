"""Why a row is believed to be somebody: the night's own numbers, and nothing of whom the user may not see."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from desk_clients import Browser, discrepancy_of

from linkage.county.duplicates import AT_HOME
from linkage.county.evidence import FIELDS
from linkage.county.explaining import PRIOR, RELATIVES
from linkage.county.first_pass import NAMESAKES
from register.database import Database
from register.work import unit_of_work
from stewardship.prepared import NothingPrepared, Reason, Weighed
from stewardship.waterfall_words import LEVELS, TERMS

BEST = (Reason("prior", "", -14.25), Reason("name", "exact", 11.5), Reason("birth_date", "one part off", 3.5))


class Weights(NothingPrepared):
    """What a night weighed."""

    def __init__(self, *weighed: Weighed) -> None:
        self.all = weighed

    def weighed(self, night: date, subjects: Collection[str]) -> Sequence[Weighed]:
        return [one for one in self.all if one.subject in subjects]


def weights(county: Database, id_: str) -> Weights:
    """Of the discrepancy's row: the person n1, and the runner-up s1 of another township."""
    with county.read() as connection:
        query = sa.text("SELECT content_key FROM evidence WHERE discrepancy_id = :id")
        key = str(connection.scalar(query, {"id": id_}))
    second = (Reason("prior", "", -14.25), Reason("name", "other", 2.0))
    return Weights(
        Weighed("link", key, "n1", 1, False, 31, BEST), Weighed("link", key, "s1", 2, False, 31, second)
    )


@pytest.fixture
def lead(county: Database) -> str:
    id_ = discrepancy_of(county, "n1")
    with unit_of_work(county) as work:
        for statement in (
            "INSERT INTO night (night, status, is_applied) VALUES ('2026-05-01', 'finished', true) "
            "ON CONFLICT (night) DO UPDATE SET is_applied = true",
            "UPDATE discrepancy SET type = 'possible_link' WHERE person_no = 'n1'",
        ):
            work.connection.execute(sa.text(statement))
    return id_


def test_the_lines_and_their_sum_are_the_night_s(
    browser: Callable[..., Browser], county: Database, lead: str
) -> None:
    text = browser("officer.north", prepared=weights(county, lead)).get(f"/discrepancies/{lead}").text
    table = text.split('class="waterfall"')[1].split("</table>")[0]
    rows = re.findall(r'<td class="figures">([-+0-9.]+)</td><td class="figures">([-+0-9.]+)</td>', table)
    assert rows == [("-14.25", "-14.25"), ("+11.50", "-2.75"), ("+3.50", "+0.75")]
    assert table.count("<rect") == 3 and table.count('class="against"') == 1
    assert "+0.75</b>" in text and "the runner-up has -12.25" in text and "31 on the register" in text
    assert "s1" not in text.split('id="why"')[1].split("</section>")[0]


def test_of_a_possible_link_it_is_said_of_what_the_number_is(
    browser: Callable[..., Browser], county: Database, lead: str
) -> None:
    one = browser("officer.north", prepared=weights(county, lead))
    page, preview = (
        re.sub("<[^>]*>", "", one.get(f"/discrepancies/{lead}{more}").text) for more in ("", "/preview")
    )
    assert "on the register at all: " in page and "on the register at all: " in preview
    assert "this very person, by the row below: 0.63" in page and "this very person" not in preview


def test_the_picture_has_no_style_of_its_own(
    browser: Callable[..., Browser], county: Database, lead: str
) -> None:
    text = browser("steward", "zh", prepared=weights(county, lead)).get(f"/discrepancies/{lead}").text
    assert "style=" not in text and "人口库中 31 人同名" in text


def test_a_contact_is_told_no_reasons(browser: Callable[..., Browser], county: Database) -> None:
    id_ = discrepancy_of(county, "police_births")
    page = browser("contact.police", prepared=weights(county, id_)).get(f"/discrepancies/{id_}")
    assert page.status_code == 200 and 'id="why"' not in page.text


@pytest.mark.parametrize("type_", ["unregistered_birth", "missing_person"])
def test_of_who_is_nobody_on_the_register_the_nearest_is_told_to_whom_may_see_it(
    browser: Callable[..., Browser], county: Database, lead: str, type_: str
) -> None:
    with county.begin() as connection:
        for statement in (
            "UPDATE discrepancy SET type = :type, person_no = NULL WHERE discrepancy_id = :id",
            "UPDATE person SET name = '李建国', sex = '男', birth_date = '1985-02-03' WHERE person_no = 's1'",
        ):
            connection.execute(sa.text(statement), {"type": type_, "id": lead})
    _, other = weights(county, lead).all
    worse = replace(other, person_no="n2", kind="nearest", reasons=(Reason("prior", "", -14.25),))
    best = replace(other, kind="nearest", rank=1)
    prepared = Weights(worse, best)

    def why(user: str) -> str:
        text = browser(user, prepared=prepared).get(f"/discrepancies/{lead}").text
        return text.split('id="why"')[1].split("</section>")[0]

    seen = why("steward")
    assert 'href="/persons/s1"' in seen and "李●国" in seen and "1985" in seen and "-12.25</b>" in seen
    assert seen.count("<rect") == 2 and "李建国" not in seen and "n2" not in seen
    hidden = why("clerk.n1")
    assert "somebody outside your area" in hidden and "-12.25</b>" in hidden
    assert "s1" not in hidden and "<svg" not in hidden and "李" not in hidden and "another" not in hidden


def test_where_no_candidate_was_weighed_it_is_said_that_nobody_comes_near(
    browser: Callable[..., Browser], county: Database, lead: str
) -> None:
    with county.begin() as connection:
        update = "UPDATE discrepancy SET type = 'missing_person', person_no = NULL WHERE discrepancy_id = :id"
        connection.execute(sa.text(update), {"id": lead})
    page = browser("steward", prepared=weights(county, lead)).get(f"/discrepancies/{lead}")
    why = page.text.split('id="why"')[1].split("</section>")[0]
    assert page.status_code == 200 and "comes near enough" in why and "<svg" not in why


def test_every_term_and_level_has_a_word() -> None:
    assert set(TERMS) == {*FIELDS, *AT_HOME, PRIOR, "prior_in_company", RELATIVES, NAMESAKES}
    assert set(LEVELS) == {level.name for levels in FIELDS.values() for level in levels}


@pytest.mark.parametrize("user", ["steward", "officer.north"])
def test_the_runner_up_is_named_to_whom_may_see_them(
    browser: Callable[..., Browser], county: Database, lead: str, user: str
) -> None:
    with county.begin() as connection:
        connection.execute(
            sa.text("UPDATE person SET name = '李建国', birth_date = '1985-02-03' WHERE person_no = 's1'")
        )
    text = browser(user, prepared=weights(county, lead)).get(f"/discrepancies/{lead}").text
    why = text.split('id="why"')[1].split("</section>")[0]
    assert "the runner-up has -12.25" in why and "李建国" not in why
    assert ("李●国" in why and 'href="/persons/s1"' in why and "1985" in why) is (user == "steward")


@pytest.mark.parametrize(
    ("type_", "why", "would"),
    [
        ("missing_household", "Found by a rule", "The household would be entered"),
        ("shared_id_number", "Found by a rule", "corrected, or left blank"),
        ("duplicate_household", "Found by a rule", "Each pair is settled"),
        ("wrong_household", "Nothing had to be weighed", "a household of their own"),
        ("unregistered_birth", "comes near enough", "Somebody would be entered"),
        ("possible_link", "Nothing had to be weighed", "it goes on as: Unregistered birth"),
    ],
)
def test_where_there_is_no_picture_a_sentence_says_why_and_what_would_change(
    browser: Callable[..., Browser], county: Database, lead: str, type_: str, why: str, would: str
) -> None:
    values = {"type": type_, "person": None if type_.startswith(("missing", "unreg")) else "n1", "id": lead}
    with county.begin() as connection:
        update = (
            "UPDATE discrepancy SET type = :type, person_no = :person, field = NULL, proposed_value = NULL, "
            "reason = 'else:unregistered_birth' WHERE discrepancy_id = :id"
        )
        connection.execute(sa.text(update), values)
    for user in ("steward", "clerk.n1"):
        text = browser(user).get(f"/discrepancies/{lead}").text
        assert why in text.split('id="why"')[1].split("</section>")[0]
        assert would in text.split('id="foreseen"')[1].split("</section>")[0]
