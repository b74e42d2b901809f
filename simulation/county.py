"""`simulate`: one fictional county from its founding to the last delivery, files and truth."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from .addresses import AddressBook
from .areas import build_areas, write_reference
from .civil_affairs import civil_adoptions, civil_marriages
from .defects import found_register
from .deliveries import PostOffice, arrival_window
from .dice import NOTHING, Array, generator
from .findings import discrepancies
from .founding import Town, day_number, found_county
from .hospitals import hospital_births, hospital_deaths
from .life import Happenings, delay_infants, month_start
from .movement import live_month
from .people import NEVER
from .police import police_births, police_floating, police_moves, police_residents
from .register_export import register_view
from .register_weeks import told_on, weekly, whole
from .schools import school_enrolment
from .settings import NoiseSettings, SimulationSettings
from .truth import TruthBook, Wanted, household_ids, person_ids
from .views import Desk, View
from .watch import Watch


@dataclass(frozen=True)
class SimulationSummary:
    """What was written."""

    persons: int
    register_rows: int
    files: int
    rows: int
    first_night: str
    last_night: str
    discrepancies: dict[str, int]


def simulate(
    persons: int,
    seed: int,
    out: Path,
    *,
    months: int = 6,
    settings: SimulationSettings | None = None,
    noise: NoiseSettings | None = None,
) -> SimulationSummary:
    """Writes `landing/`, `reference/` and `truth/` below `out`; the same arguments give the same files.

    Args:
        persons: people who belong on the register, about; 2,000 to 1,000,000.
        seed: everything is drawn from it.
        out: an empty or new folder.
        months: months of deliveries after the baseline.
        settings: the county; `noise`: how its offices write.
    """
    return _Simulation(
        persons, seed, Path(out), months, settings or SimulationSettings(), noise or NoiseSettings()
    ).run()


def _dates(day: Array) -> Array:
    """Day numbers as dates; NaT for a day that never comes."""
    return np.where(day < NEVER, day, np.iinfo(np.int64).min).astype("datetime64[D]").astype("datetime64[ns]")


class _Simulation:
    def __init__(
        self,
        persons: int,
        seed: int,
        out: Path,
        months: int,
        settings: SimulationSettings,
        noise: NoiseSettings,
    ) -> None:
        self.seed, self.out, self.months, self.settings, self.noise = seed, out, months, settings, noise
        self.tree = build_areas(persons, seed, settings.start)
        self.town = Town(self.tree, settings, seed)
        first = day_number(month_start(settings.start, -settings.backlog_months))
        found_county(self.town, persons, first)
        delay_infants(self.town, generator(seed, "infants"), first)
        self.register = found_register(self.town, first)
        self.town.households.choose_heads(self.town.people, first)
        self.book = TruthBook(self.town)
        self.post = PostOffice(out / "landing", noise, seed, self.book)
        self.watch = Watch(self.town, self.register, first - 20 * 365)
        self.certificates: dict[int, str] = {}
        self.logs: dict[int, Happenings] = {}
        self.register_rows: list[pd.DataFrame] = []
        self.told: View  # the register as it has been handed over, where that is done week by week

    def run(self) -> SimulationSummary:
        write_reference(self.tree, self.out / "reference")
        waiting: list[tuple[int, View]] = []
        wanted: Wanted | None = None
        for month in range(-self.settings.backlog_months, self.months):
            log = live_month(self.town, self.settings.start, month)
            self.logs[month] = log
            desk = self._desk(log)
            births = log.table("births")
            if not births.empty:
                self.certificates.update(zip(births["child"].tolist(), births["certificate"].tolist()))
            if self.settings.register_weekly and month >= 0:
                self._tell_weekly(desk, month)
            elif self._is_register_month(month):
                self._hand_over_register(desk, month)
            if month >= -1:
                residents = police_residents(desk)
                wanted = self.watch.look(month, residents.roles["self"])
                for past, early in waiting:
                    earliest = day_number(self.settings.start)
                    self.post.deliver(early, past, earliest, 1, wanted)
                waiting = []
                following = day_number(month_start(self.settings.start, month + 1))
                for view in (
                    residents,
                    police_floating(desk),
                    *self._events(desk, month),
                    self._school(desk, month),
                ):
                    if view is not None:
                        earliest, spread = arrival_window(following, view.feed)
                        if view.feed == "school_enrolment":
                            earliest, spread = (following, 3) if month == -1 else (following - 8, 10)
                        self.post.deliver(view, month, earliest, spread, wanted)
            else:
                waiting += [(month, view) for view in self._events(desk, month) if view is not None]
        return self._write_truth()

    def _desk(self, log: Happenings) -> Desk:
        last = month_start(self.settings.start, log.month + 1)
        return Desk(
            self.town,
            log,
            AddressBook(self.tree, self.seed, last, self.noise.old_area_share),
            self.noise.old_area_share,
        )

    def _is_register_month(self, month: int) -> bool:
        every = self.settings.register_every_months
        return month == -1 or (every > 0 and month >= 0 and (month + 1) % every == 0)

    def _events(self, desk: Desk, month: int) -> list[View | None]:
        views: list[View | None] = [
            police_births(desk, self.certificates),
            police_moves(desk),
            hospital_births(desk, self.noise.placeholder_share, self.noise.blank_newborn_share),
            hospital_deaths(desk),
            civil_marriages(desk),
        ]
        if desk.log.first.month % 3 == 0:
            quarter = [self.logs[m].table("adoptions") for m in range(month - 2, month + 1) if m in self.logs]
            views.append(civil_adoptions(desk, quarter))
        return views

    def _school(self, desk: Desk, month: int) -> View | None:
        return school_enrolment(desk) if month == -1 or desk.log.first.month in (3, 9) else None

    def _hand_over_register(self, desk: Desk, month: int) -> None:
        since = (
            -self.settings.backlog_months - 1 if month == -1 else month - self.settings.register_every_months
        )
        self.register.catch_up(month, since)
        view = register_view(desk, self.register)
        order = view.unsure.pop("row")
        before = len(self.book.deliveries)
        following = day_number(month_start(self.settings.start, month + 1))
        if self.settings.register_weekly:
            self.told = whole(view, following)
        self.post.deliver(view, month, following, 0 if month == -1 else 2, None)
        sent = {
            unit: arrival
            for _, _, unit, _, arrival, what, _ in self.book.deliveries[before:]
            if what != "truncated"
        }
        names = [view.unit_names[int(u)] for u in view.unit]
        arrival = (
            pd.Series(names)
            .map({u: day_number(date.fromisoformat(str(a))) for u, a in sent.items()})
            .to_numpy()
        )
        self._note_register(month, order, arrival)

    def _tell_weekly(self, desk: Desk, month: int) -> None:
        """In a register month a full list of what is told so far; then, week by week, what the register has learnt in the month."""
        following = day_number(month_start(self.settings.start, month + 1))
        if self._is_register_month(month):
            self.post.deliver(whole(self.told, following), month, following, 2, None)
        self.register.catch_up(month, month - 1)
        view = register_view(desk, self.register)
        order = view.unsure.pop("row")
        for day, part in weekly(self.told, view, following, self.settings.register_weekly):
            self.post.deliver(part, month, day, 0, None)
        self._note_register(month, order, told_on(self.told, view, following))
        self.told = whole(view, following)

    def _note_register(self, month: int, order: Array, arrival: Array) -> None:
        self.watch.note_snapshot(month, order, arrival)
        last = self.watch.snapshots[-1]
        self.register_rows.append(
            pd.DataFrame(
                {
                    "snapshot": month,
                    "person_no": last.person_no,
                    "household_no": last.household_no,
                    "person_id": person_ids(self.seed, last.person),
                    "household_id": household_ids(self.seed, self.register.home_truth[last.home]),
                    "arrival": last.arrival.astype("datetime64[D]").astype("datetime64[ns]"),
                }
            )
        )

    def _write_truth(self) -> SimulationSummary:
        folder = self.out / "truth"
        folder.mkdir(parents=True, exist_ok=True)
        found = discrepancies(self.watch, self.book, self.seed, self.months - 1)
        found.to_parquet(folder / "discrepancies.parquet", index=False)
        pd.concat(self.register_rows, ignore_index=True).to_parquet(
            folder / "register_rows.parquet", index=False
        )
        self._people().to_parquet(folder / "people.parquet", index=False)
        self._mentions().to_parquet(folder / "mentions.parquet", index=False)
        homes = pd.concat(self.watch.households, ignore_index=True).drop_duplicates(["home", "person"])
        members = pd.DataFrame(
            {
                "household_id": household_ids(self.seed, homes["home"].to_numpy()),
                "person_id": person_ids(self.seed, homes["person"].to_numpy()),
            }
        )
        members.to_parquet(folder / "households.parquet", index=False)
        cells = pd.concat(self.book.cells, ignore_index=True) if self.book.cells else pd.DataFrame()
        cells.to_parquet(folder / "cells.parquet", index=False)
        columns = ["feed", "file", "unit", "period", "arrival", "what", "rows"]
        sent = pd.DataFrame(self.book.deliveries, columns=columns)
        sent.to_parquet(folder / "deliveries.parquet", index=False)
        return SimulationSummary(
            persons=int(self.town.people.belongs.sum()),
            register_rows=len(self.register),
            files=self.post.files,
            rows=self.post.rows,
            first_night=str(sent["arrival"].min()),
            last_night=str(sent["arrival"].max()),
            discrepancies={str(k): int(v) for k, v in found["type"].value_counts().sort_index().items()},
        )

    def _people(self) -> pd.DataFrame:
        people, codes = self.town.people, self.tree.codes_on(month_start(self.settings.start, self.months))
        every = np.arange(len(people))
        name_count = pd.Series(people.name).map(pd.Series(people.name).value_counts()).to_numpy()

        def village(index: Array) -> Array:
            return np.where(index >= 0, codes[np.maximum(index, 0)], NOTHING)

        status = np.where(
            ~people.alive,
            "dead",
            np.where(people.belongs, "here", np.where(people.left < NEVER, "left", "elsewhere")),
        )
        household = household_ids(self.seed, np.maximum(people.hh, 0))
        return pd.DataFrame(
            {
                "person_id": person_ids(self.seed, every),
                "name": people.name,
                "former_name": people.former_name,
                "sex": np.where(people.sex == 1, "男", "女"),
                "birth_date": people.birth.astype("datetime64[D]").astype("datetime64[ns]"),
                "id_number": people.id_number,
                "household_id": np.where(people.hh >= 0, household, None),
                "hukou_village": village(people.hk_v),
                "residence_village": village(people.rs_v),
                "status": status,
                "gone_on": _dates(np.minimum(people.death, people.left)),
                "is_twin": people.twin,
                "is_dotted": np.array(["·" in n for n in people.name], dtype=bool),
                "is_floating": people.floating,
                "is_common_name": name_count > max(3, len(people) / 5000),
            }
        )

    def _mentions(self) -> pd.DataFrame:
        book = self.book.mentions
        sizes = [len(part["row"]) for part in book]
        everyone = person_ids(self.seed, np.arange(len(self.town.people)))
        table: dict[str, object] = {}
        for name in ("feed", "file", "role", "unit", "period"):
            table[name] = pd.Categorical(
                np.repeat(np.array([str(part[name]) for part in book], dtype=object), sizes)
            )
        table["sheet"] = pd.Categorical(np.concatenate([part["sheet"] for part in book]))
        for name in ("row", "has_id"):
            table[name] = np.concatenate([part[name] for part in book])
        person = np.concatenate([part["person"] for part in book])
        codes = pd.Categorical.from_codes(person.astype(np.int32), categories=pd.Index(everyone))
        table["person_id"] = codes.remove_unused_categories()
        arrival = np.repeat(np.array([part["arrival"] for part in book], dtype=np.int64), sizes)
        table["arrival"] = arrival.astype("datetime64[D]").astype("datetime64[ns]")
        return pd.DataFrame(table)
