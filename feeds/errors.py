"""What can go wrong with a file, told without a person's value.

FeedError
├── UnreadableFile    the whole file cannot be read; its delivery is refused with this reason
├── BadReference      areas.csv and its like are wrong
└── UnknownFeed       no contract of that name
"""


class FeedError(Exception):
    """Base of all errors of this package."""


class UnreadableFile(FeedError):
    """`reason` is one of a few codes (`empty`, `not a workbook`, …), fit for a receipt."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadReference(FeedError):
    """Reference data (`areas.csv`) does not have the columns or codes that it must have."""


class UnknownFeed(FeedError):
    """There is no contract for this feed id."""
