"""Receipts of what departments delivered, the newest first; to a department's contact also the rows that cannot be used."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

import sqlalchemy as sa
from fastapi import APIRouter, Query

from register.models import Delivery
from stewardship.api.callers import Contact, Receiver
from stewardship.api.problems import documented
from stewardship.api.shapes import (
    BrokenRule,
    DeliveriesQuery,
    DeliveryKey,
    Receipt,
    Receipts,
    RejectedRow,
    RejectedRows,
)
from stewardship.deliveries import saying
from stewardship.deliveries.other_lists import STATUS
from stewardship.deliveries.reading import KEY
from stewardship.deliveries.routes import taken_back
from stewardship.language import translations
from stewardship.visits import Here

router: Final = APIRouter(tags=["deliveries"])
_SHOWN: Final[tuple[Any, ...]] = (
    *(getattr(Delivery, name) for name in Receipt.model_fields if name not in ("status", "key")),
    STATUS.label("status"),
    KEY.label("key"),
)
# A file name may hold anything; its hash fits into an address.
_FILE_KEY: Final = sa.func.md5(Delivery.file).label("file_key")
_ORDER: Final = (Delivery.feed, Delivery.sha256, _FILE_KEY.element)


@router.get("/deliveries", responses=documented())
def deliveries(here: Here, caller: Receiver, asked: Annotated[DeliveriesQuery, Query()]) -> Receipts:
    """A department's contact is told of the own feeds alone."""
    query = (
        sa.select(*_SHOWN, Delivery.sha256, _FILE_KEY)
        .order_by(Delivery.night.desc(), *_ORDER)
        .limit(asked.limit + 1)
    )
    if asked.feed is not None:
        query = query.where(Delivery.feed == asked.feed)
    if asked.after is not None:
        night, key = _read(asked.after)
        later = sa.tuple_(*_ORDER) > sa.tuple_(*(sa.literal(part) for part in key))
        query = query.where(sa.or_(Delivery.night < night, sa.and_(Delivery.night == night, later)))
    with caller.work(here, read_only=True) as work:
        rows = work.connection.execute(query).all()
    shown = rows[: asked.limit]
    following = _cursor(shown[-1]) if len(rows) > asked.limit else None
    items = [Receipt(**{name: getattr(row, name) for name in Receipt.model_fields}) for row in shown]
    return Receipts(items=items, next=following)


@router.get("/deliveries/{key}/rows", responses=documented())
def rows(here: Here, caller: Contact, key: DeliveryKey) -> RejectedRows:
    """The unusable rows as the department sent them, to its own contact alone. That they were taken out is in the audit chain."""
    with caller.work(here) as work:
        receipt, found = taken_back(work, caller, key)
    said, headers = translations(caller.language).gettext, saying.headers_of(receipt.columns_mapped)
    return RejectedRows(
        feed=receipt.feed,
        file=receipt.file,
        headers=headers,
        items=[
            RejectedRow(
                sheet=one.sheet,
                row=one.row,
                values=one.raw,
                is_erased=one.is_erased,
                broken=[
                    BrokenRule(rule=rule, column=column, sentence=saying.rule(said, rule))
                    for rule, column in one.broken
                ],
            )
            for one in found
        ],
    )


def _cursor(row: Any) -> str:
    return f"{row.night.toordinal()}.{row.feed}.{row.sha256}.{row.file_key}"


def _read(text: str) -> tuple[date, list[str]]:
    """Night; feed, hash and key of the file. Every text of the document's pattern is one."""
    night, *key = text.split(".")
    return date.fromordinal(int(night)), key
