"""`python -m pipelines`: the console command, for the children of `bulou up`."""

from pipelines.cli import main

main()
