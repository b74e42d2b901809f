"""Blocking rules that every engine is measured on: columns that must agree."""

_TIGHT = (
    ("id_no",),
    ("phone",),
    ("name", "yob"),
    ("dob", "surname"),
    ("village", "given"),
    ("village", "dob"),
    ("father_name", "mother_name"),
)
_BROAD = (
    ("given", "yob"),
    ("village", "surname", "sex"),
    ("dob",),
    ("surname", "yob", "county"),
    ("surname", "yob", "mob"),
)
RULES = {"tight": _TIGHT, "heavy": _TIGHT + _BROAD}
"""`tight`: seven rules of few pairs; `heavy`: twelve that make twenty times as many."""
