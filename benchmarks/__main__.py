"""`python -m benchmarks speed [--rows 1000000] [--rules heavy] [--rounds 1] [--out docs/benchmarks]`."""

from __future__ import annotations

import importlib
import sys

KINDS = ("speed", "accuracy")


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1] not in KINDS:
        sys.stderr.write(f"say what is to be measured: {' or '.join(KINDS)}\n")
        return 2
    importlib.import_module(f"benchmarks.{sys.argv[1]}").main(sys.argv[2:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
