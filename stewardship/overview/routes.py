"""The page of the overview, and its charts as images of their own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from register.work import UnitOfWork
from stewardship.deliveries import timely
from stewardship.deliveries.due import due_days
from stewardship.errors import NotThere
from stewardship.language import translations
from stewardship.listing import rows_of, today_of
from stewardship.overview import charts, reading, townships
from stewardship.overview.asked import Asked, read_asked
from stewardship.overview.drawn import Lines, lines_of
from stewardship.overview.nights import Night, around, nights_of
from stewardship.overview.sources import ALL, BirthShare, BirthSteps, ToldBirth
from stewardship.overview.stretches import CAME, CLOSED_IN, NOWHERE, Stretch
from stewardship.overview.townships import Course, Moved, Nights, Span
from stewardship.pages import page
from stewardship.places import Places, read_places
from stewardship.quality.routes import SHOWN_DAYS, results_since
from stewardship.queue import Filters
from stewardship.visits import Here, House, Visitor, acting_as
from stewardship.words import BIRTH_STEPS, FEEDS, N_, TYPES

router: Final = APIRouter()
Overseer = Annotated[Visitor, Depends(acting_as("officer", "steward"))]
NO_ESTIMATE: Final = {
    "too_few": N_("too few births"),
    "one_list": N_("on one list only"),
    "no_overlap": N_("no birth on two lists"),
    "unbounded": N_("no upper bound"),
}
VERDICTS: Final = {  # verdict → sort, sign, word
    "steady": ("decided", "✓", N_("stable")),
    "moving": ("waiting", "◐", N_("moved a little")),
    "train anew": ("open", "●", N_("moved: look at the model")),
    "too few": ("", "–", N_("too few rows to tell")),
}
Said = Callable[[str], str]
SEXES: Final = {ALL: N_("both"), "女": N_("girls"), "男": N_("boys")}


class View:
    """The numbers of one transaction, as the user may see them."""

    def __init__(self, work: UnitOfWork, here: House, visitor: Visitor, asked: Asked) -> None:
        self._work, self._here, self._visitor, self._asked = work, here, visitor, asked
        self.places: Places = read_places(work.connection)
        self.today = today_of(here)
        self.year = timely.year_until(self.today)
        self.night: date | None = reading.newest_night(work.connection)
        self.townships = {code for code, level in self.places.levels.items() if level == "township"}
        if visitor.role != "steward":
            held = {g.area_code for g in work.grants.of(visitor.user_id) if g.role == visitor.role}
            self.townships &= {code for area in held if area for code in self.places.codes_of(area)}

    def stand(self) -> reading.Stand:
        return reading.stand(self._work.connection, self.places)

    @cached_property
    def history(self) -> reading.History:
        return reading.history(self._work.connection, self.night or self.today)

    def nights(self) -> list[Night]:
        """Up to the one that is asked for, where there are any."""
        connection, role = self._work.connection, self._visitor.role
        found = nights_of(connection, role, until=self._asked.until) if self._asked.until else []
        return found or nights_of(connection, role)

    @cached_property
    def moved(self) -> Moved:
        return townships.moved(self._work.connection, self._visitor.role, self.places, self.history)

    def course(self) -> Course:
        connection, role = self._work.connection, self._visitor.role
        return townships.course(connection, role, self.places, self.history, self.moved, self._asked)

    def by_township(self) -> Nights:
        """Of the type that is asked for."""
        return townships.nights_of(self._work.connection, self.history, self._asked.type)

    def weeks(self, nights: Nights) -> Sequence[Span]:
        """Of the township that is asked for."""
        connection, role = self._work.connection, self._visitor.role
        return townships.weeks(connection, role, self.places, nights, townships.choose(self._asked, nights))

    def feeds(self) -> dict[str, reading.FeedQuality]:
        connection = self._work.connection
        days = due_days(connection, self._here.settings)
        return reading.feeds(timely.units(connection, days, self.today), reading.missed(connection))

    def births(self) -> list[BirthShare]:
        told = () if self.night is None else self._here.reports.births(self.night)
        return [one for one in told if self._is_shown(one.township)]

    def steps(self) -> list[BirthSteps]:
        told = () if self.night is None else self._here.reports.steps(self.night)
        return [one for one in told if self._is_shown(one.township)]

    @property
    def kept(self) -> Collection[str]:
        """Which lists the night kept of what it counted."""
        return () if self.night is None else self._here.reports.kept(self.night)

    def told(self) -> Sequence[ToldBirth]:
        """The births behind the steps, the newest first; none where the night kept none."""
        told = () if self.night is None else self._here.reports.told(self.night)
        if self._visitor.role == "steward":
            return told
        return [one for one in told if self._is_shown(one.township)]

    def _is_shown(self, township: str) -> bool:
        """The county as a whole is the steward's."""
        if township == ALL:
            return self._visitor.role == "steward"
        return code_of(township) in self.townships

    def named(self, township: str) -> str:
        return self.places.named(code_of(township))

    def said(self, township: str, said: Said) -> str:
        """In words: a township, the whole county, or no area."""
        if township == ALL:
            return said(N_("whole county"))
        return self.named(township) if township else said(N_("no area"))


@router.get("/overview")
def overview(request: Request, here: Here, visitor: Overseer) -> Response:
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        told = contents(work, here, visitor, read_asked(request.query_params))
        rows = rows_of(work.connection, told["oldest"], told["view"].places, visitor.language, here)
    return page(request, "overview.html", visitor=visitor, rows=rows, filters=Filters(), **told)


def code_of(township: str) -> str:
    """Frames name a township by nine digits or by twelve."""
    return township.ljust(12, "0")


def contents(work: UnitOfWork, here: House, visitor: Visitor, asked: Asked) -> dict[str, Any]:
    """The numbers of the page, and of the workbook of it."""
    view = View(work, here, visitor, asked)
    births, steps = view.births(), view.steps()
    nights, history, course = view.nights(), view.history, view.course()
    judged = results_since(work, view.today - timedelta(days=SHOWN_DAYS))
    quarters = sorted({one.quarter for one in births if one.quarter != ALL}, reverse=True)
    return {
        "view": view,
        "stand": view.stand(),
        "history": history,
        "moved": {what: view.moved.by_type(what) for what in (CAME, CLOSED_IN)} if history.since else {},
        "course": course,
        "lines": {
            "types": lines_of(history.nights, TYPES),
            "townships": lines_of(course.nights, course.townships),
        },
        "nights": nights,
        "around": around(work.connection, nights),
        "feeds": view.feeds(),
        "oldest": reading.oldest(work.connection, visitor.role),
        "births": {(one.township, one.sex, one.quarter): one for one in births},
        "birth_townships": sorted({one.township for one in births}),
        "quarter": quarters[0] if quarters else "",
        "steps_by_month": sorted(_whole(steps, "township"), key=lambda one: one.month),
        "steps_by_township": sorted(_whole(steps, "month"), key=lambda one: one.township),
        "links": here.reports.links(view.night) if view.night and visitor.role == "steward" else None,
        "judged": judged[0] if judged else None,
        "verdicts": VERDICTS,
        "step_words": BIRTH_STEPS,
        "lists_kept": view.kept,
        "code_of": code_of,
        "no_estimate": NO_ESTIMATE,
        "sexes": SEXES,
        "all": ALL,
        "stretch": Stretch,
        "nowhere": NOWHERE,
    }


@router.get("/overview/{name}.svg")
def chart(request: Request, here: Here, visitor: Overseer, name: str) -> Response:
    """Of the numbers on the page, for a phone where `narrow` is asked for. Raises: NotThere."""
    if name not in CHARTS:
        raise NotThere
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        view = View(work, here, visitor, read_asked(request.query_params))
        width = charts.NARROW if request.query_params.get("narrow") else charts.WIDTH
        drawn = CHARTS[name](view, translations(visitor.language).gettext, width)
    if drawn is None:
        raise NotThere
    return Response(drawn, media_type="image/svg+xml")


def _whole(steps: Sequence[BirthSteps], name: str) -> list[BirthSteps]:
    """One row per value of the other dimension: the total over `name` where the user sees it, else the sum of what the user sees."""
    other = "month" if name == "township" else "township"
    totals = [one for one in steps if getattr(one, name) == ALL and getattr(one, other) != ALL]
    if totals or name == "month":
        return totals
    summed: dict[str, BirthSteps] = {}
    for one in steps:
        if one.month != ALL:
            before = summed.get(one.month)
            numbers = ("notified", *BIRTH_STEPS)
            sums = {n: getattr(one, n) + (getattr(before, n) if before else 0) for n in numbers}
            summed[one.month] = BirthSteps(ALL, one.month, **sums)
    return list(summed.values())


def _open(view: View, said: Said, width: int) -> bytes | None:
    return _lines(lines_of(view.history.nights, TYPES), lambda code: said(TYPES[code]), width)


def _townships(view: View, said: Said, width: int) -> bytes | None:
    """Of all townships what is not closed; of one also what came and was closed, week by week."""
    nights = view.by_township()
    weeks = view.weeks(nights)
    if not weeks:
        return _lines(lines_of(nights, townships.codes_of(nights)), lambda code: view.said(code, said), width)
    numbers: dict[str, Callable[[Span], int]] = {
        N_("newly found"): lambda one: one.came,
        N_("closed"): lambda one: one.closed,
        N_("not closed"): lambda one: one.after,
    }
    told = [
        {"night": one.until.isoformat(), "rows": read(one), "what": said(word)}
        for word, read in numbers.items()
        for one in reversed(weeks)
    ]
    return charts.lines(told, "night", "rows", "what", width)


def _lines(of: Lines, named: Said, width: int) -> bytes | None:
    rows = [
        {"night": night.isoformat(), "rows": told.get(code, 0), "what": named(code)}
        for night, told in sorted(of.nights.items())
        for code in of.drawn
    ]
    return charts.lines(rows, "night", "rows", "what", width) if rows else None


def _feeds(view: View, said: Said, width: int) -> bytes | None:
    rows = [
        {"feed": said(FEEDS[feed]) if feed in FEEDS else feed, "files": files, "when": said(when)}
        for feed, one in view.feeds().items()
        for when, files in ((N_("on time"), one.on_time), (N_("after the day"), one.late))
        if one.on_time + one.late
    ]
    return charts.stacked(rows, "feed", "files", "when", width) if rows else None


def _births(view: View, said: Said, width: int) -> bytes | None:
    rows = [
        {"name": view.said(one.township, said)} | {"lower": one.lower, "share": one.share, "upper": one.upper}
        for one in view.births()
        if one.sex == ALL and one.quarter == ALL and one.share is not None
    ]
    return charts.intervals(rows, "name", "lower", "share", "upper", width) if rows else None


def _steps(view: View, said: Said, width: int) -> bytes | None:
    rows = [
        {"month": one.month, "births": getattr(one, name), "step": said(word)}
        for one in sorted(_whole(view.steps(), "township"), key=lambda one: one.month)
        for name, word in BIRTH_STEPS.items()
    ]
    return charts.stacked(rows, "month", "births", "step", width) if rows else None


CHARTS: Final[dict[str, Callable[[View, Said, int], bytes | None]]] = {
    "open": _open,
    "townships": _townships,
    "feeds": _feeds,
    "births": _births,
    "steps": _steps,
}
