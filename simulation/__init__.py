"""A fictional county with known truth: people, registers, departments' views, noise, files (DOMAIN.md 2–5)."""

from .county import SimulationSummary, simulate
from .settings import NoiseSettings, SimulationSettings

__all__ = ["NoiseSettings", "SimulationSettings", "SimulationSummary", "simulate"]
