"""What can go wrong when records are linked.

LinkageError
├── SpecError     the specification does not fit the tables, or contradicts itself
├── ModelError    a saved model cannot be read, or belongs to another specification
└── LabelError    labels of pairs cannot be used
"""


class LinkageError(Exception):
    """Base of all errors of this package."""


class SpecError(LinkageError):
    """Names the rule, comparison or column that is wrong; never a value."""


class ModelError(LinkageError):
    """A model file is damaged, or of a version this package does not know."""


class LabelError(LinkageError):
    """Says what is wrong with the labels as a whole; never names a pair."""
