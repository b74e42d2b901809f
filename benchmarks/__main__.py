"""`python -m benchmarks accuracy …`: the first word is what to measure."""

import sys

from benchmarks.accuracy.__main__ import main as accuracy

COMMANDS = {"accuracy": accuracy}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.exit(f"python -m benchmarks {{{'|'.join(COMMANDS)}}} …")
    sys.exit(COMMANDS[sys.argv[1]](sys.argv[2:]))
