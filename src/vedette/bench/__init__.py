"""Benchmarks. `vedette bench [NAME…]` runs the named benchmarks and prints their figures. Without a name, the
command runs all benchmarks.

Measured times are only printed, and a test never fails because of a measured time.
"""

from __future__ import annotations

from dataclasses import dataclass

#: The name and the function of each benchmark, in the order in which `scripts/bench` runs them.
BENCHES: dict[str, str] = {
    "parsing": "messages:parsing",
    "goods_parsing": "goods.pipeline:parsing",
    "robustness": "messages:robustness",
    "names": "names:run",
    "whole_way": "pipeline:whole_way",
    "profiles": "pipeline:profiles",
    "backtest": "backtest:run",
    "worlds": "worlds:run",
    "latency": "pipeline:latency",
    "queue": "queue:run",
    "first_pages": "first_pages:run",
    "flood": "queue:flood",
    "search": "search:run",
    "masking": "storage:masking",
    "journal": "journal:run",
    "oversight": "journal:oversight",
    "backup": "storage:backup",
    "demo": "first_pages:demo_start",
    "goods": "goods.measures:run",
    "goods_whole_way": "goods.pipeline:whole_way",
    "goods_trade": "goods.trade:run",
    "licences": "licences:run",
    "library": "library.measures:run",
    "operations": "operations:run",
    "cash": "cash:run",
    "cash_form": "cash_form.measures:run",
}
#: These run only if they are named: they take long, and no target depends on them.
WHEN_NAMED: dict[str, str] = {
    "lists": "lists:run", "weights": "worlds:weights", "torture": "torture:run",
    "models": "models:run", "control_lists": "control_lists:run",
    "goods_pages": "goods.pages:run", "links": "links:run",
    "cash_form_flood": "cash_form.measures:flood",
    "cash_red_channel": "cash_form.measures:red_channel",
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A measured figure: its name, value and unit, the amount of measured work, the number of processor
    cores, and the target.
    """

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
