"""A small app in several processes, as `bulou serve` runs the desk: `python desk_processes.py PORT [broken]`."""

from __future__ import annotations

import os
import sys

from fastapi import FastAPI
from rich.console import Console

from pipelines.desk_processes import run_processes
from pipelines.errors import OperatorError


def make() -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def process() -> int:
        return os.getpid()

    return app


def broken() -> FastAPI:
    raise ValueError("王小明 cannot be looked up")


if __name__ == "__main__":
    try:
        run_processes(broken if sys.argv[2:] == ["broken"] else make, int(sys.argv[1]), 2)
    except OperatorError as fault:
        Console(stderr=True).print(str(fault), highlight=False)
        sys.exit(1)
