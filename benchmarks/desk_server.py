"""The desk as `bulou serve` has it, over the store of `benchmarks.desk_store`, in a process whose CPU can be read.

`python -m benchmarks.desk_server HOME PORT`
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from pathlib import Path

from benchmarks.desk import NOW
from benchmarks.desk_store import RULES
from pipelines.desk_prepared import NightFrames
from pipelines.desk_serving import say_no_values
from pipelines.desk_sources import MentionRows
from register.access import open_desk
from stewardship import DeskSettings, create_app

HOST = "127.0.0.1"


def main(home: str, port: str) -> None:
    import uvicorn

    started, frames = time.monotonic(), str(Path(home) / "frames")
    with open_desk(Path(home)) as desk:
        app = create_app(
            desk,
            lambda: NOW + timedelta(seconds=time.monotonic() - started),
            DeskSettings(rules=RULES),
            MentionRows(frames),
            prepared=NightFrames(frames),
        )
        say_no_values()
        uvicorn.run(
            app, host=HOST, port=int(port), access_log=False, server_header=False, log_level="warning"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
