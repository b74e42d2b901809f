"""Every assumption that a row names is explained, in the code and in the documents."""

from pathlib import Path

from completeness.assumptions import ASSUMPTIONS, DUAL_SYSTEM, LOGLINEAR

DATA_MODEL = Path(__file__).resolve().parents[3] / "docs" / "data-model.md"


def test_every_code_is_explained() -> None:
    assert {*DUAL_SYSTEM.split(";"), *LOGLINEAR.split(";")} == set(ASSUMPTIONS)
    documented = DATA_MODEL.read_text(encoding="utf-8")
    assert [code for code in ASSUMPTIONS if f"| `{code}` |" not in documented] == []
