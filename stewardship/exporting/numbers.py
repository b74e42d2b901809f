"""The pages of numbers as workbooks: the overview, the calendar of deliveries, the units' years, the counts, the results of a quality sample. A sheet for each
table of the page, with the same numbers, since both are made of what the page's own function gathers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from stewardship import words
from stewardship.deliveries.routes import Seer, calendar_of, units_of
from stewardship.errors import NotThere
from stewardship.exporting import lists
from stewardship.exporting.asked import Words
from stewardship.exporting.routes import taken_out
from stewardship.exporting.tables import Table
from stewardship.language import day
from stewardship.listing import counted, today_of
from stewardship.overview.asked import read_asked
from stewardship.overview.nights import Night
from stewardship.overview.routes import Overseer, contents
from stewardship.overview.sources import ALL
from stewardship.overview.stretches import NOT_CLOSED_NOW
from stewardship.overview.townships import Course, Span
from stewardship.places import read_places
from stewardship.quality.routes import RESULTS, month_of, results_of
from stewardship.visits import Form, Here, Proposer, Visitor, acting_as
from stewardship.words import N_

router: Final = APIRouter()
Counting = Annotated[Visitor, Depends(acting_as("operator", "steward"))]
Columns = lists.Columns
STATUSES: Final[Columns] = tuple((word, 14) for _, word in words.STATUSES.values())
LATE: Final[Columns] = (
    (N_("Feed"), 20),
    (N_("Unit"), 24),
    (N_("Period"), 14),
    (N_("Asked for since"), 14),
    (N_("Discrepancy"), 16),
)
DUE: Final[Columns] = (
    (N_("Feed"), 20),
    (N_("Unit"), 24),
    (N_("Period"), 14),
    (N_("Due on"), 12),
    (N_("Status"), 12),
    (N_("Arrived"), 12),
    (N_("Files"), 8),
    (N_("Days late"), 10),
)
UNITS: Final[Columns] = (
    (N_("Unit"), 24),
    (N_("Feed"), 20),
    (N_("Files due"), 10),
    (N_("on time"), 10),
    (N_("after the day"), 10),
    (N_("half of these by at most (days)"), 14),
    (N_("did not come"), 10),
    (N_("periods that did not come"), 24),
    (N_("missing now"), 16),
    (N_("Files taken in"), 10),
    (N_("Files refused"), 10),
    (N_("Rows"), 10),
    (N_("unusable"), 10),
    (N_("share unusable"), 10),
)
NIGHTS: Final[Columns] = (
    (N_("Night"), 12),
    (N_("Type"), 22),
    (N_("opened"), 10),
    (N_("opened again"), 10),
    (N_("stand at the end"), 10),
)
COURSE: Final[Columns] = (
    (N_("not closed before"), 14),
    (N_("newly found"), 10),
    (N_("opened again"), 10),
    (N_("closed"), 10),
    (N_("not closed after"), 14),
)
FEEDS: Final[Columns] = (
    (N_("Feed"), 22),
    (N_("Files taken in"), 12),
    (N_("on time"), 12),
    (N_("after the day"), 12),
    (N_("missing now"), 12),
    (N_("Files refused"), 12),
    (N_("Rows"), 10),
    (N_("unusable"), 10),
)
BIRTHS: Final[Columns] = (
    (N_("Township"), 24),
    (N_("Quarter"), 12),
    (N_("Sex"), 10),
    (N_("Births, estimated"), 14),
    (N_("share registered"), 14),
    (N_("at least"), 12),
    (N_("at most"), 12),
    (N_("Why there is no estimate"), 24),
)
MEASURES: Final[Columns] = ((N_("Measure"), 40), (N_("Value"), 16), (N_("at least"), 12), (N_("at most"), 12))
DRIFT: Final[Columns] = (
    (N_("Feed"), 24),
    (N_("Match weights"), 24),
    (N_("stability index"), 14),
    (N_("Rows"), 10),
    (N_("measured from"), 14),
)
STRATA: Final[Columns] = (
    (N_("The night"), 16),
    (N_("match probability"), 16),
    (N_("pairs of the night"), 14),
    (N_("drawn"), 10),
    (N_("with a verdict"), 12),
    (N_("the same person"), 12),
    (N_("share"), 10),
    (N_("at least"), 10),
    (N_("at most"), 10),
)
PAIRS: Final[Columns] = (
    (N_("Why it is listed"), 32),
    (N_("Pair"), 16),
    (N_("Place"), 24),
    (N_("The night"), 14),
    (N_("match weight"), 12),
    (N_("Answers"), 32),
    (N_("What the night heeds"), 20),
)
MONTHS: Final[Columns] = (
    (N_("Month"), 10),
    (N_("pairs"), 8),
    (N_("Right among the links"), 14),
    (N_("Linked of those that should be"), 14),
    (N_("Reviewers' agreement"), 14),
    (N_("kappa or alpha"), 12),
    (N_("Model"), 20),
)


@router.post("/overview/export")
def overview(request: Request, here: Here, visitor: Overseer, form: Form) -> Response:
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        told = contents(work, here, visitor, read_asked(request.query_params))
        oldest = lists.discrepancies(
            "oldest", N_("Open the longest"), work, [told["oldest"]], told["view"].places, visitor, here
        )
        sheets = [*_of_overview(told, Words(visitor.language)), oldest]
        night = told["view"].night
        w = Words(visitor.language)
        said = w.pairs(((N_("Night"), night.isoformat() if night else ""), *_asked(told, w)))
        return taken_out(here, visitor, sheets, said)


def _of_overview(told: dict[str, Any], w: Words) -> Iterator[Table]:
    """In the page's order, but for the oldest."""
    yield _by_type(told, w)
    yield from _lines("types", N_("Not closed at the end of each night, by type"), told, w)
    townships = told["stand"].by_township
    rows = [(_place(code, told, w), *_numbers(counts)) for code, counts in townships.items()]
    yield Table("townships", N_("Discrepancies by township"), ((N_("Township"), 24), *STATUSES), rows)
    yield from _course(told, w)
    yield Table("nights", N_("Night by night"), NIGHTS, list(_nights(told["nights"], w)))
    yield Table("feeds", N_("What departments sent in twelve months"), FEEDS, list(_feeds(told["feeds"], w)))
    yield Table("births", N_("Births on the register, by estimate"), BIRTHS, list(_births(told, w)))
    yield from _steps(told, w)
    yield Table("links", N_("How well rows are linked"), MEASURES, list(_links(told, w)))
    if told["links"] is not None and told["links"].drift:
        yield Table("drift", N_("Whether feeds still fit the model"), DRIFT, list(_drift(told, w)))


def _asked(told: dict[str, Any], w: Words) -> Iterator[tuple[str, str]]:
    """What the course of the townships was narrowed to."""
    asked = told["course"].asked
    if asked.type:
        yield N_("Type"), w.said(words.TYPES[asked.type])
    if asked.township:
        yield N_("Township"), told["view"].named(asked.township)


def _lines(name: str, title: str, told: dict[str, Any], w: Words) -> Iterator[Table]:
    """The numbers of a chart, of every night."""
    lines = told["lines"][name]
    if lines.drawn:
        heads = (
            w.said(words.TYPES[code]) if name == "types" else _place(code, told, w) for code in lines.codes
        )
        nights = (
            (night.isoformat(), *(str(of.get(code, 0)) for code in lines.codes))
            for night, of in sorted(lines.nights.items(), reverse=True)
        )
        yield Table("lines", title, ((N_("Night"), 12), *((head, 14) for head in heads)), list(nights))


def _course(told: dict[str, Any], w: Words) -> Iterator[Table]:
    course, title = told["course"], N_("How it went in each township")
    yield from _lines("townships", N_("Not closed at the end of each night, by township"), told, w)
    spans = []
    for code, one in course.townships.items():
        now = _numbers(told["stand"].of(course.asked.type, code))[:2]
        spans.append((_place(code, told, w), *_span(one, course), *now))
    columns = _columns_of(course)
    yield Table("course", title, ((N_("Township"), 24), *columns, *_now(w)), spans)
    if course.weeks:
        weeks = [(one.until.isoformat(), *_span(one, course)) for one in course.weeks]
        yield Table("weeks", N_("Week by week"), ((N_("To the night of"), 14), *columns), weeks)


def _columns_of(course: Course) -> Columns:
    if course.is_of_one_night:
        return ((N_("not closed"), 14),)
    return (*COURSE[:-1], *(((N_("between townships"), 14),) if course.has_moved else ()), COURSE[-1])


def _span(one: Span, course: Course) -> tuple[str, ...]:
    if course.is_of_one_night:
        return (str(one.after),)
    between = (f"{one.moved:+d}" if one.moved else "0",) if course.has_moved else ()
    return (*map(str, (one.before, one.came, one.again, one.closed)), *between, str(one.after))


def _now(w: Words) -> Columns:
    """Of what is open, and of what waits."""
    said = w.said
    found = (words.STATUSES[status][1] for status in NOT_CLOSED_NOW)
    return tuple((said(N_("now: %(state)s")) % {"state": said(word)}, 14) for word in found)


def _by_type(told: dict[str, Any], w: Words) -> Table:
    history, by_type = told["history"], told["stand"].by_type
    moved = told["moved"].values()  # what came, what was closed
    columns: Columns = ((N_("Type"), 24), *STATUSES)
    if history.since:
        since = w.said(N_("came since %(day)s")) % {"day": day(history.since, w.language)}
        columns = (*columns, (since, 14), (N_("closed since then"), 14))
    rows = [
        (w.said(word), *_numbers(by_type[code]), *(str(of[code]) for of in moved))
        for code, word in words.TYPES.items()
        if code in by_type
    ]
    return Table("overview", N_("Discrepancies by type"), columns, rows)


def _numbers(counts: Any) -> tuple[str, ...]:
    return tuple(str(counts[status]) for status in words.STATUSES)


def _place(code: str, told: dict[str, Any], w: Words) -> str:
    return str(told["view"].said(code, w.said))


def _births(told: dict[str, Any], w: Words) -> Iterator[tuple[str, ...]]:
    for one in sorted(told["births"].values(), key=lambda one: (one.township, one.quarter, one.sex)):
        why = told["no_estimate"].get(one.status, "") if one.share is None else ""
        yield (
            *(_place(one.township, told, w), _every(one.quarter), w.said(told["sexes"][one.sex])),
            *(_number(one.births, "%.0f"), percent(one.share), percent(one.lower), percent(one.upper)),
            w.said(why) if why else "",
        )


def _steps(told: dict[str, Any], w: Words) -> Iterator[Table]:
    names, title = told["step_words"], N_("From the notice of a birth to the register")
    columns: Columns = ((N_("told of"), 12), *((word, 14) for word in names.values()))
    months = [(one.month, *_step(one, names)) for one in told["steps_by_month"]]
    yield Table("steps_by_month", title, ((N_("Month"), 24), *columns), months)
    townships = []
    for one in told["steps_by_township"]:
        stands = told["stand"].of("unregistered_birth", told["code_of"](one.township))
        townships.append((_place(one.township, told, w), *_step(one, names), str(stands["open"])))
    yield Table("steps_by_township", title, ((N_("Township"), 24), *columns, *_now(w)[:1]), townships)


def _step(one: Any, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(getattr(one, name)) for name in ("notified", *names))


def _nights(nights: list[Night], w: Words) -> Iterator[tuple[str, ...]]:
    for one in nights:
        for code in one.types:
            numbers = (one.opened[code], one.reopened[code], one.standing.get(code, 0))
            yield one.night.isoformat(), w.said(words.TYPES[code]), *map(str, numbers)


def _feeds(feeds: Any, w: Words) -> Iterator[tuple[str, ...]]:
    for feed, one in feeds.items():
        missing = one.asked.total()
        numbers = (one.taken, one.on_time, one.late, missing, one.refused, one.rows, one.unusable)
        yield w.feed(feed), *map(str, numbers)


def _links(told: dict[str, Any], w: Words) -> Iterator[tuple[str, str, str, str]]:
    links, judged = told["links"], told["judged"]
    if links is not None:
        yield w.said(N_("Linked to a person of the register")), str(links.linked), "", ""
        yield w.said(N_("Possible links")), str(links.possible), "", ""
        yield w.said(N_("Not linked")), str(links.unlinked), "", ""
        yield (
            w.said(N_("False among the links, by the model's own estimate")),
            percent(links.false_links),
            "",
            "",
        )
        yield w.said(N_("Missed, by the model's own estimate")), percent(links.missed_links), "", ""
        yield w.said(N_("Model")), links.model, "", ""
    if judged is not None:
        yield w.said(N_("Right among the links")), *_interval(judged.precision)
        yield w.said(N_("Reviewers' agreement")), *_interval(judged.raw)


def _drift(told: dict[str, Any], w: Words) -> Iterator[tuple[str, ...]]:
    for one in told["links"].drift:
        since = one.since.isoformat() if one.since else ""
        verdict = w.said(told["verdicts"][one.verdict][2])
        yield w.feed(one.feed), verdict, _number(one.index, "%.3f"), str(one.rows), since


@router.post("/deliveries/calendar/export")
def calendar(here: Here, visitor: Seer, form: Form) -> Response:
    """What came, what is late and when each file was due, unit by unit."""
    w = Words(visitor.language)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        told = calendar_of(work, here, visitor)
    whole, named = told["whole"], told["unit_name"]

    def unit(text: str) -> str:
        return w.said(N_("the whole feed")) if text == whole else str(named(text))

    due = Table("calendar", N_("What came and what is late"), DUE, list(_due(told, unit, w)))
    late = [
        (w.feed(one.feed), unit(one.unit), _period(one.period, w), one.since.isoformat(), one.discrepancy_id)
        for one in told["late"]
    ]
    counts = [(w.feed(feed), str(files)) for feed, files in told["counts"].items()]
    sheets = [due, Table("late", N_("Late"), LATE, late)]
    if told["counts"]:
        sheets[1] = Table("late", N_("Late"), ((N_("Feed"), 24), (N_("Files"), 10)), counts)
    return taken_out(here, visitor, sheets, w.pairs(((N_("As of"), told["today"].isoformat()),)))


def _due(told: dict[str, Any], unit: Any, w: Words) -> Iterator[tuple[str, ...]]:
    for one in told["calendars"]:
        for name, cells in one.units.items():
            for period, due in one.periods.items():
                cell = cells.get(period)
                state = (
                    "" if cell is None else N_("came") if cell.arrived else N_("late") if cell.late else ""
                )
                arrived = cell.arrived.isoformat() if cell and cell.arrived else ""
                files = str(cell.files) if cell and cell.files else ""
                days = str(one.days_late(period, cell)) if arrived else ""
                yield (
                    *(w.feed(one.feed), unit(name), period, due.isoformat()),
                    *(w.said(state) if state else "", arrived, files, days),
                )


@router.post("/deliveries/units/export")
def units(request: Request, here: Here, visitor: Seer, form: Form) -> Response:
    """A year of each unit, of the feed that the page was narrowed to."""
    w = Words(visitor.language)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        told = units_of(work, here, visitor, request.query_params.get("feed", ""))
    table = Table("units", N_("Units over twelve months"), UNITS, list(_units(told, w)))
    feed = told["feed"]
    about = ((N_("As of"), told["today"].isoformat()), (N_("Feed"), w.feed(feed) if feed else ""))
    return taken_out(here, visitor, [table], w.pairs(about), {"feed": feed})


def _units(told: dict[str, Any], w: Words) -> Iterator[tuple[str, ...]]:
    for one in told["years"]:
        yield (
            str(told["unit_name"](one.unit)) if one.unit else w.said(N_("unit not known")),
            w.feed(one.feed),
            *map(str, (one.due, one.on_time, len(one.late))),
            _number(one.days_late, "%d"),
            str(len(one.missing)),
            " · ".join(one.missing),
            " · ".join(_period(late.period, w) for late in one.asked),
            *map(str, (one.taken, one.refused, one.rows, one.unusable)),
            percent(one.share_unusable),
        )


def _period(text: str, w: Words) -> str:
    return w.said(N_("first list")) if text == "baseline" else text


@router.post("/counts/export")
def counts(here: Here, visitor: Counting, form: Form) -> Response:
    w = Words(visitor.language)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        found = counted(work.connection)
    rows = [
        (w.said(word), *(str(found.get((code, status), 0)) for status in words.STATUSES))
        for code, word in words.TYPES.items()
    ]
    sheet = Table("counts", N_("Discrepancies by type and status"), ((N_("Type"), 24), *STATUSES), rows)
    return taken_out(here, visitor, [sheet], w.pairs(((N_("As of"), today_of(here).isoformat()),)))


@router.post(RESULTS + "/export")
def quality(request: Request, here: Here, visitor: Proposer, form: Form) -> Response:
    """Of the sample that the page shows. Raises: NotThere, where none is closed."""
    w = Words(visitor.language)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        told = results_of(work, here, visitor, month_of(request.query_params.get("month", "")))
        places = read_places(work.connection)
    if told["result"] is None:
        raise NotThere
    month = f"{told['result'].sample.month:%Y-%m}"
    about = w.pairs(((N_("Month"), month),))
    return taken_out(here, visitor, list(_of_sample(told, places, w)), about, {"month": month})


def _of_sample(told: dict[str, Any], places: Any, w: Words) -> Iterator[Table]:
    result, said = told["result"], w.said
    agreement = result.agreement
    kappa = N_("Cohen's kappa") if result.reviewers == 2 else N_("Krippendorff's alpha")
    bounds = (_number(agreement.value), _number(agreement.low), _number(agreement.high))
    measures = [
        (said(N_("Right among the links")), *_interval(result.precision)),
        (said(N_("Linked of those that should be")), *_interval(result.recall)),
        (said(N_("Reviewers' agreement")), *_interval(result.raw)),
        (said(kappa), *bounds),
        (said(N_("Without a verdict")), str(result.unsettled + result.unanswered), "", ""),
    ]
    yield Table("quality", N_("Quality sample: results"), MEASURES, measures)
    strata = [
        (said(told["made"][line.stratum.decision]), f"{line.stratum.low:g} – {line.stratum.high:g}")
        + tuple(map(str, (line.stratum.pairs, line.drawn, line.counted.labels, line.counted.matches)))
        + _interval(line.share)
        for line in result.lines
    ]
    yield Table("strata", N_("By what the night made of them"), STRATA, strata)
    pairs = [
        (said(told["findings"][name]), one.pair.pair_id, places.named(one.pair.area_code))
        + (said(told["made"][one.decision]), _number(one.match_weight, "%.1f"))
        + (" · ".join(said(words.DECISIONS[kind]) for kind in one.kinds),)
        + (
            said(told["heeded"][told["words_of"][one.pair.pair_id]])
            if one.pair.pair_id in told["words_of"]
            else "",
        )
        for name, list_ in told["listed"]
        for one in list_
    ]
    yield Table("pairs", N_("Pairs worth a look"), PAIRS, pairs)
    months = [
        (f"{one.sample.month:%Y-%m}", str(one.sample.pairs))
        + tuple(percent(share.value if share else None) for share in (one.precision, one.recall, one.raw))
        + (_number(one.agreement.value), one.sample.model_version)
        for one in told["history"]
    ]
    yield Table("months", N_("Month by month"), MONTHS, months)


def percent(value: float | None) -> str:
    return "" if value is None else f"{value * 100:.1f} %"


def _interval(share: Any) -> tuple[str, str, str]:
    return ("", "", "") if share is None else (percent(share.value), percent(share.low), percent(share.high))


def _number(value: float | None, how: str = "%.2f") -> str:
    return "" if value is None else how % value


def _every(quarter: str) -> str:
    return "" if quarter == ALL else quarter
