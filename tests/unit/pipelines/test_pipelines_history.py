"""Dagster's SQLite files: kept open while a history is in use, and let go of afterwards."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from pipelines.history import held_open


def engine(file: Path) -> sa.Engine:
    return sa.create_engine(f"sqlite:///{file}", poolclass=sa.NullPool)


def fill(file: Path) -> None:
    with engine(file).begin() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        connection.exec_driver_sql("CREATE TABLE event (number INTEGER)")


def add(file: Path, number: int) -> None:
    with engine(file).begin() as connection:
        connection.exec_driver_sql("INSERT INTO event VALUES (?)", (number,))


def log_of(file: Path) -> Path:
    return file.with_name(f"{file.name}-wal")


def test_a_log_stays_open_between_connections_and_is_written_back_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "runs.db"
    fill(file)
    with held_open(tmp_path):
        for number in range(3):
            add(file, number)
        assert log_of(file).exists()
    assert not log_of(file).exists()
    with engine(file).connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM event").scalar_one() == 3


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "other.db"
    file.parent.mkdir()
    fill(file)
    with held_open(tmp_path / "dagster"):
        add(file, 1)
        assert not log_of(file).exists()
        with engine(file).connect() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2  # full


def test_the_event_log_makes_one_engine_for_a_file_and_afterwards_as_many_as_before(tmp_path: Path) -> None:
    from dagster._core.storage.event_log.sqlite import SqliteEventLogStorage

    kept: list[sa.Engine] = []
    storage = SqliteEventLogStorage(str(tmp_path))
    with held_open(tmp_path):
        for _ in range(3):
            with storage.index_connection() as connection:
                kept.append(connection.engine)
    assert len({id(one) for one in kept}) == 1
    for _ in range(2):
        with storage.index_connection() as connection:
            kept.append(connection.engine)
    assert len({id(one) for one in kept}) == 3
