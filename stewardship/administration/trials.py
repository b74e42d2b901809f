"""Who tries a draft of the rules: the app is handed something that can, outside of the request."""

from __future__ import annotations

from typing import Protocol


class RuleTrials(Protocol):
    """Runs what `register.rules.RuleStore.ask_trial` has noted down."""

    def start(self, trial_id: int) -> None:
        """Begins, and comes back at once; how far it is stands in the store."""
        ...
