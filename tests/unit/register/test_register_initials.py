"""Names by the first letters of their pinyin."""

from __future__ import annotations

import pytest

from register.initials import initials


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("王小明", "wxm", id="plain"),
        pytest.param("单雄信", "sxx", id="surname of its own reading"),
        pytest.param("简单", "jd", id="the same character elsewhere"),
        pytest.param("尉迟恭", "ycg", id="double surname"),
        pytest.param("买买提·吐尔逊", "mmttex", id="dot"),
        pytest.param("Maria王", "mariaw", id="Latin"),
        pytest.param("··", None, id="nothing to look up"),
        pytest.param(None, None, id="no name"),
    ],
)
def test_a_name_is_read_by_its_initials(name: str | None, expected: str | None) -> None:
    assert initials([name]) == [expected]
