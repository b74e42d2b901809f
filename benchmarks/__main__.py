"""`python -m benchmarks accuracy [set…]`, `python -m benchmarks speed [--rows 1000000] [--rules heavy] [--rounds 3] [--recordlinkage]`,
`python -m benchmarks increment [--rows 1000000] [--rules heavy]`, `python -m benchmarks completeness [--runs 200] [--counties 0]`,
`python -m benchmarks desk [--persons 1000000] [--rounds 200]`,
`python -m benchmarks desk-load --home DIR [--users 20] [--think 2] [--seconds 120] [--night]`,
`python -m benchmarks discrepancies [--seeds 1..5] [--persons 20000] [--noise 1 2]`: the first word is what to measure."""

from __future__ import annotations

import importlib
import sys

COMMANDS = {
    "accuracy": "benchmarks.accuracy.__main__",
    "speed": "benchmarks.speed",
    "increment": "benchmarks.increment",
    "completeness": "benchmarks.completeness",
    "desk": "benchmarks.desk",
    "desk-load": "benchmarks.desk_load",
    "discrepancies": "benchmarks.discrepancies.__main__",
}


def main() -> int:
    """Runs what the first word names with the rest of the words."""
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.stderr.write(f"say what is to be measured: {', '.join(COMMANDS)}\n")
        return 2
    return int(importlib.import_module(COMMANDS[sys.argv[1]]).main(sys.argv[2:]) or 0)


if __name__ == "__main__":
    sys.exit(main())
