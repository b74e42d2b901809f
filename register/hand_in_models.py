"""The table of what departments handed in at the desk, to be taken in by the next night."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from register.models import Base


class HandIn(Base):
    """A corrected file, known by its content and by `file`, its path below the feed's folder; `of_file` and `of_sha256` are the delivery that it
    corrects. `unusable` has the rules that its rows still break with the rows' numbers, and no value."""

    __tablename__ = "hand_in"
    feed: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    file: Mapped[str] = mapped_column(primary_key=True)
    of_file: Mapped[str]
    of_sha256: Mapped[str]
    rows_usable: Mapped[int]
    rows_unusable: Mapped[int]
    unusable: Mapped[list[dict[str, Any]]] = mapped_column(JSONB())
    handed_in_by: Mapped[str]
    handed_in_at: Mapped[datetime]
    __table_args__ = (sa.Index("hand_in_of_file_idx", "feed", "of_file", "of_sha256"),)
