"""Four eyes at the desk: who approves, who may not, what goes out, two at once, and what is shown of it."""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import Callable
from datetime import date
from typing import Final

import pytest
import sqlalchemy as sa
from desk_clients import SECRETS, Browser, change_of, discrepancy_of, proposed, status_of
from desk_county import COUNTY, NIGHT, VILLAGES
from httpx import Response
from openpyxl import load_workbook
from register_leads import Lead
from register_rows import person, records

from register.audit import AuditChain
from register.change_file import COLUMNS
from register.changes import SUBJECT
from register.database import Database
from register.importing import import_snapshot
from register.work import unit_of_work
from stewardship.tabs import whose_of

Of = Callable[..., Browser]
PHONE: Final = "13987654321"


def act(one: Browser, change_id: int, kind: str, reason: str = "", query: str = "") -> Response:
    page = one.get(f"/approvals/{change_id}{query}")
    return one.send(page, f"/approvals/{change_id}/act", kind=kind, reason=reason)


def actions(database: Database, change_id: int) -> list[str]:
    with unit_of_work(database) as work:
        assert AuditChain(work.connection).verify().problems == ()
        told = work.audit.of(SUBJECT, str(change_id))
    return [event.action.removeprefix("change.") for event in told if event.action != "change.view"]


def buttons(page: Response) -> list[str]:
    return re.findall(r'name="kind" value="(\w+)"', page.text)


def test_an_officer_proposes_and_a_steward_approves_and_it_goes_out_with_the_next_file(
    browser: Of, county: Database
) -> None:
    officer, steward, id_ = browser("officer.north"), browser("steward"), discrepancy_of(county, "n1")
    officer.send(officer.get(f"/discrepancies/{id_}/propose"), f"/discrepancies/{id_}/propose")
    (link,) = steward.links(steward.get("/approvals"), "/approvals/")
    number = int(link.removeprefix("/approvals/"))
    assert "officer.north" in steward.get("/approvals").text
    answer = act(steward, number, "approve")
    assert answer.headers["location"] == f"/approvals?done={number}"
    change = change_of(county, number)
    assert (change.state, change.approved_by, status_of(county, id_)) == ("applied", "steward", "decided")
    assert actions(county, number) == ["propose", "approve", "apply"]
    assert "approved, goes out with the next file" in officer.get("/approvals?state=all&by=mine").text
    told = officer.get(f"/discrepancies/{id_}").text
    assert "steward: approved the register change" in told.replace("\n", "")


def test_the_proposer_is_told_that_another_approves_and_cannot_do_it_by_any_form(
    browser: Of, county: Database
) -> None:
    change = proposed(county, "n1", by="officer.north")
    one = browser("officer.north")
    page = one.get(f"/approvals/{change.change_id}")
    assert "You proposed this: another person approves it." in page.text and buttons(page) == ["withdraw"]
    for kind in ("approve", "refuse"):
        answer = one.send(page, f"/approvals/{change.change_id}/act", kind=kind, reason="x")
        assert answer.status_code == 422 and "only somebody else approves" in answer.text
    assert change_of(county, change.change_id).state == "proposed"
    assert act(one, change.change_id, "withdraw").status_code == 303
    assert change_of(county, change.change_id).state == "withdrawn"


def test_a_refusal_needs_a_reason_that_the_proposer_reads_and_the_audit_chain_does_not_hold(
    browser: Of, county: Database
) -> None:
    change = proposed(county, "n1", by="officer.north")
    steward = browser("steward")
    answer = act(steward, change.change_id, "refuse", reason="  ")
    assert answer.status_code == 422 and "Say why" in answer.text
    assert act(steward, change.change_id, "refuse", reason="the papers say otherwise").status_code == 303
    assert "the papers say otherwise" in browser("officer.north").get(f"/approvals/{change.change_id}").text
    with unit_of_work(county) as work:
        assert "papers" not in str(work.audit.of(SUBJECT, str(change.change_id)))


def test_the_next_one_opens_and_one_s_own_are_passed_over(browser: Of, county: Database) -> None:
    first, own, third = (
        proposed(county, "n1"),
        proposed(county, "n2", by="steward"),
        proposed(county, "s1"),
    )
    steward = browser("steward")
    listed = steward.links(steward.get("/approvals"), "/approvals/")
    assert listed == [f"/approvals/{change.change_id}" for change in (first, own, third)]
    answer = act(steward, first.change_id, "approve")
    assert answer.headers["location"] == f"/approvals/{third.change_id}?done={first.change_id}"
    page = steward.get(answer.headers["location"])
    assert "The one before is noted." in page.text
    assert f"/approvals/{own.change_id}?" in steward.links(page, f"/approvals/{own.change_id}")[0]


@pytest.mark.parametrize("kind", ["approve", "refuse"])
def test_of_two_who_judge_the_second_sees_the_first_and_keeps_what_was_typed(
    browser: Of, county: Database, kind: str
) -> None:
    change = proposed(county, "n1")
    one, other = browser("officer.north"), browser("steward")
    theirs = other.get(f"/approvals/{change.change_id}")
    assert act(one, change.change_id, "approve").status_code == 303
    answer = other.send(theirs, f"/approvals/{change.change_id}/act", kind=kind, reason="<no> such phone")
    assert answer.status_code == 409
    assert "officer.north" in answer.text and "&lt;no&gt; such phone" in answer.text
    changed = answer.text.partition("What changed")[2].partition("</section>")[0]
    assert (
        changed.index("waits for approval")
        < changed.index("→")
        < changed.index("goes out with the next file")
    )
    assert change_of(county, change.change_id).approved_by == "officer.north"


def test_of_many_who_judge_at_once_one_wins_and_the_others_are_told(browser: Of, county: Database) -> None:
    change = proposed(county, "n1")
    users = ("officer.north", "officer.both", "steward")
    browsers = [browser(user) for user in users]
    pages = [one.get(f"/approvals/{change.change_id}") for one in browsers]
    start, answers = threading.Barrier(len(users)), dict[str, Response]()

    def judge(place: int) -> None:
        start.wait()
        kind = ("approve", "refuse")[place % 2]
        action = f"/approvals/{change.change_id}/act"
        answers[users[place]] = browsers[place].send(pages[place], action, kind=kind, reason="seen")

    threads = [threading.Thread(target=judge, args=(place,)) for place in range(len(users))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers.values()) == [303, 409, 409]
    (winner,) = (user for user, answer in answers.items() if answer.status_code == 303)
    assert all(winner in answer.text for answer in answers.values() if answer.status_code == 409)
    assert change_of(county, change.change_id).changed_by == winner
    assert len(actions(county, change.change_id)) in (2, 3)  # refused, or approved and let go


def test_what_the_register_or_the_evidence_no_longer_bears_out_is_refused_and_not_approved(
    browser: Of, county: Database
) -> None:
    officer, steward, id_ = browser("officer.north"), browser("steward"), discrepancy_of(county, "n1")
    officer.send(officer.get(f"/discrepancies/{id_}/propose"), f"/discrepancies/{id_}/propose")
    with unit_of_work(county) as work:
        number = work.changes.of_person("n1")[-1].change_id
    before = steward.get(f"/approvals/{number}")
    with unit_of_work(county) as work:
        lead = Lead("n1:phone", area_code=VILLAGES["n1"], person_no="n1", evidence_hash="h2")
        work.discrepancies.apply(NIGHT.replace(day=2), [lead])
    page = steward.get(f"/approvals/{number}")
    assert "The evidence has changed since" in page.text and "approve" not in buttons(page)
    answer = steward.send(before, f"/approvals/{number}/act", kind="approve", reason="sure")
    assert answer.status_code == 409 and "not what it was" in answer.text and "sure" in answer.text
    assert "Evidence of 1 May 2026" in answer.text and "Evidence of 2 May 2026" in answer.text
    told = answer.text.partition("Evidence of 1 May 2026")[2]
    assert "phone: " in told and "→" in told and "13987654321" not in answer.text
    back = steward.send(answer, f"/approvals/{number}/act", kind="look")
    assert back.status_code == 200 and 'name="reason" maxlength="500" value="sure"' in back.text
    assert "refuse" in buttons(back) and change_of(county, number).state == "proposed"
    assert act(steward, number, "refuse", reason="other evidence").status_code == 303

    other = proposed(county, "s1")
    before = steward.get(f"/approvals/{other.change_id}")
    with county.begin() as connection:
        connection.execute(sa.text("UPDATE person SET phone = '1' WHERE person_no = 's1'"))
    page = steward.get(f"/approvals/{other.change_id}")
    assert "The register has changed since" in page.text and "approve" not in buttons(page)
    heads = re.findall(r'<th scope="col">(Now|When it was proposed)</th>', page.text)
    assert heads == ["When it was proposed", "Now", "When it was proposed"], "one table says what is now"
    assert re.findall(r'<th scope="col">(Now|When it was proposed)</th>', before.text) == ["Now"]
    answer = steward.send(before, f"/approvals/{other.change_id}/act", kind="approve")
    assert answer.status_code == 409 and "Population register" in answer.text
    for shown in (page.text, answer.text):
        since = shown.partition("On the register, in what it is about")[2].partition("</table>")[0]
        assert "When it was proposed" in since and "phone" in since and "blank" in since, "from nothing"
        assert "sex" not in since, "what the change does not touch is no reason"


def test_what_has_not_gone_out_is_reverted_and_what_has_is_taken_back_by_a_new_proposal(
    browser: Of, county: Database
) -> None:
    steward, officer = browser("steward"), browser("officer.north")
    first, second = proposed(county, "n1"), proposed(county, "n2")
    for change in (first, second):
        act(steward, change.change_id, "approve")
    assert act(officer, first.change_id, "revert", reason="a slip").status_code == 303
    assert change_of(county, first.change_id).state == "reverted"
    steward.send(steward.get("/approvals"), "/approvals/file", format="csv")
    assert buttons(officer.get(f"/approvals/{second.change_id}")) == ["undo"]
    answer = act(officer, second.change_id, "undo")
    made = int(answer.headers["location"].removeprefix("/approvals/"))
    page = officer.get(f"/approvals/{made}")
    assert buttons(page) == ["withdraw"] and "It takes change" in page.text
    assert act(steward, made, "approve").status_code == 303
    assert change_of(county, second.change_id).state == "reverted"


def test_the_file_for_the_owner_is_the_steward_s_alone_and_is_in_the_audit_chain(
    browser: Of, county: Database
) -> None:
    steward, officer = browser("steward"), browser("officer.north")
    change = proposed(county, "n1", phone=PHONE)
    act(officer, change.change_id, "approve")
    assert "/approvals/file" not in officer.get("/approvals").text
    answer = officer.post("/approvals/file", {"token": officer.token(), "format": "csv"})
    assert answer.status_code == 404 and change_of(county, change.change_id).state == "applied"

    answer = steward.send(steward.get("/approvals"), "/approvals/file", format="csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="register-changes-2026-05-02.csv"'
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0] == list(COLUMNS) and len(rows) == 2 and PHONE in rows[1]
    assert change_of(county, change.change_id).state == "exported"
    again = steward.send(steward.get("/approvals"), "/approvals/file", format="xlsx")
    sheet = load_workbook(io.BytesIO(again.content)).active
    assert [[cell or "" for cell in row] for row in sheet.values] == rows
    with county.read() as connection:
        query = "SELECT actor FROM audit_entry WHERE action = 'export.changes'"
        assert connection.scalars(sa.text(query)).all() == ["steward", "steward"]
    with unit_of_work(county) as work:
        people = [
            person(0, person_no="n1", household_no="H-n1", name="n1", area_code=VILLAGES["n1"], phone=PHONE)
        ]
        import_snapshot(work.connection, records(*people, arrival=date(2026, 6, 1)), date(2026, 6, 1))
    assert "on the register" in steward.get("/approvals?state=acknowledged").text
    assert change_of(county, change.change_id).state == "acknowledged"


def test_person_and_household_are_shown_before_and_after_and_masked(browser: Of, county: Database) -> None:
    steward = browser("steward")
    with county.begin() as connection:
        connection.execute(
            sa.text("UPDATE person SET name = '王小明', phone = '13900000000' WHERE person_no = 'n1'")
        )
    merged = proposed(county, "n1", "n2", phone=PHONE)
    page = steward.get(f"/approvals/{merged.change_id}").text
    assert not any(secret in page for secret in SECRETS) and "13900000000" not in page
    assert "王●明" in page and "139●●●●" in page and "<mark>" in page
    assert page.index('class="actions"') > page.index('class="history"')
    assert "no longer on the register" in page and "nobody is left in it" in page
    assert not any(secret in steward.get("/approvals").text for secret in SECRETS)


def test_somebody_s_mask_is_lifted_for_who_gave_a_reason(browser: Of, county: Database) -> None:
    change = proposed(county, "n1", phone=PHONE)
    steward, officer = browser("steward"), browser("officer.north")
    place = f"/approvals/{change.change_id}"
    assert steward.send(steward.get(place), f"{place}/reveal", why=" ").status_code == 422
    assert steward.send(steward.get(place), f"{place}/reveal", why="the name is odd").status_code == 303
    assert PHONE in steward.get(place).text and PHONE not in officer.get(place).text


def test_a_child_s_mask_is_lifted_by_a_second_person(browser: Of, county: Database) -> None:
    with county.begin() as connection:
        connection.execute(sa.text("UPDATE person SET birth_date = '2019-05-01' WHERE person_no = 'n1'"))
    change = proposed(county, "n1", phone=PHONE, birth_date="1980-01-01")
    steward, officer = browser("steward"), browser("officer.north")
    place = f"/approvals/{change.change_id}"
    answer = steward.send(steward.get(place), f"{place}/reveal", why="school")
    assert answer.status_code == 200 and "may be about a child" in answer.text and PHONE not in answer.text
    with county.begin() as connection:
        connection.execute(sa.text("UPDATE app_user SET display_name = '何敏' WHERE user_id = 'steward'"))
    page = officer.get(place)
    assert "何敏 asks to see this unmasked: school" in page.text
    assert officer.send(page, "/reveals/").headers["location"] == place
    assert PHONE in steward.get(place).text


def listed(one: Browser, start: str) -> tuple[list[str], int]:
    """All pages of a list, and the number that stands over it."""
    place, found, total = start, list[str](), -1
    for _ in range(10):
        page = one.get(place)
        found += [link.split("?")[0] for link in one.links(page, "/approvals/")]
        counted = re.search(r'class="count total">(\d+)<', page.text)
        assert counted is not None
        total = int(counted[1])
        further = [link for link in one.links(page, "/approvals?") if "after=" in link]
        if not further:
            return found, total
        place = further[0]
    raise AssertionError("the list does not end")


def test_counts_agree_with_the_lists_and_pages_lose_nothing(browser: Of, county: Database) -> None:
    for n in range(5):
        proposed(county, "n1", phone=str(n))
    proposed(county, "n1", "n2", by="steward")
    steward = browser("steward")
    for query in ("", "?state=all", "?by=mine", "?by=others", "?kind=merge", "?state=withdrawn"):
        found, total = listed(steward, f"/approvals{query}")
        assert len(found) == len(set(found)) == total > 0, query
    page = steward.get("/approvals").text
    counts = re.findall(r'<a href="(/approvals[^"]*)"[^>]*>[^<]*<span class="count">(\d+)<', page)
    assert len(counts) > 5
    for link, rows in counts:
        assert len(listed(steward, link.replace("&amp;", "&"))[0]) == int(rows), link


def _numbers(links: list[str]) -> list[int]:
    return [int(link.removeprefix("/approvals/")) for link in links]


def _exported(one: Browser, page: Response) -> tuple[set[int], str]:
    """The numbers of the changes in the file, and what it says was asked for."""
    answer = one.send(page, "/approvals/export")
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    told = " ".join(str(cell) for row in rows for cell in row if cell and ": " in str(cell))
    return {int(row[0]) for row in rows if str(row[0]).isdecimal()}, told


def test_the_list_is_of_one_area_with_a_count_that_agrees_and_page_and_export_stay_in_it(
    browser: Of, county: Database
) -> None:
    north = [proposed(county, "n1", phone=str(n)).change_id for n in range(4)]
    moved = proposed(county, "n2", "s1").change_id
    proposed(county, "s1", phone="1")
    steward, village, township = browser("steward"), VILLAGES["n1"], f"{VILLAGES['n1'][:9]}000"
    page = steward.get("/approvals")
    options = dict(re.findall(r'<option value="(99\d{10})">[^(]*\((\d+)\)', page.text))
    assert (options[village], options[township], options[VILLAGES["s1"]]) == ("4", "5", "2")
    for area, rows in options.items():
        assert listed(steward, f"/approvals?area={area}")[1] == int(rows), area
    assert _numbers(listed(steward, f"/approvals?kind=field&area={village}")[0]) == north
    assert _numbers(listed(steward, f"/approvals?area={township}")[0]) == [*north, moved]
    first = steward.get(f"/approvals?area={township}")
    assert f"/approvals?area={township}&amp;after={north[2]}" in first.text
    assert f'<a href="/approvals">{COUNTY}</a> › {township}' in first.text
    exported, told = _exported(steward, first)
    assert exported == {*north, moved} and f"Area: {township}" in told


def test_the_list_is_of_one_proposer_and_no_address_says_who(browser: Of, county: Database) -> None:
    proposed(county, "n1", by="steward")
    theirs = [proposed(county, "n1", phone=str(n), by="officer.north").change_id for n in range(4)]
    proposed(county, "s1", by="officer.south")
    steward, whose = browser("steward"), whose_of("officer.north")
    page = steward.get("/approvals")
    options = dict(re.findall(r'<option value="(of-[0-9a-f]{10})">([^<]*)</option>', page.text))
    assert sorted(options) == sorted(map(whose_of, ("officer.north", "officer.south")))
    assert options[whose].endswith("(4)")
    found, total = listed(steward, f"/approvals?by={whose}")
    assert _numbers(found) == theirs and total == 4
    narrowed = steward.get(f"/approvals?by={whose}")
    assert f"by={whose}&amp;after={theirs[2]}" in narrowed.text
    assert not re.search(r'(?:href|action|value)="[^"]*officer', narrowed.text)
    exported, told = _exported(steward, narrowed)
    assert exported == set(theirs) and "Proposed by: one account" in told
    assert listed(steward, f"/approvals?by={whose_of('nobody.there')}") == ([], 0)


def test_after_an_approval_the_next_one_is_of_the_same_area(browser: Of, county: Database) -> None:
    first, _, third = (proposed(county, place) for place in ("n1", "s1", "n2"))
    area = f"?area={VILLAGES['n1'][:9]}000"
    answer = act(browser("steward"), first.change_id, "approve", query=area)
    assert answer.headers["location"].startswith(f"/approvals/{third.change_id}{area}")


@pytest.mark.parametrize("place", ["/approvals/0", "/approvals/x", "/approvals/٣", f"/approvals/{'9' * 30}"])
def test_no_number_breaks_the_desk(browser: Of, place: str) -> None:
    one = browser("steward")
    assert one.get(place).status_code == 404
    assert one.get(f"/approvals?after={place[11:]}&done={place[11:]}&state=%00").status_code == 200
    assert (
        one.post(f"{place}/act", {"token": one.token(), "kind": "approve", "version": "x"}).status_code == 404
    )


def test_an_action_that_there_is_not_does_nothing(browser: Of, county: Database) -> None:
    change = proposed(county, "n1")
    one = browser("steward")
    for kind in ("", "export", "acknowledge", "apply"):
        assert act(one, change.change_id, kind).status_code == 422
    assert change_of(county, change.change_id) == change


def test_what_moved_on_the_register_is_shown_masked_as_the_page_is(browser: Of, county: Database) -> None:
    """Whoever may not see a value here sees it nowhere on the answer, neither as it was nor as it is."""
    change = proposed(county, "n1", name="王小明")
    officer = browser("officer.north")
    before = officer.get(f"/approvals/{change.change_id}")
    with county.begin() as connection:
        connection.execute(sa.text("UPDATE person SET name = '欧阳小红' WHERE person_no = 'n1'"))
    answer = officer.send(before, f"/approvals/{change.change_id}/act", kind="approve")
    since = answer.text.partition("On the register, in what it is about")[2].partition("</table>")[0]
    assert answer.status_code == 409 and "●" in since and "<mark>" in since
    assert "欧阳小红" not in answer.text and not any(secret in answer.text for secret in SECRETS)


def test_why_a_change_was_refused_is_told_where_it_came_from_and_not_in_the_audit_chain(
    browser: Of, county: Database
) -> None:
    one, id_ = browser("officer.north"), discrepancy_of(county, "n1")
    one.send(one.get(f"/discrepancies/{id_}/propose"), f"/discrepancies/{id_}/propose")
    (link,) = browser("steward").links(browser("steward").get("/approvals"), "/approvals/")
    act(browser("steward"), int(link.removeprefix("/approvals/")), "refuse", "the paper says otherwise")
    for user in ("officer.north", "clerk.n1"):
        history = browser(user).get(f"/discrepancies/{id_}").text.partition('class="history"')[2]
        (line,) = (one for one in history.split("<li>") if "refused the register change" in one)
        assert "<q>the paper says otherwise</q>" in line
        assert (f'href="{link}"' in line) == (user == "officer.north")
    with unit_of_work(county) as work:
        told = work.audit.of(SUBJECT, link.removeprefix("/approvals/"))
    assert not any("paper" in str(event.details) for event in told)


def test_a_change_has_the_question_of_its_discrepancy_masked_in_list_page_and_file(
    browser: Of, county: Database
) -> None:
    officer, steward, id_ = browser("officer.north"), browser("steward"), discrepancy_of(county, "n1")
    with county.begin() as connection:
        who = (
            "UPDATE person SET name = '王小明', sex = '男', birth_date = '1980-01-02' WHERE person_no = 'n1'"
        )
        connection.execute(sa.text(who))
    officer.send(officer.get(f"/discrepancies/{id_}/propose"), f"/discrepancies/{id_}/propose")
    (link,) = steward.links(steward.get("/approvals"), "/approvals/")
    question = "王●明 (man, born 2 Jan 1980): is the phone 139●●●●4321?"
    for place in ("/approvals", link):
        page = steward.get(place).text
        assert not any(secret in page for secret in SECRETS)
        assert question in page
    answer = steward.send(steward.get("/approvals"), "/approvals/export", format="xlsx")
    told = [
        str(cell)
        for row in load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True)
        for cell in row
    ]
    assert any(question in cell for cell in told)
