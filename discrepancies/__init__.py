"""Links → discrepancies: rules that turn what a night knows into unverified leads for people to decide on.

`look_into` is one night: its list (`find`), and the next night on which something now withheld falls due (`next_clock`);
`source_errors` the departments' own rows that better evidence contradicts. Everything is a pure function of
`NightInputs`.
"""

from discrepancies.candidates import Candidate, Evidence
from discrepancies.inputs import Areas, NightInputs
from discrepancies.naming import names_said
from discrepancies.night import Found, find, look_into, next_clock
from discrepancies.settings import RuleSettings
from discrepancies.sources import source_errors

__all__ = [
    "Areas",
    "Candidate",
    "Evidence",
    "Found",
    "NightInputs",
    "RuleSettings",
    "find",
    "look_into",
    "names_said",
    "next_clock",
    "source_errors",
]
