"""A night that breaks between any two writes, and is run again, ends where an undisturbed one ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.store import FrameStore
from pipelines.errors import NightFailed
from register.deliveries import DeliveryLedger
from register.discrepancies import DiscrepancyStore
from register.entities import EntityStore
from tests.county_nights import Deliveries, Home


def _break(*_: object, **__: object) -> None:
    raise OSError("broken")


@pytest.fixture(scope="module")
def undisturbed(begun: Home, deliveries: Deliveries, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The links after the second night."""
    home = begun.copy(tmp_path_factory.mktemp("undisturbed") / "home")
    home.run([deliveries.nights[1]])
    links = home.exports()["links"]
    assert links != begun.copy(tmp_path_factory.mktemp("first") / "home").exports()["links"]
    return links


@pytest.mark.parametrize(
    ("owner", "method"),
    [
        pytest.param(DeliveryLedger, "record", id="frames without ledger"),
        pytest.param(EntityStore, "store", id="before the entities"),
        pytest.param(DiscrepancyStore, "apply", id="links without discrepancies"),
        pytest.param(FrameStore, "write_facts", id="before the first receipt"),
    ],
)
def test_a_broken_night_is_mended_by_running_it_again(
    owner: type, method: str, deliveries: Deliveries, begun: Home, undisturbed: bytes, tmp_path: Path
) -> None:
    home, second = begun.copy(tmp_path / "home"), deliveries.nights[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, method, _break)
        with pytest.raises(NightFailed) as failure:
            home.run([second])
    assert "OSError" in str(failure.value)
    assert "broken" not in str(failure.value)
    home.run([second])
    assert home.exports()["links"] == undisturbed
