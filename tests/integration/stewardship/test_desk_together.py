"""Several people on one queue: assignments, leases, notes, bulk actions and saved views, by the pages' own forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from desk_clients import Browser, discrepancy_of, status_of
from desk_county import NOW, PLACES, TOWNSHIPS, USERS, VILLAGES
from httpx import Response
from register_leads import Lead, Row

from register.access import Desk
from register.company import company_of
from register.database import Database
from register.errors import Conflict
from register.work import unit_of_work
from stewardship.columns import columns_of

Browsers = Callable[..., Browser]


def assignee_of(database: Database, id_: str) -> str | None:
    with database.read() as connection:
        query = sa.text("SELECT assignee FROM discrepancy WHERE discrepancy_id = :id")
        found: str | None = connection.scalar(query, {"id": id_})
        return found


def scalar(database: Database, query: str) -> object:
    with database.read() as connection:
        return connection.scalar(sa.text(query))


def picks(page: Response, *ids: str) -> dict[str, str]:
    """The check boxes of these rows, ticked."""
    found = dict(re.findall(r'name="(pick\.D[0-9a-f]+)" value="([^"]+)"', page.text))
    return {f"pick.{id_}": found[f"pick.{id_}"] for id_ in ids}


def tab_counts(page: Response) -> dict[str, int]:
    nav = page.text.split('class="tabs"')[1].split("</nav>")[0]
    found = re.findall(r">\s*([A-Za-z ]+?) <span class=\"count\">(\d+)</span>", nav)
    return {name: int(number) for name, number in found}


def listed(browser: Browser, place: str) -> int:
    """Rows of all pages."""
    rows = 0
    while True:
        page = browser.get(place)
        rows += len(re.findall(r'<li><label class="pick">', page.text))
        further = re.search(r'rel="next" href="([^"]+)"', page.text)
        if further is None:
            return rows
        place = further[1].replace("&amp;", "&")


def three(county: Database) -> tuple[str, str, str]:
    """As many as a page has; the one without an area is out of the way."""
    with unit_of_work(county) as work:
        work.connection.execute(sa.text("DELETE FROM discrepancy WHERE area_code IS NULL"))
    one, two, three_ = (discrepancy_of(county, place) for place in ("n1", "n2", "s1"))
    return one, two, three_


def test_what_is_assigned_is_found_under_mine_and_the_counts_are_the_lists(
    browser: Browsers, county: Database
) -> None:
    steward, officer = browser("steward"), browser("officer.north")
    one, two, _ = three(county)
    for id_ in (one, two):
        page = steward.get(f"/discrepancies/{id_}")
        answer = steward.send(page, f"/discrepancies/{id_}/assign", to="officer.north")
        assert answer.status_code == 303 and assignee_of(county, id_) == "officer.north"
    for user in (officer, steward):
        told = tab_counts(user.get("/queue"))
        tabs = {"Mine": "mine", "Unassigned": "unassigned", "Overdue": "overdue", "All": ""}
        for name, tab in {**tabs, "Changed since decision": "changed"}.items():
            assert told[name] == listed(user, f"/queue?tab={tab}"), name
    assert tab_counts(officer.get("/queue"))["Mine"] == 2
    assert tab_counts(steward.get("/queue"))["Mine"] == 0
    others = re.search(r'<option value="(of-[0-9a-f]{10})"', steward.get("/queue").text)
    assert others is not None and listed(steward, f"/queue?tab={others[1]}") == 2
    assert listed(steward, f"/queue?assignee={others[1]}&type=missing_item,possible_link") == 2
    links = steward.get(f"/queue?assignee={others[1]}").text
    assert (
        f'href="/queue?tab=overdue&amp;assignee={others[1]}"' in links and 'href="/queue?tab=mine"' in links
    )
    for place in (f"/queue?tab=overdue&assignee={others[1]}", "/queue?tab=overdue&assignee=unassigned"):
        page = steward.get(place)
        assert tab_counts(page)["Overdue"] == listed(steward, place)
        assert tab_counts(page)["Unassigned"] == listed(steward, "/queue?tab=unassigned")
        chosen = re.search(
            r'<option value="([^"]+)" selected>[^<]+ \((\d+)\)', page.text.split('class="tabs"')[1]
        )
        assert chosen is not None and chosen[1] in place and int(chosen[2]) == tab_counts(page)["Overdue"]
    both = steward.get("/queue?type=missing_item&type=possible_link")
    assert len(re.findall(r'name="type" value="[a-z_]+" aria-label="[^"]+" checked', both.text)) == 2
    assert (
        f'<span class="count total">{listed(steward, "/queue?type=missing_item,possible_link")}<' in both.text
    )
    history = steward.get(f"/discrepancies/{one}").text
    assert "assigned it" in history and "→ officer.north" in history


def test_nobody_is_assigned_what_lies_outside_the_own_area(browser: Browsers, county: Database) -> None:
    steward, (_, _, south) = browser("steward"), three(county)
    page = steward.get(f"/discrepancies/{south}")
    for user in ("clerk.n1", "officer.north", "auditor", "contact.police", "nobody"):
        answer = steward.send(page, f"/discrepancies/{south}/assign", to=user)
        assert answer.status_code == 422 and "It was not assigned" in answer.text
    assert assignee_of(county, south) is None


def test_a_clerk_takes_what_is_nobodys_and_assigns_to_nobody_else(
    browser: Browsers, county: Database
) -> None:
    clerk, (here, _, _) = browser("clerk.n1"), three(county)
    page = clerk.get(f"/discrepancies/{here}")
    assert "officer.north" not in page.text
    refused = clerk.send(page, f"/discrepancies/{here}/assign", to="officer.north")
    assert refused.status_code == 422 and assignee_of(county, here) is None
    clerk.send(page, f"/discrepancies/{here}/assign", to="clerk.n1")
    assert assignee_of(county, here) == "clerk.n1"
    clerk.send(clerk.get(f"/discrepancies/{here}"), f"/discrepancies/{here}/assign", to="-")
    assert assignee_of(county, here) is None


def test_of_two_who_assign_at_once_the_second_is_told(browser: Browsers, county: Database) -> None:
    steward, officer, (one, _, _) = browser("steward"), browser("officer.north"), three(county)
    pages = [user.get(f"/discrepancies/{one}") for user in (steward, officer)]
    steward.send(pages[0], f"/discrepancies/{one}/assign", to="clerk.n1")
    late = officer.send(pages[1], f"/discrepancies/{one}/assign", to="officer.north")
    assert late.status_code == 409 and "It was not assigned" in late.text
    assert assignee_of(county, one) == "clerk.n1"


def test_what_new_evidence_reopens_after_a_decision_is_under_changed(
    browser: Browsers, county: Database
) -> None:
    steward, (one, two, _) = browser("steward"), three(county)
    for id_ in (one, two):
        page = steward.get(f"/discrepancies/{id_}")
        steward.send(page, f"/discrepancies/{id_}/decide", kind="not_a_problem", reason="x")
    leads = [
        Lead(f"{place}:phone", area_code=code, person_no=place, field=place, evidence=(Row(file=place),))
        for place, code in PLACES.items()
    ]
    leads[0] = Lead(
        "n1:phone",
        area_code=PLACES["n1"],
        person_no="n1",
        field="n1",
        evidence=(Row(file="n1"), Row(file="new", content_key="new")),
        evidence_hash="another",
    )
    with unit_of_work(county) as work:
        report = work.discrepancies.apply(date(2026, 5, 2), leads)
    assert report.reopened == 1
    page = steward.get("/queue?tab=changed")
    assert tab_counts(page)["Changed since decision"] == 1 == listed(steward, "/queue?tab=changed")
    assert one in page.text and two not in page.text and "decided before, new evidence on" in page.text


def test_a_dismissal_of_several_is_done_one_by_one_and_leaves_out_what_has_changed(
    browser: Browsers, county: Database
) -> None:
    steward, officer, ids = browser("steward"), browser("officer.north"), three(county)
    queue = steward.get("/queue?type=missing_item")
    chosen = picks(queue, *ids)
    other = officer.get(f"/discrepancies/{ids[0]}")
    officer.send(other, f"/discrepancies/{ids[0]}/decide", kind="visit")
    answer = steward.send(queue, "/queue/bulk", do="dismiss", text="asked the office", number="3", **chosen)
    assert answer.status_code == 200
    assert [status_of(county, id_) for id_ in ids] == ["waiting", "decided", "decided"]
    done, left = answer.text.split("Left out")
    assert ids[0] not in done and ids[1] in done and ids[2] in done
    assert ids[0] in left and "It has changed meanwhile" in left and "asked the office" in left
    entries = scalar(
        county,
        "SELECT count(DISTINCT subject_id) FROM audit_entry WHERE actor = 'steward' AND action = 'discrepancy.decide'",
    )
    assert entries == 2
    again = picks(answer, ids[0])
    sent = steward.send(answer, "/queue/bulk", do="dismiss", number="1", **again)
    assert "Left out" not in sent.text and status_of(county, ids[0]) == "decided"
    back = steward.send(answer, f"/discrepancies/{ids[1]}/undo")
    assert back.status_code == 303 and status_of(county, ids[1]) == "open"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"do": "dismiss", "text": "why", "number": "2"}, "3 are selected"),
        ({"do": "dismiss", "text": "why", "number": ""}, "3 are selected"),
        ({"do": "dismiss", "text": " ", "number": "3"}, "Write the reason"),
        ({"do": "note", "text": ""}, "Write the reason"),
        ({"do": "assign", "to": ""}, "Choose to whom"),
        ({"do": "drop", "text": "why", "number": "3"}, "Nothing was done yet"),
    ],
    ids=["other number", "no number", "no reason", "no note", "to nobody in particular", "unknown"],
)
def test_without_what_it_takes_nothing_is_done_and_what_was_typed_is_kept(
    browser: Browsers, county: Database, typed: dict[str, str], said: str
) -> None:
    steward, ids = browser("steward"), three(county)
    queue = steward.get("/queue?type=missing_item")
    answer = steward.send(queue, "/queue/bulk", **typed, **picks(queue, *ids))
    assert answer.status_code == 422 and said in answer.text
    assert picks(answer, *ids) and typed.get("text", "").strip() in answer.text
    assert {status_of(county, id_) for id_ in ids} == {"open"}
    assert scalar(county, "SELECT count(*) FROM note") == 0


def test_what_is_selected_in_one_township_goes_on_a_worklist(browser: Browsers, county: Database) -> None:
    officer, ids = browser("officer.north"), three(county)
    queue = officer.get("/queue?type=missing_item")
    answer = officer.send(queue, "/queue/bulk", do="worklist", **picks(queue, *ids[:2]))
    made = scalar(county, "SELECT max(worklist_id) FROM worklist")
    assert answer.status_code == 303 and answer.headers["location"] == f"/worklists/{made}"
    rows = scalar(
        county,
        f"SELECT array_agg(discrepancy_id ORDER BY discrepancy_id) FROM worklist_row WHERE worklist_id = {made}",
    )
    assert rows == sorted(ids[:2])
    area = scalar(county, f"SELECT area_code FROM worklist WHERE worklist_id = {made}")
    assert area == TOWNSHIPS["north"]
    assert all(id_ in officer.get(f"/worklists/{made}").text for id_ in ids[:2])


def test_a_worklist_of_one_village_is_that_villages_and_what_nobody_can_be_asked_is_told(
    browser: Browsers, county: Database
) -> None:
    steward, ids = browser("steward"), three(county)
    queue = steward.get("/queue?type=missing_item")
    with unit_of_work(county) as work:
        change = sa.text("UPDATE discrepancy SET type = 'source_correction' WHERE discrepancy_id = :id")
        work.connection.execute(change, {"id": ids[2]})
    answer = steward.send(queue, "/queue/bulk", do="worklist", **picks(queue, ids[0], ids[2]))
    made = scalar(county, "SELECT max(worklist_id) FROM worklist")
    assert answer.status_code == 303 and answer.headers["location"] == f"/worklists/{made}?left={ids[2]}"
    notice = steward.get(answer.headers["location"]).text.split("not on this list")[1].split("</p>")[0]
    assert f">{ids[2]}<" in notice and ids[0] not in notice
    assert scalar(county, f"SELECT area_code FROM worklist WHERE worklist_id = {made}") == VILLAGES["n1"]


def test_a_worklist_is_in_the_language_that_is_chosen_at_first_that_of_the_page(
    browser: Browsers, county: Database
) -> None:
    steward, ids = browser("steward"), three(county)
    queue = steward.get("/queue?type=missing_item")

    def made(**chosen: str) -> str:
        answer = steward.send(queue, "/queue/bulk", do="worklist", **picks(queue, ids[0]), **chosen)
        number = answer.headers["location"].rpartition("/")[2]
        return str(scalar(county, f"SELECT language FROM worklist WHERE worklist_id = {number}"))

    assert [made(language=""), made(language="zh"), made(language=""), made(language="fr")] == [
        "en",
        "zh",
        "en",
        "en",
    ]
    clerk = browser("clerk.n1", "zh")
    bar = clerk.get("/queue").text.partition('value="worklist"')[0].rpartition('<select name="language">')[2]
    assert re.findall(r'<option value="([^"]*)"[^>]* selected>', bar) == ["zh"] and 'value=""' not in bar
    made(language="zh")
    page = steward.get(f"/worklists?area={VILLAGES['n1']}").text
    assert '<option value="zh" lang="zh" selected>' in page
    empty = steward.send(queue, "/queue/bulk", do="note", text="", language="en", **picks(queue, ids[0]))
    assert '<option value="en" lang="en" selected>' in empty.text


def test_a_selection_that_is_sent_twice_makes_one_worklist(browser: Browsers, county: Database) -> None:
    steward, officer, ids = browser("steward"), browser("officer.both"), three(county)
    queue = steward.get("/queue?type=missing_item")
    chosen, entries = picks(queue, ids[0]), "SELECT count(*) FROM audit_entry WHERE action = 'worklist.make'"
    before = scalar(county, entries)
    first, second = (steward.send(queue, "/queue/bulk", do="worklist", **chosen) for _ in range(2))
    assert first.status_code == 303 and first.headers["location"] == second.headers["location"]
    assert scalar(county, "SELECT count(*) FROM worklist") == 1
    assert scalar(county, entries) == int(str(before)) + 1
    other = officer.send(officer.get("/queue?type=missing_item"), "/queue/bulk", do="worklist", **chosen)
    assert other.status_code == 303 and other.headers["location"] != first.headers["location"]
    with unit_of_work(county) as work:
        work.connection.execute(sa.text("UPDATE worklist SET made_at = made_at - interval '11 minutes'"))
    later = steward.send(queue, "/queue/bulk", do="worklist", **chosen)
    assert later.headers["location"] != first.headers["location"]
    assert steward.send(queue, "/queue/bulk", do="worklist", **chosen).headers == later.headers
    township = steward.send(queue, "/queue/bulk", do="worklist", **picks(queue, *ids[:2]))
    assert township.headers["location"] != later.headers["location"]


def test_no_worklist_reaches_over_townships_or_to_what_one_may_not_see(
    browser: Browsers, county: Database
) -> None:
    steward, officer, ids = browser("steward"), browser("officer.north"), three(county)
    queue = steward.get("/queue?type=missing_item")
    chosen = picks(queue, *ids)
    answer = steward.send(queue, "/queue/bulk", do="worklist", **chosen)
    assert (
        answer.status_code == 422 and "several villages or townships" in answer.text and picks(answer, *ids)
    )
    assert scalar(county, "SELECT count(*) FROM worklist") == 0
    token = officer.token()
    forged = officer.post("/queue/bulk", {"token": token, "do": "worklist", **picks(queue, ids[2])})
    assert forged.status_code == 422 and "Nobody can be asked" in forged.text and ids[2] not in forged.text
    assert scalar(county, "SELECT count(*) FROM worklist") == 0


def test_a_clerk_of_two_villages_makes_a_list_of_either(browser: Browsers, county: Database) -> None:
    ids = three(county)
    with unit_of_work(county) as work:
        work.grants.grant("clerk.n1", "clerk", "operator.1", NOW, area_code=VILLAGES["n2"])
    clerk = browser("clerk.n1")
    queue = clerk.get("/queue?type=missing_item")
    answer = clerk.send(queue, "/queue/bulk", do="worklist", **picks(queue, *ids[:2]))
    assert answer.status_code == 422 and "several villages" in answer.text and picks(answer, *ids[:2])
    assert clerk.send(queue, "/queue/bulk", do="worklist", **picks(queue, ids[1])).status_code == 303
    offered = clerk.get("/worklists").text
    village, township = (f'value="{code}"' for code in (VILLAGES["n2"], TOWNSHIPS["north"]))
    assert village in offered and township not in offered


def test_several_are_assigned_and_noted_each_with_an_entry_and_none_of_another_area(
    browser: Browsers, county: Database
) -> None:
    steward, officer, ids = browser("steward"), browser("officer.north"), three(county)
    queue = steward.get("/queue?type=missing_item")
    chosen = picks(queue, *ids)
    answer = steward.send(queue, "/queue/bulk", do="assign", to="officer.north", **chosen)
    assert [assignee_of(county, id_) for id_ in ids] == ["officer.north", "officer.north", None]
    assert "not possible for this one" in answer.text
    forged = officer.post("/queue/bulk", {"token": officer.token(), "do": "note", "text": "to ask", **chosen})
    assert "It has changed" in forged.text or scalar(county, "SELECT count(*) FROM note") == 2
    assert f">{ids[2]}<" in forged.text.split("Left out")[1]
    assert "It is not there any more." in forged.text
    noted = scalar(county, "SELECT string_agg(DISTINCT text, ',') FROM note")
    assert noted == "to ask" and scalar(county, "SELECT count(*) FROM note") == 2
    assert "to ask" in steward.get(f"/discrepancies/{ids[0]}").text
    chain = str(scalar(county, "SELECT string_agg(details::text, '') FROM audit_entry"))
    assert "to ask" not in chain and '"note"' in chain


def test_the_next_one_is_one_that_no_colleague_has_open_while_there_is_any(
    browser: Browsers, county: Database
) -> None:
    steward, officer, (one, two, south) = browser("steward"), browser("officer.both"), three(county)
    in_order = re.findall(r'name="pick\.(D[0-9a-f]+)"', steward.get("/queue?type=missing_item").text)
    assert set(in_order) == {one, two, south}
    first, held, last = in_order

    def onwards(id_: str) -> str:
        page = steward.get(f"/discrepancies/{id_}?type=missing_item")
        answer = steward.send(page, f"/discrepancies/{id_}/decide", kind="visit")
        return str(answer.headers["location"]).split("/")[2].split("?")[0]

    officer.get(f"/discrepancies/{held}")
    assert onwards(first) == last
    assert onwards(last) == held


def test_what_one_only_leafed_through_is_nobodys_again(browser: Browsers, county: Database) -> None:
    officer = browser("officer.north")
    page = officer.get("/queue?type=missing_item").text
    first = re.findall(r"/discrepancies/(D\w+)", page)[0]
    officer.get(f"/discrepancies/{first}?type=missing_item")
    assert "officer.north has it open" in browser("steward").get("/queue?type=missing_item").text
    following = officer.get(f"/discrepancies/{first}/next?type=missing_item")
    assert first not in str(following.headers["location"])
    assert "has it open" not in browser("steward").get("/queue?type=missing_item").text


def test_who_opens_it_second_is_told_who_has_it_and_may_decide_all_the_same(
    browser: Browsers, county: Database
) -> None:
    steward, officer, (one, two, _) = browser("steward"), browser("officer.north"), three(county)
    officer.get(f"/discrepancies/{two}/preview")
    assert scalar(county, "SELECT count(*) FROM lease") == 0
    officer.get(f"/discrepancies/{one}")
    page = steward.get(f"/discrepancies/{one}")
    assert "officer.north has it open since" in page.text
    assert "officer.north has it open since" in steward.get("/queue?type=missing_item").text
    assert "has it open" not in officer.get("/queue?type=missing_item").text
    assert "has it open" not in officer.get(f"/discrepancies/{one}").text
    assert steward.send(page, f"/discrepancies/{one}/take-over").status_code == 303
    assert "steward has it open since" in officer.get(f"/discrepancies/{one}").text
    assert "has it open" not in steward.get(f"/discrepancies/{one}").text
    assert "took it over" in officer.get(f"/discrepancies/{one}").text
    late = officer.get(f"/discrepancies/{one}")
    assert officer.send(late, f"/discrepancies/{one}/decide", kind="visit").status_code == 303
    assert status_of(county, one) == "waiting"


def test_a_lease_ends_with_the_decision_and_by_itself(
    browser: Browsers, county: Database, desk: Desk
) -> None:
    officer, (one, two, _) = browser("officer.north"), three(county)
    page = officer.get(f"/discrepancies/{one}")
    officer.get(f"/discrepancies/{two}")
    minute = timedelta(minutes=1)
    with desk.as_user("steward", "steward") as work:
        assert set(work.leases.others([one, two], "steward", NOW + 4 * minute)) == {one, two}
        assert work.leases.others([one, two], "steward", NOW + 5 * minute) == {}
    officer.send(page, f"/discrepancies/{one}/decide", kind="visit")
    with desk.as_user("steward", "steward") as work:
        assert one not in work.leases.others([one, two], "steward", NOW)
        work.leases.take(two, "steward", NOW + minute, 5 * minute)
        assert work.leases.others([two], "steward", NOW + minute)[two].user_id == "officer.north"
        work.leases.take(two, "steward", NOW + 9 * minute, 5 * minute)
        assert work.leases.others([two], "steward", NOW + 9 * minute) == {}


def test_views_are_saved_for_oneself_and_removed(browser: Browsers, county: Database) -> None:
    steward, officer = browser("steward"), browser("officer.north")
    page = steward.get("/queue?type=missing_item&tab=unassigned")
    saved = steward.send(page, "/queue/views?", name="  phones   of nobody ")
    assert saved.headers["location"] == "/queue?type=missing_item&tab=unassigned"
    page = steward.get("/queue")
    assert '<a href="/queue?type=missing_item&amp;tab=unassigned">phones of nobody</a>' in page.text
    assert "phones of nobody" not in officer.get("/queue").text
    view = scalar(county, "SELECT view_id FROM saved_view")
    forged = officer.post(f"/queue/views/{view}/remove", {"token": officer.token()})
    assert forged.status_code == 404
    for name in ("phones of nobody", " ", "x" * 41):
        refused = steward.send(page, "/queue/views?", name=name)
        assert "The view was not saved" in steward.get(refused.headers["location"]).text
    steward.send(page, f"/queue/views/{view}/remove")
    assert "phones of nobody" not in steward.get("/queue").text
    assert steward.send(page, "/queue/views?", name="phones of nobody").status_code == 303


def test_there_is_room_for_twenty_views(county: Database, desk: Desk) -> None:
    with desk.as_user("steward", "steward") as work:
        for number in range(20):
            work.saved_views.save("steward", f"view {number}", "")
        with pytest.raises(Conflict):
            work.saved_views.save("steward", "one more", "")
        first = company_of(work.connection, "steward", "steward", NOW).views[0]
        work.saved_views.remove(first.view_id, NOW)
        work.saved_views.save("steward", "one more", "")
        assert len(company_of(work.connection, "steward", "steward", NOW).views) == 20


def test_a_contact_has_neither_tabs_nor_selection(browser: Browsers) -> None:
    page = browser("contact.police").get("/queue?tab=mine")
    assert page.status_code == 200 and len(re.findall(r'<a href="/discrepancies/', page.text)) == 1
    assert 'class="tabs"' not in page.text and 'class="pick"' not in page.text
    boxes = re.findall(r'type="checkbox" name="(\w+)"', page.text)  # what its rows show, and nothing of them
    assert boxes == list(columns_of("contact")) and page.text.count('type="checkbox"') == len(boxes)
    assert "Assigned to" not in page.text


@pytest.mark.parametrize("user", ["officer.north", "clerk.n1", "steward"])
def test_no_address_of_the_queue_says_who(browser: Browsers, county: Database, user: str) -> None:
    steward = browser("steward")
    one = steward if user == "steward" else browser(user)
    for id_ in three(county):
        page = steward.get(f"/discrepancies/{id_}")
        steward.send(page, f"/discrepancies/{id_}/assign", to="officer.both")
    whose = re.search(r'<option value="(of-[0-9a-f]{10})"', steward.get("/queue").text)
    assert whose is not None
    for query in ("tab=unassigned", "", f"assignee={whose[1]}"):
        page = one.get(f"/queue?{query}")
        addresses = re.findall(r'(?:href|action)="([^"]+)"', page.text)
        assert any(query in address for address in addresses) and "officer.both" in page.text
        assert not any(name in address for address in addresses for name in USERS)
        assert 'value="officer.both"' not in page.text.split('id="bulk"')[0]
