"""A fictional county with known truth: people, registers, departments' views, noise, files (DOMAIN.md 2–5)."""

from .county import SimulationSummary, simulate
from .score import ScoreTable, score
from .settings import NoiseSettings, SimulationSettings

__all__ = ["NoiseSettings", "ScoreTable", "SimulationSettings", "SimulationSummary", "score", "simulate"]
