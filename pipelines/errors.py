"""What may go wrong on the command line, and how the process ends.

OperatorError        a user's mistake: exit 2, one line
NightFailed          a step broke: exit 1, one line that names night and step
"""


class OperatorError(Exception):
    """A mistake that the person at the keyboard can correct; the message says how."""


class NightFailed(Exception):
    """A night's run ended without success. Carries night and step names, never a value."""

    def __init__(self, night: str, steps: tuple[str, ...], cause: str) -> None:
        self.night, self.steps = night, steps
        where = ", ".join(steps) or "the run itself"
        super().__init__(f"the night of {night} failed in {where} ({cause}); what was done before it stands")
