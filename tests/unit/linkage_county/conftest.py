"""A small county in frames, with known truth, for the tests of the county's own linking."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from county_village import County, small_county


@pytest.fixture(scope="session")
def county() -> County:
    return small_county(households=260, seed=7)
