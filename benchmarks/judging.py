"""How many steps of random programs are judged per second of processor time, with new and with known nodes.

Usage: python benchmarks/judging.py [number of programs]
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

from beehive_conformance.checking.checker import CheckResult, check
from beehive_conformance.checking.judge import with_overlays
from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.deviations.baselines import baselines
from beehive_conformance.generation.random_programs import random_programs
from beehive_conformance.programs.program import Program
from beehive_conformance.targets.model import ModelTarget
from beehive_spec.automaton import Automaton
from beehive_spec.model import Model
from beehive_spec.vocabulary import History
from calibration import calibration, cpu_seconds

LENGTH = 30
GO = "go:v1.13.0"


def main() -> None:
    """Print the calibration and the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    gc.set_threshold(100_000, 20, 100)  # as in the processes of the suite that judge
    loop, text = calibration()
    print(f"calibration: loop over tuples and dicts {loop:.2f} ms, text of a uuid4 {text:.2f} us")
    answers = baselines()[GO].answers
    overlays = [OVERLAYS[each.overlay] for each in baselines()[GO].records]
    capacity = answers.bound
    programs = list(random_programs(11, count, LENGTH, capacity))
    histories = [history for _, history in ModelTarget(answers, overlays).run(programs)]
    gc.collect()  # exclude the garbage of making the histories
    automaton = Automaton(Model(answers, with_overlays(overlays)))
    steps = sum(len(program.steps) for program in programs)

    def walk() -> None:
        judge_all(programs, histories, automaton)

    print(f"{count} random programs with fills, {steps} steps, judged with the baseline of {GO}")
    print(f"new nodes: {steps / cpu_seconds(walk):,.0f} steps/s ({len(automaton):,} nodes)")
    print(f"known nodes: {steps / min(cpu_seconds(walk) for _ in range(3)):,.0f} steps/s")


def judge_all(programs: Sequence[Program], histories: Sequence[History], automaton: Automaton) -> None:
    """Judge every history; all of them must be allowed because the model made them."""
    for program, history in zip(programs, histories, strict=True):
        result, difference = check(program, history, automaton)
        if result is not CheckResult.ALLOWED:
            raise SystemExit(f"{program.id}: {result}: {difference}")


if __name__ == "__main__":
    main()
