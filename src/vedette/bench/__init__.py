"""Benchmarks. `vedette bench [NAME…]` calls `run() -> Iterator[Figure]` of each module and prints the
figures.

A measured time is only printed: no test fails because of a measured time.
"""

from __future__ import annotations

from dataclasses import dataclass

#: The modules, in the order in which `scripts/bench` runs them.
BENCHES: tuple[str, ...] = (
    "parsing",
    "robustness",
    "names",
    "whole_way",
    "profiles",
    "backtest",
    "worlds",
    "latency",
    "queue",
    "flood",
    "masking",
    "journal",
    "oversight",
    "backup",
    "demo",
)
#: These run only if they are named: they take long, and no target depends on them.
WHEN_NAMED: tuple[str, ...] = ("weights", "torture")


@dataclass(frozen=True)
class Figure:
    """A measured figure: its name, value and unit, the size of the measurement, the number of processor
    cores, and the target."""

    name: str
    value: float
    unit: str
    size: str
    cores: int = 1
    target: str = ""

    def __str__(self) -> str:
        value = f"{self.value:,.0f}" if abs(self.value) >= 1000 else f"{self.value:.4g}"
        target = f"  (at least: {self.target})" if self.target else ""
        return f"{self.name}: {value} {self.unit}; {self.size}; {self.cores} core(s){target}"
