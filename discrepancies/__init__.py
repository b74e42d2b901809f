"""Links → discrepancies: rules that turn what a night knows into unverified leads for people to decide on.

`find` is one night's list; `next_clock` the next night on which something now withheld falls due;
`source_errors` the departments' own rows that better evidence contradicts. Everything is a pure function of
`NightInputs`.
"""

from discrepancies.candidates import Candidate, Evidence
from discrepancies.clocks import next_clock
from discrepancies.inputs import Areas, NightInputs
from discrepancies.night import find
from discrepancies.settings import RuleSettings
from discrepancies.sources import source_errors

__all__ = [
    "Areas",
    "Candidate",
    "Evidence",
    "NightInputs",
    "RuleSettings",
    "find",
    "next_clock",
    "source_errors",
]
